//! Accepting connections, whatever the system is short of.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::unfold;

use super::registry::Registry;
use crate::event::{ServerError, ServerEvent};
use crate::transport::local_socket::is_transient;
use crate::transport::{Io, Listener};

/// The first pause when the system is short of something, doubled each time.
const MIN_PAUSE: Duration = Duration::from_millis(1);

/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// The connections that arrive at a listener. Never ends: a fault of one connection is passed over, a
/// shortage is waited out and told once.
pub(super) fn incoming(
    listener: Arc<Listener>,
    registry: &Arc<Registry>,
) -> Pin<Box<dyn Stream<Item = Io> + Send>> {
    let registry = Arc::clone(registry);
    Box::pin(unfold((listener, registry), |(listener, registry)| async {
        let io = accept(&listener, &registry).await;
        Some((io, (listener, registry)))
    }))
}

async fn accept(listener: &Listener, registry: &Registry) -> Io {
    let mut pause = None;
    loop {
        let error = match listener.accept().await {
            Ok(io) => return io,
            Err(error) => error,
        };
        if is_transient(&error) {
            tracing::debug!(%error, "a connection was gone before it was accepted");
            continue;
        }
        if pause.is_none() {
            tracing::warn!(%error, "cannot accept connections; trying again");
            let error = ServerError::Accept {
                name: listener.to_string(),
                source: error,
            };
            registry.events.publish(&ServerEvent::Error {
                error: Arc::new(error),
            });
        }
        let wait = pause.map_or(MIN_PAUSE, |pause: Duration| (pause * 2).min(MAX_PAUSE));
        sleep(wait).await;
        pause = Some(wait);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the accept loop owns its own pauses"
)]
async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}
