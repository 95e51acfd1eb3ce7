//! Sockets of Linux, which are asked without a word from the runtime. It tells when there may be something.
//!
//! As a rule it is to tell of what has arrived only, and not of room to write, which is hardly ever missing. The kernel would
//! wake this process whenever the peer has taken something off it, as often as for what arrives, and where both processes
//! share a core each of these takes the core from the peer: one call at a time took 14.4 µs and takes 12.0, a connection with
//! one call 81 µs and 75; 8 calls in flight took 4.8 µs of processors' time each and take 3.9. The socket is watched for room
//! while that is missing; and where a peer has a core of its own, to be woken with the peer's reading is [a head
//! start](Receive::wake_early).

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{UnixListener as StdListener, UnixStream as StdStream};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use interprocess::local_socket::PeerCreds;
use interprocess::local_socket::traits::StreamCommon;
use interprocess::os::unix::uds_local_socket as uds;
use rustix::buffer::spare_capacity;
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendFlags, Shutdown, SocketAddrUnix,
    SocketFlags, SocketType, accept_with, connect as connect_socket, recv, send, sendmsg, shutdown,
    socket_with,
};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::runtime::Handle;

use super::SendBuffer;
use crate::clock::Timekeeper;
use crate::transport::half::Receive;
use crate::transport::local_socket::socket::{ReadHalf, WriteHalf};

/// Waits for something to read behind a write that found no room, until which room is watched for.
const WAITS_BEHIND_BLOCK: u8 = 64;

/// A connected socket that the runtime watches.
#[derive(Debug)]
pub(in crate::transport::local_socket) struct Stream(Arc<Watched>);

#[derive(Debug)]
struct Watched {
    socket: Arc<Socket>,
    /// Where it is registered.
    runtime: Handle,
    watch: Mutex<Watch>,
}

#[derive(Debug)]
struct Socket(uds::Stream);

impl AsRawFd for Socket {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

/// What the runtime is to tell, and whom.
#[derive(Debug)]
struct Watch {
    /// `None`: registering it has failed, and is tried again.
    registered: Option<AsyncFd<Arc<Socket>>>,
    /// Whether it is registered for room as well.
    for_room: bool,
    wakes_early: bool,
    /// Waits until room is of no interest any more.
    waits_behind_block: u8,
    /// Whether something may be there that the runtime has not told of yet.
    is_fresh: bool,
    /// Who waits to be told, and is not told when the socket is registered anew.
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Watch {
    const fn wants_room(&self) -> bool {
        self.wakes_early || self.waits_behind_block > 0
    }

    /// Notes who waits for something to read.
    fn reader_waits(&mut self, waker: &Waker) {
        self.waits_behind_block = self.waits_behind_block.saturating_sub(1);
        note(&mut self.reader, waker);
    }
}

fn note(place: &mut Option<Waker>, waker: &Waker) {
    match place {
        Some(known) if known.will_wake(waker) => {}
        _ => *place = Some(waker.clone()),
    }
}

#[expect(
    deprecated,
    reason = "a shared descriptor is open until its last owner is dropped, which is all that the newer function asks for in an unsafe block"
)]
fn register(socket: &Arc<Socket>, for_room: bool) -> io::Result<AsyncFd<Arc<Socket>>> {
    let interest = if for_room {
        Interest::READABLE | Interest::WRITABLE
    } else {
        Interest::READABLE
    };
    AsyncFd::with_interest(Arc::clone(socket), interest)
}

impl Stream {
    pub(super) fn register(stream: StdStream) -> io::Result<Self> {
        Self::new(stream.into(), false)
    }

    /// `is_fresh`: it is worth a look before the runtime tells.
    fn new(stream: OwnedFd, is_fresh: bool) -> io::Result<Self> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let socket = Arc::new(Socket(stream.into()));
        let watch = Watch {
            registered: Some(register(&socket, false)?),
            for_room: false,
            wakes_early: false,
            waits_behind_block: 0,
            is_fresh,
            reader: None,
            writer: None,
        };
        Ok(Self(Arc::new(Watched {
            socket,
            runtime,
            watch: Mutex::new(watch),
        })))
    }

    pub(in super::super) fn peer_creds(&self) -> io::Result<PeerCreds> {
        self.0.socket.0.peer_creds()
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.socket.0.as_fd()
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

/// Takes a client that waits. Most have written something already.
pub(in super::super) fn accept(listener: &StdListener) -> io::Result<Stream> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Stream::new(accept_with(listener, flags)?, true)
}

pub(in crate::transport::local_socket) fn split(stream: Stream) -> (ReadHalf, WriteHalf) {
    let write = SocketWriter {
        watched: Arc::clone(&stream.0),
        buffer: SendBuffer::default(),
    };
    (Box::new(SocketReader(stream.0)), Box::new(write))
}

/// Asks for what has arrived. `None`: there is nothing.
fn receive(socket: &Socket, buf: &mut [u8]) -> Option<io::Result<usize>> {
    told(retry_on_intr(|| {
        recv(&socket.0, &mut *buf, RecvFlags::DONTWAIT)
    }))
}

/// The same to the end of `buf`, for as long as it need not grow.
fn receive_behind(socket: &Socket, buf: &mut Vec<u8>) -> Option<io::Result<usize>> {
    told(retry_on_intr(|| {
        recv(&socket.0, spare_capacity(buf), RecvFlags::DONTWAIT)
    }))
}

