//! User code around every call: metrics, logging, limits, retries.
//!
//! A [`Layer`] sees a call as it travels, encoded, on a client behind the stub or on a server in front of the
//! handler. It may look, wait, refuse, change the context, call on more than once, or answer by itself.
//! Without layers calls do not come near this code.

#[cfg(feature = "metrics")]
mod metrics;
mod streams;
mod trace;

pub(crate) use streams::Streams;

#[cfg(feature = "metrics")]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub use self::metrics::Metrics;
pub use trace::TraceCalls;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use crate::context::Context;
use crate::descriptor::MethodDescriptor;
use crate::error::CallError;

/// A call on its way to its method. `Debug` does not show its arguments.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// The service's name.
    pub service: &'static str,
    /// The method.
    pub method: &'static MethodDescriptor,
    /// The context that the call will have further down.
    pub context: Context,
    /// The arguments, encoded.
    pub(crate) body: Bytes,
    pub(crate) side: Bytes,
    pub(crate) streams: Streams,
}

impl Request {
    pub(crate) fn new(
        service: &'static str,
        method: &'static MethodDescriptor,
        context: Context,
        (body, side): (Bytes, Bytes),
        streams: Streams,
    ) -> Self {
        Self {
            service,
            method,
            context,
            body,
            side,
            streams,
        }
    }

    /// Bytes of the arguments, encoded.
    #[must_use]
    pub fn len(&self) -> usize {
        self.body.len() + self.side.len()
    }

    /// Whether there are no arguments to speak of.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("service", &self.service)
            .field("method", &self.method.name)
            .field("context", &self.context)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// What a call came to. `Debug` does not show what was returned.
pub struct Response(pub(crate) Reply);

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Response").field(&self.status()).finish()
    }
}

pub(crate) enum Reply {
    /// The method returned: a value, or its own error.
    Returned {
        service_error: bool,
        body: Bytes,
        side: Bytes,
        streams: Streams,
    },
    /// It did not.
    Failed(CallError),
}

impl Response {
    /// A response that refuses the call: the caller gets
    /// [`CallError::Refused`] with this message.
    pub fn refused(message: impl Into<String>) -> Self {
        Self(Reply::Failed(CallError::Refused {
            message: message.into(),
        }))
    }

    /// A response that turns the call away for now: the caller gets
    /// [`CallError::Overloaded`] with this message.
    pub fn overloaded(message: impl Into<String>) -> Self {
        Self(Reply::Failed(CallError::Overloaded {
            message: message.into(),
        }))
    }

    /// How the call went.
    #[must_use]
    pub const fn status(&self) -> Status<'_> {
        match &self.0 {
            Reply::Returned {
                service_error: false,
                ..
            } => Status::Returned,
            Reply::Returned {
                service_error: true,
                ..
            } => Status::ServiceError,
            Reply::Failed(error) => Status::Failed(error),
        }
    }
}

/// How a call went, as a layer sees it.
#[derive(Clone, Copy, Debug)]
pub enum Status<'a> {
    /// The method returned a value.
    Returned,
    /// The method returned its own error.
    ServiceError,
    /// The call failed on its way.
    Failed(&'a CallError),
}

/// User code around every call of a client or a server.
///
/// Layers added first see a call first. A closure `Fn(Request, Next) -> impl Future<Output = Response>`
/// does as well.
///
/// ```
/// use ipc_rpc::layer::{Layer, Next, Request, Response};
///
/// struct ReadOnly;
///
/// impl Layer for ReadOnly {
///     async fn call(&self, request: Request, next: Next) -> Response {
///         if request.method.name.starts_with("set_") {
///             return Response::refused("this server is read-only");
///         }
///         next.run(request).await
///     }
/// }
/// ```
pub trait Layer: Send + Sync + 'static {
    /// Handles one call, as a rule by handing it to `next`.
    ///
    /// # Cancel safety
    ///
    /// Dropped when the caller goes away or the deadline passes; so is what runs in `next`.
    fn call(&self, request: Request, next: Next) -> impl Future<Output = Response> + Send;
}

impl<F, Fut> Layer for F
where
    F: Fn(Request, Next) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send + 'static,
{
    fn call(&self, request: Request, next: Next) -> impl Future<Output = Response> + Send {
        self(request, next)
    }
}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

trait ErasedLayer: Send + Sync {
    fn call(&self, request: Request, next: Next) -> BoxFuture<'_, Response>;
}

impl<L: Layer> ErasedLayer for L {
    fn call(&self, request: Request, next: Next) -> BoxFuture<'_, Response> {
        Box::pin(Layer::call(self, request, next))
    }
}

/// What a call goes on to from a layer: the next layer, and behind the last one the method.
#[derive(Clone)]
pub struct Next {
    layers: Layers,
    position: usize,
    end: Arc<dyn End>,
}

/// Where calls come out behind the last layer.
pub(crate) trait End: Send + Sync {
    fn call(&self, request: Request) -> BoxFuture<'static, Response>;
}

impl Next {
    /// Hands the call on and waits for what it comes to. A clone may hand it on again.
    ///
    /// # Cancel safety
    ///
    /// Dropping it cancels the call.
    pub async fn run(mut self, request: Request) -> Response {
        let layers = self.layers.clone();
        match layers.0.get(self.position) {
            Some(layer) => {
                self.position += 1;
                layer.call(request, self).await
            }
            None => self.end.call(request).await,
        }
    }
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next")
            .field("layers_left", &(self.layers.0.len() - self.position))
            .finish_non_exhaustive()
    }
}

/// The layers of a client or a server.
#[doc(hidden)]
#[derive(Clone, Default)]
pub struct Layers(Arc<[Arc<dyn ErasedLayer>]>);

impl Layers {
    pub(crate) fn push(&mut self, layer: impl Layer) {
        let layer: Arc<dyn ErasedLayer> = Arc::new(layer);
        self.0 = self.0.iter().cloned().chain([layer]).collect();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Runs a call through all layers and then through `end`.
    pub(crate) async fn run(&self, request: Request, end: Arc<dyn End>) -> Response {
        Next {
            layers: self.clone(),
            position: 0,
            end,
        }
        .run(request)
        .await
    }
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Layers({})", self.0.len())
    }
}
