//! Services beside and below tarpc: its stubs as callers, its `Serve` as a handler.

use std::future::Future;
use std::io;

use tarpc::client::RpcError;
use tarpc::client::stub::Stub;
use tarpc::{ServerError, context as tarpc_context, trace as tarpc_trace};

use super::dispatch::{answer, undecodable};
use super::message::{RequestDecoder, RequestEncoder};
use super::reply::{Reply, ResponseDecoder, ResponseEncoder};
use super::{Caller, Method, ServiceDefinition, WireRequest, WireResponse, failure};
use crate::clock;
use crate::codec::CodecError;
use crate::connection::{Dispatched, Entered, IncomingCall};
use crate::context::{Context, Deadline};
use crate::descriptor::{MethodDescriptor, MethodTimeout};
use crate::error::CallError;
use crate::wire::{CallFailure, FailureCode, MAX_DEADLINE, TraceContext};

/// tarpc's ten seconds, which calls over its transports have unless they say otherwise.
const TARPC_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

/// Any of tarpc's stubs as what a generated client calls through: a channel over one of tarpc's transports,
/// a retry or a load balancer around one.
///
/// Peer, session and events are those of this process there, cancellation and limits are tarpc's, and
/// an error of tarpc's cannot say whether the request was sent.
#[derive(Clone, Debug)]
pub struct StubCaller<S>(pub S);

impl<D, S> Caller<D> for StubCaller<S>
where
    D: ServiceDefinition + WithoutStreams,
    S: Stub<Req = D::Request, Resp = D::Response>,
{
    async fn call<M: Method<Service = D>>(
        &self,
        context: Context,
        args: M::Args,
    ) -> Result<<M::Reply as Reply>::Output, CallError<<M::Reply as Reply>::Error>> {
        let method = M::DESCRIPTOR;
        // A service without streams has requests.
        let Some(request) = M::request(args) else {
            return Err(CallError::Unimplemented {
                service: D::DESCRIPTOR.name,
                method: method.name,
            });
        };
        let response = self
            .0
            .call(to_tarpc(&context, method.timeout), request)
            .await;
        let response = response.map_err(|error| from_rpc_error(error).widen())?;
        let declared =
            M::response(response).ok_or_else(|| failure::wrong_response(method.name).widen())?;
        M::Reply::into_result(declared).map_err(CallError::Service)
    }
}

/// A service none of whose methods has a stream, so that tarpc's transports can carry its calls.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has streams, which tarpc's transports cannot carry",
    note = "call it over a connection of this crate: with `connect`, or with `Connect::over` on any stream of bytes"
)]
pub trait WithoutStreams {}

/// The request and the response of a service with streams over tarpc's transports: there is none.
#[derive(Debug)]
pub enum NoMessage {}

impl tarpc::RequestName for NoMessage {
    fn name(&self) -> &str {
        match *self {}
    }
}

impl WireRequest for NoMessage {
    fn method(&self) -> &'static MethodDescriptor {
        match *self {}
    }

    fn encode(self, _: &mut RequestEncoder<'_>) -> Result<(), CodecError> {
        match self {}
    }

    fn decode(_: u32, _: RequestDecoder<'_>) -> Option<Result<Self, CodecError>> {
        None
    }
}

impl WireResponse for NoMessage {
    fn encode(self, _: &mut ResponseEncoder<'_>) -> Result<(), CodecError> {
        match self {}
    }

    fn decode(_: u32, _: ResponseDecoder<'_>) -> Option<Result<Self, CodecError>> {
        None
    }
}

/// A context for tarpc: a deadline always, a year at most.
fn to_tarpc(context: &Context, of_method: MethodTimeout) -> tarpc_context::Context {
    let now = clock::now();
    let mut tarpc = tarpc_context::current();
    tarpc.deadline = match (context.deadline_setting(), of_method) {
        (Deadline::At(at, _), _) => at.min(now + MAX_DEADLINE),
        (Deadline::Never, _) | (Deadline::Unset, MethodTimeout::Never) => now + MAX_DEADLINE,
        (Deadline::Unset, MethodTimeout::After(timeout)) => now + timeout.min(MAX_DEADLINE),
        (Deadline::Unset, MethodTimeout::Unset) => now + TARPC_TIMEOUT,
    };
    if let Some(trace) = context.trace_context() {
        tarpc.trace_context = trace_to_tarpc(trace);
    }
    tarpc
}

