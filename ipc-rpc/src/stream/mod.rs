//! Typed streams: many values in one argument or result, one after the other.
//!
//! A method takes or returns a [`Receiver`]. Whoever fills it does so with a [`Sender`] ([`channel`],
//! [`Context::stream`]), out of any stream of values ([`Receiver::from_stream`]), or by publishing to many of them at once
//! ([`Topic`]). A receiver works in one process as well; once a call has carried it to the other, its sender writes to the
//! connection without anything in between.
//!
//! What may wait is bounded by the reader: a slow one stops its writer, and that one only. Items arrive whole, in order
//! and once. A stream that was complete ends with `None`; whatever else ends it is a
//! [`StreamError`](crate::StreamError) first.

mod ends;
mod feed;
mod item;
mod pipe;
mod pour;
mod produce;
mod receiver;
mod sender;
mod subscription;
mod topic;

pub use feed::{AnyReceiver, Inlet, Outlet};
pub use receiver::Receiver;
pub use sender::Sender;
pub use subscription::{Followed, Subscription};
pub use topic::{Topic, Update};

use pipe::Pipe;

/// Makes a stream: what is sent to the one end is received from the other, also in another process once a call has
/// carried the receiver there.
///
/// While both ends are in this process `capacity` items may wait, at least one; over a connection the reader's window
/// counts instead ([`Config::stream_window_items`](crate::Config::stream_window_items)).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ipc_rpc::StreamError> {
/// let (sender, mut receiver) = ipc_rpc::channel(8);
/// sender.send(1).await?;
/// sender.send(2).await?;
/// drop(sender);
/// assert_eq!(receiver.recv().await.transpose()?, Some(1));
/// assert_eq!(receiver.recv().await.transpose()?, Some(2));
/// assert_eq!(receiver.recv().await.transpose()?, None);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let pipe = Pipe::new(capacity);
    (Sender::new(pipe.clone()), Receiver::local(pipe, None))
}
