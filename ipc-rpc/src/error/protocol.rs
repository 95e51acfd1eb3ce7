//! What a peer got wrong.

use crate::wire::Malformed;

/// What the peer did that the protocol does not allow, with what was found and what was expected.
///
/// A peer of this crate never causes one, whatever its version: it shows a peer that speaks something
/// else, or a fault in one of the two.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// Bytes that do not follow the layout of what they should be.
    #[error("malformed {what}: {problem}")]
    Malformed {
        /// What was being read.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A frame above the limit that this side announced.
    #[error("a frame of {size} bytes, {limit} are allowed")]
    FrameTooLarge {
        /// Bytes that the frame announces.
        size: usize,
        /// Bytes that this side allows.
        limit: usize,
    },
    /// A request with the id of one that is in flight.
    #[error("request {id} while a request with this id is in flight")]
    DuplicateRequest {
        /// The id, as slot and generation.
        id: String,
    },
    /// More requests at once than this side announced.
    #[error("request in slot {slot}, {limit} at once are allowed")]
    TooManyRequests {
        /// The slot that the peer used.
        slot: usize,
        /// The slots there are.
        limit: usize,
    },
    /// A stream with the id of one that is open.
    #[error("stream {id} is opened while a stream with this id is open")]
    DuplicateStream {
        /// The id, as slot and generation.
        id: String,
    },
    /// More streams at once than this side announced.
    #[error("a stream in slot {slot}, {limit} at once are allowed")]
    TooManyStreams {
        /// The slot that the peer used.
        slot: usize,
        /// The slots there are.
        limit: usize,
    },
    /// Items for which this side has given no credit.
    #[error("{items} items of {bytes} bytes on stream {id}, which has credit for {credit}")]
    NoCredit {
        /// The stream, as slot and generation.
        id: String,
        /// How many items arrived.
        items: u32,
        /// Bytes of them.
        bytes: usize,
        /// What was left.
        credit: String,
    },
    /// More credit than a stream has used.
    #[error("credit for {items} items and {bytes} bytes on stream {id}, which has used less")]
    TooMuchCredit {
        /// The stream, as slot and generation.
        id: String,
        /// The items that were credited.
        items: u32,
        /// The bytes that were credited.
        bytes: u32,
    },
    /// A message that is not legal at this point.
    #[error("{found} where {expected} was expected")]
    Unexpected {
        /// What arrived.
        found: String,
        /// What could have arrived.
        expected: &'static str,
    },
    /// A response that does not mean what the method declares.
    #[error("a response to another method or of another shape than `{method}` declares")]
    WrongResponse {
        /// The method that was called.
        method: String,
    },
}

impl From<Malformed> for ProtocolError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed {
            what: malformed.what,
            problem: malformed.problem,
        }
    }
}
