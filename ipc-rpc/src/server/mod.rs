//! Serving: names that are bound, clients that are admitted, connections that are driven to their end.

mod admission;
mod builder;
mod fold;
mod handle;
mod idle;
#[cfg(all(unix, feature = "systemd"))]
mod notify;
mod peers;
mod registry;
mod relay;
mod shutdown;
mod signals;
#[cfg(test)]
mod tests;

pub use builder::ServerBuilder;
pub use fold::{FoldError, FoldStep};
pub use handle::ServerHandle;
pub use idle::Idle;
pub(crate) use idle::Idleness;
pub use peers::{Broadcast, Peers};
pub use relay::RelayRequest;
pub use shutdown::{Shutdown, ShutdownCause, ShutdownKind};
pub use signals::StopSignal;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::select_all;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::clock;
#[cfg(all(unix, feature = "systemd"))]
use crate::error::BindError;
use crate::event::{Events, ServerError, ServerEvent};
use crate::gate;
use crate::transport::{IntoEndpoint, Io, Listener};
use admission::{Origin, Serving};
use registry::Registry;
use signals::Signals;

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
    ending: Ending,
}

/// What ends a server by itself, and what clients are told then.
#[derive(Debug, Default)]
struct Ending {
    kind: ShutdownKind,
    idle: Idle,
    idle_timeout: Option<Duration>,
    signals: Vec<StopSignal>,
    /// Whether the service manager is told.
    #[cfg(all(unix, feature = "systemd"))]
    notifies: bool,
}

impl Ending {
    fn tell_ready(&self) {
        #[cfg(all(unix, feature = "systemd"))]
        if self.notifies {
            notify::notify(notify::State::Ready);
        }
    }

    fn tell_stopping(&self) {
        #[cfg(all(unix, feature = "systemd"))]
        if self.notifies {
            notify::notify(notify::State::Stopping);
        }
    }
}

impl Server {
    fn new(
        registry: Arc<Registry>,
        listeners: Vec<Listener>,
        streams: mpsc::UnboundedReceiver<Io>,
        ending: Ending,
    ) -> Self {
        Self {
            end: EndOnDrop(Arc::clone(&registry)),
            registry,
            listeners,
            streams,
            ending,
        }
    }

    /// Describes a server that is to be bound to this name.
    pub fn builder(name: impl IntoEndpoint) -> ServerBuilder {
        ServerBuilder::new().also_at(name)
    }

    /// Describes a server at the sockets that a service manager, such as systemd, has opened and passed on to this process.
    ///
    /// They are taken once: `LISTEN_PID` and `LISTEN_FDS` are removed from the environment, which is why this belongs to the
    /// beginning of `main`: code in C that reads the environment in another thread meanwhile is not safe from that. Their
    /// files stay when the server ends, and clients that wait at them then are the next one's. Children do not inherit them.
    ///
    /// ```no_run
    /// # use ipc_rpc::{BindError, Server};
    /// # fn example() -> Result<(), BindError> {
    /// let server = match Server::activated() {
    ///     Err(BindError::NotActivated) => Server::builder("calculator"),
    ///     activated => activated?,
    /// };
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`BindError::NotActivated`] if this process was not started that way, [`BindError::Activation`] if a descriptor is
    /// something else than a listening Unix stream socket.
    ///
    /// # Platform notes
    ///
    /// Unix only, with the feature `systemd`.
    #[cfg(all(unix, feature = "systemd"))]
    pub fn activated() -> Result<ServerBuilder, BindError> {
        ServerBuilder::new().at_activated()
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

    /// Serves until [`ServerHandle::shutdown`] is called, or until whatever else the builder was told of ends it.
    ///
    /// # Errors
    ///
    /// [`ServerError::Signals`] if the system does not let the server listen for the signals that are to
    /// [stop](ServerBuilder::stop_on_signals) it. What fails later is told by [`ServerEvent::Error`], and the server goes
    /// on.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the server at once: names are released, connections dropped without a goodbye.
    pub async fn run(self) -> Result<Shutdown, ServerError> {
        self.run_until(std::future::pending::<()>()).await
    }

    /// Serves until `stop` resolves, whatever it resolves to, or until [`ServerHandle::shutdown`] is called.
    /// Then no client is accepted any more, all are told, and calls in flight may finish for
    /// [`Config::drain_timeout`](crate::Config::drain_timeout). A client that has connected and was not accepted yet is
    /// told as well.
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
            streams,
            ending,
        } = self;
        let mut signals =
            Signals::watch(&ending.signals).map_err(|source| ServerError::Signals { source })?;
        let names = listeners.iter().map(ToString::to_string).collect();
        registry.events.publish(&ServerEvent::Listening { names });
        ending.tell_ready();
        let mut clients = Clients {
            registry: Arc::clone(&registry),
            tasks: JoinSet::new(),
        };
        let arrivals = Arrivals { listeners, streams };
        let stop = async { drop(stop.await) };
        let left = serving(arrivals, &mut clients, &ending, &mut signals, stop).await;
        // Whoever is left has connected, and is told why it was in vain.
        registry.close_doors();
        left.into_iter()
            .for_each(|(io, origin)| clients.serve(io, origin));
        clients.drain(&ending, &mut signals).await;
        drop(signals);
        drop(end);
        Ok(registry.shutdown_report())
    }
}

