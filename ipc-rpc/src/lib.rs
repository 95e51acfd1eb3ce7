//! Typed, authenticated calls between processes on one machine.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod auth;
mod client;
mod clock;
mod codec;
mod config;
mod connection;
pub mod context;
mod descriptor;
mod error;
mod event;
mod identity;
pub mod layer;
mod proto;
mod server;
mod service;
pub mod transport;
mod wire;

pub use auth::{Authenticator, Hello as AuthHello, IntoAuthenticator, PeerPolicy};
pub use client::Connect;
pub use codec::{Codec, CodecError, CodecErrorKind, CodecSide};
pub use config::Config;
pub use connection::Connection;
pub use context::{Context, Peer};
pub use descriptor::{MethodDescriptor, MethodTimeout, ServiceDescriptor};
pub use error::{
    BindError, CallError, CallOutcome, ConnectError, ConnectionError, NameError, PeerClose,
    ProtocolError, RefusalReason, Rejection,
};
pub use event::{ClientEvent, Events, RejectReason, ServerError, ServerEvent};
pub use identity::PeerIdentity;
#[cfg(feature = "macros")]
pub use ipc_rpc_macros::ipc_service;
pub use server::{Server, ServerBuilder, ServerHandle, Shutdown};
pub use service::{Caller, Client, Lane, LaneTransport, Service, ServiceDefinition, StubCaller};
pub use tarpc;
pub use transport::IntoEndpoint;
pub use transport::local_socket::{IntoSocketName, SocketName};
pub use wire::{ConnectionId, TraceContext};
