//! One subscriber: what waits for it, and what becomes of it when that is too much.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker, ready};

use tokio::task::coop;

use super::Update;
use super::audience::{Audience, Delivered};
use crate::wake::wake;

/// What happens to a subscriber for whom no further item may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slow {
    /// Its stream ends, behind what waits.
    Ends,
    /// The oldest item makes room.
    Loses,
    /// Publishers wait.
    IsWaitedFor,
}

/// What waits for a subscriber.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    capacity: usize,
    slow: Slow,
}

struct State<T> {
    items: VecDeque<T>,
    /// Items that are lost: those in front of the queue, or the one behind it with which the stream ends.
    missed: u64,
    /// Nothing follows.
    ended: bool,
    reader: Option<Waker>,
    /// The publisher that waits for room.
    publisher: Option<Waker>,
}

impl<T> Queue<T> {
    pub(super) const fn new(capacity: usize, slow: Slow) -> Self {
        Self {
            state: Mutex::new(State {
                items: VecDeque::new(),
                missed: 0,
                ended: false,
                reader: None,
                publisher: None,
            }),
            capacity,
            slow,
        }
    }

    /// Whether publishers have to wait. If so, `waker` takes the place of the one that was to be woken when there is room.
    pub(super) fn is_full(&self, waker: &mut Option<Waker>) -> bool {
        if self.slow != Slow::IsWaitedFor {
            return false;
        }
        let mut state = self.lock();
        let full = state.items.len() >= self.capacity;
        if full && waker.is_some() {
            std::mem::swap(&mut state.publisher, waker);
        }
        full
    }

    /// Adds an item. Returns whether the subscriber gets further ones.
    pub(super) fn push(&self, item: T, delivered: &mut Delivered<T>) -> bool {
        let mut state = self.lock();
        if state.items.len() >= self.capacity {
            state.missed += 1;
            if self.slow != Slow::Loses {
                state.ended = true;
                // Nobody reads at this moment, or there would be room: nobody is to be woken.
                delivered.lose(Some(item));
                return false;
            }
            delivered.lose(state.items.pop_front());
        }
        state.items.push_back(item);
        delivered.reached(state.reader.take());
        true
    }

    /// Nothing follows what waits.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        let woken = [state.reader.take(), state.publisher.take()];
        drop(state);
        woken.into_iter().flatten().for_each(wake);
    }

    /// Takes what comes next out of the queue. Else the reader is woken when there is something, if `waker` is given.
    fn poll_take(&self, waker: &mut Option<Waker>) -> Poll<Option<Update<T>>> {
        let mut state = self.lock();
        if let Some(update) = state.take(self.slow) {
            let publisher = state.publisher.take();
            drop(state);
            publisher.into_iter().for_each(wake);
            return Poll::Ready(Some(update));
        }
        if state.ended {
            return Poll::Ready(None);
        }
        if waker.is_some() {
            std::mem::swap(&mut state.reader, waker);
        }
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn take(&mut self, slow: Slow) -> Option<Update<T>> {
        if self.missed > 0 && (slow == Slow::Loses || self.items.is_empty()) {
            return Some(Update::Missed(std::mem::take(&mut self.missed)));
        }
        self.items.pop_front().map(Update::Item)
    }
}

/// The reading end. Dropped, it ends the subscription.
pub(super) struct Subscription<T> {
    queue: Arc<Queue<T>>,
    key: usize,
    audience: Weak<Audience<T>>,
}

impl<T> Subscription<T> {
    pub(super) const fn new(queue: Arc<Queue<T>>, key: usize, audience: Weak<Audience<T>>) -> Self {
        Self {
            queue,
            key,
            audience,
        }
    }

    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Update<T>>> {
        // A busy publisher must not keep the reader's task from ever yielding.
        let budget = ready!(coop::poll_proceed(cx));
        let mut next = self.queue.poll_take(&mut None);
        if next.is_pending() {
            // Cloned before the lock, and what it displaces is dropped behind it: both may run code of another executor.
            let mut waker = Some(cx.waker().clone());
            next = self.queue.poll_take(&mut waker);
        }
        if next.is_ready() {
            budget.made_progress();
        }
        next
    }
}

impl<T> Drop for Subscription<T> {
    fn drop(&mut self) {
        if let Some(audience) = self.audience.upgrade() {
            audience.remove(self.key, &self.queue);
        }
        // Behind the removal: the publisher that waits for this one looks at the others then.
        self.queue.end();
    }
}
