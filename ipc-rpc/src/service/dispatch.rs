//! From a request to its handler and back, on the serving side.

use std::future::Future;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll, ready};

use pin_project_lite::pin_project;
use tokio::sync::{Semaphore, oneshot};

use super::message::decode_args;
use super::reply::ResponseEncoder;
use super::{Args, Method, Reply, Service, failure};
use crate::codec::{Codec, CodecError};
use crate::connection::{
    Dispatched, Encoded, Entered, IncomingCall, Responder, Response, Shared, Stage, State, scratch,
};
use crate::context::Context;
use crate::descriptor::MethodDescriptor;
use crate::error::CallError;
use crate::layer::{self, Layers, Streams};
use crate::transport::framing::Body;
use crate::wire::{CallFailure, FailureCode, Flags, RequestId};

/// Handlers of methods declared `fn` that run at once, in this process.
const MAX_BLOCKING: usize = 64;

static BLOCKING: Semaphore = Semaphore::const_new(MAX_BLOCKING);

impl IncomingCall<'_> {
    /// The id of the called method.
    #[must_use]
    pub fn method(&self) -> u32 {
        self.entered.method
    }

    /// Decodes the arguments and runs the handler as far as it gets without waiting.
    pub fn run<M, S, F, Fut>(self, service: &Arc<S>, handler: F) -> Dispatched
    where
        M: Method,
        S: Send + Sync + 'static,
        F: FnOnce(Arc<S>, Context, M::Args) -> Fut,
        Fut: Future<Output = <M::Reply as Reply>::Declared> + Send + 'static,
    {
        let (shared, stage) = (self.shared, self.stage);
        let entered = &mut *self.entered;
        let Some(args) = entered.args::<M::Args>(shared.facts.codec) else {
            return Dispatched::DONE;
        };
        let context = entered.context(shared);
        let inherited = context.inherited();
        let answering = inherited.scope(Answering {
            handling: handler(Arc::clone(service), context, args),
            responder: entered.responder.take(),
            waiting: None,
            reply: PhantomData::<fn() -> M::Reply>,
        });
        if const { M::DESCRIPTOR.spawn } {
            stage.run_as_task(answering)
        } else {
            stage.run(answering)
        }
    }

    /// The same for a handler that blocks its thread: on the blocking pool.
    pub fn run_blocking<M, S, F>(self, service: &Arc<S>, handler: F) -> Dispatched
    where
        M: Method,
        S: Send + Sync + 'static,
        F: FnOnce(Arc<S>, Context, M::Args) -> <M::Reply as Reply>::Declared + Send + 'static,
    {
        let Some((context, args, responder)) = self.decode::<M::Args>() else {
            return Dispatched::DONE;
        };
        let service = Arc::clone(service);
        let answering = async move {
            let permit = tokio::select! {
                biased;
                () = context.cancelled() => None,
                permit = BLOCKING.acquire() => permit.ok(),
            };
            // Over before it began: dropped, the responder says why.
            let Some(permit) = permit else { return };
            let inherited = context.inherited();
            let work = move || {
                let declared = inherited.sync_scope(|| handler(service, context, args));
                drop(permit);
                declared
            };
            match tokio::task::spawn_blocking(work).await {
                // A handler that was told to stop and did not is answered for by what stopped it.
                Ok(_) if responder.stopped().is_some() => {}
                Ok(declared) => {
                    responder.ready().await;
                    respond::<M::Reply>(responder, declared);
                }
                Err(error) if error.is_panic() => {
                    responder.fail(&CallFailure::new(FailureCode::Panicked, ""));
                }
                Err(_) => {}
            }
        };
        // Not aborted with its request, for the thread would go on: the slot is taken until it returns.
        crate::connection::spawn(answering);
        Dispatched(State::Unstoppable)
    }

    /// Answers that there is no such method.
    pub fn unimplemented(self) -> Dispatched {
        if let Some(responder) = self.entered.responder.take() {
            responder.fail(&CallFailure::new(FailureCode::Unimplemented, ""));
        }
        Dispatched::DONE
    }
}

