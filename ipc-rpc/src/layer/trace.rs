//! A span around every call.

use std::fmt;

use tracing::Instrument;

use super::{Layer, Next, Request, Response, Status};

/// A layer that puts each call into a [`tracing`] span, `ipc_call` with the fields `service`, `method` and
/// `peer`, and reports calls that failed on their way as events of level `DEBUG`. A call with a
/// [trace context](crate::Context::trace_context) has its `trace_id` and `parent_span_id` as fields, in hexadecimal as W3C
/// Trace Context writes them, so that the spans of all processes can be joined.
///
/// Arguments and results are never recorded. Spans that no subscriber wants cost a check each.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct TraceCalls;

impl TraceCalls {
    /// The layer.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Layer for TraceCalls {
    async fn call(&self, request: Request, next: Next) -> Response {
        let trace = request.context.trace_context();
        let span = tracing::info_span!(
            "ipc_call",
            service = request.service,
            method = request.method.name,
            peer = request
                .context
                .peer()
                .connection_id()
                .map(crate::wire::ConnectionId::get),
            trace_id = trace.map(|trace| display(Hex::<32>(trace.trace_id))),
            parent_span_id = trace.map(|trace| display(Hex::<16>(trace.span_id.into()))),
        );
        async move {
            let response = next.run(request).await;
            match response.status() {
                Status::Returned => {}
                Status::ServiceError => tracing::debug!("the service returned its error"),
                Status::Failed(error) => tracing::debug!(%error, "the call failed"),
            }
            response
        }
        .instrument(span)
        .await
    }
}

/// A number in that many hexadecimal digits.
struct Hex<const DIGITS: usize>(u128);

impl<const DIGITS: usize> fmt::Display for Hex<DIGITS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0DIGITS$x}", self.0)
    }
}
