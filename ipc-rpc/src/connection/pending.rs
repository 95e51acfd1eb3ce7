//! Waiting for an answer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

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
    /// Whether the next poll comes from the task that has just sent the request and left its waker with it.
    just_sent: bool,
    done: bool,
}

impl PendingCall {
    /// For a request that was sent with the waker of the task that will poll this next.
    pub(super) const fn new(shared: Arc<Shared>, id: RequestId) -> Self {
        Self {
            shared,
            id,
            just_sent: true,
            done: false,
        }
    }
}

impl Future for PendingCall {
    type Output = Result<Answer, CallEnd>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // Whatever has come meanwhile has woken the task, which polls again then.
        if std::mem::take(&mut self.just_sent) {
            return Poll::Pending;
        }
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
        // Mostly the answer is there, or the waker is known: then none is cloned.
        match self.fetch_answer(id, Err(cx.waker())) {
            Some(polled) => polled,
            None => {
                // Cloned before the lock: that may run code of another executor.
                let waker = cx.waker().clone();
                self.fetch_answer(id, Ok(waker)).unwrap_or(Poll::Pending)
            }
        }
    }

    /// Fetches the answer, or sees to it that `waker` is told of it. `None`: it would have to be cloned for that.
    fn fetch_answer(
        &self,
        id: RequestId,
        waker: Result<Waker, &Waker>,
    ) -> Option<Poll<Result<Answer, CallEnd>>> {
        // Dropped behind the lock: that may run code of another executor.
        let _old;
        let mut core = self.lock();
        let Some(call) = core.calls.get_mut(id) else {
            // Finished by the end of the connection, which leaves no call waiting.
            let reason = core.life.reason().unwrap_or(ConnectionError::Aborted);
            return Some(Poll::Ready(Err(CallEnd::Connection(reason))));
        };
        match (&mut call.state, waker) {
            (CallState::Waiting(place), Ok(waker)) => {
                _old = place.replace(waker);
                return Some(Poll::Pending);
            }
            (CallState::Waiting(Some(known)), Err(waker)) if known.will_wake(waker) => {
                return Some(Poll::Pending);
            }
            (CallState::Waiting(_), Err(_)) => return None,
            (CallState::Expired, _) => {
                call.state = CallState::GivenUp;
                return Some(Poll::Ready(Err(CallEnd::DeadlineExceeded)));
            }
            _ => {}
        }
        let finished = core.calls.finish(id).map(|call| call.state);
        let next = core.free_slot();
        drop(core);
        if let Some(waker) = next {
            waker.wake();
        }
        Some(Poll::Ready(match finished {
            Some(CallState::Answered(answer)) => Ok(answer),
            Some(CallState::Failed(end)) => Err(end),
            _ => Err(CallEnd::Connection(ConnectionError::Aborted)),
        }))
    }
}
