//! The reading end of a stream.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::queue::{Chunk, Item, Queue, ReaderEnd};
use crate::connection::Connection;
use crate::connection::shared::Shared;
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
            chunks: VecDeque::new(),
            spare: Vec::new(),
            taken: Credit::default(),
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
    /// What was taken out of the queue.
    chunks: VecDeque<Chunk>,
    spare: Vec<u8>,
    /// What was read and the connection does not yet know of.
    taken: Credit,
    /// As much is worth a look whether the writer is to be told.
    half: Credit,
    /// Why it is dropped, if not for lack of interest.
    why: Option<StreamReason>,
}

impl StreamReader {
    pub(crate) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Hands the next item to `decode`.
    pub(crate) fn poll_item<R>(
        &mut self,
        cx: &mut Context<'_>,
        decode: impl FnOnce(Item<'_>) -> R,
    ) -> Poll<Result<R, ReaderEnd>> {
        loop {
            match self.chunks.front_mut() {
                None => ready!(self.poll_take(cx))?,
                Some(Chunk::Packed(packed)) => {
                    if let Some((item, taken)) = packed.next() {
                        let decoded = decode(Item::Lent(item));
                        self.count(taken);
                        return Poll::Ready(Ok(decoded));
                    }
                    packed.check_end().map_err(ReaderEnd::Protocol)?;
                    if let Some(Chunk::Packed(packed)) = self.chunks.pop_front() {
                        self.spare = packed.into_buffer();
                    }
                }
                Some(Chunk::Single(_)) => {
                    if let Some(Chunk::Single(item)) = self.chunks.pop_front() {
                        self.count(item.len());
                        return Poll::Ready(Ok(decode(Item::Owned(item))));
                    }
                }
            }
        }
    }

    /// Takes what has arrived out of the queue.
    fn poll_take(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ReaderEnd>> {
        // Charged for a batch: for each item it would cost more than the item.
        let budget = std::pin::pin!(tokio::task::coop::consume_budget());
        ready!(std::future::Future::poll(budget, cx));
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
