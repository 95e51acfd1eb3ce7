//! A connection that is nothing but bytes.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::codec::Framed;

use crate::auth::Session;
use crate::identity::PeerIdentity;
use crate::transport::{Io, Reader, Writer};
use crate::wire::ConnectionId;

/// One end of a connection between two processes: bytes both ways, and who is at the other end.
///
/// Both ends are alike. What arrived together with the handshake is read first.
///
/// Nothing is kept back here: what a write has taken is the system's, and flushing has nothing to do. Dropping an end
/// ends both directions; the other side reads what was written before that, and then the end of the stream. To go on
/// reading, [`shut down`](tokio::io::AsyncWriteExt::shutdown) instead: that ends this side's direction only.
///
/// # Platform notes
///
/// On Linux the other side gets what was written also if this one drops its end with bytes of the other in it that it
/// has not read. Elsewhere that may cut off what was written last: read to the end before dropping.
///
/// ## Windows
///
/// A pipe cannot be ended in one direction: shutting down does nothing, and the other side reads the end when this one
/// drops its end.
pub struct Stream {
    read: ReadHalf,
    write: WriteHalf,
}

/// Who is at the other end, and what was granted to it.
pub(super) struct Facts {
    pub(super) id: ConnectionId,
    pub(super) peer: PeerIdentity,
    pub(super) session: Session,
    /// A place at the listener that made the stream, taken until both halves are gone.
    pub(super) _place: Option<OwnedSemaphorePermit>,
}

impl Stream {
    pub(super) fn new(
        (mut reader, writer): (Reader, Writer),
        read_ahead: Bytes,
        facts: Facts,
    ) -> Self {
        // Nothing but the end of the stream tells that all was read.
        reader.keep_written();
        let facts = Arc::new(facts);
        Self {
            read: ReadHalf {
                reader,
                read_ahead,
                _facts: Arc::clone(&facts),
            },
            write: WriteHalf { writer, facts },
        }
    }

    /// The connection, as the listener names it: the same number at both ends.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.write.facts.id
    }

    /// What the kernel says of the process at the other end.
    #[must_use]
    pub fn peer_identity(&self) -> &PeerIdentity {
        &self.write.facts.peer
    }

    /// What the listener's authenticator granted to the client, if it is a `T`. `None` at the client's end, and if it is
    /// of another type: without an authenticator it is `()`.
    #[must_use]
    pub fn session<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        Arc::clone(&self.write.facts.session).downcast().ok()
    }

    /// Frames over the stream, a `Stream` and a `Sink`, by a codec of your choice; see [the module](super).
    #[must_use]
    pub fn into_framed<C>(self, codec: C) -> Framed<Self, C> {
        Framed::new(self, codec)
    }

    /// Two halves, of which neither waits for what the other waits for.
    ///
    /// # Platform notes
    ///
    /// On Unix, dropping the write half lets the peer read to the end. A pipe ends with the second half.
    #[must_use]
    pub fn into_split(self) -> (ReadHalf, WriteHalf) {
        (self.read, self.write)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("id", &self.id())
            .field("peer", self.peer_identity())
            .finish_non_exhaustive()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.read).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.write).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.write).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.write.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.write).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.write).poll_shutdown(cx)
    }
}

/// The half of a [`Stream`] that is read.
pub struct ReadHalf {
    reader: Reader,
    /// What arrived with the handshake.
    read_ahead: Bytes,
    _facts: Arc<Facts>,
}

impl AsyncRead for ReadHalf {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read_ahead.is_empty() {
            return Pin::new(&mut self.reader).poll_read(cx, buf);
        }
        let count = self.read_ahead.len().min(buf.remaining());
        buf.put_slice(&self.read_ahead[..count]);
        self.read_ahead.advance(count);
        if self.read_ahead.is_empty() {
            // Its memory goes, too.
            self.read_ahead = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for ReadHalf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadHalf")
            .field("read_ahead", &self.read_ahead.len())
            .finish_non_exhaustive()
    }
}

/// The half of a [`Stream`] that is written.
pub struct WriteHalf {
    writer: Writer,
    facts: Arc<Facts>,
}

impl Drop for WriteHalf {
    fn drop(&mut self) {
        // Of a pipe this would be the end of both directions.
        if cfg!(unix) {
            // Done at once or not at all. A stream that has ended already has no use for it.
            let mut cx = Context::from_waker(Waker::noop());
            let _ = Pin::new(&mut self.writer).poll_shutdown(&mut cx);
        }
    }
}

impl AsyncWrite for WriteHalf {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.writer).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.writer).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.writer.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writer).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writer).poll_shutdown(cx)
    }
}

impl fmt::Debug for WriteHalf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteHalf").finish_non_exhaustive()
    }
}

/// Both halves, and who is at the other end.
pub(super) fn halves(io: Io) -> ((Reader, Writer), PeerIdentity) {
    let Io {
        reader,
        writer,
        peer,
    } = io;
    ((reader, writer), peer)
}
