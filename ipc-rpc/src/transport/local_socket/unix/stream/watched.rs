//! Sockets of Linux, which are asked without a word from the runtime. It tells when there may be something.
//!
//! As a rule it is to tell of what has arrived only, and not of room to write, which is hardly ever missing. The kernel would
//! wake this process whenever the peer has taken something off it, as often as for what arrives, and where both processes
//! share a core each of these takes the core from the peer: one call at a time took 14.4 µs and takes 12.0, a connection with
//! one call 81 µs and 75; 8 calls in flight took 4.8 µs of processors' time each and take 3.9. The socket is watched for room
//! while that is missing and a while longer; and where a peer has a core of its own, to be woken with the peer's reading is [a
//! head start](crate::transport::half::Receive::wake_early).

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use interprocess::local_socket::PeerCreds;
use interprocess::local_socket::traits::StreamCommon;
use interprocess::os::unix::uds_local_socket as uds;
use rustix::buffer::spare_capacity;
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags, recv, send, sendmsg};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::runtime::Handle;

use crate::wake::wake;

/// How often this side finds nothing more to read, behind a write that found no room and got through, until room is not watched for
/// any more. To ask again when nothing was read or written since does not count: that is done many times in a row, for as long
/// as it is no use to sleep.
pub(super) const POLLS_BEHIND_BLOCK: u8 = 64;

/// Pieces that the system takes at once (`IOV_MAX`).
const MAX_PIECES: usize = 1024;

/// A connected socket that the runtime watches.
#[derive(Debug)]
pub(super) struct Watched {
    socket: Arc<Socket>,
    /// Where it is registered.
    runtime: Handle,
    watch: Mutex<Watch>,
    /// Whether something was read or written since a poll last found nothing more to read.
    has_moved: AtomicBool,
}

#[derive(Debug)]
pub(super) struct Socket(uds::Stream);

impl Socket {
    pub(super) fn peer_creds(&self) -> io::Result<PeerCreds> {
        self.0.peer_creds()
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

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
    /// Polls that find nothing more to read, until room is of no interest any more.
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

/// Returns what was there before, to be dropped where no lock is held.
fn note(place: &mut Option<Waker>, waker: &Waker) -> Option<Waker> {
    match place {
        Some(known) if known.will_wake(waker) => None,
        _ => place.replace(waker.clone()),
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

/// Asks for what has arrived. `None`: there is nothing.
pub(super) fn receive(socket: &Socket, buf: &mut [u8]) -> Option<io::Result<usize>> {
    told(retry_on_intr(|| {
        recv(socket, &mut *buf, RecvFlags::DONTWAIT)
    }))
}

/// The same to the end of `buf`, for as long as it need not grow.
pub(super) fn receive_behind(socket: &Socket, buf: &mut Vec<u8>) -> Option<io::Result<usize>> {
    told(retry_on_intr(|| {
        recv(socket, spare_capacity(buf), RecvFlags::DONTWAIT)
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
pub(super) fn transmit(socket: &Socket, slices: &[IoSlice<'_>]) -> Option<io::Result<usize>> {
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    let sent = retry_on_intr(|| match slices {
        [slice] => send(socket, slice, flags),
        _ => sendmsg(
            socket,
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
    /// Has the runtime that this runs in watch a stream that does not block. `is_fresh`: it is worth a look before the runtime
    /// tells.
    pub(super) fn new(stream: OwnedFd, is_fresh: bool) -> io::Result<Self> {
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
        Ok(Self {
            socket,
            runtime,
            watch: Mutex::new(watch),
            has_moved: AtomicBool::new(false),
        })
    }

    /// Something was read or written.
    pub(super) fn note_moved(&self) {
        // It orders nothing: what is missed is counted the next time.
        self.has_moved.store(true, Ordering::Relaxed);
    }

    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// See [`wake_early`](crate::transport::half::Receive::wake_early): from the next read on.
    pub(super) fn wake_early(&self, early: bool) {
        self.lock().wakes_early = early;
    }

    #[cfg(test)]
    pub(super) fn is_for_room(&self) -> bool {
        self.lock().for_room
    }

    fn lock(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the socket registered for what is of interest now. Who waits in the `other` direction is woken behind the lock, since
    /// nobody tells them by the registration that was: also if that is the very task that asks, which has looked there before.
    fn settle<'a>(
        &'a self,
        mut watch: MutexGuard<'a, Watch>,
        other: fn(&mut Watch) -> &mut Option<Waker>,
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
            // Whoever waits and finds that it failed tries it anew.
            if let Some(waiting) = other(&mut watch).clone() {
                drop(watch);
                wake(waiting);
                watch = self.lock();
            }
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Ok(watch)
    }

    /// Has `receive` receive at most `len` bytes, when there may be some.
    pub(super) fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        len: usize,
        mut receive: impl FnMut(&Socket) -> Option<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let mut watch = self.settle(self.lock(), |watch| &mut watch.writer)?;
        if std::mem::take(&mut watch.is_fresh)
            && let Some(received) = receive(&self.socket)
        {
            self.note_moved();
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
                self.note_moved();
                return Poll::Ready(received);
            }
        }
        if self.has_moved.swap(false, Ordering::Relaxed) {
            watch.polls_behind_block = watch.polls_behind_block.saturating_sub(1);
        }
        let before = note(&mut watch.reader, cx.waker());
        drop(watch);
        drop(before);
        Poll::Pending
    }

    /// Waits for room and writes.
    pub(super) fn poll_transmit(
        &self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // Dropped behind the lock, as what is declared first is.
        let _before;
        let mut watch = self.lock();
        _before = note(&mut watch.writer, cx.waker());
        let watch = self.settle(watch, |watch| &mut watch.reader)?;
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

    /// The write that waited got through, or is waited for no more.
    pub(super) fn note_room(&self) {
        let mut watch = self.lock();
        watch.polls_behind_block = POLLS_BEHIND_BLOCK;
        let waiter = watch.writer.take();
        drop(watch);
        drop(waiter);
    }
}
