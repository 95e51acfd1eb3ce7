//! Turns for others: a stream goes on for as long as there is something to send or to read, and a call beside it waits.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll};

use crate::blocking;
use crate::connection::shared::Shared;

/// Bytes that a stream sends or reads until others have their turn. For small items that is some 20 µs. A turn costs a look at
/// the sockets, of about a microsecond.
pub(super) const SHARE: usize = 32 * 1024;

impl Shared {
    /// Lets others have their turn, if some may be waiting for it: on one thread whatever has arrived does, and on several a
    /// call in flight, since it is the one on whose behalf a task of the same thread was woken.
    pub(super) fn poll_share(&self, cx: &mut Context<'_>) -> Poll<()> {
        if blocking::is_waiting() || self.is_threaded && self.lock().in_flight() == 0 {
            return Poll::Ready(());
        }
        // Behind everything else, and behind a look at the sockets.
        let _ = pin!(tokio::task::yield_now()).poll(cx);
        Poll::Pending
    }
}
