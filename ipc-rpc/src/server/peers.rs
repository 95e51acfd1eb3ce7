//! Calling the clients of a server, one or all.

use std::fmt;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt};

use crate::connection::Connection;
use crate::context::Peer;
use crate::error::CallError;
use crate::service::{Client, ServiceDefinition};
use crate::wire::ConnectionId;

/// Clients of a server, as they were when [`ServerHandle::peers`](crate::ServerHandle::peers) was asked, to be called back
/// together.
///
/// Who connects later is not among them; a call to one that has gone meanwhile fails for that one alone. All are called at
/// once: one that is slow holds up none of the others, only whoever waits for all.
///
/// ```
/// use futures_util::StreamExt;
/// use ipc_rpc::{Context, Server, context, ipc_service, transport::memory};
///
/// /// What a worker offers to its server.
/// #[ipc_service]
/// pub trait Worker {
///     async fn load(&self, ctx: Context) -> u32;
///     async fn reload(&self, ctx: Context);
/// }
///
/// struct Idle;
///
/// impl Worker for Idle {
///     async fn load(&self, _: Context) -> u32 {
///         7
///     }
///     async fn reload(&self, _: Context) {}
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let name = &memory::Address::new();
/// let server = Server::builder(name).bind()?;
/// let handle = server.handle();
/// # tokio::spawn(server.run());
/// # use ipc_rpc::Connection;
/// let worker = Connection::connect(name).serve(Idle.serve()).await?;
///
/// let peers = handle.peers();
/// let told = peers.broadcast(async |worker: WorkerClient| worker.reload(context::current()).await);
/// assert_eq!(told.await.reached, [worker.id()]);
///
/// let mut loads = peers.survey(async |worker: WorkerClient| worker.load(context::current()).await);
/// while let Some((id, load)) = loads.next().await {
///     println!("{id}: {}", load?);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Peers {
    connections: Vec<Connection>,
}

/// Whom a [broadcast](Peers::broadcast) has reached.
#[derive(Debug)]
#[non_exhaustive]
pub struct Broadcast<E> {
    /// Those whose call succeeded, in the order in which they did. For a one-way method: those that were sent it.
    pub reached: Vec<ConnectionId>,
    /// The others, and why.
    pub failed: Vec<(ConnectionId, CallError<E>)>,
}

impl Peers {
    pub(super) fn new(mut connections: Vec<Connection>) -> Self {
        connections.sort_unstable_by_key(Connection::id);
        Self { connections }
    }

    /// The same without this one: as a rule the one whose call is being served, `ctx.peer()`.
    #[must_use]
    pub fn except(mut self, id: impl Into<Option<ConnectionId>>) -> Self {
        if let Some(id) = id.into() {
            self.connections.retain(|peer| peer.id() != id);
        }
        self
    }

    /// Those of them that serve the service of this client.
    #[must_use]
    pub fn serving<C: Client>(mut self) -> Self {
        let name = C::Definition::DESCRIPTOR.name;
        self.connections
            .retain(|peer| peer.peer_services().iter().any(|service| service == name));
        self
    }

    /// Those of them that a test holds for.
    #[must_use]
    pub fn filter(mut self, test: impl Fn(&Peer) -> bool) -> Self {
        self.connections.retain(|peer| test(&Peer::of(peer)));
        self
    }

    /// How many they are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.connections.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// One after the other, the longest connected first.
    pub fn iter(&self) -> impl Iterator<Item = Peer> {
        self.connections.iter().map(Peer::of)
    }

    /// Makes the same call to every one of them, at once, and yields each result as it comes, with the id of its
    /// connection.
    ///
    /// `call` is given a client of the service for each peer. A peer that does not serve it is no exception: its call fails
    /// with [`CallError::Unimplemented`]. Each call takes as long as its own deadline lets it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the stream cancels the calls that are not done.
    pub fn survey<C, F, Fut>(
        &self,
        call: F,
    ) -> impl Stream<Item = (ConnectionId, Fut::Output)> + use<C, F, Fut>
    where
        C: Client,
        F: Fn(C) -> Fut,
        Fut: Future,
    {
        let called = |peer: &Connection| {
            let (id, calling) = (peer.id(), call(peer.client()));
            async move { (id, calling.await) }
        };
        self.connections
            .iter()
            .map(called)
            .collect::<FuturesUnordered<_>>()
    }

    /// Makes the same call to every one of them, at once, and waits until all are done. Returns whom it has reached.
    ///
    /// With a one-way method that is when every call is sent, for which a peer that does not read takes up to the call's
    /// deadline.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the calls that are not done.
    pub async fn broadcast<C, F, Fut, T, E>(&self, call: F) -> Broadcast<E>
    where
        C: Client,
        F: Fn(C) -> Fut,
        Fut: Future<Output = Result<T, CallError<E>>>,
    {
        let mut report = Broadcast {
            reached: Vec::new(),
            failed: Vec::new(),
        };
        let mut results = self.survey(call);
        while let Some((id, result)) = results.next().await {
            match result {
                Ok(_) => report.reached.push(id),
                Err(error) => report.failed.push((id, error)),
            }
        }
        report
    }

    /// Pings every one of them, at once, and yields how long each answer took, as it comes.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: pings that are dropped leave nothing behind.
    pub fn ping_all(
        &self,
    ) -> impl Stream<Item = (ConnectionId, Result<Duration, CallError>)> + use<> {
        let pinged = |peer: &Connection| {
            let peer = peer.clone();
            async move { (peer.id(), peer.ping().await) }
        };
        self.connections
            .iter()
            .map(pinged)
            .collect::<FuturesUnordered<_>>()
    }
}

impl fmt::Debug for Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.connections.iter().map(Connection::id))
            .finish()
    }
}
