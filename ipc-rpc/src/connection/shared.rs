//! The one lock of a connection, and what callers, handlers and the connection's task do under it.
//!
//! Under the lock stand the protocol's state, the calls in flight each way and the bytes to be written. It
//! is held for a few hundred nanoseconds, never across an await, a write or user code: what is to be
//! woken, aborted or written is taken out first.

use std::fmt;
use std::io;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Instant;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::busy_poll::{BusyPoll, CORES};
use super::call::Call;
use super::ended::Ended;
use super::few::Few;
use super::inbox::Inbox;
use super::outbox::{Outbox, Remains, Writer};
use super::pause::Pauses;
use super::pong::Wait;
use super::request::Request;
use super::slots::Slots;
use super::streams::{Queue, StreamReader, Writing};
use super::{Connection, Facts};
use crate::clock;
use crate::error::{ConnectionError, ProtocolError};
use crate::meter::{Meter, Seen};
use crate::proto::{Inbound, Incoming, Life, Outbound, Outgoing, Pings, Stall};
use crate::transport::Writer as WriteHalf;
use crate::transport::framing::Body;
use crate::wake::{Waiters, wake};
use crate::wire::{Goodbye, Header, StreamId};

/// A live connection, as its handles, its handlers and its task share it.
pub(crate) struct Shared {
    core: Mutex<Core>,
    /// Where timers are made, also for a caller that is polled by another executor. `None`: it has ended already.
    pub(super) runtime: Option<Handle>,
    /// Whether it has several threads.
    pub(super) is_threaded: bool,
    /// Bytes that are written without waiting for the connection's task.
    worth_a_write: usize,
    /// Whether the connection's task is to ask for the answer to what was written.
    is_busy_polled: bool,
    /// Told when the outbox has room again.
    pub(super) room: Notify,
    /// Whether the outbox has no room, for those who look without the lock: what they see may be a little old, and
    /// the bound is no sharp one.
    pub(super) is_full: AtomicBool,
    pub(super) ended: Ended,
    /// Handles that the application holds. The last one to go closes the connection.
    pub(super) handles: AtomicUsize,
    pub(super) meter: Meter,
    pub(crate) facts: Facts,
}

/// Bytes of frames that are worth a write. On one thread all callers have appended theirs by the time that the task comes
/// to it; on several they come one by one, and there is the more to be gained by not waiting for all. Measured with 64 and
/// 256 calls in flight.
const WORTH_A_WRITE: usize = 8 * 1024;
const WORTH_A_WRITE_ON_THREADS: usize = 1536;

/// What stands under the lock.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) life: Life,
    pub(super) calls: Outbound<Call>,
    pub(super) slots: Slots,
    pub(super) requests: Inbound<Request>,
    pub(super) pings: Pings<Arc<Wait>>,
    /// The streams that this side writes, and those that it reads.
    pub(super) outgoing: Outgoing<Writing>,
    pub(super) incoming: Incoming<Arc<Queue>>,
    /// Writers of streams that wait for room in the outbox.
    pub(super) awaiting_items: Waiters,
    pub(super) outbox: Outbox,
    pub(super) seen: Seen,
    pub(super) stall: Stall,
    pub(super) pauses: Pauses,
    /// Whether a call was begun, either way, since that was asked.
    pub(super) has_begun: bool,
    /// The lanes whose owners are to learn of the end.
    pub(super) inboxes: Vec<Arc<Inbox>>,
    pub(super) driver: DriverState,
    pub(super) waker: Waker,
    /// When the driver's timer is to fire: at the earliest deadline, or before.
    pub(super) timer: Option<Instant>,
    /// Whether everything pending was failed.
    pub(super) finished: bool,
    /// Whether somebody waits for room in the outbox.
    pub(super) awaits_room: bool,
    /// Whether the driver has to set its timer anew.
    pub(super) timer_changed: bool,
}

/// What is dropped behind the lock: what was written to may be the application's own stream, and what waited may
/// be the application's own memory.
#[derive(Debug, Default)]
pub(super) struct Useless {
    writer: Option<Writer>,
    remains: Option<Remains>,
    /// Those who waited for a slot that there will not be. They are woken then.
    waiting: Vec<Waker>,
}

