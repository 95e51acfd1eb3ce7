//! Accepting connections, whatever the system is short of.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::unfold;

use crate::event::ServerError;
use crate::meter;
use crate::transport::local_socket::is_transient;
use crate::transport::{Io, Listener};

/// The first pause when the system is short of something, doubled each time.
const MIN_PAUSE: Duration = Duration::from_millis(1);

/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// The connections that arrive at a listener. Never ends: a fault of one connection is passed over, a shortage is
/// waited out and told once. The loss of the name is told once those that had connected before have come.
pub(crate) fn incoming(
    listener: Arc<Listener>,
    tell: impl Fn(ServerError) + Send + Sync + 'static,
) -> Pin<Box<dyn Stream<Item = Io> + Send>> {
    let watched = Arc::clone(&listener);
    let incoming = Incoming {
        listener,
        lost: Loss::Awaited(Box::pin(async move { watched.lost().await })),
        tell,
    };
    Box::pin(unfold(incoming, |mut incoming| async {
        let io = incoming.next().await;
        Some((io, incoming))
    }))
}

struct Incoming<F> {
    listener: Arc<Listener>,
    lost: Loss,
    tell: F,
}

/// The loss of the name.
enum Loss {
    Awaited(Pin<Box<dyn Future<Output = ()> + Send>>),
    Noticed,
    Told,
}

impl<F: Fn(ServerError)> Incoming<F> {
    async fn next(&mut self) -> Io {
        let mut pause = None;
        loop {
            let accepted = match &mut self.lost {
                Loss::Awaited(lost) => tokio::select! {
                    accepted = self.listener.accept() => accepted,
                    () = lost => {
                        self.lost = Loss::Noticed;
                        continue;
                    }
                },
                // Asked of the system: the runtime may not have heard yet of those that have connected.
                Loss::Noticed => match self.listener.accept_now() {
                    Some(io) => return io,
                    None => {
                        self.lost = Loss::Told;
                        tracing::warn!(name = %self.listener, "the name does not lead here any more");
                        let name = self.listener.to_string();
                        (self.tell)(ServerError::NameLost { name });
                        continue;
                    }
                },
                Loss::Told => self.listener.accept().await,
            };
            let error = match accepted {
                Ok(io) => return io,
                Err(error) => error,
            };
            meter::accept_failed(is_transient(&error));
            if is_transient(&error) {
                tracing::debug!(%error, "a connection was gone before it was accepted");
                continue;
            }
            if pause.is_none() {
                tracing::warn!(%error, "cannot accept connections; trying again");
                (self.tell)(ServerError::Accept {
                    name: self.listener.to_string(),
                    source: error,
                });
            }
            let wait = pause.map_or(MIN_PAUSE, |pause: Duration| (pause * 2).min(MAX_PAUSE));
            sleep(wait).await;
            pause = Some(wait);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the accept loop owns its own pauses"
)]
async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}
