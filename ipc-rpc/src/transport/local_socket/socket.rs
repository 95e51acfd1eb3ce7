//! A connected stream and who is at its other end.

use std::{
    io,
    time::{Duration, Instant},
};

use tokio::io::AsyncWrite;

use super::{name::SocketName, os};
use crate::{
    clock::{Timekeeper, timeout_at},
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

    /// Returns two halves that share nothing but the socket, so neither ever waits for the other.
    ///
    /// # Platform notes
    ///
    /// On Unix, dropping the write half lets the peer read to the end. A named pipe cannot be
    /// closed one way, and ends with the second half.
    pub(crate) fn into_split(self) -> (ReadHalf, WriteHalf) {
        os::split(self.stream)
    }
}

/// Repeats what a full queue has turned away. Every other outcome is final.
async fn connect_when_free(address: &os::Address) -> io::Result<os::Stream> {
    let mut pause = FIRST_PAUSE;
    loop {
        match address.connect().await {
            Err(error) if os::is_busy(&error) => {}
            outcome => return outcome,
        }
        // No platform tells when there is room again.
        #[expect(
            clippy::disallowed_methods,
            reason = "owns the pauses between attempts to connect"
        )]
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);
