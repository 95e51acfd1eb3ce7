//! The sending end of a stream.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Sink;

use super::ends::{ended_here, of_writer};
use super::item;
use super::pipe::{Pipe, Put};
use crate::blocking::block_on;
use crate::codec::Message;
use crate::connection::{LARGE_ITEM, Payload, Sent, StreamWriter, scratch};
use crate::error::StreamError;
use crate::wake::Place;

/// The sending end of a stream, made by [`channel`](crate::channel) or [`Context::stream`](crate::Context::stream).
///
/// Clones send to the same stream. When the last one is dropped, the stream has ended and is complete; dropped by a panic,
/// or after [`abort`](Self::abort), it is not. So whoever may be cancelled in the middle of it is better run by
/// [`Context::stream`](crate::Context::stream), which knows whether it came to its end.
///
/// A sender of a stream that goes over a connection holds that connection open, as a client does, until it is dropped.
///
/// A [`Sink`] as well: what was fed to it is sent, item by item, as it is flushed or fed further.
pub struct Sender<T> {
    /// `None`: closed as a sink.
    ends: Option<Arc<Ending<T>>>,
    /// What was given to the sink and not yet sent. Never locked: a mutex is shared between threads whatever is in it.
    fed: Mutex<Option<(Sending<T>, Place)>>,
}

/// Ends the stream when its last sender goes.
struct Ending<T>(Arc<Pipe<T>>);

impl<T> Drop for Ending<T> {
    fn drop(&mut self) {
        self.0.end(if std::thread::panicking() {
            Err(StreamError::Panicked)
        } else {
            Ok(())
        });
    }
}

/// An item on its way.
enum Sending<T> {
    Value(Option<T>),
    /// Encoded, it waits for credit or room.
    Small(Vec<u8>),
    Large(Bytes),
}

impl<T> Sender<T> {
    pub(super) fn new(pipe: Arc<Pipe<T>>) -> Self {
        Self {
            ends: Some(Arc::new(Ending(pipe))),
            fed: Mutex::default(),
        }
    }

    fn fed(&mut self) -> &mut Option<(Sending<T>, Place)> {
        self.fed.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    fn pipe(&self) -> Option<&Pipe<T>> {
        self.ends.as_deref().map(|Ending(pipe)| &**pipe)
    }

    /// Ends the stream as one that is not complete: its receiver gets [`StreamError::Aborted`] with this reason, cut to
    /// 1,024 bytes, behind the items that were sent before. Does nothing to a stream that has ended.
    pub fn abort(self, reason: impl Into<String>) {
        if let Some(pipe) = self.pipe() {
            let reason = reason.into();
            pipe.end(Err(StreamError::Aborted { reason }));
        }
    }

    /// Whether nobody reads the stream any more, so that sending fails.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.pipe().is_none_or(|pipe| pipe.closed().is_some())
    }

    /// Waits until nobody reads the stream any more, and returns why.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn closed(&self) -> StreamError {
        if let Some(pipe) = self.pipe() {
            let mut place = Place::default();
            // A receiver that goes to another process is not the end, though it looks like one for a moment.
            loop {
                poll_fn(|cx| pipe.poll_closed(&mut place, cx)).await;
                if let Some(closed) = pipe.closed() {
                    return closed;
                }
            }
        }
        ended_here()
    }
}

impl<T: Message> Sender<T> {
    /// Sends an item, as soon as the reader has room for it. That it was sent does not say that it will be read: the reader
    /// may go, and the connection end, before.
    ///
    /// # Errors
    ///
    /// [`StreamError::Closed`] if nobody reads any more, [`StreamError::PeerCodec`] if the reader could not decode an item,
    /// [`StreamError::Failed`] if it went for a reason of a later version, [`StreamError::Connection`] if the connection has
    /// ended; [`StreamError::Encode`] and [`StreamError::TooLarge`] if it is this item that cannot be sent. An item that was
    /// sent while the receiver was still in this process is found out later: it ends the stream.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, the item is not sent.
    pub async fn send(&self, item: T) -> Result<(), StreamError> {
        let (mut sending, mut place) = (Sending::Value(Some(item)), Place::default());
        poll_fn(|cx| self.poll_send(&mut sending, &mut place, cx)).await
    }

    /// Sends an item from a thread without a runtime: blocks it until the reader has room.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn blocking_send(&self, item: T) -> Result<(), StreamError> {
        block_on(self.send(item))
    }

    #[inline]
    fn poll_send(
        &self,
        sending: &mut Sending<T>,
        place: &mut Place,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), StreamError>> {
        let Some(pipe) = self.pipe() else {
            return Poll::Ready(Err(ended_here()));
        };
        loop {
            if let Some(writer) = pipe.remote() {
                return writer.poll_send_item(sending, place, cx);
            }
            let Sending::Value(item) = sending else {
                return Poll::Ready(Ok(()));
            };
            let mut put = pipe.put(item, None);
            if let Put::Full = put {
                place.set(cx.waker());
                put = pipe.put(item, Some(place));
            }
            return match put {
                Put::Done => Poll::Ready(Ok(())),
                Put::Full => Poll::Pending,
                Put::Closed(error) => Poll::Ready(Err(error)),
                Put::Remote => continue,
            };
        }
    }

    fn poll_fed(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamError>> {
        let Some((mut fed, mut place)) = self.fed().take() else {
            return Poll::Ready(Ok(()));
        };
        let sent = self.poll_send(&mut fed, &mut place, cx);
        if sent.is_pending() {
            *self.fed() = Some((fed, place));
        }
        sent
    }
}