impl Useless {
    pub(super) const fn is_nothing(&self) -> bool {
        self.writer.is_none() && self.remains.is_none() && self.waiting.is_empty()
    }
}

impl Drop for Useless {
    fn drop(&mut self) {
        self.waiting.drain(..).for_each(wake);
    }
}

/// Whether the connection's task will look at the outbox without being told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DriverState {
    /// It waits. Whoever has a frame writes it or wakes the task.
    Idle,
    /// It was woken, and will flush everything.
    Woken,
    /// It runs, and will flush everything before it waits.
    Running,
}

impl Shared {
    pub(super) fn new(writer: WriteHalf, facts: Facts) -> Arc<Self> {
        let in_flight = NonZeroU32::new(facts.peer_limits.max_in_flight).unwrap_or(NonZeroU32::MIN);
        let max_streams = usize::try_from(facts.peer_limits.max_streams).unwrap_or(usize::MAX);
        let core = Core {
            life: Life::new(facts.config.drain_timeout, facts.config.linger_timeout),
            calls: Outbound::new(in_flight),
            slots: Slots::new(usize::try_from(in_flight.get()).unwrap_or(usize::MAX)),
            requests: Inbound::new(facts.config.max_in_flight),
            pings: Pings::default(),
            outgoing: Outgoing::new(
                facts.config.max_streams.min(max_streams),
                facts.peer_limits.stream_window,
            ),
            incoming: Incoming::new(
                facts.config.max_streams,
                facts.config.peer_limits().stream_window,
            ),
            awaiting_items: Waiters::default(),
            outbox: Outbox::new(
                writer,
                facts.config.max_outbound_len,
                facts.peer_limits.max_frame_len as usize,
            ),
            seen: Seen::new(),
            stall: Stall::new(facts.config.stall_timeout),
            pauses: Pauses::default(),
            has_begun: false,
            inboxes: Vec::new(),
            driver: DriverState::Woken,
            waker: Waker::noop().clone(),
            timer: None,
            finished: false,
            awaits_room: false,
            timer_changed: false,
        };
        let runtime = Handle::try_current().ok();
        let is_threaded = runtime
            .as_ref()
            .is_some_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread);
        Arc::new(Self {
            core: Mutex::new(core),
            runtime,
            is_threaded,
            worth_a_write: if is_threaded {
                WORTH_A_WRITE_ON_THREADS
            } else {
                WORTH_A_WRITE
            },
            is_busy_polled: BusyPoll::is_worth(facts.config.busy_poll, *CORES),
            room: Notify::new(),
            is_full: AtomicBool::new(false),
            ended: Ended::default(),
            handles: AtomicUsize::new(0),
            meter: Meter::new(facts.role()),
            facts,
        })
    }

    /// No user code runs under this lock, so a panic under it is one of ours; what it guards is then as
    /// good as it ever was.
    pub(super) fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to it that what was appended is written: at once if nothing else is under way (`alone`), else
    /// together with whatever else the connection's task finds.
    ///
    /// Always writing here costs several times the processor's time when many calls are in flight; always
    /// waking the task costs a change of threads when there is one.
    pub(super) fn settle_untold(&self, mut core: MutexGuard<'_, Core>, alone: bool) {
        // A blocked transport wakes the task by itself when it takes more.
        if core.outbox.is_blocked() && !core.timer_changed {
            return;
        }
        match core.driver {
            DriverState::Idle => {}
            // It comes to it behind all others that are about to append something: what is worth a write by now is
            // written now, so that the peer can go on while this side does.
            DriverState::Woken if core.outbox.len() >= self.worth_a_write => {
                if let Some(writer) = core.outbox.lend() {
                    drop(core);
                    self.write_once(writer);
                }
                return;
            }
            DriverState::Woken | DriverState::Running => return,
        }
        if alone
            && !core.timer_changed
            && let Some(writer) = core.outbox.lend()
        {
            drop(core);
            self.write_once(writer);
        } else {
            wake_driver(core);
        }
    }

    /// Writes what `writer` took, once, and gives it back. What a write leaves is the task's business.
    pub(super) fn write_once(&self, mut writer: Writer) {
        // Nobody is to be woken when the transport takes more: the task is told below, and asks again.
        let result = writer.write(Waker::noop());
        let mut useless = Useless::default();
        let mut core = self.lock();
        core.take_back(writer, result, &mut useless);
        let news = core.tally();
        // The transport may have taken more, or the peer may have answered, before the writer was back: so the
        // task has to be told whenever something is left.
        if core.outbox.has_work()
            || core.has_news()
            || self.is_busy_polled
            || core.life.is_closing()
        {
            wake_driver(core);
        } else {
            self.tell_of_room(core);
        }
        self.meter.publish(news);
    }

    /// Behind something that was appended: if that took the last room, whoever answers next waits, and is told when
    /// there is room again.
    pub(super) fn note_room(&self, core: &mut Core) {
        if !core.outbox.has_room() {
            self.is_full.store(true, Ordering::Relaxed);
            core.awaits_room = true;
        }
    }

    /// Wakes those who wait for room, if there is some.
    pub(super) fn tell_of_room(&self, mut core: MutexGuard<'_, Core>) {
        if !core.has_room_to_tell() {
            return;
        }
        let mut wakers = Vec::new();
        if core.has_room_for_items_to_tell() {
            wakers.extend(core.awaiting_items.drain());
        }
        let told = core.awaits_room && core.outbox.has_room();
        if told {
            core.awaits_room = false;
            self.is_full.store(false, Ordering::Relaxed);
            wakers.extend(std::iter::from_fn(|| core.grant_slot()));
        }
        drop(core);
        if told {
            self.room.notify_waiters();
        }
        wakers.into_iter().for_each(wake);
    }

    /// Waits until the outbox has room, or the connection has ended.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: nothing is reserved.
    pub(super) async fn has_room(&self) {
        loop {
            let notified = self.room.notified();
            tokio::pin!(notified);
            // Registered before the second look, so that room made in between is not missed.
            notified.as_mut().enable();
            {
                let mut core = self.lock();
                if core.outbox.has_room() {
                    return;
                }
                core.awaits_room = true;
            }
            notified.await;
        }
    }

    /// Asks for an orderly end. `false`: it is ending already.
    pub(super) fn close(&self, goodbye: Goodbye, now: Instant) -> bool {
        let mut core = self.lock();
        let first = core.life.close(goodbye, now);
        if first {
            begin_draining(core);
        }
        first
    }

    /// The same with another time by which draining is to be over, also if it is ending already and would take longer.
    pub(super) fn close_by(&self, goodbye: Goodbye, until: Instant) -> bool {
        let mut core = self.lock();
        let first = core.life.close_by(goodbye, until);
        core.life.shorten_drain(until);
        begin_draining(core);
        first
    }

    /// Lets draining take no longer than until `deadline`.
    pub(super) fn drain_until(&self, deadline: Instant) {
        let mut core = self.lock();
        core.life.drain_until(deadline);
        core.schedule_life();
        wake_driver(core);
    }

    /// Ends it at once, as far as the state goes; the task drops the transport and fails what is pending.
    pub(super) fn abort(&self) {
        let mut core = self.lock();
        core.life.end(ConnectionError::Aborted);
        wake_driver(core);
    }

    /// Runs a task on the connection's own runtime, whoever polls this.
    pub(super) fn spawn(
        &self,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> Option<AbortHandle> {
        let _runtime = self.runtime.as_ref()?.enter();
        Some(super::incoming::spawn(task))
    }

    /// Enters the streams that a request of the peer opens.
    pub(super) fn enter_streams(
        self: &Arc<Self>,
        ids: Vec<StreamId>,
    ) -> Result<Few<StreamReader>, ProtocolError> {
        let arrived = self.lock().enter_streams(ids)?;
        Ok(arrived
            .into_iter()
            .map(|stream| stream.reader(Connection::of(Arc::clone(self))))
            .collect())
    }

    /// Waits until it has ended, and returns why.
    pub(super) fn closed(self: &Arc<Self>) -> impl Future<Output = ConnectionError> + Send + use<> {
        let shared = Arc::clone(self);
        async move { shared.ended.wait().await.clone() }
    }

    pub(super) fn add_handle(&self) {
        self.handles.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether that was the last one.
    pub(super) fn drop_handle(&self) -> bool {
        self.handles.fetch_sub(1, Ordering::AcqRel) == 1
    }
}

impl Core {
    /// Appends a frame that no flow control holds up: an answer to the peer's own frame, a cancel.
    /// They are small, and a peer that makes more of them than it reads is cut off by the driver.
    pub(super) fn append_control(&mut self, header: Header, body: &[u8]) {
        self.outbox.append_control(header, body);
    }

    /// The same for the answer to a ping, whose payload may be large.
    pub(super) fn append_pong(&mut self, header: Header, body: Body<'_>) {
        match body {
            Body::Lent(bytes) => self.outbox.append_control(header, bytes),
            Body::Owned(bytes) => self.outbox.append_large_control(header, bytes),
        }
    }

    /// Takes the writer back. Returns whether a further write may get on.
    pub(super) fn take_back(
        &mut self,
        writer: Writer,
        result: Poll<io::Result<usize>>,
        useless: &mut Useless,
    ) -> bool {
        match result {
            Poll::Ready(Ok(written)) => {
                useless.writer = self.outbox.give_back(writer, written);
                self.seen.sent(written);
                self.stall.handle_written();
            }
            Poll::Ready(Err(error)) => {
                useless.remains = Some(self.outbox.fail());
                useless.writer = Some(writer);
                useless.waiting = self.slots.drain().collect();
                // What the peer said last may still be there to be read.
                self.life
                    .handle_write_failed(ConnectionError::io(error), clock::now());
                self.schedule_life();
            }
            Poll::Pending => {
                useless.writer = self.outbox.give_back_blocked(writer);
                if self.outbox.len() > 0 {
                    self.stall.handle_blocked(clock::now());
                    self.schedule(self.stall.poll_timeout());
                }
                return false;
            }
        }
        self.outbox.has_work()
    }

    /// Whether somebody waits for room and there is some.
    pub(super) const fn has_room_to_tell(&self) -> bool {
        self.awaits_room && self.outbox.has_room() || self.has_room_for_items_to_tell()
    }

    /// Whether something besides the outbox waits for the connection's task.
    pub(super) fn has_news(&mut self) -> bool {
        self.timer_changed
            || self.life.ended().is_some()
            || self.life.is_draining() && self.is_drained()
    }

    /// Whether nothing is in flight any more that needs the connection. An answer that its caller has not
    /// fetched yet does not, and neither does a stream that this side reads: it is this side that closes.
    pub(super) fn is_drained(&mut self) -> bool {
        self.requests.is_empty()
            && self.outgoing.is_empty()
            && !self.calls.iter_mut().any(|(_, call)| call.is_unanswered())
    }

    /// Whether the connection's task was woken, and has yet to run.
    pub(super) fn is_woken(&self) -> bool {
        self.driver == DriverState::Woken
    }

    /// Whether the connection's task waits, and finds nothing by itself.
    pub(super) fn waits(&self) -> bool {
        self.driver == DriverState::Idle
    }

    /// How many calls and requests are in flight.
    pub(super) fn in_flight(&self) -> usize {
        self.calls.len() + self.requests.len()
    }

    /// Sees to it that the timer fires when the connection's life is to go on.
    pub(super) fn schedule_life(&mut self) {
        self.schedule(self.life.poll_timeout());
    }

    /// Sees to it that the timer fires at `at` at the latest. One timer serves all deadlines: it is moved
    /// forward only, and when it fires everything is looked through.
    pub(super) fn schedule(&mut self, at: Option<Instant>) {
        if at.is_some_and(|at| self.timer.is_none_or(|timer| at < timer)) {
            self.timer = at;
            self.timer_changed = true;
        }
    }
}

/// Has the connection's task drain.
fn begin_draining(mut core: MutexGuard<'_, Core>) {
    core.schedule_life();
    // There will be no slot for them.
    let waiting: Vec<_> = core.slots.drain().collect();
    wake_driver(core);
    waiting.into_iter().for_each(wake);
}

/// Wakes the connection's task, if it waits.
pub(super) fn wake_driver(mut core: MutexGuard<'_, Core>) {
    if core.driver == DriverState::Idle {
        core.driver = DriverState::Woken;
        let waker = core.waker.clone();
        drop(core);
        waker.wake();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("id", &self.facts.id)
            .finish_non_exhaustive()
    }
}
