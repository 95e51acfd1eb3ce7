//! Why a connection ended.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::connect::ConnectError;
use super::protocol::ProtocolError;
use crate::wire::{Goodbye, GoodbyeCode};

/// Why a connection ended.
///
/// Every call in flight gets one, and so do [`Connection::closed`](crate::Connection::closed) and the
/// `Disconnected` events. An end of the stream without a goodbye is never reported as a clean close.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// This side closed it, with `close` or by dropping its last handle.
    #[error("closed by this side: {reason}")]
    LocallyClosed {
        /// What `close` was given; empty if it was a handle's drop, and said so if it was the server's shutdown.
        reason: String,
    },
    /// This side dropped it at once, with `abort`, or because its runtime stopped.
    #[error("aborted by this side")]
    Aborted,
    /// The peer said goodbye.
    #[error("closed by the peer: {0}")]
    PeerClosed(PeerClose),
    /// The peer is gone and did not say goodbye: it crashed, was killed, or dropped the connection.
    #[error("the peer vanished without a goodbye")]
    PeerVanished,
    /// The peer broke the protocol.
    #[error("the peer broke the protocol")]
    Protocol(#[source] ProtocolError),
    /// The peer does not read: it took nothing for [`Config::stall_timeout`](crate::Config::stall_timeout), or writes
    /// and lets the answers pile up.
    #[error("the peer does not read: {queued} bytes wait for it{}", for_how_long(.stalled))]
    PeerNotReading {
        /// Bytes that wait to be written.
        queued: usize,
        /// For how long it took none of them. `None`: more wait than is allowed.
        stalled: Option<Duration>,
    },
    /// The peer gave no sign of life, although it was asked for one and had
    /// [`Config::ping_timeout`](crate::Config::ping_timeout) to answer. Only with
    /// [`Config::ping_interval`](crate::Config::ping_interval).
    #[error("the peer has given no sign of life for {silent:?}, although it was asked for one")]
    PingTimeout {
        /// For how long nothing came from it.
        silent: Duration,
    },
    /// Reading or writing failed in a way that does not mean that the peer is gone.
    #[error("the transport failed")]
    Io(#[source] Arc<io::Error>),
    /// The connection ended, and the client that was to [connect again](crate::Connect::reconnect) could not, or gave up.
    #[error("the connection ended and could not be renewed")]
    NotRenewed(#[source] Arc<ConnectError>),
}

fn for_how_long(stalled: &Option<Duration>) -> String {
    stalled.map_or_else(
        || ", which is more than is allowed".to_owned(),
        |time| format!(", of which it took none for {time:?}"),
    )
}

/// The goodbye of a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerClose {
    /// Whether the peer, a server, shuts down.
    pub shutting_down: bool,
    /// Whether the peer, a server that shuts down, says that it will be back, so that it is worth while to connect again.
    pub restarting: bool,
    /// Whether the peer ended it because of something this side did: see `reason`.
    pub blames_us: bool,
    /// What the peer gave as its reason. Text of the peer's, at most 1,024 bytes: escape it where it is
    /// shown to somebody who must not be fooled.
    pub reason: String,
}

impl std::fmt::Display for PeerClose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.reason.is_empty() {
            f.write_str("no reason given")
        } else {
            write!(f, "{:?}", self.reason)
        }
    }
}

impl ConnectionError {
    /// Whether one of the two sides ended it in order: by a close that the other was told of.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        match self {
            Self::LocallyClosed { .. } => true,
            Self::PeerClosed(close) => !close.blames_us,
            _ => false,
        }
    }

    /// Whether the peer ended it, or is gone.
    #[must_use]
    pub const fn is_by_peer(&self) -> bool {
        matches!(self, Self::PeerClosed(_) | Self::PeerVanished)
    }

    /// Whether it is worth while to connect again: nobody wanted this end, or the server that did will be back.
    pub(crate) const fn is_renewable(&self) -> bool {
        match self {
            Self::PeerVanished
            | Self::PeerNotReading { .. }
            | Self::PingTimeout { .. }
            | Self::Io(_) => true,
            Self::PeerClosed(close) => close.restarting,
            Self::LocallyClosed { .. }
            | Self::Aborted
            | Self::Protocol(_)
            | Self::NotRenewed(_) => false,
        }
    }

    pub(crate) fn peer_closed(goodbye: Goodbye) -> Self {
        Self::PeerClosed(PeerClose {
            shutting_down: matches!(
                goodbye.code,
                GoodbyeCode::ShuttingDown | GoodbyeCode::Restarting
            ),
            restarting: goodbye.code == GoodbyeCode::Restarting,
            blames_us: matches!(
                goodbye.code,
                GoodbyeCode::ProtocolViolation | GoodbyeCode::Overloaded
            ),
            reason: goodbye.text,
        })
    }

    /// What a failed read or write means. A peer that is gone shows itself by several kinds of error,
    /// depending on what was under way.
    pub(crate) fn io(error: io::Error) -> Self {
        use io::ErrorKind::{
            BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof,
        };
        match error.kind() {
            BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof => {
                Self::PeerVanished
            }
            _ => Self::Io(Arc::new(error)),
        }
    }
}
