//! What a client brings to its server.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite};

use super::auth::Auth;
use super::connect;
use super::dial::Route;
use super::life::Unconnected;
use super::plan::Plan;
use crate::auth::PeerPolicy;
use crate::blocking;
use crate::codec::Codec;
use crate::config::{Config, Reconnect};
use crate::connection::Connection;
use crate::descriptor::ServiceDescriptor;
use crate::error::ConnectError;
use crate::event::{ClientEvent, Events, Status};
use crate::identity::PeerIdentity;
use crate::layer::{Layer, Layers};
use crate::service::{Client, IntoBlocking, Lane, Service, ServiceDefinition};
use crate::transport::{IntoEndpoint, Io};
use crate::wire::Offer;

/// A connection that is about to be made: `FooClient::connect(name)` returns it, `.await` makes it.
///
/// ```no_run
/// # use ipc_rpc::{ipc_service, Codec, Context};
/// # use std::time::Duration;
/// # #[ipc_service]
/// # pub trait Calculator { async fn add(&self, ctx: Context, a: i64, b: i64) -> i64; }
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let calculator = CalculatorClient::connect("calculator")
///     .auth("open sesame")
///     .codec(Codec::MessagePack)
///     .connect_timeout(Duration::from_secs(2))
///     .await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Each way in which connecting can fail is a variant of [`ConnectError`].
///
/// # Cancel safety
///
/// Dropping the future drops the attempt; a server that had already admitted it sees a client that vanished.
#[must_use = "nothing happens before it is awaited"]
pub struct Connect<C> {
    // Boxed: it is handed on a few times.
    pub(super) plan: Box<Plan>,
    life: Unconnected,
    layers: Layers,
    client: PhantomData<fn() -> C>,
}

impl<C: Target> Connect<C> {
    /// Connects to the server of this name.
    pub fn new(name: impl IntoEndpoint) -> Self {
        Self::by(Route::Name(name.into_endpoint()))
    }