/// Where clients come from.
struct Arrivals {
    listeners: Vec<Listener>,
    streams: mpsc::UnboundedReceiver<Io>,
}

impl Arrivals {
    /// Gives the names back: from here on a client finds nobody, and another server may take them. Returns the clients
    /// that have come and were not accepted yet.
    async fn close(self) -> Vec<(Io, Origin)> {
        let Self {
            listeners,
            mut streams,
        } = self;
        let mut left = Vec::new();
        for listener in listeners {
            let accepted = listener.close().await.into_iter();
            left.extend(accepted.map(|io| (io, Origin::Accepted)));
        }
        streams.close();
        while let Some(io) = streams.recv().await {
            left.push((io, Origin::HandedIn));
        }
        left
    }
}

/// Serves until the server is asked to stop, or has reason to by itself. Returns the clients that have come and were not
/// accepted yet.
async fn serving(
    arrivals: Arrivals,
    clients: &mut Clients,
    ending: &Ending,
    signals: &mut Signals,
    stop: impl Future<Output = ()>,
) -> Vec<(Io, Origin)> {
    let Arrivals {
        listeners,
        mut streams,
    } = arrivals;
    let registry = Arc::clone(&clients.registry);
    let mut listeners: Vec<_> = listeners.into_iter().map(Arc::new).collect();
    let incoming = listeners.iter().map(|listener| {
        let registry = Arc::clone(&registry);
        gate::incoming(Arc::clone(listener), move |error| registry.tell(error))
    });
    let mut incoming = select_all(incoming);
    let rule = ending.idle_timeout.map(|timeout| (ending.idle, timeout));
    let mut idleness = Idleness::new(rule, clock::now());
    let mut was_used = false;
    let stop_requested = registry.stop_requested();
    let listening_is_over = registry.listening_is_over();
    tokio::pin!(stop, stop_requested, listening_is_over);
    let cause = loop {
        tokio::select! {
            // Ends first, so that whoever comes behind one is told; and new clients last, so that a flood of them keeps nothing
            // else from its turn.
            biased;
            () = &mut stop_requested => break None,
            () = &mut stop => break Some(ShutdownCause::Resolved),
            signal = signals.next() => break Some(ShutdownCause::Signal(signal)),
            () = idleness.is_to_look() => {
                let was_used = match idleness.kind() {
                    Some(Idle::NoCalls) => registry.was_used(),
                    _ => std::mem::take(&mut was_used) || !clients.tasks.is_empty(),
                };
                if idleness.look(was_used, clock::now()) {
                    break Some(ShutdownCause::Idle);
                }
            }
            // It was there until now.
            Some(_) = clients.tasks.join_next() => was_used = true,
            () = &mut listening_is_over, if !listeners.is_empty() => {
                incoming.clear();
                for listener in listeners.drain(..).filter_map(Arc::into_inner) {
                    for io in listener.close().await {
                        clients.serve(io, Origin::Accepted);
                    }
                }
            }
            Some(io) = streams.recv() => {
                clients.serve(io, Origin::HandedIn);
                was_used = true;
            }
            Some(io) = incoming.next() => {
                clients.serve(io, Origin::Accepted);
                was_used = true;
            }
        }
    };
    if let Some(cause) = cause {
        registry.request_stop(cause, ending.kind, registry.config.drain_timeout);
    }
    ending.tell_stopping();
    drop(incoming);
    let listeners = listeners.into_iter().filter_map(Arc::into_inner).collect();
    Arrivals { listeners, streams }.close().await
}

/// The clients of a server, each with a task of its own.
struct Clients {
    registry: Arc<Registry>,
    tasks: JoinSet<()>,
}

impl Clients {
    fn serve(&mut self, io: Io, origin: Origin) {
        self.tasks
            .spawn(Serving::new(Arc::clone(&self.registry), io, origin));
    }

    /// Ends all connections in order, and waits until none is left. The grace may be shortened meanwhile, also by another
    /// signal.
    async fn drain(&mut self, ending: &Ending, signals: &mut Signals) {
        let registry = &self.registry;
        let mut stop = registry.watch_stop();
        loop {
            let asked = *stop.borrow_and_update();
            if let Some(stop) = asked {
                registry.close_all(stop, clock::now());
            }
            tokio::select! {
                () = join_all(&mut self.tasks) => return,
                _ = stop.changed() => {}
                signal = signals.next() => {
                    let cause = ShutdownCause::Signal(signal);
                    registry.request_stop(cause, ending.kind, Duration::ZERO);
                }
            }
        }
    }
}

async fn join_all(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
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
