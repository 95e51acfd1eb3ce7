//! The writing end of a stream.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, MutexGuard, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::task::AbortHandle;

use super::turns::SHARE;
use crate::connection::Connection;
use crate::connection::deferred::Deferred;
use crate::connection::shared::{Core, Shared, wake_driver};
use crate::error::ConnectionError;
use crate::proto::Spent;
use crate::wake::{Place, Waiters};
use crate::wire::{Header, Kind, StreamCode, StreamId, StreamReason, packed_len};

/// An item of this size or more is a frame by itself; smaller ones share frames.
pub(crate) const LARGE_ITEM: usize = 4 * 1024;

/// Bytes that may wait to be written before the writers of streams do. So a call waits for no more of a stream's items
/// than these and what the system has taken, however large the stream's window is.
const MAX_AHEAD: usize = 128 * 1024;

/// Bytes of items that are worth a write, while the connection's task has not come to it.
const WORTH_A_WRITE: usize = 32 * 1024;

/// An item, encoded, that is to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Payload<'a> {
    /// Below [`LARGE_ITEM`]: it is copied.
    Small(&'a [u8]),
    Large(&'a Bytes),
}

impl Payload<'_> {
    /// Bytes that it takes behind the header of its frame.
    #[inline]
    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::Small(item) => packed_len(item.len()),
            Self::Large(item) => item.len(),
        }
    }
}

/// Why nothing can be sent any more.
#[derive(Clone, Debug)]
pub(crate) enum WriterEnd {
    /// It was ended on this side.
    Ended,
    /// The reader has gone.
    Stopped(StreamReason),
    Connection(ConnectionError),
}

/// What became of an item that was to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Sent {
    Done,
    /// There is no credit or no room for it.
    Waits,
    /// Nothing can be sent any more, as [`why_over`](StreamWriter::why_over) tells.
    Over,
}

/// What the connection keeps with a stream that this side writes.
#[derive(Debug)]
pub(crate) struct Writing {
    /// Those who wait for credit, or for the end.
    pub(super) waiting: Waiters,
    /// The task that makes the items, if it is the stream's own.
    producer: Option<AbortHandle>,
    end: Arc<OnceLock<WriterEnd>>,
}

impl Writing {
    pub(super) fn new(end: Arc<OnceLock<WriterEnd>>) -> Self {
        Self {
            waiting: Waiters::default(),
            producer: None,
            end,
        }
    }

    /// Tells whoever writes that it is over. Under the lock under which the stream is no longer open.
    pub(super) fn end(mut self, end: WriterEnd, deferred: &mut Deferred) {
        let _ = self.end.set(end);
        deferred.wake(self.waiting.drain());
        deferred.abort(self.producer);
    }
}

/// The writing end of a stream. Dropped, it tells the reader that the items are not complete, unless it was ended before.
pub(crate) struct StreamWriter {
    connection: Connection,
    id: StreamId,
    end: Arc<OnceLock<WriterEnd>>,
    /// Whether a frame was begun since the runtime was asked whether others are to have their turn.
    owes_turn: AtomicBool,
    /// Bytes that were sent since others had their turn.
    unshared: AtomicUsize,
}

impl StreamWriter {
    pub(super) const fn new(
        connection: Connection,
        id: StreamId,
        end: Arc<OnceLock<WriterEnd>>,
    ) -> Self {
        Self {
            connection,
            id,
            end,
            owes_turn: AtomicBool::new(false),
            unshared: AtomicUsize::new(0),
        }
    }

    /// Lets other tasks have their turn, once for each frame: for each item that would cost more than the item.
    #[inline]
    pub(crate) fn poll_turn(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.owes_turn.load(Ordering::Relaxed) {
            ready!(self.poll_budget(cx));
        }
        Poll::Ready(())
    }

    #[cold]
    fn poll_budget(&self, cx: &mut Context<'_>) -> Poll<()> {
        ready!(pin!(tokio::task::coop::consume_budget()).poll(cx));
        self.owes_turn.store(false, Ordering::Relaxed);
        if self.unshared.load(Ordering::Relaxed) >= SHARE {
            self.unshared.store(0, Ordering::Relaxed);
            return self.shared().poll_share(cx);
        }
        Poll::Ready(())
    }

    #[inline]
    pub(crate) const fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn shared(&self) -> &Shared {
        self.connection.shared()
    }

    pub(super) const fn id(&self) -> StreamId {
        self.id
    }

    /// So much was sent: others are to have their turn before long.
    #[inline]
    pub(super) fn owe_turn(&self, begins_frame: bool, bytes: usize) {
        if begins_frame {
            self.owes_turn.store(true, Ordering::Relaxed);
        }
        // Who sends beside this one may be missed: that costs a later turn.
        let unshared = self.unshared.load(Ordering::Relaxed);
        self.unshared
            .store(unshared.saturating_add(bytes), Ordering::Relaxed);
    }

    /// Sends an item, if there is credit and room for it. Else `place` is told when there may be.
    pub(crate) fn try_send(&self, payload: Payload<'_>, place: Option<&Place>) -> Sent {
        let shared = self.shared();
        let mut core = shared.lock();
        if let Some(waits) = self.await_room(&mut core, place) {
            return waits;
        }
        match core.outgoing.spend(self.id, 1, payload.len()) {
            Spent::Sent => {
                let begins = core.outbox.append_item(self.id, payload);
                self.owe_turn(begins, payload.len());
                shared.settle_items(core);
                Sent::Done
            }
            Spent::NoCredit => self.await_credit(&mut core, place),
            Spent::Over => Sent::Over,
        }
    }

