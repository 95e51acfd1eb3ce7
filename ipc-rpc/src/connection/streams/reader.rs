//! The reading end of a stream.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::queue::{Chunk, Packed, Queue, ReaderEnd};
use super::turns::SHARE;
use crate::connection::Connection;
use crate::connection::shared::Shared;
use crate::transport::framing::Body;
use crate::wire::{Credit, Header, Kind, StreamCode, StreamId, StreamReason};

/// A stream that was opened by a message, before anybody reads it.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(super) id: StreamId,
    pub(super) queue: Arc<Queue>,
}

impl Arrived {
    pub(crate) fn reader(self, connection: Connection) -> StreamReader {
        StreamReader {
            half: connection.shared().facts.config.half_stream_window(),
            connection,
            id: self.id,
            queue: self.queue,
            packed: Packed::default(),
            single: None,
            chunks: VecDeque::new(),
            spare: Vec::new(),
            taken: Credit::default(),
            unshared: 0,
            why: None,
        }
    }

    pub(crate) const fn id(&self) -> StreamId {
        self.id
    }
}

/// The reading end of a stream. Dropped, it asks the writer to stop.
pub(crate) struct StreamReader {
    connection: Connection,
    id: StreamId,
    queue: Arc<Queue>,
    /// What was taken out of the queue, and in front of it what is being read.
    packed: Packed,
    single: Option<Bytes>,
    chunks: VecDeque<Chunk>,
    spare: Vec<u8>,
    /// What was read and the connection does not yet know of.
    taken: Credit,
    /// As much is worth a look whether the writer is to be told.
    half: Credit,
    /// Bytes that were gone on to since others had their turn.
    unshared: usize,
    /// Why it is dropped, if not for lack of interest.
    why: Option<StreamReason>,
}

impl StreamReader {
    #[inline]
    pub(crate) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The next item of those that were taken out of the queue. `None`: there may be more, as
    /// [`poll_more`](Self::poll_more) tells.
    #[inline]
    pub(crate) fn next_item(&mut self) -> Option<Body<'_>> {
        if let Some(taken) = self.packed.advance() {
            self.count(taken);
            return Some(Body::Lent(self.packed.item()));
        }
        let item = self.single.take()?;
        self.count(item.len());
        Some(Body::Owned(item))
    }

    /// Waits until there is another item, or none any more.
    pub(crate) fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ReaderEnd>> {
        loop {
            self.packed.check_end().map_err(ReaderEnd::Protocol)?;
            if self.unshared >= SHARE {
                self.unshared = 0;
                ready!(self.connection.shared().poll_share(cx));
            }
            match self.chunks.pop_front() {
                Some(Chunk::Packed(packed)) => {
                    self.unshared += packed.len();
                    self.spare = std::mem::replace(&mut self.packed, packed).into_buffer();
                    return Poll::Ready(Ok(()));
                }
                Some(Chunk::Single(item)) => {
                    self.unshared += item.len();
                    self.single = Some(item);
                    return Poll::Ready(Ok(()));
                }
                None => ready!(self.poll_take(cx))?,
            }
        }
    }

    /// Takes what has arrived out of the queue.
    fn poll_take(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ReaderEnd>> {
        // Charged for a batch: for each item it would cost more than the item.
        ready!(pin!(tokio::task::coop::consume_budget()).poll(cx));
        let Self {
            queue,
            chunks,
            spare,
            ..
        } = self;
        if let Some(taken) = queue.take(chunks, spare, cx.waker(), &mut None) {
            return taken;
        }
        // Cloned before the lock: that may run code of another executor.
        let mut own = Some(cx.waker().clone());
        queue
            .take(chunks, spare, cx.waker(), &mut own)
            .unwrap_or(Poll::Pending)
    }

    #[inline]
    fn count(&mut self, bytes: usize) {
        let taken = &mut self.taken;
        taken.items += 1;
        taken.bytes = taken
            .bytes
            .saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
        if taken.items >= self.half.items || taken.bytes >= self.half.bytes {
            let taken = std::mem::take(taken);
            self.connection.shared().give_credit(self.id, taken);
        }
    }

    /// The writer is to be told this when it is dropped.
    pub(crate) fn give_up(&mut self, code: StreamCode, text: String) {
        self.why = Some(StreamReason::new(code, text));
    }
}

impl Drop for StreamReader {
    fn drop(&mut self) {
        let why = self.why.take();
        let why = why.unwrap_or_else(|| StreamReason::new(StreamCode::Dropped, ""));
        self.connection.shared().stop_stream(self.id, &why);
    }
}

impl fmt::Debug for StreamReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamReader")
            .field("connection", &self.connection.id())
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// Lets the writer of a stream send more, once enough was taken.
    fn give_credit(&self, id: StreamId, taken: Credit) {
        let mut core = self.lock();
        let Some(credit) = core.incoming.take(id, taken) else {
            return;
        };
        let header = Header::new(Kind::Credit, id.in_header());
        core.append_control(header, &credit.encode());
        // Its writer may wait for nothing else.
        self.settle(core, true);
    }

    /// Asks the writer of a stream to end it, unless it has.
    fn stop_stream(&self, id: StreamId, why: &StreamReason) {
        // What waits in it is dropped behind the lock.
        let _queue;
        let mut core = self.lock();
        _queue = core.incoming.stop(id);
        if _queue.is_some() {
            let header = Header::new(Kind::Stop, id.in_header());
            core.append_control(header, &why.encode());
            self.settle(core, true);
        }
    }
}
