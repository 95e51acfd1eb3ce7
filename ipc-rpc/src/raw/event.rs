//! What a listener tells beside the streams that it hands out.

use std::sync::Arc;

use crate::event::{Fact, RejectReason, ServerError};
use crate::identity::PeerIdentity;
use crate::wire::ConnectionId;

/// A fact about a [`Listener`](super::Listener)'s life that is no stream, in the order in which they happen. None of them
/// ends it but `Closed`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ListenerEvent {
    /// A client was turned away.
    Rejected {
        /// What the kernel says of the client's process.
        peer: PeerIdentity,
        /// Why.
        reason: RejectReason,
    },
    /// Something failed.
    Error {
        /// What failed.
        error: Arc<ServerError>,
    },
    /// This observer was too slow.
    Missed {
        /// How many events are lost to it.
        events: u64,
    },
    /// The listener was dropped. Nothing follows.
    Closed,
}

impl Fact for ListenerEvent {
    fn opens(&self) -> Option<ConnectionId> {
        None
    }

    fn closes(&self) -> Option<ConnectionId> {
        None
    }

    fn is_last(&self) -> bool {
        matches!(self, Self::Closed)
    }

    fn missed(_: u64, events: u64) -> Self {
        Self::Missed { events }
    }
}
