//! All that generated code may name. Not for anybody else: it changes without notice.

pub use {serde, tarpc};

pub use crate::client::Connect;
pub use crate::codec::{CodecError, Message, assert_message};
pub use crate::connection::{BlockingConnection, Connection, Dispatched, IncomingCall};
pub use crate::context::Context;
pub use crate::descriptor::{MethodDescriptor, ServiceDescriptor};
pub use crate::error::CallError;
pub use crate::service::calls::Reply as CallReply;
pub use crate::service::{
    Args, Blob, Blocking, CallQueue, Caller, Calls, Client, Fallible, FallibleStreaming,
    IntoBlocking, Lane, Method, NoMessage, Plain, Reply, RequestDecoder, RequestEncoder,
    ResponseDecoder, ResponseEncoder, Service, ServiceDefinition, Streaming, WireRequest,
    WireResponse, WithoutStreams, blocking, foreign_response, visit_bytes,
};
pub use crate::stream::{AnyReceiver, Inlet, Outlet};
pub use crate::transport::{IntoEndpoint, IntoEndpoint as IntoSocketName};
