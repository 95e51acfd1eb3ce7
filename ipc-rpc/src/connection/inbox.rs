//! Where the frames of a lane wait for whoever drives it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::answer::Answer;

/// A queue from the connection's task to the owner of a lane. Bounded by what may be in flight.
#[derive(Default)]
pub(crate) struct Inbox {
    state: Mutex<State>,
}

/// An answer to a call that a lane made.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// What the lane gave with the call.
    pub(crate) tag: u64,
    pub(crate) answer: Answer,
}

#[derive(Default)]
struct State {
    items: VecDeque<Arrival>,
    closed: bool,
    waker: Option<Waker>,
}

impl Inbox {
    pub(crate) fn push(&self, item: Arrival) {
        let mut state = self.lock();
        if !state.closed {
            state.items.push_back(item);
        }
        wake(state);
    }

    /// Lets the owner have what is there, and then the end.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        wake(state);
    }

    pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Arrival>> {
        let waker = cx.waker().clone();
        let _old;
        let mut state = self.lock();
        match state.items.pop_front() {
            Some(item) => Poll::Ready(Some(item)),
            None if state.closed => Poll::Ready(None),
            None => {
                _old = state.waker.replace(waker);
                Poll::Pending
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inbox")
    }
}
