//! Streams that are passed on from one connection to another, as they are.

use std::future::poll_fn;
use std::sync::Arc;

use bytes::Bytes;

use super::Feed;
use super::queue::ReaderEnd;
use super::reader::StreamReader;
use super::writer::{LARGE_ITEM, Payload, StreamWriter, WriterEnd};
use crate::wire::{StreamCode, StreamReason};

/// A stream that has come in goes out by another connection, which has the same codec: back-pressure and ends included.
impl Feed for StreamReader {
    fn start(self: Box<Self>, writer: StreamWriter) {
        let writer = Arc::new(writer);
        let to = Arc::clone(&writer);
        writer.run(pass_on(*self, to));
    }
}

async fn pass_on(mut from: StreamReader, to: Arc<StreamWriter>) {
    loop {
        let item = match next(&mut from).await {
            Ok(item) => item,
            Err(ReaderEnd::Finished) => return to.finish(),
            Err(ReaderEnd::Reset(StreamReason { code, text })) => return to.reset(code, text),
            Err(ReaderEnd::Connection(reason)) => {
                return to.reset(StreamCode::Dropped, reason.to_string());
            }
            Err(ReaderEnd::Protocol(error)) => {
                return to.reset(StreamCode::Codec, error.to_string());
            }
        };
        let payload = if item.len() < LARGE_ITEM {
            Payload::Small(&item)
        } else {
            Payload::Large(&item)
        };
        let limit = to.connection().max_item_len();
        if payload.len() > limit {
            let text = format!(
                "an item of {} bytes, and the reader's `max_frame_len` is {limit}",
                payload.len()
            );
            return to.reset(StreamCode::Codec, text);
        }
        if let Err(end) = poll_fn(|cx| to.poll_send(payload, cx)).await {
            if let WriterEnd::Stopped(StreamReason { code, text }) = end {
                from.give_up(code, text);
            }
            return;
        }
    }
}

async fn next(from: &mut StreamReader) -> Result<Bytes, ReaderEnd> {
    loop {
        if let Some(item) = from.next_item() {
            return Ok(item.into_bytes());
        }
        poll_fn(|cx| from.poll_more(cx)).await?;
    }
}
