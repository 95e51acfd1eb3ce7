//! What comes with a call: its deadline, its trace, and who is at the other end.
//!
//! A [`Context`] is the first argument of every method, on both sides. Callers make one with the functions
//! of this module; handlers get theirs, and may hand it on to the calls that they make in turn.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::clock;
use crate::connection::{Connection, RequestOver, Shared};
use crate::identity::PeerIdentity;
use crate::wire::{ConnectionId, MAX_DEADLINE, RequestId, TraceContext};

tokio::task_local! {
    static SERVED: Inherited;
}

/// The context for a call made here.
///
/// Within a handler it inherits deadline and trace of the call being served. Elsewhere it says nothing, and
/// the method's and the client's own timeouts hold.
#[must_use]
pub fn current() -> Context {
    let inherited = SERVED.try_with(Inherited::clone).unwrap_or_default();
    Context {
        deadline: inherited
            .deadline
            .map_or(Deadline::Unset, |at| Deadline::At(at, None)),
        trace: inherited.trace,
        served: None,
    }
}

/// The context for a call that may take `timeout` from now on, at most a year.
///
/// Within a handler the call being served may have less time left; then that counts.
#[must_use]
pub fn with_timeout(timeout: Duration) -> Context {
    current().and_timeout(timeout)
}

/// The context for a call that may take for ever.
///
/// It ends with its connection all the same, and with the future that waits for it. Within a handler it
/// outlives the deadline of the call being served.
#[must_use]
pub fn without_deadline() -> Context {
    Context {
        deadline: Deadline::Never,
        ..current()
    }
}

/// What comes with a call, on both sides. Cheap to clone.
///
/// A context made outside a call has this process as its peer.
#[derive(Clone)]
pub struct Context {
    deadline: Deadline,
    /// Shared, since most calls have none and a context goes through many hands.
    trace: Option<Arc<TraceContext>>,
    served: Option<Served>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deadline {
    /// The method's or the client's default is to be used.
    Unset,
    Never,
    /// And how long that was when it was set here, for error texts.
    At(Instant, Option<Duration>),
}

/// A call being served.
#[derive(Clone)]
struct Served {
    shared: Arc<Shared>,
    id: RequestId,
}

/// What calls made by a handler take over from the call it serves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inherited {
    deadline: Option<Instant>,
    trace: Option<Arc<TraceContext>>,
}

impl Inherited {
    /// Runs a handler so that [`current`] finds this in it.
    pub(crate) fn scope<F: Future>(self, handler: F) -> impl Future<Output = F::Output> {
        SERVED.scope(self, handler)
    }

    /// Whether the deadline has passed.
    pub(crate) fn is_late(&self, now: Instant) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= now)
    }

    /// The same for a handler that blocks.
    pub(crate) fn sync_scope<T>(self, handler: impl FnOnce() -> T) -> T {
        SERVED.sync_scope(self, handler)
    }
}

impl Context {
    pub(crate) fn served(
        shared: Arc<Shared>,
        id: RequestId,
        deadline: Option<Instant>,
        trace: Option<Arc<TraceContext>>,
    ) -> Self {
        Self {
            deadline: deadline.map_or(Deadline::Never, |at| Deadline::At(at, None)),
            trace,
            served: Some(Served { shared, id }),
        }
    }

    pub(crate) fn inherited(&self) -> Inherited {
        Inherited {
            deadline: self.deadline(),
            trace: self.trace.clone(),
        }
    }

    /// Resolves when the call is over, as [`cancelled`](Self::cancelled) does. `None`: it is none.
    pub(crate) fn over(&self) -> Option<RequestOver> {
        let Served { shared, id } = self.served.as_ref()?;
        Some(RequestOver::new(Arc::clone(shared), *id))
    }

    /// The same for what goes on when the call is over.
    pub(crate) fn inherited_beyond(&self) -> Inherited {
        Inherited {
            deadline: None,
            trace: self.trace.clone(),
        }
    }

    pub(crate) const fn deadline_setting(&self) -> Deadline {
        self.deadline
    }

    /// The same with at most `timeout` from now on.
    #[must_use]
    pub fn and_timeout(mut self, timeout: Duration) -> Self {
        let timeout = timeout.min(MAX_DEADLINE);
        let at = clock::now() + timeout;
        self.deadline = match self.deadline {
            Deadline::At(sooner, allowed) if sooner < at => Deadline::At(sooner, allowed),
            _ => Deadline::At(at, Some(timeout)),
        };
        self
    }

    /// The same with this trace.
    #[must_use]
    pub fn with_trace_context(mut self, trace: TraceContext) -> Self {
        self.trace = Some(Arc::new(trace));
        self
    }

