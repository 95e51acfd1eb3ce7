//! Reaching a running server from elsewhere.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use super::peers::Peers;
use super::registry::Registry;
use super::shutdown::{Shutdown, ShutdownCause, ShutdownKind};
use crate::connection::Connection;
use crate::context::Peer;
use crate::error::BindError;
use crate::event::{Events, ServerEvent};
use crate::identity::PeerIdentity;
use crate::service::{NotAdded, Service};
use crate::transport::Io;
use crate::wire::ConnectionId;

/// A handle to a server: stops it, and reaches its connections. Cheap to clone; holding one keeps nothing alive.
#[derive(Clone)]
pub struct ServerHandle {
    registry: Arc<Registry>,
}

impl ServerHandle {
    pub(super) const fn new(registry: Arc<Registry>) -> Self {
        Self { registry }
    }

    /// Stops the server and waits until it has ended: no client is accepted any more, all are told, idle ones go at
    /// once, calls in flight may finish for `grace`.
    ///
    /// If the server was asked to stop before, the grace that is over first counts: so a second shutdown with none cuts the
    /// first one short. If it never ran, this waits until it runs or is dropped.
    ///
    /// A client that does nothing holds it up for no longer than the grace and
    /// [`Config::linger_timeout`](crate::Config::linger_timeout).
    ///
    /// # Cancel safety
    ///
    /// Once polled, the server stops whether it is waited for or not.
    pub async fn shutdown(&self, grace: Duration) -> Shutdown {
        self.shutdown_as(ShutdownKind::Final, grace).await
    }

    /// The same, and tells clients whether the server will be back. If it was asked to stop before, what clients were told
    /// then stands.
    ///
    /// # Cancel safety
    ///
    /// As [`shutdown`](Self::shutdown).
    pub async fn shutdown_as(&self, kind: ShutdownKind, grace: Duration) -> Shutdown {
        self.registry
            .request_stop(ShutdownCause::Asked, kind, grace);
        self.registry.ended().await;
        self.registry.shutdown_report()
    }

    /// Holds up the requests of all clients, those included that connect from now on, until [`resume`](Self::resume); see
    /// [`Connection::pause`] for what that means.
    ///
    /// Clients still connect and are admitted: a server that is paused is there, and takes its time.
    pub fn pause(&self) {
        self.registry.set_paused(true);
    }

    /// Dispatches the requests of all clients again, those first that wait. A connection that was
    /// [paused](Connection::pause) by itself stays so.
    pub fn resume(&self) {
        self.registry.set_paused(false);
    }

    /// Whether the server is [paused](Self::pause).
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.registry.is_paused()
    }

    /// Serves the client at the other end of this stream, as if it had connected: one end of a socket pair, an
    /// inherited pipe, the [in-memory pair](crate::transport::memory::pair). Returns `false` if the server
    /// shuts down or has ended.
    ///
    /// Who is at the other end cannot be asked: it passes for this user's process, and whoever made the stream
    /// answers for that. The authenticator is asked all the same.
    pub fn accept<S>(&self, stream: S) -> bool
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        self.registry
            .hand_in(Io::from_stream(stream, PeerIdentity::in_process()))
    }

    /// The same for a transport whose maker knows who is at its other end.
    #[cfg(all(unix, feature = "plugin"))]
    pub(crate) fn accept_io(&self, io: Io) -> bool {
        self.registry.hand_in(io)
    }

    /// Gives the server's names back. Who is connected stays.
    #[cfg(feature = "plugin")]
    pub(crate) fn stop_listening(&self) {
        self.registry.stop_listening();
    }

    /// The server's events from now on.
    #[must_use]
    pub fn events(&self) -> Events<ServerEvent> {
        self.registry.events.subscribe([])
    }

    /// The connections that are live at this moment, in no order.
    #[must_use]
    pub fn connections(&self) -> Vec<Connection> {
        self.registry.connections()
    }

    /// Serves one more service, as `implementation.serve()` makes it, to clients that connect from now on and to those that
    /// are there: their next call may be to it.
    ///
    /// # Errors
    ///
    /// [`BindError::DuplicateService`] if a service of its name is served; [`BindError::TooManyServices`] after some
    /// 16,000 in the life of a server.
    ///
    /// A client whose `max_frame_len` the table of services does not fit into is not told.
    pub fn add_service(&self, service: impl Service) -> Result<(), BindError> {
        let service: Arc<dyn Service> = Arc::new(service);
        let name = service.descriptor().name;
        // Kept here: one that is not added is dropped where no lock is held.
        self.registry
            .add_service(Arc::clone(&service))
            .map_err(|reason| match reason {
                NotAdded::Duplicate => BindError::DuplicateService { name },
                NotAdded::Full => BindError::TooManyServices,
            })
    }

    /// Serves the service of this name no longer. Its calls in flight may finish; further ones fail with
    /// [`CallError::Unimplemented`](crate::CallError::Unimplemented). Returns `false` if there was no such service. What the
    /// server was built with is dropped with the server, and not before.
    pub fn remove_service(&self, name: &str) -> bool {
        self.registry.remove_service(name).is_some()
    }

    /// The clients that are connected at this moment, to be called back together.
    #[must_use]
    pub fn peers(&self) -> Peers {
        Peers::new(self.registry.connections())
    }

    /// The client with this connection, to be called back. `None`: it is not connected any more.
    #[must_use]
    pub fn peer(&self, id: ConnectionId) -> Option<Peer> {
        self.registry.connection(id).as_ref().map(Peer::of)
    }

    /// The client that has this name, to be called back; see [`Connect::peer_name`](crate::Connect::peer_name). `None`: no
    /// client that is connected has it.
    #[must_use]
    pub fn peer_named(&self, name: &str) -> Option<Peer> {
        self.registry.named(name).as_ref().map(Peer::of)
    }

    /// The live connection with this id.
    #[must_use]
    pub fn connection(&self, id: ConnectionId) -> Option<Connection> {
        self.registry.connection(id)
    }
}

impl fmt::Debug for ServerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerHandle").finish_non_exhaustive()
    }
}
