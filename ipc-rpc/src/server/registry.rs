//! What all parts of a server share: its terms, its connections, and whether it is to stop.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use super::shutdown::{Shutdown, ShutdownCause, ShutdownKind, Stop};
use crate::auth::{ErasedAuthenticator, PeerPolicy};
use crate::clock;
use crate::config::Config;
use crate::connection::Connection;
use crate::error::ConnectionError;
use crate::event::{Hub, ServerError, ServerEvent};
use crate::gate::Gate;
use crate::proto::handshake::Terms;
use crate::service::{NotAdded, Service, Services};
use crate::transport::Io;
use crate::wire::{ConnectionId, MAX_DEADLINE, Mode};

pub(super) struct Registry {
    pub(super) config: Arc<Config>,
    /// What clients are told. Another one when services come and go.
    terms: Mutex<Arc<Terms>>,
    pub(super) services: Arc<Services>,
    pub(super) gate: Gate,
    pub(super) events: Hub<ServerEvent>,
    connections: Mutex<Connections>,
    next_id: AtomicU64,
    cut: AtomicUsize,
    /// The shutdown that was asked for.
    stop: watch::Sender<Option<Stop>>,
    /// Whether a client connected, or went and had called, since that was asked.
    used: AtomicBool,
    ended: watch::Sender<bool>,
    /// Whether the names are to be given back while the server goes on.
    unlisted: watch::Sender<bool>,
    /// Streams that the application hands in to be served.
    handed_in: mpsc::UnboundedSender<Io>,
}

#[derive(Default)]
struct Connections {
    live: HashMap<ConnectionId, Connection>,
    /// Who has which name: live ones, and those that have a place.
    names: HashMap<Arc<str>, ConnectionId>,
    /// Places of clients that were told they are welcome and are not among the live ones yet.
    reserved: usize,
    /// Set when the server shuts down: who would be admitted now is not.
    closing: bool,
    /// Whether the requests of clients are held up.
    paused: bool,
}

/// Why a client that was checked is not admitted after all.
#[derive(Clone, Debug)]
pub(super) enum NoPlace {
    Full,
    NameTaken { name: Arc<str> },
    ShuttingDown,
}

impl Registry {
    pub(super) fn new(
        config: Config,
        terms: Terms,
        services: Arc<Services>,
        authenticator: Arc<dyn ErasedAuthenticator>,
        policy: PeerPolicy,
    ) -> (Self, mpsc::UnboundedReceiver<Io>) {
        let (handed_in, streams) = mpsc::unbounded_channel();
        let gate = Gate::new(Mode::Frames, &config, policy, authenticator);
        let registry = Self {
            config: Arc::new(config),
            terms: Mutex::new(Arc::new(terms)),
            services,
            gate,
            events: Hub::default(),
            connections: Mutex::default(),
            next_id: AtomicU64::new(1),
            cut: AtomicUsize::new(0),
            stop: watch::Sender::new(None),
            used: AtomicBool::new(false),
            ended: watch::Sender::new(false),
            unlisted: watch::Sender::new(false),
            handed_in,
        };
        (registry, streams)
    }

    /// Has a stream served like one that was accepted. `false`: the server has ended.
    pub(super) fn hand_in(&self, io: Io) -> bool {
        self.handed_in.send(io).is_ok()
    }

