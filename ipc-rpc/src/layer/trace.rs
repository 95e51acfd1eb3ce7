//! A span around every call.

use tracing::Instrument;

use super::{Layer, Next, Request, Response, Status};

/// A layer that puts each call into a [`tracing`] span, `ipc_call` with the fields `service`, `method` and
/// `peer`, and reports calls that failed on their way as events of level `DEBUG`.
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
        let span = tracing::info_span!(
            "ipc_call",
            service = request.service,
            method = request.method.name,
            peer = request
                .context
                .peer()
                .connection_id()
                .map(crate::wire::ConnectionId::get),
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
