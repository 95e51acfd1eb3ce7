//! The calls of a service as values that wait for their turn, for whoever takes them one after the other.

mod queue;
mod reply;

pub use queue::CallQueue;
pub(crate) use queue::Turn;
pub use reply::Reply;

use std::sync::Arc;

use super::{Service, ServiceDefinition};
use crate::connection::{Dispatched, IncomingCall};
use crate::descriptor::ServiceDescriptor;

/// The calls of a service as values, for [`Server::fold`](crate::Server::fold). Implemented by the generated `FooCall` of
/// a service under `#[ipc_service(calls)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the calls of a service",
    note = "`#[ipc_service(calls)]` on a trait `Foo` generates `FooCall`, which is"
)]
pub trait Calls: Sized + Send + 'static {
    /// The service that is called.
    type Definition: ServiceDefinition;

    /// Has a call wait in `queue`.
    #[doc(hidden)]
    fn enter(call: IncomingCall<'_>, queue: &Arc<CallQueue<Self>>) -> Dispatched;
}

/// A service whose calls are put into a queue.
pub(crate) struct Queued<C>(pub(crate) Arc<CallQueue<C>>);

impl<C: Calls> Service for Queued<C> {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        C::Definition::DESCRIPTOR
    }

    fn dispatch(&self, call: IncomingCall<'_>) -> Dispatched {
        C::enter(call, &self.0)
    }
}
