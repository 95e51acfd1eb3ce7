//! All that generated code may name. Not for anybody else: it changes without notice.

pub use {serde, tarpc};

pub use crate::client::Connect;
pub use crate::codec::CodecError;
pub use crate::connection::{Connection, Dispatched, IncomingCall};
pub use crate::context::Context;
pub use crate::descriptor::{MethodDescriptor, ServiceDescriptor};
pub use crate::error::CallError;
pub use crate::service::{
    Args, Blob, Caller, Client, Fallible, Lane, Message, Method, Plain, Reply, RequestDecoder,
    RequestEncoder, ResponseDecoder, ResponseEncoder, Service, ServiceDefinition, WireRequest,
    WireResponse, assert_message, blocking, foreign_response, visit_bytes,
};
pub use crate::transport::{IntoEndpoint, IntoEndpoint as IntoSocketName};