pub(super) fn trace_to_tarpc(trace: TraceContext) -> tarpc_trace::Context {
    tarpc_trace::Context {
        trace_id: tarpc_trace::TraceId::from(trace.trace_id),
        span_id: tarpc_trace::SpanId::from(trace.span_id),
        sampling_decision: if trace.sampled {
            tarpc_trace::SamplingDecision::Sampled
        } else {
            tarpc_trace::SamplingDecision::Unsampled
        },
    }
}

fn from_rpc_error(error: RpcError) -> CallError {
    use crate::error::ConnectionError;
    match error {
        RpcError::DeadlineExceeded => CallError::DeadlineExceeded {
            after: None,
            sent: true,
        },
        RpcError::Shutdown => CallError::Connection {
            source: ConnectionError::PeerVanished,
            sent: true,
        },
        RpcError::Send(error) => CallError::Refused {
            message: error.to_string(),
        },
        RpcError::Channel(error) => CallError::Connection {
            source: ConnectionError::Io(std::sync::Arc::new(io::Error::other(error.to_string()))),
            sent: true,
        },
        RpcError::Server(error) => server_error(error),
    }
}

/// The kinds under which this crate's failures travel as tarpc's server errors.
fn server_error(error: ServerError) -> CallError {
    match error.kind {
        io::ErrorKind::Unsupported => CallError::Failed {
            code: 0,
            message: error.detail,
        },
        io::ErrorKind::WouldBlock => CallError::Overloaded {
            message: error.detail,
        },
        _ => CallError::Failed {
            code: 0,
            message: error.to_string(),
        },
    }
}

/// What a client in tarpc's form returns if the peer answered with another method's response: a fault of
/// the peer, which must not end this process.
#[must_use]
pub fn foreign_response() -> RpcError {
    RpcError::Server(ServerError::new(
        io::ErrorKind::InvalidData,
        "the peer answered with the response of another method".to_owned(),
    ))
}

/// Runs a method declared `fn` for tarpc's `Serve`, on the blocking pool.
///
/// # Errors
///
/// The method panicked, or the runtime stops.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ServerError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ServerError::new(io::ErrorKind::Other, error.to_string()))
}

impl IncomingCall<'_> {
    /// Runs a service in tarpc's form: decodes the request and hands it to its `Serve`.
    pub fn run_serve<D, F, Fut>(self, serve: F) -> Dispatched
    where
        D: ServiceDefinition,
        F: FnOnce(tarpc_context::Context, D::Request) -> Fut,
        Fut: Future<Output = Result<D::Response, ServerError>> + Send + 'static,
    {
        let (shared, stage, entered) = self.take();
        let Entered {
            id,
            method,
            deadline,
            trace,
            body,
            side,
            responder: Some(responder),
            ..
        } = entered
        else {
            return Dispatched::DONE;
        };
        let decoder = RequestDecoder {
            codec: responder.codec(),
            body: &body,
            side,
        };
        let request = match D::Request::decode(method, decoder) {
            Some(Ok(request)) => request,
            Some(Err(error)) => {
                responder.fail(&undecodable(&error));
                return Dispatched::DONE;
            }
            None => {
                responder.fail(&CallFailure::new(FailureCode::Unimplemented, ""));
                return Dispatched::DONE;
            }
        };
        let context = Context::served(std::sync::Arc::clone(shared), id, deadline, trace);
        let inherited = context.inherited();
        let serving = serve(to_tarpc(&context, MethodTimeout::Unset), request);
        stage.run(inherited.scope(async move {
            let response = serving.await;
            responder.ready().await;
            match response {
                Ok(response) => answer(responder, |encoder| response.encode(encoder)),
                Err(error) => {
                    responder.fail(&CallFailure::new(FailureCode::Refused, error.to_string()));
                }
            }
        }))
    }
}
