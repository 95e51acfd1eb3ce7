//! A connected stream and who is at its other end.

use std::{
    io,
    time::{Duration, Instant},
};

use tokio::io::AsyncWrite;

use super::{name::SocketName, os};
use crate::{
    clock::{self, TimedOut, Timekeeper, pause, timeout_at},
    identity::PeerIdentity,
    transport::half::Reader,
};

/// What a socket receives.
pub(crate) type ReadHalf = Reader;

/// What a socket sends. Flushing is not needed: what is written is on its way.
pub(crate) type WriteHalf = Box<dyn AsyncWrite + Send + Sync + Unpin>;

/// A connected stream whose peer the kernel has identified.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: os::Stream,
    peer: PeerIdentity,
}

impl Socket {
    /// Connects to the server that listens at `name`.
    ///
    /// A server that is too busy to take the connection is asked again and again, with growing
    /// pauses, until `deadline`.
    ///
    /// # Errors
    ///
    /// [`NotFound`](io::ErrorKind::NotFound) or
    /// [`ConnectionRefused`](io::ErrorKind::ConnectionRefused) at once if no server listens,
    /// [`TimedOut`](io::ErrorKind::TimedOut) if one does but took no connection in time.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives the attempt up.
    pub(crate) async fn connect(name: &SocketName, deadline: Instant) -> io::Result<Self> {
        let address = os::Address::find(name)?;
        let stream = timeout_at(deadline, Timekeeper::System, connect_when_free(&address))
            .await
            .map_err(|_| {
                io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("the server at `{name}` is too busy to take another connection"),
                )
            })?
            // Where it was looked for depends on the environment, which client and server may not share.
            .map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))?;
        Self::identify(stream)
    }

    /// Connects once a server accepts at `name`, whatever is or is not there until then.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](io::ErrorKind::TimedOut) at `deadline`, about what was found last. What does not
    /// pass by waiting, such as a directory that cannot be trusted, is an error at once.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives the attempt up.
    pub(crate) async fn connect_when_there(
        name: &SocketName,
        deadline: Instant,
    ) -> io::Result<Self> {
        let mut last = None;
        let connected = timeout_at(
            deadline,
            Timekeeper::System,
            connect_when_there(name, &mut last),
        );
        match connected.await {
            Ok(stream) => Self::identify(stream?),
            Err(TimedOut) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                last.unwrap_or_else(|| io::ErrorKind::NotFound.into()),
            )),
        }
    }

    /// Asks the kernel who is at the other end. A stream without an answer is dropped.
    pub(super) fn identify(stream: os::Stream) -> io::Result<Self> {
        let peer = os::identify(&stream)?;
        Ok(Self { stream, peer })
    }

    /// A stream whose maker knows who is at its other end.
    #[cfg(all(unix, feature = "plugin"))]
    pub(super) fn of(stream: os::Stream, peer: PeerIdentity) -> Self {
        Self { stream, peer }
    }

    #[cfg(all(unix, feature = "plugin"))]
    pub(super) fn descriptor(&self) -> std::os::fd::BorrowedFd<'_> {
        std::os::fd::AsFd::as_fd(&self.stream)
    }

    pub(crate) fn peer(&self) -> &PeerIdentity {
        &self.peer
    }

    /// Returns two halves, of which neither waits for what the other waits for. The peer is told of an end when both are
    /// dropped, or when writing is shut down.
    ///
    /// # Platform notes
    ///
    /// A named pipe cannot be closed one way, and ends with the second half.
    pub(crate) fn into_split(self) -> (ReadHalf, WriteHalf) {
        os::split(self.stream)
    }
}

/// Repeats what a full queue has turned away. Every other outcome is final.
async fn connect_when_free(address: &os::Address) -> io::Result<os::Stream> {
    let mut next = FIRST_PAUSE;
    loop {
        match address.connect().await {
            Err(error) if os::is_busy(&error) => {}
            outcome => return outcome,
        }
        // No platform tells when there is room again. Boxed, as few have to wait.
        Box::pin(pause(next)).await;
        next = (next * 2).min(LONGEST_PAUSE);
    }
}

/// Repeats what may pass. `last` is what the last attempt came to.
async fn connect_when_there(
    name: &SocketName,
    last: &mut Option<io::Error>,
) -> io::Result<os::Stream> {
    let mut watch = os::Watch::new();
    let mut next = FIRST_PAUSE;
    loop {
        // First the watch and then the attempt: what changes behind that is told.
        watch.follow(name);
        let error = match attempt(name).await {
            Ok(stream) => return Ok(stream),
            Err(error) => error,
        };
        let wait = match error.kind() {
            // Nothing comes without being told of, but for a link on the way, or another place altogether.
            io::ErrorKind::NotFound if watch.has_eyes() => UNTOLD_PAUSE,
            // What is there may be about to listen, which nothing tells.
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => next.min(ABSENT_PAUSE),
            _ if os::is_busy(&error) => next.min(LONGEST_PAUSE),
            _ => return Err(error),
        };
        *last = Some(error);
        let until = clock::now() + wait;
        next = match timeout_at(until, Timekeeper::System, watch.changed()).await {
            Ok(()) => FIRST_PAUSE,
            Err(TimedOut) => wait * 2,
        };
    }
}

async fn attempt(name: &SocketName) -> io::Result<os::Stream> {
    let address = os::Address::find(name)?;
    let named = |error: io::Error| match error.raw_os_error() {
        // Looked at by its number.
        Some(_) if os::is_busy(&error) => error,
        _ => io::Error::new(error.kind(), format!("{address}: {error}")),
    };
    address.connect().await.map_err(named)
}

/// How often a socket has refused, and whether its server is dead for it.
///
/// Linux tells a full queue from a dead server; once is enough there. Elsewhere a live server with
/// a full queue refuses, too, so it gets the time to accept somebody.
#[derive(Debug, Default)]
pub(super) struct Refusals(u32);

impl Refusals {
    /// Between two of them.
    pub(super) const PAUSE: Duration = Duration::from_millis(10);

    const OF_THE_DEAD: u32 = if cfg!(any(
        target_os = "linux",
        target_os = "android",
        target_os = "windows"
    )) {
        1
    } else {
        10
    };

    /// Counts one more.
    pub(super) fn are_of_the_dead(&mut self) -> bool {
        self.0 += 1;
        self.0 >= Self::OF_THE_DEAD
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(1);
/// While a server has no room.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);
/// While a server is not there, or does not listen.
const ABSENT_PAUSE: Duration = Duration::from_millis(100);
/// While nothing is there and the system will tell if something comes.
const UNTOLD_PAUSE: Duration = Duration::from_secs(1);
