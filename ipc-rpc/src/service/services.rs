//! The services that a connection serves.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::Service;
use super::dispatch::dispatch_layered;
use crate::connection::{Dispatch, Dispatched, IncomingCall};
use crate::layer::Layers;
use crate::proto::{entry, no_entry};
use crate::wire::{ServiceEntry, share};

/// Services in the life of a server: each leaves a line in the table that clients are told, which has to fit into a
/// welcome.
const MAX_SERVICES: usize = 16 * 1024;

/// The services that a connection serves, or all connections of a server. The position of each is its lane, which is never
/// given to another one: a peer may not have heard of a change yet.
#[derive(Default)]
pub(crate) struct Services {
    /// Those that were there from the beginning. They are found without a lock.
    first: Vec<First>,
    /// Those that were added. `None`: it was removed again.
    added: RwLock<Vec<Option<Arc<dyn Service>>>>,
    layers: Layers,
}

struct First {
    service: Arc<dyn Service>,
    removed: AtomicBool,
}

impl First {
    fn get(&self) -> Option<&Arc<dyn Service>> {
        (!self.removed.load(Ordering::Relaxed)).then_some(&self.service)
    }
}

/// Why a service cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAdded {
    /// Another one has its name, so that a peer could not tell them apart.
    Duplicate,
    /// There are too many.
    Full,
}

impl Services {
    pub(crate) fn new(services: Vec<Arc<dyn Service>>, layers: Layers) -> Self {
        let first = services.into_iter().map(|service| First {
            service,
            removed: AtomicBool::new(false),
        });
        Self {
            first: first.collect(),
            added: RwLock::default(),
            layers,
        }
    }

    /// The name of a service that is there twice from the beginning.
    pub(crate) fn duplicate(&self) -> Option<&'static str> {
        let names = || {
            self.first
                .iter()
                .map(|first| first.service.descriptor().name)
        };
        names()
            .enumerate()
            .find(|(index, name)| names().skip(index + 1).any(|other| other == *name))
            .map(|(_, name)| name)
    }

    /// All of them, by their lanes.
    fn all(&self) -> Vec<Option<Arc<dyn Service>>> {
        let first = self.first.iter().map(|first| first.get().cloned());
        let added = self.added.read().unwrap_or_else(PoisonError::into_inner);
        first.chain(added.iter().cloned()).collect()
    }

    /// The table that the peer is told.
    pub(crate) fn entries(&self) -> Arc<[ServiceEntry]> {
        let entry = |service: Option<Arc<dyn Service>>| {
            service.map_or_else(no_entry, |service| entry(service.descriptor()))
        };
        share(self.all().into_iter().map(entry).collect())
    }

    pub(crate) fn add(&self, service: Arc<dyn Service>) -> Result<(), NotAdded> {
        let name = service.descriptor().name;
        let mut present = self.all().into_iter().flatten();
        if present.any(|other| other.descriptor().name == name) {
            return Err(NotAdded::Duplicate);
        }
        let mut added = self.added.write().unwrap_or_else(PoisonError::into_inner);
        if self.first.len() + added.len() >= MAX_SERVICES {
            return Err(NotAdded::Full);
        }
        added.push(Some(service));
        Ok(())
    }

    /// Returns the service, to be dropped where no lock is held.
    pub(crate) fn remove(&self, name: &str) -> Option<Arc<dyn Service>> {
        let is_meant = |service: &Arc<dyn Service>| service.descriptor().name == name;
        for first in &self.first {
            if first.get().is_some_and(is_meant) {
                first.removed.store(true, Ordering::Relaxed);
                return Some(Arc::clone(&first.service));
            }
        }
        let mut added = self.added.write().unwrap_or_else(PoisonError::into_inner);
        let place = added
            .iter_mut()
            .find(|place| place.as_ref().is_some_and(is_meant));
        place?.take()
    }
}

impl Dispatch for Services {
    fn dispatch(&self, call: IncomingCall<'_>) -> Dispatched {
        let lane = usize::from(call.entered.lane);
        match self.first.get(lane).map(First::get) {
            Some(Some(service)) if self.layers.is_empty() => service.dispatch(call),
            Some(Some(service)) => self.dispatch_layered(service, call),
            Some(None) => call.unimplemented(),
            None => self.dispatch_added(lane - self.first.len(), call),
        }
    }
}

/// The same services with every handler in a task of its own from the start: it may then block the thread that polls it,
/// and the connection is driven meanwhile.
pub(crate) struct InTasks(pub(crate) Services);

impl Dispatch for InTasks {
    fn dispatch(&self, call: IncomingCall<'_>) -> Dispatched {
        call.stage.set_spawns(true);
        self.0.dispatch(call)
    }
}

impl Services {
    fn dispatch_added(&self, index: usize, call: IncomingCall<'_>) -> Dispatched {
        let added = self.added.read().unwrap_or_else(PoisonError::into_inner);
        let service = added.get(index).cloned().flatten();
        drop(added);
        match service {
            Some(service) if self.layers.is_empty() => service.dispatch(call),
            Some(service) => self.dispatch_layered(&service, call),
            None => call.unimplemented(),
        }
    }

    fn dispatch_layered(&self, service: &Arc<dyn Service>, call: IncomingCall<'_>) -> Dispatched {
        match service.descriptor().method_by_id(call.entered.method) {
            Some(method) => dispatch_layered(Arc::clone(service), &self.layers, method, call),
            None => call.unimplemented(),
        }
    }
}
