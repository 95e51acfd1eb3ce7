//! Typed, authenticated calls between processes on one machine.
//!
//! [`#[ipc_service]`](macro@ipc_service) turns a trait into a client and a server. Calls travel over Unix sockets or
//! Windows named pipes, on connections that authenticate while connecting, report their life as events and answer
//! pings.
//!
//! ```
//! use ipc_rpc::{Context, Server, context, ipc_service, transport::memory};
//!
//! /// Arithmetic, served to other processes on this machine.
//! #[ipc_service]
//! pub trait Calculator {
//!     /// Adds two numbers.
//!     async fn add(&self, ctx: Context, a: i64, b: i64) -> i64;
//!
//!     /// Divides. The service's own error arrives typed.
//!     async fn divide(&self, ctx: Context, a: i64, b: i64) -> Result<i64, String>;
//! }
//!
//! struct Calc;
//!
//! impl Calculator for Calc {
//!     async fn add(&self, _: Context, a: i64, b: i64) -> i64 {
//!         a + b
//!     }
//!
//!     async fn divide(&self, _: Context, a: i64, b: i64) -> Result<i64, String> {
//!         a.checked_div(b).ok_or_else(|| format!("cannot divide {a} by {b}"))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let name = &memory::Address::new();
//! // In one process. A text such as "calculator" is a name in the user's own private namespace.
//! let server = Server::builder(name).service(Calc.serve()).bind()?;
//! # tokio::spawn(server.run());
//!
//! // In another.
//! let calculator = CalculatorClient::connect(name).await?;
//! assert_eq!(calculator.add(context::current(), 2, 3).await?, 5);
//! let error = calculator.divide(context::current(), 1, 0).await.unwrap_err();
//! assert_eq!(error.to_string(), "cannot divide 1 by 0");
//! # Ok(())
//! # }
//! ```
//!
//! # Where to go from here
//!
//! | For | see |
//! |---|---|
//! | what a service may look like, and what is generated | [`ipc_service`](macro@ipc_service) |
//! | serving: names, limits, shutdown | [`Server`], [`ServerBuilder`], [`ServerHandle`] |
//! | servers that end by themselves: idle, on signals, for a restart | [`ServerBuilder::idle_timeout`], [`ServerBuilder::stop_on_signals`], [`Shutdown`] |
//! | serving one call after the other, over a state | [`Server::fold`], [`Reply`] |
//! | connecting: auth payload, codec, timeouts | [`Connect`], [`ConnectError`] |
//! | clients that outlive their connections | [`Connect::reconnect`], [`Reconnect`], [`Subscription`], [`Status`] |
//! | calling without a runtime | [`Connect::blocking`], [`BlockingConnection`] |
//! | who may connect | [`Authenticator`], [`PeerPolicy`], [`PeerIdentity`] |
//! | streams as arguments and results | [`Receiver`], [`Sender`], [`channel`], [`Context::stream`] |
//! | deadlines, cancellation, the peer of a call | [`Context`], [`context`] |
//! | publishing to whoever subscribed | [`Topic`] |
//! | calling all clients of a server | [`ServerHandle::peers`], [`Peers`] |
//! | clients that reach each other by name | [`Connect::peer_name`], [`ServerBuilder::relay`], [`Connection::client_of`] |
//! | what can go wrong with a call, and whether it ran | [`CallError`], [`CallOutcome`] |
//! | the life of a connection: ping, pause, close, abort | [`Connection`], [`ConnectionError`] |
//! | peers that hang | [`Config::ping_interval`], [`Config::stall_timeout`] |
//! | events | [`ServerEvent`], [`ClientEvent`], [`Events`] |
//! | code around every call | [`layer`] |
//! | launching plugins as processes of their own | the module `plugin`, with the feature of that name |
//! | one instance of an application | [`instance`] |
//! | names of places, finding and waiting for servers | [`SocketName`], [`Connect::wait_for_server`] |
//! | who has a name, and who may take it | [`BindPolicy`] |
//! | bytes of your own behind the handshake | [`raw`] |
//! | tests without sockets | [`transport::memory`] |
//! | every limit and default | [`Config`] |
//! | which types a codec carries, and how they may change | [`Codec`] |
//! | tarpc's clients, transports and services | [`Connection::lane`], [`StubCaller`] |
//!
//! # What holds
//!
//! - A call returns the method's value, or an error that says whether the method may have run. It never waits for an
//!   answer that cannot come: it ends by its deadline or with its connection.
//! - A method runs at most once for each call. Calls of one connection run side by side, in no order.
//! - Nothing that a peer sends ends this process: what it gets wrong is an error of the call or of its connection.
//! - No method runs, and nothing of the user's is decoded but the auth payload, before the server has admitted the
//!   client; nothing is sent before the client has checked whose the server is.
//! - A connection that ends without a goodbye is never reported as closed in order.
//! - Items of a stream arrive whole, once and in order, and a stream that is not complete says so.
//!
//! Processes of the same user are not protected from each other by the operating system, and not by this crate
//! either: an [`Authenticator`] tells apart what holds a secret and what does not, not what runs under a debugger.
//!
//! # Runtime
//!
//! Everything runs on tokio, with either scheduler. Binding and connecting outside of a runtime is an error; within a
//! runtime that has no I/O or no time driver (`enable_all` enables both) they panic. A client that connects with
//! [`blocking`](Connect::blocking) brings a runtime along: one thread for all of them.
//!
//! # Features
//!
//! - `macros` (default): the `#[ipc_service]` attribute.
//! - `metrics`: figures of connections and calls, through the facade of the `metrics` crate; `layer::Metrics` takes those of
//!   single methods. See `docs/metrics.md` in the repository for their names.
//! - `systemd`: socket activation (`Server::activated`) and readiness (`ServerBuilder::notify_systemd`), on Unix.
//! - `plugin`: the module `plugin`, for applications that launch plugins and for plugins.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod auth;
mod backoff;
mod blocking;
mod client;
mod clock;
mod codec;
mod config;
mod connection;
pub mod context;
mod descriptor;
mod error;
mod event;
mod gate;
mod identity;
pub mod instance;
pub mod layer;
mod meter;
#[cfg(feature = "plugin")]
pub mod plugin;
mod proto;
pub mod raw;
mod server;
mod service;
mod stream;
pub mod transport;
mod wake;
mod wire;