pin_project! {
    /// A handler, and what answers with what it returns.
    ///
    /// Written by hand: an async block has room for what it captures and once more for what it awaits, which is the same
    /// here, and all of it is moved into a box for each call.
    struct Answering<F, R> {
        #[pin]
        handling: F,
        // `None`: it has returned.
        responder: Option<Responder>,
        // The answer, while it waits for room, as few have to.
        waiting: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
        reply: PhantomData<fn() -> R>,
    }
}

impl<F: Future<Output = R::Declared>, R: Reply> Future for Answering<F, R> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<()> {
        let this = self.project();
        if this.responder.is_some() {
            let declared = ready!(this.handling.poll(cx));
            let Some(responder) = this.responder.take() else {
                return Poll::Ready(());
            };
            if responder.is_ready() {
                respond::<R>(responder, declared);
                return Poll::Ready(());
            }
            *this.waiting = Some(Box::pin(async move {
                responder.ready().await;
                respond::<R>(responder, declared);
            }));
        }
        match this.waiting {
            Some(waiting) => waiting.as_mut().poll(cx),
            None => Poll::Ready(()),
        }
    }
}

impl<'a> IncomingCall<'a> {
    /// Decodes the arguments, or answers that they do not decode.
    pub(super) fn decode<A: Args>(self) -> Option<(Context, A, Responder)> {
        let entered = &mut *self.entered;
        let args = entered.args(self.shared.facts.codec)?;
        let context = entered.context(self.shared);
        Some((context, args, entered.responder.take()?))
    }
}

impl Entered<'_> {
    /// The arguments, or answers that they do not decode.
    #[inline]
    fn args<A: Args>(&mut self, codec: Codec) -> Option<A> {
        // Not kept while the handler runs.
        let body = std::mem::take(&mut self.body);
        let side = std::mem::take(&mut self.side);
        let streams = std::mem::take(&mut self.streams);
        match decode_args(codec, &body, side, streams) {
            Ok(args) => Some(args),
            Err(error) => {
                self.refuse(&error);
                None
            }
        }
    }

    #[inline]
    fn context(&mut self, shared: &Arc<Shared>) -> Context {
        Context::served(
            Arc::clone(shared),
            self.id,
            self.deadline,
            self.trace.take(),
        )
    }

    #[cold]
    fn refuse(&mut self, error: &CodecError) {
        if let Some(responder) = self.responder.take() {
            responder.fail(&undecodable(error));
        }
    }
}

pub(super) fn undecodable(error: &CodecError) -> CallFailure {
    CallFailure::new(FailureCode::Undecodable, error.to_string())
}

/// Encodes what a handler returned and sends it. A panic in the encoding drops the responder, which answers.
#[inline]
fn respond<R: Reply>(responder: Responder, declared: R::Declared) {
    answer(responder, |encoder| encoder.reply::<R>(declared));
}

