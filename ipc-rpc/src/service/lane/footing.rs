//! What the calls of a lane stand on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::connection::{CallEnd, Connection, PeerServices, Renewed};
use crate::descriptor::{MethodDescriptor, ServiceDescriptor};
use crate::proto::{Standing, standing};
use crate::service::relay::RELAY;
use crate::wire::HashKind;

/// A connection, and how a service stands with the peer.
#[derive(Clone, Debug)]
pub(in crate::service) struct Footing {
    pub(in crate::service) connection: Connection,
    /// `None`: the peer did not serve it when this was looked up.
    served: Option<Served>,
}

impl Footing {
    pub(in crate::service) fn find(
        connection: Connection,
        service: &'static ServiceDescriptor,
    ) -> Self {
        let served = Served::find(service, &connection.shared().facts.peer_serves);
        Self { connection, served }
    }

    /// The lane for a method of this service, if the peer has the method. `is_routed`: of what the peer passes on to others.
    pub(in crate::service) fn number_for(
        &self,
        service: &'static ServiceDescriptor,
        is_routed: bool,
        method: &MethodDescriptor,
    ) -> Option<u16> {
        let services = &self.connection.shared().facts.peer_serves;
        match &self.served {
            Some(served) if !is_routed && served.version == services.version() => {
                served.number_for(method)
            }
            // What another client has only the server knows.
            Some(served) if is_routed => Some(served.number),
            None if is_routed => Some(Served::find(&RELAY, services)?.number),
            // The table is another one by now, or the peer did not serve it. To look it up for each call costs less than the
            // calls that are to come.
            _ => Served::find(service, services)?.number_for(method),
        }
    }
}

/// A service as the peer serves it.
#[derive(Clone, Debug)]
struct Served {
    /// The position in the peer's table.
    number: u16,
    /// Which table that was.
    version: u32,
    /// Ids of methods that the peer does not have, or has with another signature.
    missing: Arc<[u32]>,
}

impl Served {
    fn find(service: &'static ServiceDescriptor, services: &PeerServices) -> Option<Self> {
        let version = services.version();
        let table = services.get();
        let position = table
            .iter()
            .position(|entry| &*entry.name == service.name)?;
        let unlike = service.methods.iter().filter(|method| {
            let method = (method.id, method.signature);
            standing(method, HashKind::Declared, &table[position]) != Standing::Same
        });
        Some(Self {
            number: u16::try_from(position).ok()?,
            version,
            missing: unlike.map(|method| method.id).collect(),
        })
    }

    fn number_for(&self, method: &MethodDescriptor) -> Option<u16> {
        (!self.missing.contains(&method.id)).then_some(self.number)
    }
}

/// The footing on whichever connection there is.
#[derive(Debug)]
pub(super) struct RenewedFooting {
    pub(super) renewed: Arc<Renewed>,
    /// The last one, and the number of its connection.
    known: Mutex<Option<(u64, Arc<Footing>)>>,
}

impl RenewedFooting {
    pub(super) const fn new(renewed: Arc<Renewed>) -> Self {
        Self {
            renewed,
            known: Mutex::new(None),
        }
    }

    /// The footing on the connection there is, or on the next one, with its number; see [`Renewed::current`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub(super) async fn current(
        &self,
        service: &'static ServiceDescriptor,
        failed: Option<u64>,
        deadline: Option<Instant>,
    ) -> Result<(u64, Arc<Footing>), CallEnd> {
        let (epoch, connection) = self.renewed.current(failed, deadline).await?;
        // Behind the lock: it may be the last handle of a connection.
        let _before;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let footing = match &*known {
            Some((of, footing)) if *of == epoch => Arc::clone(footing),
            _ => {
                let footing = Arc::new(Footing::find(connection, service));
                _before = known.replace((epoch, Arc::clone(&footing)));
                footing
            }
        };
        Ok((epoch, footing))
    }
}

impl Clone for RenewedFooting {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.renewed))
    }
}
