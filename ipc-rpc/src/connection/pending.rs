//! Waiting for an answer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::answer::Answer;
use super::call::{CallEnd, CallState};
use super::shared::Shared;
use crate::error::ConnectionError;
use crate::wire::RequestId;

/// Waits for the answer to a request that was sent. Dropping it cancels the call.
#[derive(Debug)]
#[must_use = "dropping it cancels the call"]
pub(crate) struct PendingCall {
    shared: Arc<Shared>,
    id: RequestId,
    done: bool,
}

impl PendingCall {
    pub(crate) fn new(shared: Arc<Shared>, id: RequestId) -> Self {
        Self {
            shared,
            id,
            done: false,
        }
    }
}

impl Future for PendingCall {
    type Output = Result<Answer, CallEnd>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.shared.poll_answer(self.id, cx);
        self.done = polled.is_ready();
        polled
    }
}

impl Drop for PendingCall {
    fn drop(&mut self) {
        if !self.done {
            self.shared.give_up(self.id);
        }
    }
}

impl Shared {
    fn poll_answer(&self, id: RequestId, cx: &Context<'_>) -> Poll<Result<Answer, CallEnd>> {
        // Cloned before the lock and dropped behind it: either may run code of another executor.
        let waker = cx.waker().clone();
        let _old;
        let mut core = self.lock();
        let Some(call) = core.calls.get_mut(id) else {
            // Finished by the end of the connection, which leaves no call waiting.
            let reason = core.life.reason().unwrap_or(ConnectionError::Aborted);
            return Poll::Ready(Err(CallEnd::Connection(reason)));
        };
        match &mut call.state {
            CallState::Waiting(place) => {
                _old = place.replace(waker);
                return Poll::Pending;
            }
            CallState::Expired => {
                call.state = CallState::GivenUp;
                return Poll::Ready(Err(CallEnd::DeadlineExceeded));
            }
            _ => {}
        }
        let finished = core.calls.finish(id).map(|call| call.state);
        drop(core);
        self.slots.add_permits(1);
        Poll::Ready(match finished {
            Some(CallState::Answered(answer)) => Ok(answer),
            Some(CallState::Failed(end)) => Err(end),
            _ => Err(CallEnd::Connection(ConnectionError::Aborted)),
        })
    }
}