#[inline]
pub(crate) fn answer(
    responder: Responder,
    encode: impl FnOnce(&mut ResponseEncoder<'_>) -> Result<(), CodecError>,
) {
    let mut message = Encoded::new(scratch::take());
    let mut encoder = ResponseEncoder::new(responder.codec(), &mut message);
    let encoded = encode(&mut encoder);
    let flags = encoder.flags;
    match encoded {
        Ok(()) => {
            responder.respond(flags, &mut message);
            scratch::give(message.bytes);
        }
        Err(error) => {
            responder.fail(&CallFailure::new(
                FailureCode::Unencodable,
                error.to_string(),
            ));
        }
    }
}

/// Runs a request through the layers, in front of its handler.
pub(super) fn dispatch_layered(
    service: Arc<dyn Service>,
    layers: &Layers,
    method: &'static MethodDescriptor,
    call: IncomingCall<'_>,
) -> Dispatched {
    let (shared, stage, entered) = call.take();
    let Entered {
        id,
        lane,
        deadline,
        trace,
        body,
        side,
        streams,
        responder: Some(responder),
        ..
    } = entered
    else {
        return Dispatched::DONE;
    };
    let context = Context::served(Arc::clone(shared), id, deadline, trace);
    let inherited = context.inherited();
    let name = service.descriptor().name;
    let request = layer::Request::new(
        name,
        method,
        context,
        (body.into_bytes(), side.into_bytes()),
        Streams::come_in(streams),
    );
    let end = End {
        service,
        shared: Arc::clone(shared),
        id,
        lane,
    };
    let layers = layers.clone();
    let dispatched = stage.run(inherited.scope(async move {
        let response = layers.run(request, Arc::new(end)).await;
        responder.ready().await;
        match layered_response(response) {
            Ok(response) => responder.respond_with(response),
            Err(error) => responder.fail(&failure::to_wire(&error)),
        }
    }));
    // A handler that cannot be stopped takes its slot until it returns, with layers in front of it, too.
    if method.blocking {
        Dispatched(State::Unstoppable)
    } else {
        dispatched
    }
}

/// What layers answer with, as it goes to the peer.
fn layered_response(response: layer::Response) -> Result<Response, CallError> {
    match response.0 {
        layer::Reply::Failed(error) => Err(error),
        layer::Reply::Returned {
            service_error,
            body,
            side,
            streams,
        } => {
            let mut message = Encoded::from_parts(body, side);
            message.feeds = streams.take_out()?;
            let flags = Flags::of_returned(service_error);
            Ok(Response { flags, message })
        }
    }
}

/// The handler, behind the last layer.
struct End {
    service: Arc<dyn Service>,
    shared: Arc<Shared>,
    id: RequestId,
    lane: u16,
}

impl layer::End for End {
    fn call(
        &self,
        request: layer::Request,
    ) -> Pin<Box<dyn Future<Output = layer::Response> + Send>> {
        let (sender, answered) = oneshot::channel();
        let layer::Request {
            service: name,
            method,
            context,
            body,
            side,
            streams,
        } = request;
        let streams = match streams.take_in() {
            Ok(streams) => streams,
            Err(error) => {
                let refused = layer::Response(layer::Reply::Failed(error));
                return Box::pin(std::future::ready(refused));
            }
        };
        let stage = Stage::new();
        let responder = Responder::for_layer(Arc::clone(&self.shared), self.id, sender);
        let mut entered = Entered {
            id: self.id,
            lane: self.lane,
            method: method.id,
            deadline: context.deadline(),
            trace: context.trace(),
            body: Body::Owned(body),
            side: Body::Owned(side),
            streams,
            responder: Some(responder),
        };
        let call = IncomingCall {
            shared: &self.shared,
            stage: &stage,
            entered: &mut entered,
        };
        // A panic of the handler is its answer, and none of the layers' business.
        let dispatched = catch_unwind(AssertUnwindSafe(|| self.service.dispatch(call)));
        let handler = AbortOnDrop(dispatched.unwrap_or(Dispatched::DONE));
        Box::pin(async move {
            let response = answered.await;
            drop(handler);
            layer::Response(match response {
                Ok(Response { flags, message }) if flags.has(Flags::FAILURE) => {
                    layer::Reply::Failed(failure::from_wire(&message.bytes, name, method))
                }
                Ok(Response { flags, mut message }) => {
                    let streams = Streams::going_out(std::mem::take(&mut message.feeds));
                    let (body, side) = message.into_parts();
                    layer::Reply::Returned {
                        service_error: flags.has(Flags::SERVICE_ERROR),
                        body,
                        side,
                        streams,
                    }
                }
                Err(_) => layer::Reply::Failed(CallError::Cancelled),
            })
        })
    }
}

/// The handler goes when the layers in front of it do.
struct AbortOnDrop(Dispatched);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let State::Task(task) = &self.0.0 {
            task.abort();
        }
    }
}
