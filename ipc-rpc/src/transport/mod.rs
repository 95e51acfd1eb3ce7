//! Where a connection's bytes come from and go to.
//!
//! Between processes that is a local socket, by a [`SocketName`](crate::SocketName); within one it is [`memory`].
//! Everything above the bytes is the same code for both.

// Both end in an `Io`. No timers live here, and nothing of the protocol's state.

mod endpoint;
pub(crate) mod framing;
pub(crate) mod half;
pub(crate) mod local_socket;
pub mod memory;
mod read_buffer;

pub use endpoint::IntoEndpoint;
pub(crate) use endpoint::{Endpoint, Listener};
pub(crate) use half::{Reader, Writer, plain};

use std::fmt;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::identity::PeerIdentity;

/// Both halves of a transport, and who is at the other end.
pub(crate) struct Io {
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    pub(crate) peer: PeerIdentity,
}

impl Io {
    /// Any stream of bytes as a transport. The halves share a lock, which a local socket has no need of.
    pub(crate) fn from_stream<S>(stream: S, peer: PeerIdentity) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (reader, writer) = tokio::io::split(stream);
        Self {
            reader: plain(reader),
            writer: Box::new(writer),
            peer,
        }
    }
}

impl fmt::Debug for Io {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Io")
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}
