//! What the connection's task does when time has passed, and when the connection has ended.

use std::time::Instant;

use super::deferred::Deferred;
use super::shared::{Core, Shared};
use crate::clock;
use crate::error::ConnectionError;
use crate::proto::Timeout;

/// Bytes of answers to the peer's own frames that may wait, beyond as many as the outbox's bound.
const CONTROL_ALLOWANCE: usize = 1024 * 1024;

impl Shared {
    /// Acts on the passing of time, and finds out when to do so next; for the peer's signs of life that is at `pulse`.
    pub(super) fn handle_timeout(&self, pulse: Option<Instant>, deferred: &mut Deferred) {
        let now = clock::now();
        let mut core = self.lock();
        core.expire_calls(now, deferred);
        core.expire_requests(now, deferred);
        if core.life.is_draining() && core.is_drained() {
            // It is not cut that has nothing left, whichever of the two is found first.
            core.say_goodbye(now);
        }
        match core.life.handle_timeout(now) {
            Timeout::Nothing => {}
            Timeout::CutDrain => {
                let reason = core.life.reason().unwrap_or(ConnectionError::Aborted);
                core.fail_calls(&reason, deferred);
                core.drop_requests(deferred);
                core.say_goodbye(now);
            }
        }
        if let Some(stalled) = core.stall.handle_timeout(now) {
            let queued = core.outbox.len();
            core.life.end(ConnectionError::PeerNotReading {
                queued,
                stalled: Some(stalled),
            });
        }
        let next = [
            core.next_call_deadline(),
            core.next_request_deadline(),
            core.life.poll_timeout(),
            core.stall.poll_timeout(),
            pulse,
        ];
        core.timer = None;
        core.schedule(next.into_iter().flatten().min());
    }

    /// Ends the connection and does what its task would do then, if that does not come to it.
    pub(super) fn end_now(&self) {
        self.lock().life.end(ConnectionError::Aborted);
        self.finish();
    }

    /// Why it has ended.
    pub(super) fn end_reason(&self) -> ConnectionError {
        self.lock().end_reason()
    }

    /// Fails what is pending, stops the handlers and publishes the end, once.
    pub(super) fn finish(&self) {
        let mut deferred = Deferred::default();
        let mut core = self.lock();
        if std::mem::replace(&mut core.finished, true) {
            return;
        }
        let reason = core.end_reason();
        let remains = core.outbox.fail();
        core.fail_calls(&reason, &mut deferred);
        core.drop_requests(&mut deferred);
        core.fail_streams(&reason, &mut deferred);
        for wait in core.pings.drain() {
            deferred.pong(wait, Err(reason.clone()));
        }
        for inbox in core.inboxes.drain(..) {
            deferred.close(inbox);
        }
        deferred.wake(core.slots.drain());
        let news = core.tally();
        drop(core);
        self.meter.publish(news);
        self.room.notify_waiters();
        deferred.run();
        // Behind those who are told: what is dropped may be the application's, and take its time.
        drop(remains);
        self.ended.set(reason);
    }
}

impl Core {
    fn end_reason(&self) -> ConnectionError {
        let reason = self.life.ended().cloned();
        reason.unwrap_or(ConnectionError::Aborted)
    }

    /// Ends the connection of a peer that writes and does not read: what answers its own frames is bound to no
    /// flow control, and must not grow without end.
    pub(super) fn give_up_on_deaf_peer(&mut self, max_outbound_len: usize) {
        let limit = max_outbound_len + CONTROL_ALLOWANCE;
        let queued = self.outbox.control_len();
        if queued > limit {
            self.life.end(ConnectionError::PeerNotReading {
                queued,
                stalled: None,
            });
        }
    }
}
