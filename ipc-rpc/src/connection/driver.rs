//! The one task of a connection: it reads, starts handlers, flushes, and watches the time.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, MutexGuard};
use std::task::{Context, Poll};

use super::arrivals;
use super::deferred::Deferred;
use super::entered::{Entered, Parked};
use super::incoming::{Dispatch, Stage};
use super::lull::{self, Lull, Underway};
use super::pace::{Next, Pace, Turn};
use super::pulse::Pulse;
use super::shared::{Core, DriverState, Shared, Useless};
use super::starting::Starting;
use crate::clock::{self, Timer};
use crate::error::ConnectionError;
use crate::transport::framing::FrameReader;
use crate::wire::Flags;

/// Reads in a row before other tasks get their turn.
const MAX_READS: usize = 16;

/// Drives a connection to its end. Dropped before that, it ends the connection.
pub(crate) struct Driver {
    shared: Arc<Shared>,
    reader: FrameReader,
    services: Arc<dyn Dispatch>,
    stage: Stage,
    timer: Timer,
    /// What is to be done when the lock is free.
    deferred: Deferred,
    pace: Pace,
    /// Whether frames may have arrived that were not looked at: behind the handshake, or when a turn was over.
    has_frames: bool,
    /// Whether callers were woken in this turn, whose next requests are worth waiting for.
    expects_requests: bool,
    /// Reads of this turn that have brought a frame to its end.
    batches: usize,
    lull: Lull,
    pulse: Pulse,
    /// Requests that wait until this side no longer pauses.
    parked: Parked,
    /// Whether the writing direction was shut down.
    shut_down: bool,
}

/// What reading came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    /// Everything was read, or nothing can be read any more.
    All,
    /// There may be more.
    More,
}

impl Driver {
    pub(super) fn new(
        shared: Arc<Shared>,
        reader: FrameReader,
        services: Arc<dyn Dispatch>,
    ) -> Self {
        let timekeeper = reader.timekeeper();
        let timer = Timer::new(timekeeper);
        let lull = Lull::new(&shared.facts.config, timekeeper, shared.is_threaded);
        let pulse = Pulse::new(&shared.facts.config, clock::now());
        shared.lock().schedule(pulse.poll_timeout());
        Self {
            shared,
            reader,
            services,
            stage: Stage::new(),
            timer,
            deferred: Deferred::default(),
            pace: Pace::default(),
            has_frames: true,
            expects_requests: false,
            batches: 0,
            lull,
            pulse,
            parked: Parked::default(),
            shut_down: false,
        }
    }

    /// Drives it, and returns why it has ended, for who goes on with another.
    pub(crate) async fn run(mut self) -> ConnectionError {
        poll_fn(|cx| self.poll(cx)).await;
        self.finish()
    }

    /// Answers what waits, fails what is pending, and returns why the connection has ended.
    pub(super) fn finish(&mut self) -> ConnectionError {
        self.parked.refuse();
        self.shared.finish();
        self.shared.end_reason()
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        {
            let mut core = self.shared.lock();
            core.driver = DriverState::Running;
            core.waker.clone_from(cx.waker());
        }
        self.watch_time(cx);
        let asks = self.lull.begin_turn();
        let read = self.read(cx, asks);
        if read == Read::All && self.pulse.is_due() {
            self.pulse.look(&mut self.shared.lock(), clock::now());
        }
        if !self.parked.is_empty() {
            self.tend_parked();
        }
        self.end_turn(cx, read, asks)
    }

    /// Reads until there is nothing more, and handles what was read.
    fn read(&mut self, cx: &mut Context<'_>, mut asks: bool) -> Read {
        if !self.parked.is_empty() && self.start_parked(cx) {
            return Read::More;
        }
        self.batches = 0;
        for _ in 0..MAX_READS {
            if self.has_frames {
                self.has_frames = self.handle_frames(cx);
                self.shared.meter.frames(&mut self.deferred.frames);
                // Whoever got an answer out of a torrent of other things goes on before more of that is read. One large frame
                // takes several reads and is no torrent: a task that goes round with its caller woken has a second thread
                // woken for it.
                let answered = std::mem::take(&mut self.deferred.answers);
                self.lull.note_answers(answered);
                if self.has_frames || answered && self.batches > 1 {
                    return Read::More;
                }
            }
            let filled = if std::mem::take(&mut asks) {
                self.reader.poll_ask(cx)
            } else {
                self.reader.poll_fill(cx)
            };
            let lost = match filled {
                Poll::Pending => return Read::All,
                Poll::Ready(Ok(0)) => ConnectionError::PeerVanished,
                Poll::Ready(Ok(read)) => {
                    self.shared.meter.received(read);
                    self.has_frames = true;
                    self.lull.note_read();
                    self.pulse.note_read();
                    continue;
                }
                Poll::Ready(Err(error)) => ConnectionError::io(error),
            };
            self.shared.lock().life.handle_lost(lost);
            return Read::All;
        }
        Read::More
    }

