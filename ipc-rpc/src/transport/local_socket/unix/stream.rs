//! A connected socket: how it is made and how it is used.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};

use rustix::net::sockopt::set_socket_send_buffer_size;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
};

pub(super) use at_once::connect;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use at_once::connect_now;

use super::Stream;
use crate::{
    clock::Timekeeper,
    transport::{
        half::Receive,
        local_socket::socket::{ReadHalf, WriteHalf},
    },
};

/// Takes a stream over that was accepted without the runtime.
pub(super) fn adopt(stream: std::os::unix::net::UnixStream) -> Option<Stream> {
    stream.set_nonblocking(true).ok()?;
    UnixStream::from_std(stream).ok().map(Stream::from)
}

/// What Linux can do at once, for which other systems have to wait.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod at_once {
    use std::{
        io::{self, IoSlice},
        os::{fd::OwnedFd, unix::ffi::OsStrExt},
        path::Path,
    };

    use rustix::{
        io::Errno,
        net::{
            AddressFamily, RecvFlags, SendAncillaryBuffer, SendFlags, SocketAddrUnix, SocketFlags,
            SocketType, connect as connect_socket, recv, send, sendmsg, socket_with,
        },
    };
    use tokio::net::UnixStream;

    /// Tries once. An abstract name starts with a NUL.
    ///
    /// A Unix socket is connected at once or never: no need to have the runtime wait for it.
    pub(in super::super) async fn connect(path: &Path) -> io::Result<UnixStream> {
        UnixStream::from_std(connect_now(path)?.into())
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

    /// Asks the system for what has arrived. `None`: there is nothing.
    pub(super) fn read(stream: &UnixStream, buf: &mut [u8]) -> Option<io::Result<usize>> {
        match recv(stream, buf, RecvFlags::DONTWAIT) {
            Ok((count, _)) => Some(Ok(count)),
            Err(Errno::AGAIN | Errno::INTR) => None,
            Err(error) => Some(Err(error.into())),
        }
    }

    /// Asks the system, which nearly always takes what is written; the runtime is asked only to wait. `None`: there
    /// is no room.
    ///
    /// Signals are off on each write, since not every process that this runs in ignores `SIGPIPE`.
    pub(super) fn write(stream: &UnixStream, slices: &[IoSlice<'_>]) -> Option<io::Result<usize>> {
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        let sent = match slices {
            [slice] => send(stream, slice, flags),
            _ => sendmsg(stream, slices, &mut SendAncillaryBuffer::default(), flags),
        };
        match sent {
            Ok(count) => Some(Ok(count)),
            Err(Errno::AGAIN | Errno::INTR) => None,
            Err(error) => Some(Err(error.into())),
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod at_once {
    use std::{
        io::{self, IoSlice},
        path::Path,
    };

    use tokio::net::UnixStream;

    pub(in super::super) async fn connect(path: &Path) -> io::Result<UnixStream> {
        UnixStream::connect(path).await
    }

    pub(super) fn read(_: &UnixStream, _: &mut [u8]) -> Option<io::Result<usize>> {
        None
    }

    pub(super) fn write(_: &UnixStream, _: &[IoSlice<'_>]) -> Option<io::Result<usize>> {
        None
    }
}

pub(in crate::transport::local_socket) fn split(stream: Stream) -> (ReadHalf, WriteHalf) {
    let (read, half) = UnixStream::from(stream).into_split();
    let write = SocketWriter {
        half: Some(half),
        is_enlarged: false,
    };
    (Box::new(SocketReader(read)), Box::new(write))
}

struct SocketWriter {
    /// `None`: it is being dropped.
    half: Option<OwnedWriteHalf>,
    /// Whether its buffer was made large, as it is when there is something large to be sent.
    is_enlarged: bool,
}

impl SocketWriter {
    fn half(&mut self) -> io::Result<&mut OwnedWriteHalf> {
        let half = self.half.as_mut();
        half.ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// The half, ready for these bytes.
    fn half_for(&mut self, slices: &[IoSlice<'_>]) -> io::Result<&mut OwnedWriteHalf> {
        let is_small = self.is_enlarged
            || slices.iter().map(|slice| slice.len()).sum::<usize>() <= LARGE_WRITE;
        self.is_enlarged |= !is_small;
        let half = self.half()?;
        if !is_small {
            // What a process may have is the administrator's to say, and a smaller buffer is only slower.
            let _ = set_socket_send_buffer_size(half.as_ref(), SEND_BUFFER);
        }
        Ok(half)
    }
}

impl Drop for SocketWriter {
    /// Without a word to the system: a writer is dropped with its reader, which closes the socket, or once a write has
    /// failed. Whoever wants the peer to see an end before that shuts it down.
    fn drop(&mut self) {
        if let Some(half) = self.half.take() {
            half.forget();
        }
    }
}

impl AsyncWrite for SocketWriter {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let slices = [IoSlice::new(bytes)];
        let half = self.half_for(&slices)?;
        match at_once::write(half.as_ref(), &slices) {
            Some(written) => Poll::Ready(written),
            None => Pin::new(half).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let half = self.half_for(slices)?;
        match at_once::write(half.as_ref(), slices) {
            Some(written) => Poll::Ready(written),
            None => Pin::new(half).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.half()?).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.half()?).poll_shutdown(cx)
    }
}

struct SocketReader(OwnedReadHalf);

impl AsyncRead for SocketReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Receive for SocketReader {
    fn read_now(&mut self, buf: &mut [u8]) -> Option<io::Result<usize>> {
        at_once::read(self.0.as_ref(), buf)
    }

    fn timekeeper(&self) -> Timekeeper {
        Timekeeper::System
    }

    // Linux hands out what has arrived before it tells of the reset. Other systems promise nothing.
    fn keeps_last_words(&self) -> bool {
        cfg!(any(target_os = "linux", target_os = "android"))
    }
}

/// A write of more than this wants a large buffer.
const LARGE_WRITE: usize = 32 * 1024;

/// Bytes that a socket takes before its writer waits. Linux lets everybody have as many, and doubles it for its own
/// needs: with its default of half as much a message of a megabyte takes twice as long, for the two sides wait for
/// each other more often.
const SEND_BUFFER: usize = 212_992;
