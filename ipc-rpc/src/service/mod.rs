//! Types on top of bytes: the traits that generated code implements, and how a typed call becomes a frame.
//!
//! A call goes from a generated client through a [`Lane`] to the peer's connection, and there through
//! [`Services`] to the generated server, which decodes the arguments and starts the handler.

mod agreed;
mod blob;
mod blocking;
pub(crate) mod calls;
mod dispatch;
mod failure;
#[cfg(feature = "plugin")]
mod fit;
mod lane;
mod message;
mod relay;
mod reply;
mod services;
mod tarpc_form;
mod tarpc_lane;

pub use blob::{Blob, visit_bytes};
pub use blocking::{Blocking, IntoBlocking};
pub use calls::{CallQueue, Calls};
pub(crate) use dispatch::answer;
#[cfg(feature = "plugin")]
pub(crate) use fit::Fit;
pub use lane::Lane;
pub use message::{Args, RequestDecoder, RequestEncoder};
pub use relay::PeerEntry;
pub(crate) use relay::{FORWARD, PEERS, PeerList, RELAY};
pub use reply::{
    Fallible, FallibleStreaming, Plain, Reply, ResponseDecoder, ResponseEncoder, Streaming,
};
pub(crate) use services::{InTasks, NotAdded, Services};
pub use tarpc_form::{NoMessage, StubCaller, WithoutStreams, blocking, foreign_response};
pub use tarpc_lane::LaneTransport;

use std::future::Future;
use std::sync::Arc;

use crate::codec::CodecError;
use crate::connection::{Dispatched, IncomingCall};
use crate::context::Context;
use crate::descriptor::{MethodDescriptor, ServiceDescriptor};
use crate::error::CallError;

/// Names a service in types. Implemented by the generated `FooService`.
pub trait ServiceDefinition: Send + Sync + 'static {
    /// The hidden enum of all requests, for tarpc's traits.
    type Request: WireRequest;
    /// The hidden enum of all responses, for tarpc's traits.
    type Response: WireResponse;
    /// What is known of the service at compile time.
    const DESCRIPTOR: &'static ServiceDescriptor;
}

/// One method of a service. Implemented by hidden generated types.
pub trait Method: Send + Sync + 'static {
    /// The service it belongs to.
    type Service: ServiceDefinition;
    /// Its arguments.
    type Args: Args;
    /// The shape of what it returns.
    type Reply: Reply;
    /// What is known of it at compile time.
    const DESCRIPTOR: MethodDescriptor;

    /// Its arguments as a request of the service. `None`: a service with streams has no such requests.
    fn request(args: Self::Args) -> Option<<Self::Service as ServiceDefinition>::Request>;

    /// What it returned, out of a response of the service. `None`: it is another method's response.
    fn response(
        response: <Self::Service as ServiceDefinition>::Response,
    ) -> Option<<Self::Reply as Reply>::Declared>;
}

/// A service's request, whatever its method. Implemented by hidden generated types.
pub trait WireRequest: tarpc::RequestName + Sized + Send + 'static {
    /// The method that it calls.
    fn method(&self) -> &'static MethodDescriptor;

    /// Encodes the arguments.
    ///
    /// # Errors
    ///
    /// What the codec cannot carry.
    fn encode(self, encoder: &mut RequestEncoder<'_>) -> Result<(), CodecError>;

    /// Decodes the arguments of the method with this id. `None`: the service has none.
    fn decode(method: u32, decoder: RequestDecoder<'_>) -> Option<Result<Self, CodecError>>;
}

/// A service's response, whatever its method. Implemented by hidden generated types.
pub trait WireResponse: Sized + Send + 'static {
    /// Encodes what was returned.
    ///
    /// # Errors
    ///
    /// What the codec cannot carry.
    fn encode(self, encoder: &mut ResponseEncoder<'_>) -> Result<(), CodecError>;

    /// Decodes what the method with this id returned. `None`: the service has none.
    fn decode(method: u32, decoder: ResponseDecoder<'_>) -> Option<Result<Self, CodecError>>;
}

/// Whatever carries the calls of a service: a [`Lane`] of a connection, or a tarpc stub as a
/// [`StubCaller`].
///
/// The future is `Send` for a [`Lane`]; the trait does not ask for it, since tarpc's stubs do not promise it.
pub trait Caller<D: ServiceDefinition> {
    /// Calls a method and waits for what it returns.
    fn call<M: Method<Service = D>>(
        &self,
        context: Context,
        args: M::Args,
    ) -> impl Future<Output = Result<<M::Reply as Reply>::Output, CallError<<M::Reply as Reply>::Error>>>;
}

/// A generated client.
pub trait Client: Sized {
    /// The service that it calls.
    type Definition: ServiceDefinition;

    /// The client over this lane.
    fn from_lane(lane: Lane) -> Self;
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` is no service that a server can serve",
    note = "hand over what `.serve()` makes of an implementation"
)]
/// A service that a server can serve. Implemented by generated types: `.serve()` makes one.
pub trait Service: Send + Sync + 'static {
    /// What is known of the service at compile time.
    fn descriptor(&self) -> &'static ServiceDescriptor;

    /// Starts the handler of a call.
    #[doc(hidden)]
    fn dispatch(&self, call: IncomingCall<'_>) -> Dispatched;
}

/// A service that several servers share.
impl Service for Arc<dyn Service> {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        (**self).descriptor()
    }

    fn dispatch(&self, call: IncomingCall<'_>) -> Dispatched {
        (**self).dispatch(call)
    }
}