    /// Handles the frames that have arrived whole. Returns whether it stopped before the last one.
    fn handle_frames(&mut self, cx: &Context<'_>) -> bool {
        let mut turn = None;
        let mut last = None;
        let mut is_batch = false;
        loop {
            let Self {
                shared,
                reader,
                batches,
                services,
                stage,
                deferred,
                pulse,
                ..
            } = self;
            // Looked at before the clock and the lock: as often as not nothing has arrived whole.
            let first = reader.find_frame();
            if matches!(first, Ok(false)) {
                break;
            }
            if !std::mem::replace(&mut is_batch, true) {
                *batches += 1;
            }
            // To be told when the peer was heard costs a look at the clock, for those who want to be.
            if pulse.is_on() && turn.is_none() {
                let begun = Turn::begin();
                pulse.note_frames(begun.now);
                turn = Some(begun);
            }
            let now = || turn.get_or_insert_with(Turn::begin).now;
            // Answers are published and their callers woken together, behind the lock, so that their next
            // requests go out in one write.
            let next = arrivals::next_request(shared, reader, first, now, deferred);
            let Some(next) = next else {
                break;
            };
            let turn = turn.get_or_insert_with(Turn::begin);
            let woken = deferred.run();
            self.lull.note_woken(woken);
            self.expects_requests |= woken > 1;
            let frame = reader.take_frame();
            let flags = frame.header.flags;
            self.lull.note_request(!flags.has(Flags::ONE_WAY));
            let mut entered = Entered::new(shared, frame, turn.now);
            if (flags.has(Flags::TRACE) || flags.has(Flags::STREAMS))
                && !entered.take_apart(shared, flags)
            {
                continue;
            }
            // Behind those that wait already, so that all are started in their order.
            if next == arrivals::Next::Park || !self.parked.is_empty() {
                self.parked.push(entered);
                continue;
            }
            let mut starting = Starting {
                shared,
                services: &**services,
                stage,
                pace: &mut self.pace,
            };
            let started = starting.start(&mut entered, cx);
            last = Some(started);
            match self.pace.started(turn, started, clock::now) {
                Next::Start => {}
                Next::Flush => drop(self.flush(self.shared.lock(), cx)),
                Next::Yield => return true,
            }
        }
        if let (Some(turn), Some(last)) = (&mut turn, last) {
            self.pace.ended(turn, last, clock::now);
        }
        let woken = self.deferred.run();
        self.lull.note_woken(woken);
        self.expects_requests |= woken > 1;
        false
    }

    /// Starts what has waited, once this side no longer pauses. Returns whether it stopped before the last one although it
    /// might have gone on.
    fn start_parked(&mut self, cx: &Context<'_>) -> bool {
        let mut turn = Turn::begin();
        loop {
            {
                let core = self.shared.lock();
                // Behind its goodbye nobody can be answered.
                let serves = core.life.is_open() || core.life.is_draining();
                if core.pauses.any() || !serves {
                    return false;
                }
            }
            let Self {
                shared,
                services,
                stage,
                pace,
                ..
            } = self;
            let Some(mut entered) = self.parked.pop(shared) else {
                return false;
            };
            let mut starting = Starting {
                shared,
                services: &**services,
                stage,
                pace,
            };
            let started = starting.start(&mut entered, cx);
            match self.pace.started(&mut turn, started, clock::now) {
                Next::Start => {}
                Next::Flush => drop(self.flush(self.shared.lock(), cx)),
                Next::Yield => return true,
            }
        }
    }

    /// Answers requests that wait and need not any longer.
    fn tend_parked(&mut self) {
        let core = self.shared.lock();
        // One that has ended says nothing any more.
        let ends = !core.life.is_open() && core.life.ended().is_none();
        let refuses = ends && (core.pauses.any() || !core.life.is_draining());
        drop(core);
        if refuses {
            self.parked.refuse();
        } else if std::mem::take(&mut self.deferred.stops) {
            self.parked.drop_stopped(&self.shared);
        }
    }

