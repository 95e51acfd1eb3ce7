//! The streams of a connection, as bytes: types appear in `stream`, above.
//!
//! A message opens a stream. Whoever sends it has something that fills the stream ([`Feed`]), which is handed the
//! [`StreamWriter`] when the message is on its way; whoever receives it gets a [`StreamReader`].

mod batch;
mod pass_on;
mod queue;
mod reader;
#[cfg(test)]
mod tests;
mod turns;
mod writer;

pub(crate) use batch::Batch;
pub(crate) use queue::ReaderEnd;
pub(crate) use reader::{Arrived, StreamReader};
pub(crate) use writer::{LARGE_ITEM, Payload, Sent, StreamWriter, WriterEnd};

pub(super) use queue::Queue;
pub(super) use writer::Writing;

use std::sync::{Arc, OnceLock};

use super::Connection;
use super::deferred::Deferred;
use super::few::Few;
use super::shared::{Core, Shared};
use crate::error::{ConnectionError, ProtocolError};
use crate::transport::framing::{Body, Frame};
use crate::wire::{Credit, Flags, Header, Kind, StreamCode, StreamId, StreamReason};

/// What fills a stream, once the message that opens it is on its way.
pub(crate) trait Feed: Send {
    /// Begins to fill it.
    fn start(self: Box<Self>, writer: StreamWriter);
}

/// Streams that a message opened, whose feeds are to be started behind the lock.
#[derive(Default)]
#[must_use = "a stream that is not fed has to be ended"]
pub(super) struct Opened(Few<Open>);

/// One of them.
struct Open {
    feed: Box<dyn Feed>,
    id: StreamId,
    end: Arc<OnceLock<WriterEnd>>,
}

impl Opened {
    #[inline]
    pub(super) fn start(self, shared: &Arc<Shared>) {
        // Most messages open none, and nothing is to be done for them.
        if !self.0.is_empty() {
            self.start_all(shared);
        }
    }

    #[cold]
    fn start_all(self, shared: &Arc<Shared>) {
        for Open { feed, id, end } in self.0 {
            let connection = Connection::of(Arc::clone(shared));
            feed.start(StreamWriter::new(connection, id, end));
        }
    }
}

/// The streams that a message with [`Flags::STREAMS`] opens, and its body behind them.
pub(super) fn take_streams(body: Body<'_>) -> Result<(Vec<StreamId>, Body<'_>), ProtocolError> {
    let (streams, len) = StreamId::decode_all(&body)?;
    Ok((streams, body.skip(len)))
}

impl Core {
    /// Opens a stream for each of `feeds` and writes their ids to `prefix`. There has to be room for them.
    pub(super) fn open_streams(
        &mut self,
        feeds: Few<Box<dyn Feed>>,
        header: &mut Header,
        prefix: &mut Vec<u8>,
    ) -> Opened {
        if feeds.is_empty() {
            return Opened::default();
        }
        let opened: Few<_> = feeds
            .into_iter()
            .map(|feed| {
                let end = Arc::default();
                let id = self.outgoing.open(Writing::new(Arc::clone(&end)));
                Open { feed, id, end }
            })
            .collect();
        let ids: Vec<_> = opened.iter().map(|open| open.id).collect();
        StreamId::encode_all(&ids, prefix);
        header.flags = header.flags.with(Flags::STREAMS);
        Opened(opened)
    }

    /// Enters the streams that a message of the peer opens.
    pub(super) fn enter_streams(
        &mut self,
        ids: Vec<StreamId>,
    ) -> Result<Few<Arrived>, ProtocolError> {
        let mut arrived = Few::NONE;
        for id in ids {
            let queue = Arc::new(Queue::default());
            if self.finished {
                // Another thread has ended everything since the request was entered; nobody would end these.
                let reason = self.life.reason().unwrap_or(ConnectionError::Aborted);
                let nobody = queue.end(ReaderEnd::Connection(reason));
                debug_assert!(nobody.is_none(), "nobody reads it yet");
            } else {
                self.incoming.open(id, Arc::clone(&queue))?;
            }
            arrived.push(Arrived { id, queue });
        }
        Ok(arrived)
    }

    /// Asks the peer to end streams that nobody is going to read.
    pub(super) fn stop_streams(&mut self, ids: impl IntoIterator<Item = StreamId>) {
        for id in ids {
            self.incoming.stop(id);
            self.append_stop(id);
        }
    }

    /// The same for streams of a message that comes to nothing: they are not entered, and must not be others that are.
    pub(super) fn refuse_streams(&mut self, ids: Vec<StreamId>) -> Result<(), ProtocolError> {
        for id in ids {
            self.incoming.check(id)?;
            self.append_stop(id);
        }
        Ok(())
    }

    fn append_stop(&mut self, id: StreamId) {
        let why = StreamReason::new(StreamCode::Dropped, "");
        self.append_control(Header::new(Kind::Stop, id.in_header()), &why.encode());
    }

    /// Handles a frame about a stream.
    pub(super) fn handle_stream(
        &mut self,
        frame: Frame<'_>,
        deferred: &mut Deferred,
    ) -> Result<(), ProtocolError> {
        let Frame { header, body, .. } = frame;
        let id = StreamId::of(header.request);
        match header.kind {
            Kind::Items => {
                let single = header.flags.has(Flags::SINGLE);
                let items = if single { 1 } else { header.method };
                if let Some(queue) = self.incoming.handle_items(id, items, body.len())? {
                    deferred.wake(queue.push(body, single, items));
                }
            }
            Kind::End => self.end_read(id, ReaderEnd::Finished, deferred),
            Kind::Reset => {
                let reason = StreamReason::decode(&body)?;
                self.end_read(id, ReaderEnd::Reset(reason), deferred);
            }
            Kind::Credit => {
                if let Some(writing) = self.outgoing.handle_credit(id, Credit::decode(&body)?)? {
                    deferred.wake(writing.waiting.drain());
                }
            }
            Kind::Stop => {
                let reason = StreamReason::decode(&body)?;
                if let Some(writing) = self.outgoing.end(id) {
                    self.append_control(Header::new(Kind::End, id.in_header()), &[]);
                    writing.end(WriterEnd::Stopped(reason), deferred);
                    // It may be one of those who wait for room, which a peer that does not read never makes.
                    deferred.wake(self.awaiting_items.drain());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end_read(&mut self, id: StreamId, end: ReaderEnd, deferred: &mut Deferred) {
        if let Some(queue) = self.incoming.handle_end(id) {
            deferred.wake(queue.end(end));
        }
    }

    /// Ends every stream: the connection has ended.
    pub(super) fn fail_streams(&mut self, reason: &ConnectionError, deferred: &mut Deferred) {
        for queue in self.incoming.drain() {
            deferred.wake(queue.end(ReaderEnd::Connection(reason.clone())));
        }
        for writing in self.outgoing.drain() {
            writing.end(WriterEnd::Connection(reason.clone()), deferred);
        }
        deferred.wake(self.awaiting_items.drain());
    }
}