    /// Connects over a stream that exists already: one end of a socket pair, an inherited pipe, the
    /// [in-memory pair](crate::transport::memory::pair).
    ///
    /// Who is at its other end cannot be asked; whoever made the stream answers for that.
    pub fn over<S>(stream: S) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let io = Io::from_stream(stream, PeerIdentity::in_process());
        Self::by(Route::Stream(Some(io)))
    }

    /// Connects over a transport whose maker knows who is at its other end.
    #[cfg(feature = "plugin")]
    pub(crate) fn through(io: Io) -> Self {
        Self::by(Route::Stream(Some(io)))
    }

    /// Tells the server that this service of its will be called as well, so that it refuses if it differs.
    #[cfg(feature = "plugin")]
    pub(crate) fn calls(mut self, service: &'static ServiceDescriptor) -> Self {
        self.plan.calls.push(service);
        self
    }

    fn by(route: Route) -> Self {
        let plan = Plan {
            route,
            patience: None,
            auth: Auth::None,
            codecs: Codec::ALL.to_vec(),
            trust: PeerPolicy::SameUser,
            allow_partial: false,
            config: Config::default(),
            reconnect: None,
            services: Vec::new(),
            calls: C::service().into_iter().collect(),
            peer_name: None,
            offer: Offer::default(),
            handlers_in_tasks: false,
        };
        Self {
            plan: Box::new(plan),
            life: Unconnected::default(),
            layers: Layers::default(),
            client: PhantomData,
        }
    }

    /// Shows `payload` to the server's authenticator. Default: none, which is the same as `()`.
    ///
    /// It is sent in the first message, to a server that was checked before (see [`trust`](Self::trust)), and
    /// is neither logged nor part of an error.
    pub fn auth<T: Serialize + ?Sized>(mut self, payload: &T) -> Self {
        self.plan.auth = Auth::of(payload);
        self
    }

    /// Shows what `provider` returns to the server's authenticator: asked anew for each attempt to connect, for tokens that
    /// expire. The time it takes is part of what connecting may take; what takes longer is dropped, as it is when the client ends
    /// meanwhile.
    ///
    /// ```no_run
    /// # use ipc_rpc::{Connection, Reconnect};
    /// # async fn read_token() -> String { String::new() }
    /// let connect = Connection::connect("calculator").auth_with(|| async { read_token().await });
    /// ```
    pub fn auth_with<F, Fut, T>(mut self, provider: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Serialize,
    {
        self.plan.auth = Auth::by(provider);
        self
    }

    /// Claims this name among the server's clients; unique while the connection lives. Default: none.
    ///
    /// If another client has it, the server refuses with [`RefusalReason::NameTaken`](crate::RefusalReason::NameTaken). It is
    /// free again when its holder's connection has ended. A name has 1 to 255 bytes and no control characters. It proves
    /// nothing: who may have which is for the server's [`Authenticator`](crate::Authenticator) to say.
    pub fn peer_name(mut self, name: impl Into<String>) -> Self {
        self.plan.peer_name = Some(name.into());
        self
    }

    /// Uses this codec and no other; a server that does not take it refuses. Default: what the server
    /// takes, [`Codec::Postcard`] preferred.
    pub fn codec(mut self, codec: Codec) -> Self {
        self.plan.codecs = vec![codec];
        self
    }

    /// Which servers to talk to, by the kernel's word on who they are. Nothing is sent to another one.
    /// Default: [`PeerPolicy::SameUser`].
    pub fn trust(mut self, policy: PeerPolicy) -> Self {
        self.plan.trust = policy;
        self
    }

    /// Connects although methods differ in their signatures, or the service is missing. Calls of what differs fail
    /// with [`CallError::Unimplemented`](crate::CallError::Unimplemented) before anything is sent.
    /// Default: the server refuses, naming what differs.
    pub fn allow_partial(mut self) -> Self {
        self.plan.allow_partial = true;
        self
    }

    /// How long connecting may take in total. A server that is not there is not waited for, unless
    /// [told so](Self::wait_for_server): that is [`ConnectError::NotRunning`] at once, and
    /// [`is_retryable`](ConnectError::is_retryable). Default: 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.plan.config.connect_timeout = timeout;
        self
    }

    /// Waits for the server to be there, at most as long as `timeout`, and then connects, for which
    /// [`connect_timeout`](Self::connect_timeout) counts from then on. Default: a server that is not there is not waited
    /// for.
    ///
    /// What is waited out is told at [`SocketName::wait_for`](crate::SocketName::wait_for). If that is in vain the error
    /// is [`ConnectError::TimedOut`]. A server that is there and refuses is an error at once, as always.
    pub fn wait_for_server(mut self, timeout: Duration) -> Self {
        self.plan.patience = Some(timeout);
        self
    }

    /// How long a call may take unless its context or its method says otherwise; `None` for ever.
    /// Default: 30 s.
    pub fn call_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.plan.config.call_timeout = timeout.into();
        self
    }

    /// How long the connection asks its socket for an answer before it sleeps; see [`Config::busy_poll`] for what that
    /// gains and costs. Default: not at all.
    pub fn busy_poll(mut self, time: Duration) -> Self {
        self.plan.config.busy_poll = time;
        self
    }

    /// Pings a server from which nothing has come for `interval`, and ends the connection with
    /// [`ConnectionError::PingTimeout`](crate::ConnectionError::PingTimeout) if nothing comes for another `timeout`; see
    /// [`Config::ping_interval`]. Default: a silent server is left alone.
    pub fn keep_alive(mut self, interval: Duration, timeout: Duration) -> Self {
        self.plan.config.ping_interval = Some(interval);
        self.plan.config.ping_timeout = timeout;
        self
    }

    /// Sets all limits and times at once, those that were set before included: call it first.
    pub fn config(mut self, config: Config) -> Self {
        self.plan.config = config;
        self
    }

    /// Serves `service` to the server over this connection, for as long as it lives. The server's handlers call it
    /// through [`Peer::client`](crate::Peer::client); `service` is what `.serve()` makes of an implementation. May be
    /// called for several services.
    pub fn serve(mut self, service: impl Service) -> Self {
        self.plan.services.push(Arc::new(service));
        self
    }

    /// Puts user code around every call of this client. Layers added first see a call first.
    pub fn layer(mut self, layer: impl Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// The events of this client, from `Connecting` on.
    pub fn events(&self) -> Events<ClientEvent> {
        self.life.life().events()
    }

    /// Where this client stands, from now to its end.
    pub fn status(&self) -> Status {
        self.life.life().status()
    }

    /// Connects a client for code without a runtime, and returns when that is done: its methods are those of the other one,
    /// and block the calling thread until there is an answer. Deadlines, errors and everything else are the same.
    ///
    /// ```no_run
    /// # use ipc_rpc::{ipc_service, Context, context};
    /// # #[ipc_service]
    /// # pub trait Calculator { async fn add(&self, ctx: Context, a: i64, b: i64) -> i64; }
    /// fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let calculator = CalculatorClient::connect("calculator").auth("open sesame").blocking()?;
    ///     println!("{}", calculator.add(context::current(), 2, 3)?);
    ///     Ok(())
    /// }
    /// ```
    ///
    /// - **Threads.** The first client of a process that connects this way starts one thread, `ipc-rpc-blocking`, which
    ///   drives the connections of all of them for as long as the process lives. Clones of a client may be used by as many
    ///   threads at once as one likes.
    /// - **What it serves**, with [`serve`](Self::serve), runs on that thread, each handler in a task of its own. A handler
    ///   may call blocking clients, this one included. One that blocks in another way holds up all connections of the
    ///   thread: declare it `fn`.
    /// - **Within a runtime** of yours a call blocks the thread, as anything does that blocks: use
    ///   `spawn_blocking`. What it waits for is done elsewhere, so it returns all the same, unless the server
    ///   runs on that very thread: then the call waits until its deadline, and connecting for
    ///   [`connect_timeout`](Self::connect_timeout).
    /// - **The end.** When the last handle is dropped, the connection is closed in order, and the drop waits until it has
    ///   ended, for a second at most.
    ///
    /// # Errors
    ///
    /// As when it is awaited, and [`ConnectError::NoThread`].
    ///
    /// # Platform notes
    ///
    /// ## Unix
    ///
    /// A child that was made by `fork` has no thread but the one that forked: without an `exec` it must not use what
    /// connected before the fork, nor connect this way if its parent has.
    pub fn blocking(mut self) -> Result<C::Blocking, ConnectError>
    where
        C: IntoBlocking,
    {
        blocking::start().map_err(|source| ConnectError::NoThread { source })?;
        self.plan.handlers_in_tasks = true;
        Ok(blocking::block_on(self.connect())?.into_blocking())
    }

    async fn connect(self) -> Result<C, ConnectError> {
        let Self {
            plan, life, layers, ..
        } = self;
        let established = connect::connect(plan, life).await?;
        Ok(C::from_connection(established.connection.clone(), layers))
    }
}