fn told<T>(received: rustix::io::Result<(usize, T)>) -> Option<io::Result<usize>> {
    match received {
        Ok((count, _)) => Some(Ok(count)),
        Err(Errno::AGAIN) => None,
        Err(error) => Some(Err(error.into())),
    }
}

/// `None`: there is no room.
///
/// Signals are off on each write, since not every process that this runs in ignores `SIGPIPE`.
fn transmit(socket: &Socket, slices: &[IoSlice<'_>]) -> Option<io::Result<usize>> {
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    let sent = retry_on_intr(|| match slices {
        [slice] => send(&socket.0, slice, flags),
        _ => sendmsg(
            &socket.0,
            slices,
            &mut SendAncillaryBuffer::default(),
            flags,
        ),
    });
    match sent {
        Ok(count) => Some(Ok(count)),
        Err(Errno::AGAIN) => None,
        Err(error) => Some(Err(error.into())),
    }
}

impl Watched {
    fn lock(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers the socket for what is of interest now. Whoever waits is woken, behind the lock, since nobody tells them by
    /// the registration that was.
    fn register_anew<'a>(
        &'a self,
        mut watch: MutexGuard<'a, Watch>,
    ) -> io::Result<MutexGuard<'a, Watch>> {
        let for_room = watch.wants_room();
        // The kernel takes a socket once only.
        watch.registered = None;
        let _runtime = self.runtime.enter();
        watch.registered = Some(register(&self.socket, for_room)?);
        watch.for_room = for_room;
        let waiting = [watch.reader.take(), watch.writer.take()];
        if waiting.iter().all(Option::is_none) {
            return Ok(watch);
        }
        drop(watch);
        waiting.into_iter().flatten().for_each(Waker::wake);
        Ok(self.lock())
    }

    /// Those that are registered as they should be.
    fn settled(&self) -> io::Result<MutexGuard<'_, Watch>> {
        let watch = self.lock();
        if watch.registered.is_some() && watch.for_room == watch.wants_room() {
            return Ok(watch);
        }
        self.register_anew(watch)
    }

    /// Has `receive` receive at most `len` bytes, when there may be some.
    fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        len: usize,
        mut receive: impl FnMut(&Socket) -> Option<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let mut watch = self.settled()?;
        if std::mem::take(&mut watch.is_fresh)
            && let Some(received) = receive(&self.socket)
        {
            return Poll::Ready(received);
        }
        let Some(registered) = &watch.registered else {
            // Somebody else has just failed to register it, and is told.
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        while let Poll::Ready(ready) = registered.poll_read_ready(cx) {
            let mut ready = ready?;
            let received = receive(&self.socket);
            match received {
                Some(Ok(count)) if count == 0 || count == len => {}
                // There was no more: the runtime tells of the next, and the system need not be asked.
                Some(Ok(_)) | None => ready.clear_ready(),
                Some(Err(_)) => {}
            }
            if let Some(received) = received {
                return Poll::Ready(received);
            }
        }
        watch.reader_waits(cx.waker());
        Poll::Pending
    }

    /// The system nearly always takes what is written; the runtime is asked only to wait.
    fn poll_transmit(
        &self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let Some(sent) = transmit(&self.socket, slices) {
            return Poll::Ready(sent);
        }
        self.lock().waits_behind_block = WAITS_BEHIND_BLOCK;
        let mut watch = self.settled()?;
        let Some(registered) = &watch.registered else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        while let Poll::Ready(ready) = registered.poll_write_ready(cx) {
            let mut ready = ready?;
            match transmit(&self.socket, slices) {
                Some(sent) => return Poll::Ready(sent),
                None => ready.clear_ready(),
            }
        }
        note(&mut watch.writer, cx.waker());
        Poll::Pending
    }
}

struct SocketReader(Arc<Watched>);

impl AsyncRead for SocketReader {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buf.initialize_unfilled();
        let received = self
            .0
            .poll_receive(cx, room.len(), |socket| receive(socket, room));
        received.map_ok(|count| buf.advance(count))
    }
}

impl Receive for SocketReader {
    fn read_now(&mut self, buf: &mut [u8]) -> Option<io::Result<usize>> {
        receive(&self.0.socket, buf)
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
        // What is behind belongs to somebody else, so the system is not to know of all that room.
        buf.resize(len + most, 0);
        let received = self
            .0
            .poll_receive(cx, most, |socket| receive(socket, &mut buf[len..]));
        let count = match &received {
            Poll::Ready(Ok(count)) => *count,
            Poll::Ready(Err(_)) | Poll::Pending => 0,
        };
        buf.truncate(len + count);
        received
    }

    fn wake_early(&mut self, early: bool) {
        self.0.lock().wakes_early = early;
    }

    fn timekeeper(&self) -> Timekeeper {
        Timekeeper::System
    }

    // What has arrived is handed out before the reset is told of.
    fn keeps_last_words(&self) -> bool {
        true
    }
}

/// Dropped, it says nothing to the system: that happens with its reader, which closes the socket, or once a write has failed.
/// Whoever wants the peer to see an end before that shuts it down.
struct SocketWriter {
    watched: Arc<Watched>,
    buffer: SendBuffer,
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
        let Self { watched, buffer } = &mut *self;
        buffer.prepare_for(slices, &watched.socket.0);
        watched.poll_transmit(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match shutdown(&self.watched.socket.0, Shutdown::Write) {
            // The peer has gone first.
            Err(Errno::NOTCONN) | Ok(()) => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(Err(error.into())),
        }
    }
}

#[cfg(test)]
#[path = "linux_tests.rs"]
mod tests;
