//! Sockets of Linux, which are asked without a word from the runtime.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{UnixListener as StdListener, UnixStream as StdStream};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use interprocess::local_socket::PeerCreds;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, Shutdown, SocketAddrUnix, SocketFlags, SocketType, accept_with,
    connect as connect_socket, shutdown, socket_with,
};
use tokio::io::unix::{AsyncFd, AsyncFdRegisterError};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};

use super::SendBuffer;
use super::watched::{Watched, receive, receive_behind, transmit};
use crate::clock::Timekeeper;
use crate::transport::half::Receive;
use crate::transport::local_socket::socket::{ReadHalf, WriteHalf};

/// Bytes of a read into memory that may have to be filled before.
const MAX_FILLED: usize = 64 * 1024;

/// A listening socket that the runtime watches.
#[derive(Debug)]
pub(in super::super) struct Listening(AsyncFd<StdListener>);

#[expect(
    deprecated,
    reason = "an owned descriptor is open until it is dropped, which is all that the newer function asks for in an unsafe block"
)]
impl Listening {
    /// `listener` does not block. It is returned if the runtime does not take it.
    pub(in super::super) fn new(listener: StdListener) -> Result<Self, (StdListener, io::Error)> {
        let registered = AsyncFd::try_with_interest(listener, Interest::READABLE);
        registered
            .map(Self)
            .map_err(AsyncFdRegisterError::into_parts)
    }

    pub(in super::super) async fn accept(&self) -> io::Result<Stream> {
        let accepted = self.0.async_io(Interest::READABLE, accept);
        Stream::new(accepted.await?, true)
    }

    /// Asks the system, whatever the runtime has heard of it. `None`: somebody was there whom the runtime does not take.
    pub(in super::super) fn accept_now(&self) -> io::Result<Option<Stream>> {
        let accepted = accept(self.0.get_ref())?;
        Ok(Stream::new(accepted, true).ok())
    }
}

impl AsFd for Listening {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.get_ref().as_fd()
    }
}

fn accept(listener: &StdListener) -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(accept_with(listener, flags)?)
}

/// A connected socket that the runtime watches.
#[derive(Debug)]
pub(in crate::transport::local_socket) struct Stream(Arc<Watched>);

impl Stream {
    /// `stream` does not block.
    pub(super) fn register(stream: StdStream) -> io::Result<Self> {
        Self::new(stream.into(), false)
    }

    fn new(stream: OwnedFd, is_fresh: bool) -> io::Result<Self> {
        Watched::new(stream, is_fresh).map(Arc::new).map(Self)
    }

    pub(in super::super) fn peer_creds(&self) -> io::Result<PeerCreds> {
        self.0.socket().peer_creds()
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.socket().as_fd()
    }
}

/// Tries once. An abstract name starts with a NUL.
///
/// A Unix socket is connected at once or never: no need to have the runtime wait for it.
pub(in super::super) async fn connect(path: &Path) -> io::Result<Stream> {
    Stream::new(connect_now(path)?, false)
}

/// The same without a runtime.
pub(in super::super) fn connect_now(path: &Path) -> io::Result<OwnedFd> {
    let address = match path.as_os_str().as_bytes() {
        [0, name @ ..] => SocketAddrUnix::new_abstract_name(name)?,
        _ => SocketAddrUnix::new(path)?,
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    connect_socket(&socket, &address)?;
    Ok(socket)
}

pub(in crate::transport::local_socket) fn split(stream: Stream) -> (ReadHalf, WriteHalf) {
    let write = SocketWriter {
        watched: Arc::clone(&stream.0),
        buffer: SendBuffer::default(),
        waits: false,
    };
    (Box::new(SocketReader(stream.0)), Box::new(write))
}

struct SocketReader(Arc<Watched>);

impl AsyncRead for SocketReader {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let len = buf.remaining().min(MAX_FILLED);
        let received = self.0.poll_receive(cx, len, |socket| {
            receive(socket, buf.initialize_unfilled_to(len))
        });
        received.map_ok(|count| buf.advance(count))
    }
}

impl Receive for SocketReader {
    fn read_now(&mut self, buf: &mut [u8]) -> Option<io::Result<usize>> {
        let received = receive(self.0.socket(), buf)?;
        self.0.note_moved();
        Some(received)
    }

    fn poll_append(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut Vec<u8>,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        let len = buf.len();
        let room = buf.capacity() - len;
        if (1..=most).contains(&room) {
            return self
                .0
                .poll_receive(cx, room, |socket| receive_behind(socket, buf));
        }
        // The system is not to know of all that room, for what is behind belongs to somebody else.
        let most = most.min(MAX_FILLED);
        self.0.poll_receive(cx, most, |socket| {
            buf.resize(len + most, 0);
            let received = receive(socket, &mut buf[len..]);
            let count = match &received {
                Some(Ok(count)) => *count,
                Some(Err(_)) | None => 0,
            };
            buf.truncate(len + count);
            received
        })
    }

    fn wake_early(&mut self, early: bool) {
        self.0.wake_early(early);
    }

    fn timekeeper(&self) -> Timekeeper {
        Timekeeper::System
    }

    // What has arrived is handed out before the reset is told of.
    fn keeps_last_words(&self) -> bool {
        true
    }
}

/// Dropped, it says nothing to the system. Whoever wants the peer to see an end before the reader is dropped, too, shuts it down.
struct SocketWriter {
    watched: Arc<Watched>,
    buffer: SendBuffer,
    /// Whether the last write found no room.
    waits: bool,
}

impl SocketWriter {
    fn waits_no_more(&mut self) {
        if std::mem::take(&mut self.waits) {
            self.watched.note_room();
        }
    }
}

impl Drop for SocketWriter {
    fn drop(&mut self) {
        self.waits_no_more();
    }
}

impl AsyncWrite for SocketWriter {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Self {
            watched,
            buffer,
            waits,
        } = &mut *self;
        buffer.prepare_for(slices, watched.socket());
        // The system nearly always takes what is written; the runtime is asked only to wait.
        let sent = match transmit(watched.socket(), slices) {
            Some(sent) => Poll::Ready(sent),
            None => {
                *waits = true;
                watched.poll_transmit(cx, slices)
            }
        };
        if sent.is_ready() {
            watched.note_moved();
            self.waits_no_more();
        }
        sent
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.waits_no_more();
        match shutdown(self.watched.socket(), Shutdown::Write) {
            // The peer has gone first.
            Err(Errno::NOTCONN) | Ok(()) => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(Err(error.into())),
        }
    }
}

#[cfg(test)]
#[path = "linux_tests.rs"]
mod tests;