    /// Writes what waits, for as long as the transport takes it.
    fn flush<'a>(
        &'a self,
        mut core: MutexGuard<'a, Core>,
        cx: &Context<'_>,
    ) -> MutexGuard<'a, Core> {
        while let Some(mut writer) = core.outbox.lend() {
            drop(core);
            let result = writer.write(cx.waker());
            let mut useless = Useless::default();
            core = self.shared.lock();
            let more = core.take_back(writer, result, &mut useless);
            if !useless.is_nothing() {
                drop(core);
                drop(useless);
                return self.shared.lock();
            }
            if !more {
                break;
            }
        }
        core
    }

    /// Acts when the timer has fired.
    fn watch_time(&mut self, cx: &mut Context<'_>) {
        while self.timer.poll_fired(cx) {
            // A transport may take a little long before it says so: whether the peer reads is found out by writing.
            drop(self.flush(self.shared.lock(), cx));
            self.pulse.note_timer();
            let pulse = self.pulse.poll_timeout();
            self.shared.handle_timeout(pulse, &mut self.deferred);
            self.deferred.run();
            self.set_timer(cx);
        }
    }

    fn set_timer(&mut self, cx: &Context<'_>) {
        let mut core = self.shared.lock();
        core.timer_changed = false;
        let at = core.timer;
        drop(core);
        self.timer.set(at, cx);
    }

    /// Flushes, takes the steps of an orderly end that nothing stands in the way of, and finds out whether the task
    /// may wait.
    fn end_turn(&mut self, cx: &mut Context<'_>, read: Read, asked: bool) -> Poll<()> {
        let expects_requests = std::mem::take(&mut self.expects_requests);
        let mut tried_to_shut_down = false;
        loop {
            let mut core = self.shared.lock();
            if core.timer_changed {
                drop(core);
                self.set_timer(cx);
                self.watch_time(cx);
                continue;
            }
            core.give_up_on_deaf_peer(self.shared.facts.config.max_outbound_len);
            if core.life.is_draining() && core.is_drained() {
                core.say_goodbye(clock::now());
            }
            core = self.flush(core, cx);
            if core.life.is_closing()
                && !self.shut_down
                && !tried_to_shut_down
                && core.outbox.is_flushed()
            {
                if self.reader.keeps_last_words() {
                    core.life.handle_delivered();
                    continue;
                }
                drop(core);
                tried_to_shut_down = true;
                self.shut_writing_down(cx);
                continue;
            }
            if core.has_room_to_tell() {
                self.shared.tell_of_room(core);
                continue;
            }
            if core.life.ended().is_some() {
                return Poll::Ready(());
            }
            let news = core.tally();
            // What was appended or scheduled since it was looked at belongs to the next turn. So do the requests of
            // callers that were woken in this one: they run before this task does again.
            if read == Read::More
                || expects_requests
                || self.pulse.is_due()
                || !self.parked.is_empty() && self.parked_concerns(&core)
                || core.has_news()
                || core.outbox.has_work() && !core.outbox.is_blocked()
            {
                core.driver = DriverState::Woken;
                drop(core);
                self.shared.meter.publish(news);
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            core.driver = DriverState::Idle;
            let underway = Underway {
                has_calls: core.calls.len() > 0,
                has_requests: !core.requests.is_empty(),
                is_reading: self.reader.is_midway(),
                is_blocked: core.outbox.is_blocked(),
                written: core.outbox.written(),
            };
            drop(core);
            self.shared.meter.publish(news);
            let lull::Next { looks, early } = self.lull.begin(asked, underway);
            if let Some(early) = early {
                self.reader.wake_early(early);
            }
            if looks {
                // Behind everything else that the runtime has to do. Whoever appends meanwhile finds the task idle, and wakes
                // it: the runtime may lose what is put off, and nothing is to depend on it.
                let _ = pin!(tokio::task::yield_now()).poll(cx);
            }
            return Poll::Pending;
        }
    }

    /// Whether something is to be done about requests that wait: whoever resumed, closed or gave one up since they were looked
    /// at found this task running, and did not wake it.
    fn parked_concerns(&self, core: &Core) -> bool {
        !core.pauses.any() || !core.life.is_open() || self.deferred.stops
    }

    /// Tells the peer's system that nothing follows. A transport that cannot is no worse off.
    fn shut_writing_down(&mut self, cx: &mut Context<'_>) {
        let mut core = self.shared.lock();
        core.life.handle_flushed(clock::now());
        core.schedule_life();
        let writer = core.outbox.take_writer();
        drop(core);
        let Some(mut writer) = writer else { return };
        self.shut_down = writer.shutdown(cx.waker()).is_ready();
        let mut useless = Useless::default();
        let mut core = self.shared.lock();
        core.take_back(writer, Poll::Pending, &mut useless);
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

#[cfg(test)]
#[path = "driver_tests.rs"]
mod tests;
