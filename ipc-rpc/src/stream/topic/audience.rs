//! Who follows a topic, and how an item gets to all of them or to none.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use slab::Slab;

use super::subscriber::{Queue, Slow, Subscription};
use crate::wake::wake;

/// The subscribers of a topic.
pub(super) struct Audience<T> {
    /// Locked before the queue of any subscriber. Items are put into queues under it only, so that all see one order, and so
    /// that room that was found is still there.
    state: Mutex<State<T>>,
    /// Held by the one publisher that waits for room; the others wait for this, in line.
    turn: tokio::sync::Mutex<()>,
    capacity: usize,
}

struct State<T> {
    queues: Slab<Arc<Queue<T>>>,
    closed: bool,
    /// Publishers that wait. Nobody may overtake them.
    line: usize,
}

impl<T> Audience<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::new(State {
                queues: Slab::new(),
                closed: false,
                line: 0,
            }),
            turn: tokio::sync::Mutex::new(()),
            capacity: capacity.max(1),
        }
    }

    pub(super) const fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn subscribers(&self) -> usize {
        self.lock().queues.len()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// `None`: the topic is closed.
    pub(super) fn subscribe(self: &Arc<Self>, slow: Slow) -> Option<Subscription<T>> {
        let queue = Arc::new(Queue::new(self.capacity, slow));
        let mut state = self.lock();
        if state.closed {
            return None;
        }
        let key = state.queues.insert(Arc::clone(&queue));
        drop(state);
        Some(Subscription::new(queue, key, Arc::downgrade(self)))
    }

    /// A subscriber has gone.
    pub(super) fn remove(&self, key: usize, queue: &Arc<Queue<T>>) {
        let mut state = self.lock();
        // One that was too slow is out already, and its key may be another's.
        if state
            .queues
            .get(key)
            .is_some_and(|known| Arc::ptr_eq(known, queue))
        {
            state.queues.remove(key);
        }
    }

    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let queues = std::mem::take(&mut state.queues);
        drop(state);
        for (_, queue) in queues {
            queue.end();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone> Audience<T> {
    pub(super) async fn publish(&self, item: T) -> usize {
        // Publishing in a loop need never wait for anything else, and on a runtime of one thread nobody could read then.
        tokio::task::coop::consume_budget().await;
        let mut copies = match self.offer(Copies::new(item), Rank::Last) {
            Ok(reached) => return reached,
            Err(copies) => copies,
        };
        let _place = Place::in_line(self);
        let _turn = self.turn.lock().await;
        loop {
            copies = match self.offer(copies, Rank::First) {
                Ok(reached) => return reached,
                Err(copies) => copies,
            };
            poll_fn(|cx| self.poll_room(cx)).await;
        }
    }

    pub(super) fn try_publish(&self, item: T) -> Result<usize, T> {
        self.offer(Copies::new(item), Rank::Last)
            .map_err(|copies| copies.original)
    }

    /// Puts an item into all queues, or, if it has to wait, into none.
    fn offer(&self, mut copies: Copies<T>, rank: Rank) -> Result<usize, Copies<T>> {
        loop {
            let mut state = self.lock();
            if (rank == Rank::Last && state.line > 0) || state.is_full(&mut None) {
                return Err(copies);
            }
            let wanted = state.queues.len();
            if wanted == 0 {
                drop(state);
                return Ok(0);
            }
            if copies.suffice_for(wanted) {
                let delivered = state.deliver(copies);
                drop(state);
                return Ok(delivered.finish());
            }
            // Made without the lock: others may come and go meanwhile, but any copy is as good for one as for another.
            drop(state);
            copies.make_for(wanted);
        }
    }

    /// Waits until nobody that is waited for lacks room.
    fn poll_room(&self, cx: &Context<'_>) -> Poll<()> {
        // Cloned before the lock, and what it displaces is dropped behind it: both may run code of another executor.
        let mut waker = Some(cx.waker().clone());
        let state = self.lock();
        if state.is_full(&mut waker) {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }
}

impl<T> State<T> {
    /// Whether a subscriber that is waited for has no room. The first such wakes `waker` when it has.
    fn is_full(&self, waker: &mut Option<Waker>) -> bool {
        self.queues.iter().any(|(_, queue)| queue.is_full(waker))
    }

    fn deliver(&mut self, copies: Copies<T>) -> Delivered<T> {
        let mut delivered = Delivered::default();
        let mut copies = copies.into_iter();
        self.queues.retain(|_, queue| {
            copies
                .next()
                .is_none_or(|item| queue.push(item, &mut delivered))
        });
        // Made for subscribers that have gone meanwhile.
        delivered.lost.extend(copies);
        delivered
    }
}

impl<T> Drop for Audience<T> {
    fn drop(&mut self) {
        self.close();
    }
}

/// Who publishes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rank {
    /// The first in the line.
    First,
    /// Nobody who has waited.
    Last,
}

/// A place in the line of publishers.
struct Place<'a, T>(&'a Audience<T>);

impl<'a, T> Place<'a, T> {
    fn in_line(audience: &'a Audience<T>) -> Self {
        audience.lock().line += 1;
        Self(audience)
    }
}

impl<T> Drop for Place<'_, T> {
    fn drop(&mut self) {
        self.0.lock().line -= 1;
    }
}

/// An item, and copies of it for all subscribers but one.
struct Copies<T> {
    original: T,
    others: Vec<T>,
}

impl<T> Copies<T> {
    const fn new(original: T) -> Self {
        Self {
            original,
            others: Vec::new(),
        }
    }

    const fn suffice_for(&self, subscribers: usize) -> bool {
        subscribers <= self.others.len() + 1
    }

    fn into_iter(self) -> impl Iterator<Item = T> {
        self.others.into_iter().chain([self.original])
    }
}

impl<T: Clone> Copies<T> {
    fn make_for(&mut self, subscribers: usize) {
        let copies = (self.others.len() + 1..subscribers).map(|_| self.original.clone());
        self.others.extend(copies);
    }
}

/// What an item has led to, for when no lock is held.
#[must_use]
pub(super) struct Delivered<T> {
    reached: usize,
    readers: Vec<Waker>,
    lost: Vec<T>,
}

impl<T> Delivered<T> {
    /// The item went to a subscriber, who may wait for it.
    pub(super) fn reached(&mut self, reader: Option<Waker>) {
        self.reached += 1;
        self.readers.extend(reader);
    }

    /// A subscriber does not get this.
    pub(super) fn lose(&mut self, item: Option<T>) {
        self.lost.extend(item);
    }

    fn finish(self) -> usize {
        // Before anything is dropped, for that may panic.
        self.readers.into_iter().for_each(wake);
        self.reached
    }
}

impl<T> Default for Delivered<T> {
    fn default() -> Self {
        Self {
            reached: 0,
            readers: Vec::new(),
            lost: Vec::new(),
        }
    }
}
