//! Serving: names that are bound, clients that are admitted, connections that are driven to their end.

mod accept;
mod admission;
mod builder;
mod handle;
mod handshakes;
mod peers;
mod registry;
mod relay;
mod shutdown;
#[cfg(test)]
mod tests;

pub use builder::ServerBuilder;
pub use handle::ServerHandle;
pub use peers::{Broadcast, Peers};
pub use relay::RelayRequest;
pub use shutdown::Shutdown;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::select_all;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::clock;
use crate::event::{Events, ServerError, ServerEvent};
use crate::transport::{IntoEndpoint, Io, Listener};
use admission::Origin;
use registry::Registry;

/// A server with its names bound. Clients that connect from now on wait until it [runs](Self::run).
///
/// ```no_run
/// # use ipc_rpc::{ipc_service, Context, Server};
/// # #[ipc_service]
/// # pub trait Calculator { async fn add(&self, ctx: Context, a: i64, b: i64) -> i64; }
/// # struct Calc;
/// # impl Calculator for Calc { async fn add(&self, _: Context, a: i64, b: i64) -> i64 { a + b } }
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::builder("calculator").service(Calc.serve()).bind()?;
/// server.run_until(tokio::signal::ctrl_c()).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a server serves while it runs"]
pub struct Server {
    registry: Arc<Registry>,
    /// Dropped last, and with the server if that never runs.
    end: EndOnDrop,
    listeners: Vec<Listener>,
    streams: mpsc::UnboundedReceiver<Io>,
}

impl Server {
    /// Describes a server that is to be bound to this name.
    pub fn builder(name: impl IntoEndpoint) -> ServerBuilder {
        ServerBuilder::new().also_at(name)
    }

    /// Describes a server without a name, which serves the streams that are handed to
    /// [`ServerHandle::accept`].
    pub fn unnamed() -> ServerBuilder {
        ServerBuilder::new()
    }

    /// The server's events from now on; asked for before the server runs, from `Listening` on.
    pub fn events(&self) -> Events<ServerEvent> {
        self.registry.events.subscribe([])
    }

    /// A handle that stops the server and reaches its connections from elsewhere.
    pub fn handle(&self) -> ServerHandle {
        ServerHandle::new(Arc::clone(&self.registry))
    }

    /// The names that the server is bound to, as they are shown to users.
    pub fn names(&self) -> Vec<String> {
        self.listeners.iter().map(ToString::to_string).collect()
    }

    /// Serves until [`ServerHandle::shutdown`] is called.
    ///
    /// # Errors
    ///
    /// None at present: what fails in a running server is told by [`ServerEvent::Error`], and it goes on.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the server at once: names are released, connections dropped without a goodbye.
    pub async fn run(self) -> Result<Shutdown, ServerError> {
        self.run_until(std::future::pending::<()>()).await
    }

    /// Serves until `stop` resolves, whatever it resolves to, or until [`ServerHandle::shutdown`] is called.
    /// Then no client is accepted any more, all are told, and calls in flight may finish for
    /// [`Config::drain_timeout`](crate::Config::drain_timeout).
    ///
    /// A handler declared `fn` cannot be interrupted: its connection counts as cut, and it goes on until it returns,
    /// for which a tokio runtime waits when it is dropped. Have it look at [`Context::is_cancelled`](crate::Context::is_cancelled), or end the
    /// runtime with `shutdown_timeout`.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Self::run).
    pub async fn run_until(self, stop: impl Future) -> Result<Shutdown, ServerError> {
        let Self {
            registry,
            end,
            listeners,
            mut streams,
        } = self;
        let names = listeners.iter().map(ToString::to_string).collect();
        let mut incoming = select_all(
            listeners
                .into_iter()
                .map(|listener| accept::incoming(listener, &registry)),
        );
        registry.events.publish(&ServerEvent::Listening { names });

        let mut tasks = JoinSet::new();
        tokio::pin!(stop);
        let grace = loop {
            tokio::select! {
                Some(io) = incoming.next() => {
                    tasks.spawn(admission::serve(Arc::clone(&registry), io, Origin::Accepted));
                }
                Some(io) = streams.recv() => {
                    tasks.spawn(admission::serve(Arc::clone(&registry), io, Origin::HandedIn));
                }
                Some(_) = tasks.join_next() => {}
                () = registry.listening_is_over(), if !incoming.is_empty() => incoming.clear(),
                grace = registry.stop_requested() => break grace,
                _ = &mut stop => break registry.request_stop(registry.config.drain_timeout),
            }
        };
        // The listeners go first: from here on a client finds nobody, and another server may take the names.
        drop(incoming);
        drop(streams);
        registry.close_all(grace, clock::now());
        while tasks.join_next().await.is_some() {}
        drop(end);
        Ok(registry.shutdown_report())
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("names", &self.names())
            .finish_non_exhaustive()
    }
}

/// Settles the events and whoever waits for the end, also when the server is dropped, running or not.
struct EndOnDrop(Arc<Registry>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.end();
    }
}
