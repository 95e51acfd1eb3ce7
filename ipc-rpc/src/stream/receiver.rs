//! The receiving end of a stream.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::{Stream, StreamExt};

use super::ends::of_reader;
use super::item;
use super::pipe::Pipe;
use super::produce::Producer;
use crate::blocking::block_on;
use crate::codec::{CodecError, Message};
use crate::connection::StreamReader;
use crate::error::StreamError;
use crate::wire::StreamCode;

/// The receiving end of a stream: an argument or the result of a method, or one end of a [`channel`](crate::channel).
///
/// Items come in order, by [`recv`](Self::recv) or as a [`Stream`]: `Ok(item)` each, then `None` if the stream is complete.
/// If it is not, one error comes first. Dropped, it tells the sender that nobody reads any more.
///
/// A receiver that goes out with a call is read by the peer, as fast as the peer reads and no faster. One that came over a
/// connection may go out over another: its items are passed on.
///
/// The default is a stream that has no items and has ended.
pub struct Receiver<T> {
    pub(super) source: Source<T>,
}

pub(super) enum Source<T> {
    /// It has ended.
    Over,
    Local(Local<T>),
    Stream(Items<T>),
    Remote(StreamReader),
}

/// Any stream of items.
pub(super) type Items<T> = Pin<Box<dyn Stream<Item = Result<T, StreamError>> + Send>>;

/// The receiving end of a pipe.
pub(super) struct Local<T> {
    pub(super) pipe: Arc<Pipe<T>>,
    /// What sends, if it belongs to the stream.
    pub(super) producer: Option<Producer<T>>,
}

impl<T> Drop for Local<T> {
    fn drop(&mut self) {
        self.pipe.close(StreamError::Closed {
            reason: String::new(),
        });
    }
}

impl<T> Receiver<T> {
    pub(super) const fn local(pipe: Arc<Pipe<T>>, producer: Option<Producer<T>>) -> Self {
        Self {
            source: Source::Local(Local { pipe, producer }),
        }
    }

    pub(crate) const fn remote(reader: StreamReader) -> Self {
        Self {
            source: Source::Remote(reader),
        }
    }

    /// A receiver of the items of any stream, which is polled where the receiver is read: by the connection, once a call
    /// has carried it to the peer, for as long as the peer reads.
    pub fn from_stream(stream: impl Stream<Item = T> + Send + 'static) -> Self
    where
        T: 'static,
    {
        Self::of(stream.map(Ok))
    }

    /// The same for a stream that need not be complete: nothing behind its first error is read.
    pub(super) fn of(stream: impl Stream<Item = Result<T, StreamError>> + Send + 'static) -> Self {
        Self {
            source: Source::Stream(Box::pin(stream)),
        }
    }

    /// Gives the stream up, and tells the sender why: it gets [`StreamError::Closed`] with this reason, cut to 1,024 bytes.
    pub fn close(mut self, reason: impl Into<String>) {
        self.give_up(StreamError::Closed {
            reason: reason.into(),
        });
    }

    /// The same for whatever reason there is to tell.
    pub(super) fn give_up(&mut self, why: StreamError) {
        match std::mem::replace(&mut self.source, Source::Over) {
            Source::Local(local) => local.pipe.close(why),
            Source::Remote(mut reader) => match why {
                StreamError::Closed { reason } => reader.give_up(StreamCode::Aborted, reason),
                StreamError::PeerCodec { message } => reader.give_up(StreamCode::Codec, message),
                other => reader.give_up(StreamCode::Dropped, other.to_string()),
            },
            Source::Over | Source::Stream(_) => {}
        }
    }
}

impl<T: Message> Receiver<T> {
    /// The next item. `None`: the stream has ended; it is complete unless an error came first.
    ///
    /// # Errors
    ///
    /// The stream has ended and is not complete, or an item cannot be decoded. Nothing follows.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no item is lost.
    pub async fn recv(&mut self) -> Option<Result<T, StreamError>> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// The next item, for a thread without a runtime: blocks it until there is one.
    ///
    /// Where a task of a runtime makes the items, it must not be this thread that runs the task.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn blocking_recv(&mut self) -> Option<Result<T, StreamError>> {
        block_on(self.recv())
    }

    /// The items up to the end of the stream, for a thread without a runtime: blocks it until each of them is there.
    ///
    /// ```
    /// let (sender, mut receiver) = ipc_rpc::channel(8);
    /// std::thread::spawn(move || {
    ///     for number in 0..100 {
    ///         sender.blocking_send(number).unwrap();
    ///     }
    /// });
    /// let sum: Result<i32, _> = receiver.blocking_iter().sum();
    /// assert_eq!(sum.unwrap(), 4950);
    /// ```
    pub fn blocking_iter(&mut self) -> impl Iterator<Item = Result<T, StreamError>> {
        std::iter::from_fn(|| self.blocking_recv())
    }

    #[inline]
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, StreamError>>> {
        // Most items are here already, and are put where they are returned.
        if let Source::Remote(reader) = &mut self.source {
            let codec = reader.connection().codec();
            if let Some(item) = reader.next_item() {
                let mut refused = None;
                let polled = item::decode_then(
                    codec,
                    item,
                    |item| Poll::Ready(Some(Ok(item))),
                    |error| {
                        refused = Some(error);
                        Poll::Pending
                    },
                );
                let Some(error) = refused else { return polled };
                return Poll::Ready(Some(Err(self.undecodable(error))));
            }
        }
        self.poll_wait(cx)
    }

    #[cold]
    fn undecodable(&mut self, error: CodecError) -> StreamError {
        if let Source::Remote(reader) = &mut self.source {
            reader.give_up(StreamCode::Codec, error.to_string());
        }
        self.source = Source::Over;
        StreamError::Decode(error)
    }

    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, StreamError>>> {
        if let Source::Remote(reader) = &mut self.source {
            match ready!(reader.poll_more(cx)) {
                Ok(()) => return self.poll_recv(cx),
                Err(end) => {
                    self.source = Source::Over;
                    return Poll::Ready(of_reader(end).err().map(Err));
                }
            }
        }
        let next = ready!(self.source.poll_next(cx));
        if !matches!(next, Some(Ok(_))) {
            self.source = Source::Over;
        }
        Poll::Ready(next)
    }
}

impl<T: Message> Source<T> {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, StreamError>>> {
        match self {
            Self::Over => Poll::Ready(None),
            Self::Local(Local { pipe, producer }) => {
                if let Poll::Ready(next) = pipe.poll_take(cx) {
                    return Poll::Ready(next);
                }
                if let Some(running) = producer
                    && Pin::new(running).poll(cx).is_ready()
                {
                    *producer = None;
                }
                pipe.poll_take(cx)
            }
            Self::Stream(stream) => stream.as_mut().poll_next(cx),
            // Read above.
            Self::Remote(_) => Poll::Ready(None),
        }
    }
}

impl<T> Default for Receiver<T> {
    fn default() -> Self {
        Self {
            source: Source::Over,
        }
    }
}

/// Nothing in it is pinned but what is boxed.
impl<T> Unpin for Receiver<T> {}

impl<T: Message> Stream for Receiver<T> {
    type Item = Result<T, StreamError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_recv(cx)
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match &self.source {
            Source::Over => "over",
            Source::Local(_) => "this process",
            Source::Stream(_) => "a stream",
            Source::Remote(_) => "the peer",
        };
        f.debug_struct("Receiver").field("from", &source).finish()
    }
}
