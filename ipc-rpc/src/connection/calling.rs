//! A call of this side, from its sending to its answer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Instant;

use super::answer::Answer;
use super::call::{CallEnd, CallState};
use super::encoded::Encoded;
use super::outgoing::Outbound;
use super::shared::Shared;
use super::slots::pass_slot_on;
use crate::clock;
use crate::error::ConnectionError;
use crate::wire::RequestId;

/// Sends a request, as soon as there is a slot and room for it, and waits for the answer. Dropping it cancels the call.
///
/// Written by hand, since it is on the way of every call: nothing in it is moved once it is polled, and what only a
/// call that has to wait for a slot needs is boxed.
#[must_use = "futures do nothing unless polled"]
pub(crate) struct Calling<'a> {
    shared: &'a Arc<Shared>,
    /// `None`: it was sent.
    request: Option<Outbound>,
    state: State<'a>,
    answer: Answer,
}

enum State<'a> {
    Unsent {
        now: Instant,
    },
    Admitting(Admitting<'a>),
    /// It was sent with the waker of the task that polls this, in this very poll.
    JustSent(RequestId),
    Sent(RequestId),
    Done,
}

type Admitting<'a> = Pin<Box<dyn Future<Output = Result<(), CallEnd>> + Send + Sync + 'a>>;

/// Why there is no answer, and whether the request was sent.
pub(crate) type Unanswered = Box<(CallEnd, bool)>;

impl<'a> Calling<'a> {
    #[inline]
    pub(crate) fn new(shared: &'a Arc<Shared>, request: Outbound, now: Instant) -> Self {
        Self {
            shared,
            request: Some(request),
            state: State::Unsent { now },
            answer: Answer::default(),
        }
    }

    /// The answer, once it is there.
    #[inline]
    pub(crate) const fn answer(&mut self) -> &mut Answer {
        &mut self.answer
    }

    /// The same, to be kept.
    pub(crate) fn take_answer(&mut self) -> Answer {
        std::mem::take(&mut self.answer)
    }

    /// The message, if it was not sent and will not be.
    pub(crate) fn take_unsent(&mut self) -> Option<Encoded> {
        self.request.take().map(|request| request.message)
    }

    /// Sends the request, with the waker of the task that will wait, so that the wait begins without another look.
    fn poll_send(
        &mut self,
        cx: &Context<'_>,
        admitted: bool,
        now: Instant,
    ) -> Result<State<'a>, CallEnd> {
        let Some(request) = &mut self.request else {
            return Ok(State::Done);
        };
        let one_way = request.one_way;
        // Cloned before the lock: that may run code of another executor.
        let state = if one_way {
            CallState::OneWay
        } else {
            CallState::Waiting(Some(cx.waker().clone()))
        };
        let Some(begun) = self.shared.begin(admitted)? else {
            return Ok(State::Admitting(Box::pin(
                self.shared.admit(request.len(), request.deadline),
            )));
        };
        let id = begun.send(request, state, now)?;
        self.request = None;
        Ok(if one_way {
            State::Done
        } else {
            State::JustSent(id)
        })
    }
}

impl Future for Calling<'_> {
    /// Whether there is an answer; to a one-way request there is none.
    type Output = Result<bool, Unanswered>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            let (admitted, now) = match &mut this.state {
                State::Sent(id) => {
                    let answered = ready!(this.shared.poll_answer(*id, cx, &mut this.answer));
                    this.state = State::Done;
                    return Poll::Ready(match answered {
                        Ok(()) => {
                            this.answer.read_streams(this.shared);
                            Ok(true)
                        }
                        Err(end) => Err(Box::new((*end, true))),
                    });
                }
                // Whatever comes from now on wakes the task, which polls again then.
                State::JustSent(id) => {
                    this.state = State::Sent(*id);
                    return Poll::Pending;
                }
                State::Unsent { now } => (false, *now),
                State::Admitting(admitting) => match ready!(admitting.as_mut().poll(cx)) {
                    Ok(()) => (true, clock::now()),
                    Err(end) => {
                        this.state = State::Done;
                        return Poll::Ready(Err(Box::new((end, false))));
                    }
                },
                State::Done => return Poll::Ready(Ok(false)),
            };
            this.state = State::Done;
            match this.poll_send(cx, admitted, now) {
                Ok(state) => this.state = state,
                Err(end) => return Poll::Ready(Err(Box::new((end, false)))),
            }
        }
    }
}

impl Drop for Calling<'_> {
    fn drop(&mut self) {
        if let State::Sent(id) | State::JustSent(id) = self.state {
            self.shared.give_up(id);
        }
    }
}

impl Shared {
    /// Fetches the answer to a call into `answer`, or sees to it that its caller is woken when it is there.
    #[inline]
    fn poll_answer(
        &self,
        id: RequestId,
        cx: &Context<'_>,
        answer: &mut Answer,
    ) -> Poll<Result<(), Box<CallEnd>>> {
        // Mostly the answer is there, or the waker is known: then none is cloned.
        if let Some(polled) = self.fetch_answer(id, cx.waker(), &mut None, answer) {
            return polled;
        }
        // Cloned before the lock and dropped behind it: that may run code of another executor.
        let mut own = Some(cx.waker().clone());
        self.fetch_answer(id, cx.waker(), &mut own, answer)
            .unwrap_or(Poll::Pending)
    }

    /// Fetches the answer, or sees to it that `waker` is told of it. `None`: that takes a copy of it, `own`.
    #[inline]
    fn fetch_answer(
        &self,
        id: RequestId,
        waker: &Waker,
        own: &mut Option<Waker>,
        answer: &mut Answer,
    ) -> Option<Poll<Result<(), Box<CallEnd>>>> {
        // Dropped behind the lock: that may run code of another executor.
        let _old;
        let mut core = self.lock();
        let Some(call) = core.calls.get_mut(id) else {
            // Finished by the end of the connection, which leaves no call waiting.
            let reason = core.life.reason().unwrap_or(ConnectionError::Aborted);
            return Some(Poll::Ready(Err(Box::new(CallEnd::Connection(reason)))));
        };
        match &mut call.state {
            CallState::Waiting(Some(known)) if known.will_wake(waker) => {
                return Some(Poll::Pending);
            }
            CallState::Waiting(place) => {
                _old = place.replace(own.take()?);
                return Some(Poll::Pending);
            }
            CallState::Expired => {
                call.state = CallState::GivenUp;
                return Some(Poll::Ready(Err(Box::new(CallEnd::DeadlineExceeded))));
            }
            _ => {}
        }
        let fetched = match std::mem::take(&mut call.state) {
            CallState::Answered => {
                std::mem::swap(answer, &mut call.answer);
                Ok(())
            }
            CallState::Failed(end) => Err(end),
            _ => Err(Box::new(CallEnd::Connection(ConnectionError::Aborted))),
        };
        core.calls.finish(id);
        let news = core.tally();
        pass_slot_on(core);
        self.meter.publish(news);
        Some(Poll::Ready(fetched))
    }
}
