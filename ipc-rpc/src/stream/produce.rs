//! Streams that a handler makes and that live on behind it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use super::pipe::Pipe;
use super::{Receiver, Sender};
use crate::context::Context;
use crate::error::StreamError;

/// Items that wait while the receiver of a produced stream is in this process.
const LOCAL_CAPACITY: usize = 16;

/// What makes the items of a stream. Dropped before it is done, it leaves a stream that is not complete.
pub(super) struct Producer<T> {
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    pipe: Arc<Pipe<T>>,
    done: bool,
}

impl<T> Future for Producer<T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<()> {
        let polled = self.future.as_mut().poll(cx);
        self.done |= polled.is_ready();
        polled
    }
}

/// Nothing in it is pinned but what is boxed.
impl<T> Unpin for Producer<T> {}

impl<T> Drop for Producer<T> {
    fn drop(&mut self) {
        // Before the future, whose sender would say that the stream is complete.
        if !self.done {
            self.pipe.end(Err(if std::thread::panicking() {
                StreamError::Panicked
            } else {
                StreamError::Dropped
            }));
        }
    }
}

impl Context {
    /// A stream whose items `producer` sends, for a handler to return.
    ///
    /// The producer runs on behind the handler, as fast as the peer reads and no faster. It is dropped when nobody reads
    /// any more and when the connection ends; then, and if it panics, the stream is not complete, and its reader is told.
    /// The deadline of the call does not apply to it; its trace does. Read in this process, it runs where it is read.
    ///
    /// ```
    /// use ipc_rpc::{Context, Receiver};
    ///
    /// async fn count(ctx: Context, limit: u64) -> Receiver<u64> {
    ///     ctx.stream(move |items| async move {
    ///         for n in 0..limit {
    ///             if items.send(n).await.is_err() {
    ///                 break;
    ///             }
    ///         }
    ///     })
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ipc_rpc::StreamError> {
    /// let mut counted = count(ipc_rpc::context::current(), 2).await;
    /// assert_eq!(counted.recv().await.transpose()?, Some(0));
    /// assert_eq!(counted.recv().await.transpose()?, Some(1));
    /// assert_eq!(counted.recv().await.transpose()?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream<T, F, Fut>(&self, producer: F) -> Receiver<T>
    where
        F: FnOnce(Sender<T>) -> Fut,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let pipe = Pipe::new(LOCAL_CAPACITY);
        let making = producer(Sender::new(Arc::clone(&pipe)));
        let producer = Producer {
            future: Box::pin(self.inherited_beyond().scope(making)),
            pipe: Arc::clone(&pipe),
            done: false,
        };
        Receiver::local(pipe, Some(producer))
    }
}
