//! Figures for whoever watches many processes: connections, bytes, calls in flight.
//!
//! Without the feature `metrics` all of this is nothing: types without a size and functions without a body. With it the
//! figures go to the recorder of the `metrics` facade. That is the application's code, so none of it runs under a lock:
//! what changes under the connection's lock is looked at there ([`Seen`]) and told behind it ([`News`]). Figures of single
//! methods are not taken here but by a layer, for those who want them.

#[cfg(feature = "metrics")]
mod on;
#[cfg(feature = "metrics")]
pub(crate) use on::{
    CALL_DURATION, CALLS, FrameSizes, Handshake, Meter, News, Seen, accept_failed, describe,
    rejected,
};

#[cfg(not(feature = "metrics"))]
mod off;
#[cfg(not(feature = "metrics"))]
pub(crate) use off::{FrameSizes, Handshake, Meter, News, Seen, accept_failed, rejected};

/// Which side of its connections this one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Client,
    Server,
}

/// What a connection comes to at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) stage: Stage,
    /// Calls of this side.
    pub(crate) outgoing: usize,
    /// Requests of the peer.
    pub(crate) incoming: usize,
    /// Bytes that wait to be written.
    pub(crate) queued: usize,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It has not begun, or is over.
    #[default]
    Nothing,
    Open,
    Closing,
}
