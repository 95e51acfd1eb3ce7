//! Sockets of Linux, which are asked without a word from the runtime. It tells when there may be something.
//!
//! As a rule it is to tell of what has arrived only, and not of room to write, which is hardly ever missing. The kernel would
//! wake this process whenever the peer has taken something off it, as often as for what arrives, and where both processes
//! share a core each of these takes the core from the peer: one call at a time took 14.4 µs and takes 12.0, a connection with
//! one call 81 µs and 75; 8 calls in flight took 4.8 µs of processors' time each and take 3.9. The socket is watched for room
//! while that is missing and a while longer; and where a peer has a core of its own, to be woken with the peer's reading is [a
//! head start](Receive::wake_early).

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
use tokio::io::unix::{AsyncFd, AsyncFdRegisterError};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::runtime::Handle;

use super::SendBuffer;
use crate::clock::Timekeeper;
use crate::transport::half::Receive;
use crate::transport::local_socket::socket::{ReadHalf, WriteHalf};

/// How often this side finds nothing to read, behind a write that found no room and got through, until room is not watched for
/// any more.
const POLLS_BEHIND_BLOCK: u8 = 64;

/// Bytes of a read into memory that may have to be filled before.
const MAX_FILLED: usize = 64 * 1024;

/// Pieces that the system takes at once (`IOV_MAX`).
const MAX_PIECES: usize = 1024;

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
    /// Polls that find nothing to read, until room is of no interest any more.
    polls_behind_block: u8,
    /// Whether something may be there that the runtime has not told of yet.
    is_fresh: bool,
    /// Who has last found nothing to read. Not told by the runtime when the socket is registered anew.
    reader: Option<Waker>,
    /// Who waits for room, for as long as that is so.
    writer: Option<Waker>,
}

impl Watch {
    /// A write that waits counts by itself: however often its peer reads meanwhile, nobody else would tell it.
    const fn wants_room(&self) -> bool {
        self.wakes_early || self.writer.is_some() || self.polls_behind_block > 0
    }

    const fn is_settled(&self) -> bool {
        self.registered.is_some() && self.for_room == self.wants_room()
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

impl TryFrom<StdStream> for Stream {
    type Error = io::Error;

    /// Takes a stream over that was made without the runtime.
    fn try_from(stream: StdStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Self::new(stream.into(), false)
    }
}

impl Stream {
    /// `is_fresh`: it is worth a look before the runtime tells.
    fn new(stream: OwnedFd, is_fresh: bool) -> io::Result<Self> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let socket = Arc::new(Socket(stream.into()));
        let watch = Watch {
            registered: Some(register(&socket, false)?),
            for_room: false,
            wakes_early: false,
            polls_behind_block: 0,
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

pub(in crate::transport::local_socket) fn split(stream: Stream) -> (ReadHalf, WriteHalf) {
    let write = SocketWriter {
        watched: Arc::clone(&stream.0),
        buffer: SendBuffer::default(),
        waits: false,
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
            &slices[..slices.len().min(MAX_PIECES)],
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

    /// Has the socket registered for what is of interest now. Who waits is woken behind the lock, since nobody tells them by the
    /// registration that was; `waker` is of who asks, and needs no wake-up.
    fn settle<'a>(
        &'a self,
        mut watch: MutexGuard<'a, Watch>,
        waker: &Waker,
    ) -> io::Result<MutexGuard<'a, Watch>> {
        // Again when the lock was free meanwhile: what is polled is to be what was looked at.
        while !watch.is_settled() {
            let for_room = watch.wants_room();
            // The kernel takes a socket once only.
            watch.registered = None;
            let registered = {
                let _runtime = self.runtime.enter();
                register(&self.socket, for_room)
            };
            let failed = registered
                .map(|registered| watch.registered = Some(registered))
                .err();
            watch.for_room = for_room;
            let waiting = [&watch.reader, &watch.writer].map(|waiting| {
                let other = waiting.as_ref().filter(|known| !known.will_wake(waker));
                other.cloned()
            });
            if waiting.iter().any(Option::is_some) {
                drop(watch);
                // Those that find it failed try it themselves.
                waiting.into_iter().flatten().for_each(Waker::wake);
                watch = self.lock();
            }
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Ok(watch)
    }

    /// Has `receive` receive at most `len` bytes, when there may be some.
    fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        len: usize,
        mut receive: impl FnMut(&Socket) -> Option<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let mut watch = self.settle(self.lock(), cx.waker())?;
        if std::mem::take(&mut watch.is_fresh)
            && let Some(received) = receive(&self.socket)
        {
            return Poll::Ready(received);
        }
        // It is there once settled.
        let registered = watch.registered.as_ref();
        let registered = registered.ok_or(io::ErrorKind::NotConnected)?;
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
        watch.polls_behind_block = watch.polls_behind_block.saturating_sub(1);
        note(&mut watch.reader, cx.waker());
        Poll::Pending
    }

    /// Waits for room and writes.
    fn poll_transmit(
        &self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut watch = self.lock();
        note(&mut watch.writer, cx.waker());
        let watch = self.settle(watch, cx.waker())?;
        let registered = watch.registered.as_ref();
        let registered = registered.ok_or(io::ErrorKind::NotConnected)?;
        while let Poll::Ready(ready) = registered.poll_write_ready(cx) {
            let mut ready = ready?;
            match transmit(&self.socket, slices) {
                Some(sent) => return Poll::Ready(sent),
                None => ready.clear_ready(),
            }
        }
        Poll::Pending
    }

    /// The write that waited got through.
    fn note_room(&self) {
        let mut watch = self.lock();
        watch.polls_behind_block = POLLS_BEHIND_BLOCK;
        let waiter = watch.writer.take();
        drop(watch);
        drop(waiter);
    }
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

/// Dropped, it says nothing to the system. Whoever wants the peer to see an end before the reader is dropped, too, shuts it down.
struct SocketWriter {
    watched: Arc<Watched>,
    buffer: SendBuffer,
    /// Whether the last write found no room.
    waits: bool,
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
        buffer.prepare_for(slices, &watched.socket.0);
        // The system nearly always takes what is written; the runtime is asked only to wait.
        let sent = match transmit(&watched.socket, slices) {
            Some(sent) => Poll::Ready(sent),
            None => {
                *waits = true;
                watched.poll_transmit(cx, slices)
            }
        };
        if sent.is_ready() && std::mem::take(waits) {
            watched.note_room();
        }
        sent
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
