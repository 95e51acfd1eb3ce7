//! A call of this side that waits for its answer.

use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use super::answer::Answer;
use super::deferred::{Deferred, Report};
use super::few::Few;
use super::inbox::{Arrival, Inbox};
use super::shared::Core;
use super::streams::{Arrived, take_streams};
use crate::error::{ConnectionError, ProtocolError};
use crate::transport::framing::{Body, Frame};
use crate::wire::{Flags, Header, Kind, RequestId};

/// What the connection keeps with a call in flight.
#[derive(Debug, Default)]
pub(crate) struct Call {
    pub(super) state: CallState,
    pub(super) deadline: Option<Instant>,
    /// Until it is answered, the buffer that a small answer goes to.
    pub(super) answer: Answer,
}

#[derive(Debug, Default)]
pub(super) enum CallState {
    /// The caller waits, and is woken through this.
    Waiting(Option<Waker>),
    /// The caller is to fetch the answer.
    Answered,
    /// The caller is to fetch its failure, and the peer will not answer any more.
    Failed(Box<CallEnd>),
    /// The deadline passed; the caller is to fetch that. The peer has still to answer.
    Expired,
    /// Nobody waits, for the caller went away. The peer has still to answer.
    #[default]
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
    /// There are so many streams already.
    TooManyStreams {
        limit: usize,
    },
}

impl Call {
    /// Whether the peer has still to answer.
    pub(super) const fn is_unanswered(&self) -> bool {
        !matches!(self.state, CallState::Answered | CallState::Failed(_))
    }
}

impl Core {
    /// Hands an answer to its call. One that answers no call in flight is dropped: it harms nobody.
    pub(super) fn answer(
        &mut self,
        frame: Frame<'_>,
        deferred: &mut Deferred,
    ) -> Result<(), ProtocolError> {
        let Frame { header, body, side } = frame;
        let (id, flags) = (header.request, header.flags);
        let (streams, body) = if flags.has(Flags::STREAMS) {
            self.enter_answer_streams(id, body)?
        } else {
            (Few::NONE, body)
        };
        let Some(call) = self.calls.get_mut(id) else {
            deferred.report(Report::UnknownAnswer(id));
            return Ok(());
        };
        match &mut call.state {
            CallState::Waiting(waker) => {
                deferred.answers = true;
                deferred.wake(waker.take());
                call.answer.fill(flags, body, side);
                call.answer.open_streams(streams);
                call.state = CallState::Answered;
            }
            CallState::Expired => {
                call.answer.recycle();
                call.state = CallState::Failed(Box::new(CallEnd::DeadlineExceeded));
            }
            CallState::GivenUp | CallState::OneWay => {
                if matches!(call.state, CallState::OneWay) && flags.has(Flags::FAILURE) {
                    deferred.report(Report::OneWayFailed(body.to_vec()));
                }
                call.answer.recycle();
                self.calls.finish(id);
                deferred.wake(self.free_slot());
            }
            CallState::Forwarded { .. } => {
                if let CallState::Forwarded { inbox, tag } = std::mem::take(&mut call.state) {
                    let mut answer = std::mem::take(&mut call.answer);
                    answer.fill(flags, body, side);
                    deferred.push(inbox, Arrival { tag, answer });
                }
                self.calls.finish(id);
                deferred.wake(self.free_slot());
            }
            // Answered twice.
            CallState::Answered | CallState::Failed(_) => {
                deferred.report(Report::UnknownAnswer(id));
            }
        }
        Ok(())
    }

    /// Enters the streams that an answer opens, if somebody waits for it, and has the peer end them if not.
    fn enter_answer_streams<'a>(
        &mut self,
        id: RequestId,
        body: Body<'a>,
    ) -> Result<(Few<Arrived>, Body<'a>), ProtocolError> {
        let state = self.calls.get_mut(id).map(|call| &call.state);
        let is_known = state.is_some();
        if matches!(state, Some(CallState::Waiting(_))) {
            let (ids, body) = take_streams(body)?;
            return Ok((self.enter_streams(ids)?, body));
        }
        let refused = take_streams(body).and_then(|(ids, body)| {
            self.refuse_streams(ids)?;
            Ok((Few::NONE, body))
        });
        match refused {
            Ok(refused) => Ok(refused),
            // An answer to nothing means nothing, whatever is in it.
            Err(_) if !is_known => Ok((Few::NONE, Body::Lent(&[]))),
            Err(malformed) => Err(malformed),
        }
    }

    /// Fails the calls whose deadline has passed, and asks the peer to give them up.
    pub(super) fn expire_calls(&mut self, now: Instant, deferred: &mut Deferred) {
        let mut expired = Vec::new();
        for (id, call) in self.calls.iter_mut() {
            if call.deadline.is_none_or(|deadline| deadline > now) {
                continue;
            }
            call.deadline = None;
            // A lane's deadlines are its owner's business; the peer keeps to them, too.
            if let CallState::Waiting(waker) = &mut call.state {
                deferred.wake(waker.take());
                call.state = CallState::Expired;
                expired.push(id);
            }
        }
        for id in expired {
            self.append_control(Header::new(Kind::Cancel, id), &[]);
        }
    }

    /// Fails every call: the connection has ended.
    pub(super) fn fail_calls(&mut self, reason: &ConnectionError, deferred: &mut Deferred) {
        let mut over = Vec::new();
        for (id, call) in self.calls.iter_mut() {
            match &mut call.state {
                CallState::Waiting(waker) => {
                    deferred.wake(waker.take());
                    call.state = CallState::Failed(Box::new(CallEnd::Connection(reason.clone())));
                }
                CallState::Expired => {
                    call.state = CallState::Failed(Box::new(CallEnd::DeadlineExceeded))
                }
                CallState::GivenUp | CallState::OneWay | CallState::Forwarded { .. } => {
                    over.push(id);
                }
                CallState::Answered | CallState::Failed(_) => {}
            }
        }
        for id in over {
            if let Some(call) = self.calls.finish(id) {
                *call = Call::default();
            }
        }
    }

    /// The earliest deadline of a call.
    pub(super) fn next_call_deadline(&mut self) -> Option<Instant> {
        self.calls
            .iter_mut()
            .filter_map(|(_, call)| call.deadline)
            .min()
    }
}
