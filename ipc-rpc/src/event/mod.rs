//! What an application may learn of its connections' lives.

mod hub;
mod status;
#[cfg(test)]
mod tests;

pub use hub::Events;
pub(crate) use hub::{Fact, Hub};
pub use status::{ClientStatus, Status};

use std::sync::Arc;
use std::time::Duration;

use crate::error::{ConnectError, ConnectionError, RefusalReason, Rejection};
use crate::identity::PeerIdentity;
use crate::wire::{ConnectionId, Refusal};

/// A fact about a server's life, in the order in which they happen:
/// `Listening, (Connected | Rejected | Error | Disconnected | Missed)*, Closed`.
///
/// There is exactly one `Disconnected` for each `Connected`, delivered when every message that had been
/// received before was dispatched and every pending call of the connection was failed; `Closed` comes once
/// and last.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ServerEvent {
    /// The server accepts clients: names are bound, permissions set, the accept loop runs.
    Listening {
        /// The names, as they are shown to users.
        names: Arc<[String]>,
    },
    /// A client was admitted.
    Connected {
        /// The connection.
        id: ConnectionId,
        /// What the kernel says of the client's process.
        peer: PeerIdentity,
        /// The name that the client [claimed](crate::Connect::peer_name) and has until it is `Disconnected`.
        name: Option<Arc<str>>,
    },
    /// A client was turned away while connecting.
    Rejected {
        /// What the kernel says of the client's process.
        peer: PeerIdentity,
        /// Why.
        reason: RejectReason,
    },
    /// A connection ended.
    Disconnected {
        /// The connection.
        id: ConnectionId,
        /// Why it ended.
        reason: ConnectionError,
    },
    /// Something failed that ends neither the server nor an admitted connection.
    Error {
        /// What failed.
        error: Arc<ServerError>,
    },
    /// This observer was too slow, and what happened meanwhile is lost to it: whole histories of
    /// connections, never halves.
    Missed {
        /// Connections whose `Connected` and `Disconnected` are both lost.
        connections: u64,
        /// Other events that are lost.
        others: u64,
    },
    /// The server has ended. Nothing follows.
    Closed,
}

/// Why a client was turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectReason {
    /// The authenticator rejected it.
    Rejected(Rejection),
    /// The server refused it for a reason of the protocol.
    Refused {
        /// The kind of reason.
        reason: RefusalReason,
        /// The reason in words, as the client was told.
        message: String,
    },
    /// The client went away before the verdict.
    Vanished,
}

impl From<&Refusal> for RejectReason {
    fn from(refusal: &Refusal) -> Self {
        match RefusalReason::from_code(refusal.code) {
            None => Self::Rejected(Rejection::new(refusal.detail, refusal.text.clone())),
            Some(reason) => Self::Refused {
                reason,
                message: refusal.text.clone(),
            },
        }
    }
}

/// What can fail in a server. Nothing of it ends one that runs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Accepting a connection failed. The server goes on, after a pause if the system is short of
    /// something.
    #[error("cannot accept a connection at {name}")]
    Accept {
        /// Where.
        name: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The name does not lead to this server any more: another one has
    /// [taken it over](crate::BindPolicy::TakeOver), or somebody removed its socket file, as programs do that clean up
    /// the directory for temporary files. Connections go on; new clients do not come. The server does not take the
    /// name back by itself: that would rob whoever has it now.
    ///
    /// # Platform notes
    ///
    /// ## Unix
    ///
    /// Told at once on Linux, within 5 s elsewhere, if the server runs.
    ///
    /// ## Windows
    ///
    /// A pipe has its name for as long as it lives.
    #[error("`{name}` does not lead to this server any more")]
    NameLost {
        /// The name.
        name: String,
    },
    /// The system does not let the server listen for signals. It does not run.
    #[error("cannot listen for signals")]
    Signals {
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The user's check of a client panicked; the client was turned away.
    #[error("the authenticator panicked")]
    AuthenticatorPanicked,
}

/// A fact about a client's life: `Connecting, Connected, Disconnected, Closed`. If it [connects
/// again](crate::Connect::reconnect), as often as it does: `Connecting, (Connected, Disconnected, Reconnecting*)*, Closed`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClientEvent {
    /// The client tries to reach its server.
    Connecting,
    /// The server admitted the client.
    Connected {
        /// The connection, as the server names it.
        id: ConnectionId,
    },
    /// The connection ended. Every pending call was failed before.
    Disconnected {
        /// The connection.
        id: ConnectionId,
        /// Why it ended.
        reason: ConnectionError,
    },
    /// The client connects again, after a pause.
    Reconnecting {
        /// The how many-th attempt it is since a connection held for as long as the longest wait, from 1.
        attempt: u32,
        /// How long it waits before.
        after: Duration,
        /// Why the attempt before this one failed. `None`: there was none.
        error: Option<Arc<ConnectError>>,
    },
    /// This observer was too slow: see [`ServerEvent::Missed`].
    Missed {
        /// Connections whose `Connected` and `Disconnected` are both lost.
        connections: u64,
        /// Other events that are lost.
        others: u64,
    },
    /// The client has ended. Nothing follows.
    Closed {
        /// Why: the reason of the last connection, why [no other](ConnectionError::NotRenewed) followed, or `None` if there
        /// was none.
        reason: Option<ConnectionError>,
    },
}

impl Fact for ServerEvent {
    fn opens(&self) -> Option<ConnectionId> {
        match self {
            Self::Connected { id, .. } => Some(*id),
            _ => None,
        }
    }

    fn closes(&self) -> Option<ConnectionId> {
        match self {
            Self::Disconnected { id, .. } => Some(*id),
            _ => None,
        }
    }

    fn is_last(&self) -> bool {
        matches!(self, Self::Closed)
    }

    fn missed(connections: u64, others: u64) -> Self {
        Self::Missed {
            connections,
            others,
        }
    }
}

impl Fact for ClientEvent {
    fn opens(&self) -> Option<ConnectionId> {
        match self {
            Self::Connected { id } => Some(*id),
            _ => None,
        }
    }

    fn closes(&self) -> Option<ConnectionId> {
        match self {
            Self::Disconnected { id, .. } => Some(*id),
            _ => None,
        }
    }

    fn is_last(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    fn missed(connections: u64, others: u64) -> Self {
        Self::Missed {
            connections,
            others,
        }
    }
}
