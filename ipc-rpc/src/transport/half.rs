//! The two halves of a transport.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::BufMut;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::io::poll_read_buf;

use crate::clock::Timekeeper;

/// The reading half of a transport.
pub(crate) type Reader = Box<dyn Receive>;
/// The writing half of a transport.
pub(crate) type Writer = Box<dyn AsyncWrite + Send + Unpin>;

/// What a connection reads from.
pub(crate) trait Receive: AsyncRead + Send + Unpin {
    /// By whose clock waits for the peer end.
    fn timekeeper(&self) -> Timekeeper;

    /// Whether the peer gets everything that was written, also when both halves are dropped with bytes of the peer
    /// in them that nobody has read.
    fn keeps_last_words(&self) -> bool;

    /// Reads without a word from the runtime, which learns only between tasks what has arrived. `None`: there is nothing, or
    /// no way to find that out but to [poll](AsyncRead::poll_read).
    fn read_now(&mut self, buf: &mut [u8]) -> Option<io::Result<usize>> {
        let _ = buf;
        None
    }

    /// Reads at most `most` bytes to the end of `buf`. Memory that it has for no more than that is not filled before.
    fn poll_append(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut Vec<u8>,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        poll_read_buf(Pin::new(self), cx, &mut buf.limit(most))
    }

    /// From now on what was written is kept for the peer until it has read it, also when both halves are dropped. Where a
    /// system does not throw it away with them, there is nothing to do.
    fn keep_written(&mut self) {}

    /// Whether this process is woken when the peer reads, too, as far as the transport can tell. Not, to begin with.
    ///
    /// That is a head start for the answer where the peer has a core of its own: the thread that waits for the sockets is awake
    /// when it comes, and a call took 17 µs that takes 26 without. Where there is other work, or one core for both, it is a
    /// wake-up for nothing.
    fn wake_early(&mut self, early: bool) {
        let _ = early;
    }
}

/// The reading half of any stream of bytes.
pub(crate) fn plain(reader: impl AsyncRead + Send + Unpin + 'static) -> Reader {
    Box::new(Plain(reader))
}

struct Plain<R>(R);

impl<R: AsyncRead + Unpin> AsyncRead for Plain<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<R: AsyncRead + Send + Unpin> Receive for Plain<R> {
    fn timekeeper(&self) -> Timekeeper {
        Timekeeper::Runtime
    }

    fn keeps_last_words(&self) -> bool {
        false
    }
}