impl StreamWriter {
    /// Encodes an item, once, and sends it.
    #[inline]
    fn poll_send_item<T: Message>(
        &self,
        sending: &mut Sending<T>,
        place: &mut Place,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), StreamError>> {
        ready!(self.poll_turn(cx));
        if let Sending::Value(item) = sending {
            match self.send_value(item) {
                Ok(sent) => return Poll::Ready(sent),
                Err(waits) => *sending = waits,
            }
        }
        let payload = match sending {
            Sending::Small(item) => Payload::Small(item),
            Sending::Large(item) => Payload::Large(item),
            Sending::Value(_) => return Poll::Ready(Ok(())),
        };
        let sent = ready!(self.poll_send(payload, place, cx));
        *sending = Sending::Value(None);
        Poll::Ready(sent.map_err(of_writer))
    }

    /// Encodes an item and sends it, if that can be done without waiting and it is small, as most are: then it is encoded where it
    /// is, copied once, and nothing is allocated. `Err`: what is left to be sent.
    #[inline]
    fn send_value<T: Message>(
        &self,
        item: &mut Option<T>,
    ) -> Result<Result<(), StreamError>, Sending<T>> {
        if let Some(bytes) = item::take_bytes(item) {
            return self.send_bytes(bytes);
        }
        let Some(item) = item else { return Ok(Ok(())) };
        scratch::with(|buffer| {
            if let Err(error) = self.connection().codec().encode(item, buffer) {
                return Ok(Err(StreamError::Encode(error)));
            }
            if buffer.len() >= LARGE_ITEM {
                return self.send_bytes(std::mem::take(buffer).into());
            }
            self.try_small(buffer)
                .ok_or_else(|| Sending::Small(std::mem::take(buffer)))
        })
    }

    fn send_bytes<T>(&self, item: Bytes) -> Result<Result<(), StreamError>, Sending<T>> {
        if item.len() >= LARGE_ITEM {
            return match self.check_len(Payload::Large(&item)) {
                Err(error) => Ok(Err(error)),
                Ok(()) => Err(Sending::Large(item)),
            };
        }
        self.try_small(&item)
            .ok_or_else(|| Sending::Small(item.into()))
    }

    /// Sends a small item, if that can be done without waiting.
    fn try_small(&self, item: &[u8]) -> Option<Result<(), StreamError>> {
        let payload = Payload::Small(item);
        if let Err(error) = self.check_len(payload) {
            return Some(Err(error));
        }
        match self.try_send(payload, None) {
            Sent::Done => Some(Ok(())),
            Sent::Waits => None,
            Sent::Over => Some(Err(of_writer(self.why_over()))),
        }
    }

    fn check_len(&self, payload: Payload<'_>) -> Result<(), StreamError> {
        let (size, limit) = (payload.len(), self.connection().max_item_len());
        if size > limit {
            return Err(StreamError::TooLarge { size, limit });
        }
        Ok(())
    }

    /// Sends an item that is encoded.
    pub(super) async fn send_alone(&self, item: Bytes) -> Result<(), StreamError> {
        let mut sending = match self.send_bytes::<()>(item) {
            Ok(sent) => return sent,
            Err(waits) => waits,
        };
        let mut place = Place::default();
        poll_fn(|cx| self.poll_send_item(&mut sending, &mut place, cx)).await
    }

    /// Sends an item.
    pub(super) async fn send<T: Message>(&self, item: T) -> Result<(), StreamError> {
        let (mut sending, mut place) = (Sending::Value(Some(item)), Place::default());
        poll_fn(|cx| self.poll_send_item(&mut sending, &mut place, cx)).await
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self {
            ends: self.ends.clone(),
            fed: Mutex::default(),
        }
    }
}

/// Nothing in it is pinned.
impl<T> Unpin for Sender<T> {}

impl<T: Message> Sink<T> for Sender<T> {
    type Error = StreamError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), StreamError>> {
        self.poll_fed(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, item: T) -> Result<(), StreamError> {
        *self.fed() = Some((Sending::Value(Some(item)), Place::default()));
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), StreamError>> {
        self.poll_fed(cx)
    }

    /// Ends the stream, unless it has other senders.
    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), StreamError>> {
        let sent = ready!(self.poll_fed(cx));
        self.ends = None;
        Poll::Ready(sent)
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
