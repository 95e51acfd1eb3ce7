//! Streams that are passed on from one connection to another, as they are.

use std::future::poll_fn;
use std::sync::Arc;

use bytes::Bytes;

use super::Feed;
use super::queue::ReaderEnd;
use super::reader::StreamReader;
use super::writer::{LARGE_ITEM, Payload, StreamWriter, WriterEnd};
use crate::wake::Place;
use crate::wire::{StreamCode, StreamReason};

/// A stream that has come in goes out by another connection, which has the same codec: back-pressure and ends included.
impl Feed for StreamReader {
    fn start(self: Box<Self>, writer: StreamWriter) {
        let to = Arc::new(writer);
        let passing = Passing {
            from: *self,
            to: Arc::clone(&to),
        };
        to.run(passing.run());
    }
}

struct Passing {
    from: StreamReader,
    to: Arc<StreamWriter>,
}

impl Passing {
    async fn run(mut self) {
        loop {
            let item = match self.next().await {
                Ok(item) => item,
                Err(ReaderEnd::Finished) => return self.to.finish(),
                Err(ReaderEnd::Reset(StreamReason { code, text })) => {
                    return self.to.reset(code, text);
                }
                Err(ReaderEnd::Connection(reason)) => {
                    return self.to.reset(StreamCode::Dropped, reason.to_string());
                }
                Err(ReaderEnd::Protocol(error)) => {
                    return self.to.reset(StreamCode::Codec, error.to_string());
                }
            };
            let payload = if item.len() < LARGE_ITEM {
                Payload::Small(&item)
            } else {
                Payload::Large(&item)
            };
            let limit = self.to.connection().max_item_len();
            if payload.len() > limit {
                let text = format!(
                    "an item of {} bytes, and the reader's `max_frame_len` is {limit}",
                    payload.len()
                );
                self.to.reset(StreamCode::Codec, text.as_str());
                return self.from.give_up(StreamCode::Codec, text);
            }
            let mut place = Place::default();
            let sent = poll_fn(|cx| self.to.poll_send(payload, &mut place, cx));
            if sent.await.is_err() {
                return;
            }
        }
    }

    async fn next(&mut self) -> Result<Bytes, ReaderEnd> {
        loop {
            if let Some(item) = self.from.next_item() {
                return Ok(item.into_bytes());
            }
            poll_fn(|cx| self.from.poll_more(cx)).await?;
        }
    }
}

impl Drop for Passing {
    /// Its task is aborted when the stream is over, whatever it waits for then; so it is here that the writer of the
    /// items is told why.
    fn drop(&mut self) {
        match self.to.over() {
            Some(WriterEnd::Stopped(StreamReason { code, text })) => {
                self.from.give_up(*code, text.clone());
            }
            Some(WriterEnd::Connection(reason)) => {
                self.from.give_up(StreamCode::Dropped, reason.to_string());
            }
            Some(WriterEnd::Ended) | None => {}
        }
    }
}