    /// If there is no room for items of an open stream, `place` is told when there is.
    #[inline]
    pub(super) fn await_room(&self, core: &mut Core, place: Option<&Place>) -> Option<Sent> {
        if core.outbox.len() < MAX_AHEAD || core.is_over(self.id) {
            return None;
        }
        if let Some(place) = place {
            core.awaiting_items.enter(place);
        }
        Some(Sent::Waits)
    }

    /// There is no credit: `place` is told when there is.
    pub(super) fn await_credit(&self, core: &mut Core, place: Option<&Place>) -> Sent {
        if let Some(place) = place
            && let Some(writing) = core.outgoing.get_mut(self.id)
        {
            writing.waiting.enter(place);
        }
        Sent::Waits
    }

    /// Sends an item once there is credit and room for it.
    pub(crate) fn poll_send(
        &self,
        payload: Payload<'_>,
        place: &mut Place,
        cx: &Context<'_>,
    ) -> Poll<Result<(), WriterEnd>> {
        self.poll_sent(place, cx, |place| self.try_send(payload, place))
    }

    /// Tries to send, and again with the place of who waits.
    pub(super) fn poll_sent(
        &self,
        place: &mut Place,
        cx: &Context<'_>,
        mut send: impl FnMut(Option<&Place>) -> Sent,
    ) -> Poll<Result<(), WriterEnd>> {
        let mut sent = send(None);
        if sent == Sent::Waits {
            // Set before the lock: that may run code of another executor.
            place.set(cx.waker());
            sent = send(Some(place));
        }
        match sent {
            Sent::Done => Poll::Ready(Ok(())),
            Sent::Waits => Poll::Pending,
            Sent::Over => Poll::Ready(Err(self.why_over())),
        }
    }

    #[cold]
    pub(crate) fn why_over(&self) -> WriterEnd {
        self.end.get().cloned().unwrap_or(WriterEnd::Ended)
    }

    /// Why nothing can be sent any more, if so.
    pub(crate) fn over(&self) -> Option<&WriterEnd> {
        self.end.get()
    }

    /// Waits until nothing can be sent any more.
    pub(crate) fn poll_over(&self, place: &mut Place, cx: &Context<'_>) -> Poll<()> {
        if self.end.get().is_some() {
            return Poll::Ready(());
        }
        place.set(cx.waker());
        let mut core = self.shared().lock();
        match core.outgoing.get_mut(self.id) {
            Some(writing) => {
                writing.waiting.enter(place);
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }

    /// Ends it behind what was sent.
    pub(crate) fn finish(&self) {
        self.finish_with(Kind::End, &[]);
    }

    /// Ends it, and tells the reader that the items are not complete.
    pub(crate) fn reset(&self, code: StreamCode, text: impl Into<String>) {
        if self.end.get().is_none() {
            self.finish_with(Kind::Reset, &StreamReason::new(code, text).encode());
        }
    }

    fn finish_with(&self, kind: Kind, body: &[u8]) {
        let mut deferred = Deferred::default();
        let mut core = self.shared().lock();
        let Some(mut writing) = core.outgoing.end(self.id) else {
            return;
        };
        // It ends by itself, and may be the one who calls.
        writing.producer = None;
        core.append_control(Header::new(kind, self.id.in_header()), body);
        writing.end(WriterEnd::Ended, &mut deferred);
        // A clone may be one of those who wait for room, which a peer that does not read never makes.
        deferred.wake(core.awaiting_items.drain());
        self.shared().settle(core, false);
        deferred.run();
    }

    /// Runs what makes the items, for as long as they are wanted.
    pub(crate) fn run(&self, producer: impl Future<Output = ()> + Send + 'static) {
        let Some(task) = self.shared().spawn(producer) else {
            return;
        };
        let mut core = self.shared().lock();
        match core.outgoing.get_mut(self.id) {
            Some(writing) => writing.producer = Some(task),
            // Over already, or done.
            None => {
                drop(core);
                task.abort();
            }
        }
    }
}

impl Drop for StreamWriter {
    fn drop(&mut self) {
        let code = if std::thread::panicking() {
            StreamCode::Panicked
        } else {
            StreamCode::Dropped
        };
        self.reset(code, "");
    }
}

impl fmt::Debug for StreamWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamWriter")
            .field("connection", &self.connection.id())
            .field("id", &self.id)
            .field("over", &self.end)
            .finish()
    }
}

impl Core {
    pub(super) fn is_over(&mut self, id: StreamId) -> bool {
        self.outgoing.get_mut(id).is_none()
    }

    /// Whether writers of streams wait for room, and there is some again.
    pub(in crate::connection) const fn has_room_for_items_to_tell(&self) -> bool {
        !self.awaiting_items.is_empty() && self.outbox.len() < MAX_AHEAD / 2
    }
}

impl Shared {
    /// Sees to it that items are written: by the connection's task, together with those that follow them, or here when
    /// there are enough.
    pub(super) fn settle_items(&self, mut core: MutexGuard<'_, Core>) {
        if core.outbox.is_blocked() || !core.waits() && core.outbox.len() < WORTH_A_WRITE {
            return;
        }
        if core.outbox.len() >= WORTH_A_WRITE
            && core.is_woken()
            && let Some(writer) = core.outbox.lend()
        {
            drop(core);
            self.write_once(writer);
        } else {
            wake_driver(core);
        }
    }
}