    /// When the caller stops waiting. `None`: it waits for ever or, in a context that is not yet that of a
    /// call, the default of method and client will tell.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self.deadline {
            Deadline::At(at, _) => Some(at),
            Deadline::Unset | Deadline::Never => None,
        }
    }

    /// How much of the deadline is left; zero if it has passed.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline()
            .map(|at| at.saturating_duration_since(clock::now()))
    }

    /// The trace that the call belongs to, if its caller named one.
    #[must_use]
    pub fn trace_context(&self) -> Option<TraceContext> {
        self.trace.as_deref().copied()
    }

    pub(crate) fn trace(&self) -> Option<Arc<TraceContext>> {
        self.trace.clone()
    }

    /// Who calls. In a context made outside a call: this process.
    #[must_use]
    pub fn peer(&self) -> Peer {
        Peer {
            shared: self
                .served
                .as_ref()
                .map(|served| Arc::clone(&served.shared)),
        }
    }

    /// What the authenticator granted to the peer when it connected, if it is a `T`.
    ///
    /// `None` in a context made outside a call, and if the session is of another type: without an
    /// authenticator it is `()`.
    #[must_use]
    pub fn session<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let session = Arc::clone(&self.served.as_ref()?.shared.facts.session);
        session.downcast().ok()
    }

    /// Waits until the call is over: cancelled by its caller, past its deadline, lost with its connection, or
    /// answered.
    ///
    /// A handler's future is dropped then, so this is for what a handler has spawned or runs on another
    /// thread. Never resolves in a context made outside a call.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn cancelled(&self) {
        match self.over() {
            Some(over) => over.await,
            None => std::future::pending().await,
        }
    }

    /// Whether the call is over, as [`cancelled`](Self::cancelled) waits for. For handlers that block.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.served
            .as_ref()
            .is_some_and(|served| served.shared.is_request_over(served.id))
    }
}

/// For a service of this crate's form that is served over tarpc's own transports: the peer is this process,
/// and there is no session.
impl From<tarpc::context::Context> for Context {
    fn from(context: tarpc::context::Context) -> Self {
        let latest = clock::now() + MAX_DEADLINE;
        Self {
            deadline: Deadline::At(context.deadline.min(latest), None),
            trace: Some(Arc::new(trace_from_tarpc(&context.trace_context))),
            served: None,
        }
    }
}

/// The trace of one of tarpc's contexts, in this crate's terms.
pub(crate) fn trace_from_tarpc(trace: &tarpc::trace::Context) -> TraceContext {
    TraceContext {
        trace_id: u128::from(trace.trace_id),
        span_id: u64::from(trace.span_id),
        sampled: trace.sampling_decision == tarpc::trace::SamplingDecision::Sampled,
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("deadline", &self.deadline)
            .field("trace", &self.trace)
            .field("peer", &self.peer())
            .finish_non_exhaustive()
    }
}

/// The process at the other end of a call.
#[derive(Clone)]
pub struct Peer {
    /// `None`: this process.
    shared: Option<Arc<Shared>>,
}

impl Peer {
    pub(crate) fn of(connection: &Connection) -> Self {
        Self {
            shared: Some(Arc::clone(connection.shared())),
        }
    }

    /// What the kernel says of the peer's process.
    #[must_use]
    pub fn identity(&self) -> PeerIdentity {
        match &self.shared {
            Some(shared) => shared.facts.peer.clone(),
            None => PeerIdentity::in_process(),
        }
    }

    /// The name that it [claimed](crate::Connect::peer_name) among the clients of this server. `None`: it claimed none, is
    /// the server, or is this process.
    #[must_use]
    pub fn name(&self) -> Option<Arc<str>> {
        self.shared.as_ref()?.facts.peer_name.clone()
    }

    /// The connection that the call came over. `None`: over none, the peer is this process.
    #[must_use]
    pub fn connection(&self) -> Option<Connection> {
        self.shared
            .as_ref()
            .map(|shared| Connection::of(Arc::clone(shared)))
    }

    /// The id of that connection.
    #[must_use]
    pub fn connection_id(&self) -> Option<ConnectionId> {
        self.shared.as_ref().map(|shared| shared.facts.id)
    }

    /// Whether it is this process, for want of a connection.
    #[must_use]
    pub const fn is_this_process(&self) -> bool {
        self.shared.is_none()
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shared {
            Some(shared) => f
                .debug_struct("Peer")
                .field("connection", &shared.facts.id)
                .field("identity", &shared.facts.peer)
                .finish(),
            None => f.write_str("Peer(this process)"),
        }
    }
}