pub use auth::{AuthHello, Authenticator, IntoAuthenticator, PeerPolicy};
pub use client::{Connect, Target};
pub use codec::{Codec, CodecError, CodecErrorKind, CodecSide};
pub use config::{Config, Reconnect, WhileDown};
pub use connection::{BlockingConnection, Connection};
pub use context::{Context, Peer};
pub use descriptor::{MethodDescriptor, MethodTimeout, ServiceDescriptor};
pub use error::{
    AcceptError, BindError, CallError, CallOutcome, ClaimError, ConnectError, ConnectionError,
    FindError, NameError, PeerClose, ProtocolError, RefusalReason, Rejection, StreamError,
    SubscriptionError,
};
pub use event::{
    ClientEvent, ClientStatus, Events, RejectReason, ServerError, ServerEvent, Status,
};
pub use identity::PeerIdentity;
#[cfg(feature = "macros")]
#[doc = include_str!("ipc_service.md")]
pub use ipc_rpc_macros::ipc_service;
pub use server::{
    Broadcast, FoldError, FoldStep, Idle, Peers, RelayRequest, Server, ServerBuilder, ServerHandle,
    Shutdown, ShutdownCause, ShutdownKind, StopSignal,
};
pub use service::calls::Reply;
pub use service::{
    Caller, Calls, Client, IntoBlocking, Lane, LaneTransport, PeerEntry, Service,
    ServiceDefinition, StubCaller,
};
pub use stream::{Followed, Receiver, Sender, Subscription, Topic, Update, channel};
pub use tarpc;
pub use transport::IntoEndpoint;
pub use transport::local_socket::{BindPolicy, IntoSocketName, NameEntry, SocketName};
pub use wire::{ConnectionId, TraceContext};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
