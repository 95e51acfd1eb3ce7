//! Pings of this side.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::encoded::Encoded;
use super::pong::Wait;
use super::shared::Shared;
use crate::error::{CallError, ConnectionError, ProtocolError};
use crate::wire::{Header, Kind, RequestId};

impl Shared {
    /// Sends a ping and waits for its pong.
    pub(super) async fn ping(
        self: &Arc<Self>,
        payload: &[u8],
        now: Instant,
    ) -> Result<Duration, CallError> {
        let result = self.ping_untold(payload, now).await;
        self.meter.ping(&result);
        result
    }

    async fn ping_untold(
        self: &Arc<Self>,
        payload: &[u8],
        now: Instant,
    ) -> Result<Duration, CallError> {
        // The payload comes back, so it has to fit both ways.
        let limit =
            (self.facts.peer_limits.max_frame_len as usize).min(self.facts.config.max_frame_len);
        if payload.len() > limit {
            return Err(CallError::TooLarge {
                response: false,
                size: payload.len(),
                limit,
            });
        }
        let timeout = self.facts.config.ping_timeout;
        let deadline = now + timeout;
        let late = |sent| CallError::DeadlineExceeded {
            after: Some(timeout),
            sent,
        };
        self.timeout_at(deadline, self.has_room())
            .await
            .map_err(|_| late(false))?;
        let (wait, pong) = Wait::new();
        let wait = Arc::new(wait);
        let waiting = Waiting {
            shared: self,
            id: self.send_ping(wait, payload, now)?,
        };
        let result = self.timeout_at(deadline, pong).await;
        drop(waiting);
        let failed = |source| CallError::Connection { source, sent: true };
        let (round_trip, echo) = result
            .map_err(|_| late(true))?
            .map_err(|_| failed(ConnectionError::Aborted))?
            .map_err(failed)?;
        if echo != payload {
            return Err(CallError::Protocol(ProtocolError::Unexpected {
                found: format!("a pong with {} other bytes", echo.len()),
                expected: "the payload of the ping",
            }));
        }
        Ok(round_trip)
    }

    fn send_ping(
        &self,
        wait: Arc<Wait>,
        payload: &[u8],
        now: Instant,
    ) -> Result<RequestId, CallError> {
        let mut core = self.lock();
        if !core.life.is_listening() {
            let source = core.life.reason().unwrap_or(ConnectionError::Aborted);
            return Err(CallError::Connection {
                source,
                sent: false,
            });
        }
        let id = core.pings.begin(wait, now);
        core.outbox.append(
            Header::new(Kind::Ping, id),
            payload,
            &mut Encoded::default(),
        );
        let alone = core.in_flight() == 0;
        self.settle(core, alone);
        Ok(id)
    }
}

/// Frees the ping's place when its caller stops waiting.
struct Waiting<'a> {
    shared: &'a Shared,
    id: RequestId,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.shared.lock().pings.finish(self.id);
    }
}
