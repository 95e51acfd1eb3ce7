//! Sockets as the runtime has them.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener as StdListener, UnixStream as StdStream};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use interprocess::local_socket::PeerCreds;
use interprocess::local_socket::traits::StreamCommon;
use interprocess::os::unix::uds_local_socket::tokio as uds;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};

use super::SendBuffer;
use crate::clock::Timekeeper;
use crate::transport::half::Receive;
use crate::transport::local_socket::socket::{ReadHalf, WriteHalf};

#[derive(Debug)]
pub(in crate::transport::local_socket) struct Stream(uds::Stream);

impl Stream {
    /// `stream` does not block.
    pub(super) fn register(stream: StdStream) -> io::Result<Self> {
        Ok(Self(UnixStream::from_std(stream)?.into()))
    }

    pub(in super::super) fn peer_creds(&self) -> io::Result<PeerCreds> {
        self.0.peer_creds()
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Tries once.
pub(in super::super) async fn connect(path: &Path) -> io::Result<Stream> {
    Ok(Stream(UnixStream::connect(path).await?.into()))
}

/// A listening socket that the runtime watches.
#[derive(Debug)]
pub(in super::super) struct Listening(UnixListener);

impl Listening {
    /// `listener` does not block. It is returned if the runtime does not take it, as far as that has left it open.
    pub(in super::super) fn new(
        listener: StdListener,
    ) -> Result<Self, (Option<StdListener>, io::Error)> {
        UnixListener::from_std(listener)
            .map(Self)
            .map_err(|error| (None, error))
    }

    pub(in super::super) async fn accept(&self) -> io::Result<Stream> {
        let (stream, _) = self.0.accept().await?;
        Ok(Stream(stream.into()))
    }

    /// Asks the system, whatever the runtime has heard of it. `None`: somebody was there whom the runtime does not take.
    pub(in super::super) fn accept_now(&self) -> io::Result<Option<Stream>> {
        let listener = StdListener::from(self.0.as_fd().try_clone_to_owned()?);
        Ok(Stream::try_from(listener.accept()?.0).ok())
    }
}

impl AsFd for Listening {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

pub(in crate::transport::local_socket) fn split(stream: Stream) -> (ReadHalf, WriteHalf) {
    let (read, half) = UnixStream::from(stream.0).into_split();
    let write = SocketWriter {
        half: Some(half),
        buffer: SendBuffer::default(),
    };
    (Box::new(SocketReader(read)), Box::new(write))
}

struct SocketWriter {
    /// `None`: it is being dropped.
    half: Option<OwnedWriteHalf>,
    buffer: SendBuffer,
}

impl SocketWriter {
    fn half(&mut self) -> io::Result<&mut OwnedWriteHalf> {
        let half = self.half.as_mut();
        half.ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Drop for SocketWriter {
    /// Without a word to the system. Whoever wants the peer to see an end before the reader is dropped, too, shuts it down.
    fn drop(&mut self) {
        if let Some(half) = self.half.take() {
            half.forget();
        }
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
        let Self { half, buffer } = &mut *self;
        let Some(half) = half else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        buffer.prepare_for(slices, half.as_ref());
        Pin::new(half).poll_write_vectored(cx, slices)
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
    fn timekeeper(&self) -> Timekeeper {
        Timekeeper::System
    }

    // No system promises it but Linux.
    fn keeps_last_words(&self) -> bool {
        false
    }
}
