//! How a stream of values goes to another process: it is polled on behalf of the connection, and its items are sent in
//! batches.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::ends::of_writer;
use super::item;
use super::receiver::Items;
use crate::codec::Message;
use crate::connection::{Batch, StreamWriter};
use crate::error::StreamError;
use crate::wire::StreamCode;

/// Values on their way into a connection.
///
/// Nobody else sends on the stream, so what is at hand is encoded without a lock. Nothing that was gathered waits for the
/// producer: it is sent before that is waited for, and one by one when that takes its time over each.
pub(super) struct Pouring<T> {
    items: Items<T>,
    to: Arc<StreamWriter>,
    batch: Batch,
}

/// What comes behind those that were gathered.
enum Next {
    More,
    /// An item that goes by itself, encoded.
    Item(Bytes),
    End(Result<(), StreamError>),
}

impl<T: Message> Pouring<T> {
    pub(super) fn new(items: Items<T>, to: Arc<StreamWriter>) -> Self {
        let batch = to.batch();
        Self { items, to, batch }
    }

    pub(super) async fn run(mut self) {
        match self.pour().await {
            Ok(()) => self.to.finish(),
            Err(error) => end_with(&self.to, error),
        }
    }

    async fn pour(&mut self) -> Result<(), StreamError> {
        self.flush().await?;
        loop {
            let next = poll_fn(|cx| self.poll_gather(cx)).await;
            let is_long = self.batch.end();
            if !self.batch.is_empty() {
                self.flush().await?;
            }
            match next {
                Next::More => {}
                Next::Item(item) => {
                    self.to.send_alone(item).await?;
                    // Its credit was not the batch's.
                    self.flush().await?;
                }
                Next::End(end) => return end,
            }
            if is_long {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Sends what was gathered, and looks how much there is credit for.
    async fn flush(&mut self) -> Result<(), StreamError> {
        let sent = self.to.send_batch(&mut self.batch).await;
        sent.map_err(of_writer)
    }

    /// Gathers what is at hand.
    fn poll_gather(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        ready!(self.to.poll_turn(cx));
        self.batch.begin();
        loop {
            match self.items.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(item))) => match self.gather(item) {
                    Ok(None) if self.batch.is_full() => return Poll::Ready(Next::More),
                    Ok(None) => {}
                    Ok(Some(item)) => return Poll::Ready(Next::Item(item)),
                    Err(error) => return Poll::Ready(Next::End(Err(error))),
                },
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Next::End(Err(error))),
                Poll::Ready(None) => return Poll::Ready(Next::End(Ok(()))),
                Poll::Pending if self.batch.is_empty() => {
                    self.batch.pause();
                    return Poll::Pending;
                }
                // They do not wait for the next one, which is asked for again behind them.
                Poll::Pending => return Poll::Ready(Next::More),
            }
        }
    }

    /// Adds an item to the batch, or returns it, encoded.
    #[inline]
    fn gather(&mut self, item: T) -> Result<Option<Bytes>, StreamError> {
        let mut item = Some(item);
        if let Some(bytes) = item::take_bytes(&mut item) {
            if !self.batch.takes(bytes.len()) {
                return Ok(Some(bytes));
            }
            let Ok(rest) = self.batch.push::<Infallible>(|out| {
                out.extend_from_slice(&bytes);
                Ok(())
            });
            return Ok(rest);
        }
        // What was not taken is there still.
        let Some(item) = &item else { return Ok(None) };
        let codec = self.to.connection().codec();
        let encoded = self.batch.push(|out| codec.encode(item, out));
        encoded.map_err(StreamError::Encode)
    }
}

impl<T> Drop for Pouring<T> {
    /// What was gathered before a panic of the producer's was sent by it, as far as it knows.
    fn drop(&mut self) {
        self.to.send_last_batch(&mut self.batch);
        if std::thread::panicking() {
            // Said here, for another thread may be the one that drops the writer.
            self.to.reset(StreamCode::Panicked, "");
        }
    }
}

/// Ends a stream that is not complete, and tells its reader why.
pub(super) fn end_with(to: &StreamWriter, error: StreamError) {
    match error {
        // Whoever made the item cannot be told, so whoever reads is: the stream is not complete without it.
        error if error.is_about_item() => to.reset(StreamCode::Codec, error.to_string()),
        StreamError::Aborted { reason } => to.reset(StreamCode::Aborted, reason),
        StreamError::Panicked => to.reset(StreamCode::Panicked, ""),
        error => to.reset(StreamCode::Dropped, error.to_string()),
    }
}
