//! Waking other tasks, and being woken.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

/// Wakes somebody else's task. A panic of its waker is its own business: behind it others are to be woken.
pub(crate) fn wake(waker: Waker) {
    let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
}

/// Enters who waits, once.
pub(crate) fn wait_in(waiting: &mut Vec<Waker>, waker: Waker) {
    if !waiting.iter().any(|known| known.will_wake(&waker)) {
        waiting.push(waker);
    }
}
