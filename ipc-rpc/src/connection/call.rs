//! A call of this side that waits for its answer.

use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use super::answer::Answer;
use super::inbox::Inbox;
use crate::error::ConnectionError;

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
    /// Nobody waits, for the caller went away. The peer has still to answer.
    GivenUp,
    /// Nobody waits, for the call is one-way. The peer has still to answer.
    OneWay,
    /// The answer goes to a lane, which knows the call by `tag`.
    Forwarded { inbox: Arc<Inbox>, tag: u64 },
}

/// Why a call gets no answer.
#[derive(Clone, Debug)]
pub(crate) enum CallEnd {
    Connection(ConnectionError),
    DeadlineExceeded,
}

impl Call {
    /// Whether the peer has still to answer.
    pub(super) const fn is_unanswered(&self) -> bool {
        !matches!(self.state, CallState::Answered(_) | CallState::Failed(_))
    }

    pub(super) fn new(state: CallState, deadline: Option<Instant>, buffer: Vec<u8>) -> Self {
        Self {
            state,
            deadline,
            buffer,
        }
    }
}
