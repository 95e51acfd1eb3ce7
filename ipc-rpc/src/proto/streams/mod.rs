//! Streams: who may send how much, and when a stream is over.
//!
//! A stream is opened by a request or a response of its writer, which chooses its id as callers choose those of their
//! requests. It is open for the writer until it says so, with an end or a reset, and for the reader until it hears of it.
//! A reader that has gone asks the writer to stop, which answers with an end: so both sides agree on what is open, and an
//! id can be used again.
//!
//! What a writer may send is limited by credit in items and in bytes. It starts with the window that the reader announced
//! while connecting, and gets back what the reader has taken, in portions of half a window. An item may be sent while there
//! is credit for one item and for one byte, so the last one may be larger than the credit: an item larger than the window
//! gets through, and a reader holds one window and one frame at most.

mod incoming;
mod outgoing;

pub(crate) use incoming::Incoming;
pub(crate) use outgoing::{Outgoing, Spent};

use crate::wire::Credit;

/// Items and bytes that may be sent. The bytes may be overdrawn by one frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    items: u32,
    bytes: i64,
}

impl Allowance {
    pub(crate) fn whole(window: Credit) -> Self {
        Self {
            items: window.items,
            bytes: i64::from(window.bytes),
        }
    }

    pub(crate) const NONE: Self = Self { items: 0, bytes: 0 };

    /// Whether another item may be sent.
    #[inline]
    pub(crate) const fn any(&self) -> bool {
        self.items > 0 && self.bytes > 0
    }

    /// Takes what is to be sent, or has arrived, out of it. `false`: there is not enough.
    #[inline]
    pub(crate) fn take(&mut self, items: u32, bytes: usize) -> bool {
        let Some(left) = self.items.checked_sub(items) else {
            return false;
        };
        if self.bytes <= 0 {
            return false;
        }
        self.items = left;
        // A frame has fewer bytes than fit into 32 bits, and what is left is never below minus that.
        self.bytes -= i64::try_from(bytes).unwrap_or(i64::MAX / 2);
        true
    }

    /// Puts what was taken back. `false`: that is more than the window.
    fn put_back(&mut self, credit: Credit, window: Credit) -> bool {
        let items = u64::from(self.items) + u64::from(credit.items);
        let bytes = self.bytes + i64::from(credit.bytes);
        if items > u64::from(window.items) || bytes > i64::from(window.bytes) {
            return false;
        }
        self.items += credit.items;
        self.bytes = bytes;
        true
    }
}
