//! The one task of a connection: it reads, starts handlers, flushes, and watches the time.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Sleep;

use super::arrivals::{self, Arrived};
use super::deferred::Deferred;
use super::incoming::{Dispatch, Stage};
use super::shared::{DriverState, Shared};
use crate::clock;
use crate::error::ConnectionError;
use crate::proto::Timeout;
use crate::transport::framing::FrameReader;

/// Reads in a row before other tasks get their turn.
const MAX_READS: usize = 16;

/// Time in a row that handlers may take before answers are flushed, so that a small answer is not held up
/// by the rest of its batch.
const MAX_BATCH: Duration = Duration::from_micros(200);

/// A first poll of this length sends later requests for its method to tasks of their own at once.
const LONG_POLL: Duration = Duration::from_micros(50);

/// Methods that are remembered for their long first polls.
const MAX_SLOW: usize = 64;

/// Bytes of answers to the peer's own frames that may wait, beyond as many as the outbox's bound.
const CONTROL_ALLOWANCE: usize = 1024 * 1024;

/// Drives a connection to its end. Dropped before that, it ends the connection.
pub(crate) struct Driver {
    shared: Arc<Shared>,
    reader: FrameReader,
    services: Arc<dyn Dispatch>,
    stage: Stage,
    timer: Pin<Box<Sleep>>,
    /// What is to be done when the lock is free.
    deferred: Deferred,
    /// Lanes and methods whose handlers compute for long before they first wait.
    slow: Vec<(u16, u32)>,
    /// Whether what arrived behind the handshake was looked at.
    begun: bool,
    /// Whether the writing direction was shut down.
    shut_down: bool,
}

impl Driver {
    pub(super) fn new(
        shared: Arc<Shared>,
        reader: FrameReader,
        services: Arc<dyn Dispatch>,
    ) -> Self {
        Self {
            shared,
            reader,
            services,
            stage: Stage::new(),
            timer: timer(),
            deferred: Deferred::default(),
            slow: Vec::new(),
            begun: false,
            shut_down: false,
        }
    }

    /// Runs until the connection has ended, everything pending was failed and every handler was told to stop.
    /// Returns why it ended.
    pub(crate) async fn run(mut self) -> ConnectionError {
        poll_fn(|cx| self.poll(cx)).await;
        self.shared.finish()
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        {
            let mut core = self.shared.lock();
            core.driver = DriverState::Running;
            core.waker.clone_from(cx.waker());
        }
        let more = self.read(cx).is_ready();
        self.watch_time(cx);
        self.wind_up(cx);
        // A closed outbox has room, too: what waits for it fails at once.
        self.shared.tell_of_room(self.shared.lock());
        let mut core = self.shared.lock();
        if core.life.ended().is_some() {
            return Poll::Ready(());
        }
        // What was appended or scheduled since it was looked at belongs to the next turn.
        if more || core.has_news() || core.outbox.has_work() && !core.outbox.is_blocked() {
            core.driver = DriverState::Woken;
            drop(core);
            cx.waker().wake_by_ref();
        } else {
            core.driver = DriverState::Idle;
        }
        Poll::Pending
    }