    pub(super) fn next_id(&self) -> ConnectionId {
        ConnectionId::new(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    /// Tells of a fault that ends nothing.
    pub(super) fn tell(&self, error: ServerError) {
        let error = Arc::new(error);
        self.events.publish(&ServerEvent::Error { error });
    }

    /// Whether there is a place at this moment.
    pub(super) fn has_place(&self) -> Result<(), NoPlace> {
        self.check_place(&lock(&self.connections))
    }

    fn check_place(&self, connections: &Connections) -> Result<(), NoPlace> {
        if connections.closing {
            return Err(NoPlace::ShuttingDown);
        }
        if connections.live.len() + connections.reserved >= self.config.max_connections {
            return Err(NoPlace::Full);
        }
        Ok(())
    }

    /// Takes a place for a client that is about to be welcomed, and the name that it claims.
    pub(super) fn reserve_place(
        self: &Arc<Self>,
        id: ConnectionId,
        name: Option<Arc<str>>,
    ) -> Result<Place, NoPlace> {
        let mut connections = lock(&self.connections);
        self.check_place(&connections)?;
        if let Some(name) = &name {
            match connections.names.entry(Arc::clone(name)) {
                Entry::Occupied(taken) => {
                    let name = Arc::clone(taken.key());
                    return Err(NoPlace::NameTaken { name });
                }
                Entry::Vacant(free) => free.insert(id),
            };
        }
        connections.reserved += 1;
        Ok(Place {
            registry: Arc::clone(self),
            name,
        })
    }

    /// What a client is told at this moment.
    pub(super) fn terms(&self) -> Arc<Terms> {
        Arc::clone(&lock(&self.terms))
    }

    /// Serves one more service, from the next call on, and tells the clients that are there.
    pub(super) fn add_service(&self, service: Arc<dyn Service>) -> Result<(), NotAdded> {
        let mut terms = lock(&self.terms);
        self.services.add(service)?;
        self.tell_services(&mut terms);
        Ok(())
    }

    /// Serves a service no longer. `None`: there is none of this name.
    pub(super) fn remove_service(&self, name: &str) -> Option<Arc<dyn Service>> {
        let mut terms = lock(&self.terms);
        let removed = self.services.remove(name)?;
        self.tell_services(&mut terms);
        Some(removed)
    }

    /// Under the lock of the terms, so that every client is told of changes in their order.
    fn tell_services(&self, terms: &mut Arc<Terms>) {
        let serves = self.services.entries();
        for connection in self.connections() {
            connection.announce(&serves);
        }
        *terms = Arc::new(Terms {
            serves,
            ..Terms::clone(terms)
        });
    }

    /// Tells a client that was admitted what has changed since.
    fn tell_changes(&self, connection: &Connection, admitted: &Arc<Terms>) {
        let terms = lock(&self.terms);
        if !Arc::ptr_eq(&terms, admitted) {
            connection.announce(&terms.serves);
        }
    }

    /// Enters a connection that was admitted on these terms, and publishes that it is there.
    pub(super) fn connected(&self, connection: &Connection, mut place: Place, terms: &Arc<Terms>) {
        let (closing, delivered) = {
            let mut connections = lock(&self.connections);
            connections.live.insert(connection.id(), connection.clone());
            connection.set_paused_by_server(connections.paused);
            // From here on `disconnected` sets the name free, and not the place.
            let name = place.name.take();
            let delivered = self.events.deliver(&ServerEvent::Connected {
                id: connection.id(),
                peer: connection.peer_identity().clone(),
                name,
            });
            (connections.closing, delivered)
        };
        delivered.wake();
        drop(place);
        self.used.store(true, Ordering::Relaxed);
        self.tell_changes(connection, terms);
        if closing {
            // The server began to shut down between the verdict and here, and told those it knew.
            let now = clock::now();
            let kind = self
                .stop
                .borrow()
                .map_or(ShutdownKind::Final, |stop| stop.kind);
            close(connection, kind, now, now);
        }
    }

    /// Publishes that a connection has ended, once.
    pub(super) fn disconnected(&self, id: ConnectionId, reason: ConnectionError) {
        let mut connections = lock(&self.connections);
        let Some(connection) = connections.live.remove(&id) else {
            return;
        };
        if let Some(name) = connection.peer_name() {
            connections.names.remove(name);
        }
        let delivered = self
            .events
            .deliver(&ServerEvent::Disconnected { id, reason });
        drop(connections);
        delivered.wake();
        if connection.was_cut() {
            self.cut.fetch_add(1, Ordering::Relaxed);
        }
        if connection.has_been_active() {
            self.used.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn connections(&self) -> Vec<Connection> {
        lock(&self.connections).live.values().cloned().collect()
    }

    pub(super) fn connection(&self, id: ConnectionId) -> Option<Connection> {
        lock(&self.connections).live.get(&id).cloned()
    }

    pub(super) fn named(&self, name: &str) -> Option<Connection> {
        let connections = lock(&self.connections);
        let id = connections.names.get(name)?;
        connections.live.get(id).cloned()
    }

    /// Asks the server to stop. The first cause and kind count, and the grace that is over first.
    pub(super) fn request_stop(&self, cause: ShutdownCause, kind: ShutdownKind, grace: Duration) {
        let until = clock::now() + grace.min(MAX_DEADLINE);
        self.stop.send_if_modified(|stop| match stop {
            None => {
                *stop = Some(Stop { cause, kind, until });
                true
            }
            Some(first) => {
                let is_sooner = until < first.until;
                first.until = first.until.min(until);
                is_sooner
            }
        });
    }

    /// What the server is asked to do, as it changes.
    pub(super) fn watch_stop(&self) -> watch::Receiver<Option<Stop>> {
        self.stop.subscribe()
    }

    /// Waits until the server is asked to stop.
    pub(super) async fn stop_requested(&self) {
        if self.watch_stop().wait_for(Option::is_some).await.is_err() {
            std::future::pending().await
        }
    }

    /// Gives the names back; who is connected stays, and streams that are handed in are served.
    #[cfg(feature = "plugin")]
    pub(super) fn stop_listening(&self) {
        self.unlisted.send_replace(true);
    }

    /// Waits until that is asked for.
    pub(super) async fn listening_is_over(&self) {
        // Fails when the sender is gone, which this value holds.
        let _ = self
            .unlisted
            .subscribe()
            .wait_for(|unlisted| *unlisted)
            .await;
    }

    /// Admits nobody any more.
    pub(super) fn close_doors(&self) {
        lock(&self.connections).closing = true;
    }

    /// Begins to close every connection, or shortens what is left of their time: no lock is held while they drain.
    pub(super) fn close_all(&self, stop: Stop, now: Instant) {
        self.close_doors();
        for connection in self.connections() {
            close(&connection, stop.kind, stop.until, now);
        }
    }

    /// Holds up the requests of all clients, present and future, or dispatches them again.
    pub(super) fn set_paused(&self, paused: bool) {
        // Under the lock, so that of a pause and a resumption at once the same one is the later for all of them.
        let mut connections = lock(&self.connections);
        connections.paused = paused;
        for connection in connections.live.values() {
            connection.set_paused_by_server(paused);
        }
    }

    pub(super) fn is_paused(&self) -> bool {
        lock(&self.connections).paused
    }

    /// Whether a client connected, a call was begun or something is open since this was asked.
    pub(super) fn was_used(&self) -> bool {
        // All of them are asked: each forgets what it has told.
        self.connections().iter().fold(
            self.used.swap(false, Ordering::Relaxed),
            |used, connection| connection.has_been_active() | used,
        )
    }

    /// The server has ended, in order or not.
    pub(super) fn end(&self) {
        let left: Vec<_> = {
            let mut connections = lock(&self.connections);
            connections.closing = true;
            connections.live.values().cloned().collect()
        };
        for connection in left {
            let reason = connection.end_now();
            self.disconnected(connection.id(), reason);
        }
        self.events.publish(&ServerEvent::Closed);
        self.ended.send_replace(true);
    }

    pub(super) async fn ended(&self) {
        // Fails when the sender is gone, which this value holds.
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    pub(super) fn shutdown_report(&self) -> Shutdown {
        let stop = *self.stop.borrow();
        Shutdown {
            cut: self.cut.load(Ordering::Relaxed),
            kind: stop.map_or(ShutdownKind::Final, |stop| stop.kind),
            cause: stop.map_or(ShutdownCause::Asked, |stop| stop.cause),
        }
    }
}

fn close(connection: &Connection, kind: ShutdownKind, until: Instant, now: Instant) {
    let (code, text) = kind.goodbye();
    connection.begin_close(code, text.to_owned(), now);
    connection.drain_until(until);
}

/// A place for a connection, with its name, until the connection has taken both.
pub(super) struct Place {
    registry: Arc<Registry>,
    name: Option<Arc<str>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut connections = lock(&self.registry.connections);
        connections.reserved -= 1;
        if let Some(name) = &self.name {
            connections.names.remove(name);
        }
    }
}

/// No user code runs under these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
