//! A call of this side that waits for its answer.

use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use bytes::Bytes;

use super::inbox::Inbox;
use crate::error::ConnectionError;
use crate::transport::framing::Body;
use crate::wire::Flags;

/// What the connection keeps with a call in flight.
#[derive(Debug)]
pub(crate) struct Call {
    pub(super) state: CallState,
    pub(super) deadline: Option<Instant>,
    /// Takes the body of a small answer.
    pub(super) buffer: Vec<u8>,
}

#[derive(Debug)]
pub(super) enum CallState {
    /// The caller waits, and is woken through this.
    Waiting(Option<Waker>),
    /// The caller is to fetch the answer.
    Answered(Answer),
    /// The caller is to fetch its failure, and the peer will not answer any more.
    Failed(CallEnd),
    /// The deadline passed; the caller is to fetch that. The peer has still to answer.
    Expired,
    /// Nobody waits: the caller went away, or the call is one-way. The peer has still to answer.
    GivenUp,
    /// The answer goes to a lane, which knows the call by `tag`.
    Forwarded { inbox: Arc<Inbox>, tag: u64 },
}

/// The peer's answer to a call.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) flags: Flags,
    pub(crate) body: AnswerBody,
    pub(crate) side: Bytes,
}

/// The body of an answer: copied into a buffer that is used again, or kept as it arrived.
#[derive(Debug)]
pub(crate) enum AnswerBody {
    Copied(Vec<u8>),
    Kept(Bytes),
}

impl AnswerBody {
    /// `buffer` is used if the body is small and only lent.
    pub(super) fn new(body: Body<'_>, mut buffer: Vec<u8>) -> Self {
        match body {
            Body::Owned(bytes) => Self::Kept(bytes),
            Body::Lent(bytes) => {
                buffer.clear();
                buffer.extend_from_slice(bytes);
                Self::Copied(buffer)
            }
        }
    }
}

impl std::ops::Deref for AnswerBody {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Copied(bytes) => bytes,
            Self::Kept(bytes) => bytes,
        }
    }
}

/// Why a call gets no answer.
#[derive(Clone, Debug)]
pub(crate) enum CallEnd {
    Connection(ConnectionError),
    DeadlineExceeded,
}

impl Call {
    pub(super) fn new(state: CallState, deadline: Option<Instant>, buffer: Vec<u8>) -> Self {
        Self {
            state,
            deadline,
            buffer,
        }
    }
}