    /// Reads until there is nothing more, and handles what was read. `Ready`: there may be more.
    fn read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !std::mem::replace(&mut self.begun, true) {
            self.handle_frames(cx);
            if self.shared.lock().life.ended().is_some() {
                return Poll::Pending;
            }
        }
        for _ in 0..MAX_READS {
            let lost = match ready!(self.reader.poll_fill(cx)) {
                Ok(0) => ConnectionError::PeerVanished,
                Ok(_) => {
                    self.handle_frames(cx);
                    self.shared.give_up_on_deaf_peer();
                    if self.shared.lock().life.ended().is_some() {
                        return Poll::Pending;
                    }
                    continue;
                }
                Err(error) => ConnectionError::io(error),
            };
            self.shared.lock().life.handle_lost(lost);
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// Handles the frames that have arrived whole, then flushes what they led to.
    fn handle_frames(&mut self, cx: &Context<'_>) {
        let mut unflushed = Duration::ZERO;
        loop {
            let Self {
                shared,
                reader,
                services,
                stage,
                deferred,
                slow,
                ..
            } = self;
            // Answers are published and their callers woken together, behind the lock, so that their next
            // requests go out in one write.
            let frame = match arrivals::replies(shared, reader, deferred) {
                Arrived::Request(frame) => frame,
                Arrived::Nothing => break,
            };
            deferred.run(&shared.slots);
            let begun = clock::now();
            let method = (frame.header.lane, frame.header.method);
            stage.spawn = slow.contains(&method);
            arrivals::start(shared, &**services, stage, frame, begun, deferred);
            let took = clock::now().saturating_duration_since(begun);
            if took > LONG_POLL && !stage.spawn && slow.len() < MAX_SLOW {
                slow.push(method);
            }
            unflushed += took;
            if unflushed > MAX_BATCH {
                unflushed = Duration::ZERO;
                self.flush(cx);
            }
        }
        self.deferred.run(&self.shared.slots);
        self.flush(cx);
    }

    /// Writes what waits, for as long as the transport takes it.
    fn flush(&self, cx: &Context<'_>) {
        loop {
            let lent = self.shared.lock().outbox.lend();
            let Some(mut writer) = lent else { return };
            let result = writer.write(cx.waker());
            if !self.shared.after_write(writer, result) {
                return;
            }
        }
    }

    fn watch_time(&mut self, cx: &mut Context<'_>) {
        loop {
            let mut core = self.shared.lock();
            let changed = std::mem::take(&mut core.timer_changed);
            let Some(at) = core.timer else { return };
            drop(core);
            if changed {
                self.timer.as_mut().reset(at.into());
            }
            if self.timer.as_mut().poll(cx).is_pending() {
                return;
            }
            self.shared.handle_timeout(&mut self.deferred);
            self.deferred.run(&self.shared.slots);
        }
    }

    /// Takes the steps of an orderly end that nothing stands in the way of, and flushes.
    fn wind_up(&mut self, cx: &mut Context<'_>) {
        self.shared.say_goodbye_if_drained();
        self.flush(cx);
        let mut core = self.shared.lock();
        if core.life.is_closing() && !self.shut_down && core.outbox.is_flushed() {
            core.life.handle_flushed(clock::now());
            let until = core.life.poll_timeout();
            core.schedule(until);
            let writer = core.outbox.take_writer();
            drop(core);
            if let Some(mut writer) = writer {
                // Tells the peer's system that nothing follows. A transport that cannot is no worse off.
                self.shut_down = writer.shutdown(cx.waker()).is_ready();
                self.shared.after_write(writer, Poll::Pending);
            }
            self.watch_time(cx);
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The runtime may drop this task at any await; nobody may be left waiting for it.
        self.shared.end_now();
    }
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver")
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one timer of a connection, for all its deadlines"
)]
fn timer() -> Pin<Box<Sleep>> {
    Box::pin(tokio::time::sleep(Duration::ZERO))
}

impl Shared {
    /// Acts on the passing of time, and finds out when to do so next.
    fn handle_timeout(&self, deferred: &mut Deferred) {
        let now = clock::now();
        let mut core = self.lock();
        core.expire_calls(now, deferred);
        core.expire_requests(now, deferred);
        match core.life.handle_timeout(now) {
            Timeout::Nothing => {}
            Timeout::CutDrain => {
                let reason = core.life.reason().unwrap_or(ConnectionError::Aborted);
                core.fail_calls(&reason, deferred);
                core.drop_requests(deferred);
                core.say_goodbye(now);
            }
        }
        let next = [
            core.next_call_deadline(),
            core.next_request_deadline(),
            core.life.poll_timeout(),
        ];
        core.timer = None;
        core.schedule(next.into_iter().flatten().min());
    }

    /// Ends the connection of a peer that writes and does not read: what answers its own frames is bound to no
    /// flow control, and must not grow without end.
    fn give_up_on_deaf_peer(&self) {
        let mut core = self.lock();
        let limit = self.facts.config.max_outbound_len + CONTROL_ALLOWANCE;
        let queued = core.outbox.control_len();
        if queued > limit {
            core.life
                .end(ConnectionError::PeerNotReading { queued, limit });
        }
    }

    fn say_goodbye_if_drained(&self) {
        let mut core = self.lock();
        if core.life.is_draining() && core.is_drained() {
            core.say_goodbye(clock::now());
        }
    }

    /// Ends the connection and does what its task would do then, if that does not come to it.
    pub(super) fn end_now(&self) -> ConnectionError {
        self.lock().life.end(ConnectionError::Aborted);
        self.finish()
    }

    /// Fails what is pending, stops the handlers and publishes the end, once.
    fn finish(&self) -> ConnectionError {
        let mut deferred = Deferred::default();
        let mut core = self.lock();
        let reason = core
            .life
            .ended()
            .cloned()
            .unwrap_or(ConnectionError::Aborted);
        if std::mem::replace(&mut core.finished, true) {
            return reason;
        }
        deferred.discard(core.outbox.fail());
        core.fail_calls(&reason, &mut deferred);
        core.drop_requests(&mut deferred);
        for wait in core.pings.drain() {
            deferred.pong(wait, Err(reason.clone()));
        }
        for inbox in core.inboxes.drain(..) {
            deferred.close(inbox);
        }
        drop(core);
        self.slots.close();
        self.room.notify_waiters();
        deferred.run(&self.slots);
        self.ended.send_replace(Some(reason.clone()));
        reason
    }
}
