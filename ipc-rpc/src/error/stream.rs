//! What can go wrong with a stream.

use std::convert::Infallible;

use super::call::CallError;
use super::connection::ConnectionError;
use super::protocol::ProtocolError;
use crate::codec::CodecError;

/// Why a stream ended before its end, or why an item could not be sent.
///
/// A stream that was complete ends with `None`, and with nothing else.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// For a receiver: the sender gave the stream up, with [`Sender::abort`](crate::Sender::abort).
    #[error("aborted by the sender: {reason:?}")]
    Aborted {
        /// What it gave as its reason. Text of the peer's, at most 1,024 bytes.
        reason: String,
    },
    /// For a receiver: what made the items was dropped before it was done.
    #[error("what makes the items was dropped before it was done")]
    Dropped,
    /// For a receiver: what made the items panicked.
    #[error("what makes the items panicked")]
    Panicked,
    /// For a sender: nobody reads any more. Sooner or later every sender may get this, and it need not mean a failure.
    #[error("nobody reads the stream any more{}", because(.reason))]
    Closed {
        /// What the receiver gave as its reason; empty if it was dropped.
        reason: String,
    },
    /// The connection ended, and the stream with it.
    #[error("the connection ended during the stream")]
    Connection(#[source] ConnectionError),
    /// For a sender: this item cannot be encoded. It was not sent; the stream goes on.
    #[error("the item cannot be encoded")]
    Encode(#[source] CodecError),
    /// For a receiver: an item cannot be decoded. The stream has ended with it, the connection has not.
    #[error("an item cannot be decoded")]
    Decode(#[source] CodecError),
    /// For a sender: this item is larger than the peer accepts. It was not sent; the stream goes on.
    #[error("an item of {size} bytes, and the peer's `max_frame_len` is {limit}")]
    TooLarge {
        /// Bytes of the item, encoded.
        size: usize,
        /// Bytes that are allowed.
        limit: usize,
    },
    /// For a receiver: the sender could not encode an item. For a sender: the receiver could not decode one.
    #[error("the peer's codec failed: {message}")]
    PeerCodec {
        /// What the peer says is wrong.
        message: String,
    },
    /// The peer sent something that makes no items.
    #[error("the peer broke the protocol during the stream")]
    Protocol(#[source] ProtocolError),
    /// The peer ended the stream for a reason that this version does not know.
    #[error("the peer ended the stream with code {code}: {message}")]
    Failed {
        /// The number of the reason on the wire.
        code: u16,
        /// What the peer says.
        message: String,
    },
}

impl StreamError {
    /// Whether the connection is gone.
    #[must_use]
    pub const fn is_connection(&self) -> bool {
        matches!(self, Self::Connection(_))
    }

    /// Whether the stream goes on: it was only this item that could not be sent.
    #[must_use]
    pub const fn is_about_item(&self) -> bool {
        matches!(self, Self::Encode(_) | Self::TooLarge { .. })
    }

    /// Whether it says no more than that nobody reads.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }
}

/// Why a [`Subscription`](crate::Subscription) ended before its stream was complete.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubscriptionError<E = Infallible> {
    /// The call that subscribes failed.
    #[error("cannot subscribe")]
    Call(#[source] CallError<E>),
    /// The stream ended with an error that is not the loss of its connection.
    #[error("the stream ended before its end")]
    Stream(#[source] StreamError),
}

fn because(reason: &str) -> String {
    if reason.is_empty() {
        String::new()
    } else {
        format!(": {reason:?}")
    }
}