impl<C: Client> Connect<C> {
    /// Connects again whenever the connection is lost. Default: a client ends with its connection.
    ///
    /// Once it has connected, the client outlives its connections, and with it its clones and those that
    /// [`Connection::client`] makes of its connection. It ends when the last of them is dropped, with
    /// [`Connection::close`] and [`abort`](Connection::abort), when the server closes the connection or shuts down for good, when
    /// it rejects or refuses the client for a reason that [does not pass](ConnectError::is_retryable), and when `policy` says so.
    /// A server that vanishes, or that says that it will be back, does not end it.
    ///
    /// Connecting the first time is one attempt, as without this. Each attempt says the same as the first: it shows the auth
    /// payload, or a fresh one [by its provider](Self::auth_with), claims the [name](Self::peer_name), and serves
    /// the same services. The codec stays the one that was agreed first.
    ///
    /// # Calls
    ///
    /// - A call that is made meanwhile waits for the next connection until its own deadline, or
    ///   [fails at once](crate::WhileDown).
    /// - A call that was certainly not run is sent over the next connection: the connection ended before it was sent, or the
    ///   server was going and refused it. One that brings streams, or more than 64 KiB beside its `Bytes`, only in the first case.
    /// - A call that may have run is sent again only if its method is marked `#[ipc(idempotent)]`. Any other fails with
    ///   [`CallError::Connection`](crate::CallError::Connection), whose [outcome](crate::CallError::outcome) is then
    ///   [`Unknown`](crate::CallOutcome::Unknown).
    /// - [Layers](Self::layer) see one call, however often it is sent.
    ///
    /// What goes over one connection keeps to it and ends with it: [pings](Connection::ping),
    /// [lanes for tarpc](Connection::lane), and clients that the client's own services get from [`Peer::client`](crate::Peer::client).
    /// Streams end with their connection; [`Subscription`](crate::Subscription) subscribes again. What the server keeps for a
    /// connection, its session included, begins anew with each.
    ///
    /// Has no effect on a client [over a stream](Self::over), which cannot be reached twice.
    pub fn reconnect(mut self, policy: Reconnect) -> Self {
        self.plan.reconnect = Some(policy);
        self
    }
}

/// What [`Connect`] can end in: a generated client, or a plain [`Connection`].
pub trait Target: Sized {
    #[doc(hidden)]
    fn service() -> Option<&'static ServiceDescriptor>;

    #[doc(hidden)]
    fn from_connection(connection: Connection, layers: Layers) -> Self;
}

impl<C: Client> Target for C {
    fn service() -> Option<&'static ServiceDescriptor> {
        Some(C::Definition::DESCRIPTOR)
    }

    fn from_connection(connection: Connection, layers: Layers) -> Self {
        C::from_lane(Lane::open(connection, C::Definition::DESCRIPTOR, layers))
    }
}

impl Target for Connection {
    fn service() -> Option<&'static ServiceDescriptor> {
        None
    }

    fn from_connection(connection: Connection, _: Layers) -> Self {
        connection
    }
}

impl Connection {
    /// Connects to the server of this name without saying which of its services will be called: for
    /// [`lane`](Self::lane), or to ping it.
    pub fn connect(name: impl IntoEndpoint) -> Connect<Self> {
        Connect::new(name)
    }
}

impl<C: Target + 'static> IntoFuture for Connect<C> {
    type Output = Result<C, ConnectError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.connect())
    }
}

/// Without the auth payload.
impl<C> fmt::Debug for Connect<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("route", &self.plan.route)
            .field("codecs", &self.plan.codecs)
            .field("trust", &self.plan.trust)
            .field("config", &self.plan.config)
            .finish_non_exhaustive()
    }
}
