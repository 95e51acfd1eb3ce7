//! What was read from a transport and not yet taken.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

/// Bytes of a buffer that is read into.
pub(super) const BUFFER_LEN: usize = 64 * 1024;

/// What is left of a read is kept in memory of its own if it is no more than this.
const SMALL_REST: usize = 4 * 1024;

thread_local! {
    /// The buffer of this thread, or an empty one while it is out. A second one is out only while a read happens within
    /// another, and is not kept.
    static KEPT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A buffer that is borrowed from the thread for as long as there is something to read or to take, so that
/// a connection which waits has none.
#[derive(Debug, Default)]
pub(super) struct ReadBuffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl ReadBuffer {
    /// A buffer that holds this much already.
    pub(super) fn holding(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            start: 0,
            end: bytes.len(),
        }
    }

    /// What was read and not taken.
    #[inline]
    pub(super) fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Takes `count` bytes, or all there are.
    #[inline]
    pub(super) fn take(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// Drops everything.
    pub(super) fn clear(&mut self) {
        self.start = self.end;
    }

    /// Reads once, at most `most` bytes. When there is nothing to read the buffer goes back to its thread.
    pub(super) fn poll_read(
        &mut self,
        io: Pin<&mut (impl AsyncRead + ?Sized)>,
        cx: &mut Context<'_>,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        let mut room = ReadBuf::new(self.room(most));
        match io.poll_read(cx, &mut room) {
            Poll::Ready(Ok(())) => {
                let count = room.filled().len();
                self.end += count;
                Poll::Ready(Ok(count))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                self.release();
                Poll::Pending
            }
        }
    }

    /// Has `read` read into what is free, at most this much. `None`: it found nothing.
    pub(super) fn read_now(
        &mut self,
        most: usize,
        read: impl FnOnce(&mut [u8]) -> Option<io::Result<usize>>,
    ) -> Option<io::Result<usize>> {
        let count = match read(self.room(most))? {
            Ok(count) => count,
            Err(error) => return Some(Err(error)),
        };
        self.end += count;
        Some(Ok(count))
    }

    /// Where at most this much may be read to.
    fn room(&mut self, most: usize) -> &mut [u8] {
        self.make_room();
        let until = self.end.saturating_add(most).min(self.bytes.len());
        &mut self.bytes[self.end..until]
    }

    /// Sees to it that there is room for more, behind what is there. A frame that is read in here is a
    /// quarter of the buffer at most.
    fn make_room(&mut self) {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        if self.bytes.len() - self.end >= BUFFER_LEN / 2 {
            return;
        }
        let len = self.end - self.start;
        if self.bytes.len() == BUFFER_LEN && len <= BUFFER_LEN / 2 {
            self.bytes.copy_within(self.start..self.end, 0);
        } else {
            let mut larger = lend();
            if larger.len() < len + BUFFER_LEN / 2 {
                larger.resize(len + BUFFER_LEN, 0);
            }
            larger[..len].copy_from_slice(self.filled());
            give(std::mem::replace(&mut self.bytes, larger));
        }
        (self.start, self.end) = (0, len);
    }

    fn release(&mut self) {
        if self.bytes.len() < BUFFER_LEN || self.end - self.start > SMALL_REST {
            return;
        }
        // The buffer goes back as what is replaced here is dropped.
        *self = Self::holding(self.filled());
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}

impl Drop for ReadBuffer {
    fn drop(&mut self) {
        give(std::mem::take(&mut self.bytes));
    }
}

fn lend() -> Vec<u8> {
    // While the thread ends its buffer is gone already.
    let kept = KEPT.try_with(Cell::take).unwrap_or_default();
    if kept.is_empty() {
        return vec![0; BUFFER_LEN];
    }
    kept
}

fn give(buffer: Vec<u8>) {
    if buffer.len() == BUFFER_LEN {
        let _ = KEPT.try_with(|kept| kept.set(buffer));
    }
}
