//! Handing facts to observers who may be slow, gone, or not there.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use futures_util::Stream;

use crate::blocking::block_on;
use crate::wire::ConnectionId;

/// Events that wait for an observer at most, the ends of what was begun and the `Missed` notices apart.
const CAPACITY: usize = 1024;

/// What the hub needs to know of an event.
pub(crate) trait Fact: Clone {
    /// The connection whose history begins with this event.
    fn opens(&self) -> Option<ConnectionId>;
    /// The connection whose history ends with this event.
    fn closes(&self) -> Option<ConnectionId>;
    /// Whether nothing follows.
    fn is_last(&self) -> bool;
    /// The notice to an observer that was too slow.
    fn missed(connections: u64, others: u64) -> Self;
}

/// Where events are published. Without observers an event costs one lock and no allocation.
pub(crate) struct Hub<E> {
    state: Mutex<HubState<E>>,
}

struct HubState<E> {
    observers: Vec<Weak<Observer<E>>>,
    ended: bool,
}

impl<E> Default for Hub<E> {
    fn default() -> Self {
        Self {
            state: Mutex::new(HubState {
                observers: Vec::new(),
                ended: false,
            }),
        }
    }
}

impl<E> fmt::Debug for Hub<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hub")
    }
}

impl<E: Fact> Hub<E> {
    /// Shows `event` to every observer. Never waits; an event behind the last is dropped.
    pub(crate) fn publish(&self, event: &E) {
        self.deliver(event).wake();
    }

    /// The same for a caller that holds a lock: the observers are woken when that is free.
    pub(crate) fn deliver(&self, event: &E) -> Delivered {
        let mut wakers = Vec::new();
        let mut state = lock(&self.state);
        if !state.ended {
            state.ended = event.is_last();
            // Delivered under the hub's lock, so that all observers see one order.
            state.observers.retain(|observer| {
                let Some(observer) = observer.upgrade() else {
                    return false;
                };
                wakers.extend(lock(&observer.queue).push(event));
                true
            });
        }
        Delivered(wakers)
    }

    /// Starts observing, with `replay` as the first events.
    pub(crate) fn subscribe(&self, replay: impl IntoIterator<Item = E>) -> Events<E> {
        let mut state = lock(&self.state);
        let mut queue = Queue::default();
        for event in replay {
            queue.push(&event);
        }
        queue.ended |= state.ended;
        state
            .observers
            .retain(|observer| observer.strong_count() > 0);
        let observer = Arc::new(Observer {
            queue: Mutex::new(queue),
        });
        state.observers.push(Arc::downgrade(&observer));
        Events { observer }
    }
}

/// Observers that have something to read.
#[must_use = "wake them when no lock is held"]
pub(crate) struct Delivered(Vec<Waker>);

impl Delivered {
    pub(crate) fn wake(self) {
        self.0.into_iter().for_each(Waker::wake);
    }
}

struct Observer<E> {
    queue: Mutex<Queue<E>>,
}

struct Queue<E> {
    events: VecDeque<E>,
    /// Connections whose `Connected` is in the queue or was taken from it, and whose `Disconnected` is
    /// still to come.
    open: HashSet<ConnectionId>,
    missed_connections: u64,
    missed_others: u64,
    ended: bool,
    waker: Option<Waker>,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self {
            events: VecDeque::new(),
            open: HashSet::new(),
            missed_connections: 0,
            missed_others: 0,
            ended: false,
            waker: None,
        }
    }
}

impl<E: Fact> Queue<E> {
    fn push(&mut self, event: &E) -> Option<Waker> {
        if event.is_last() {
            self.ended = true;
            self.deliver(event);
        } else if let Some(id) = event.opens() {
            if self.has_room() {
                self.open.insert(id);
                self.deliver(event);
            } else {
                self.missed_connections += 1;
            }
        } else if let Some(id) = event.closes() {
            // Not among the open ones: its beginning was missed, or was before this observer.
            if self.open.remove(&id) {
                self.deliver(event);
            }
        } else if self.has_room() {
            self.deliver(event);
        } else {
            self.missed_others += 1;
        }
        self.waker.take()
    }

    /// What ends a history that was begun is always let in: what waits is bounded by the capacity and the number
    /// of live connections.
    fn has_room(&self) -> bool {
        self.events.len() < CAPACITY
    }

    fn deliver(&mut self, event: &E) {
        self.report_missed();
        self.events.push_back(event.clone());
    }

    fn report_missed(&mut self) {
        if self.missed_connections + self.missed_others > 0 {
            self.events
                .push_back(E::missed(self.missed_connections, self.missed_others));
            self.missed_connections = 0;
            self.missed_others = 0;
        }
    }

    fn pop(&mut self) -> Option<E> {
        if self.events.is_empty() {
            self.report_missed();
        }
        self.events.pop_front()
    }
}

/// The events of a server or a client, from when it was asked for: a `Stream` that ends behind the last
/// event.
///
/// An observer that does not read costs memory for some 1,024 events and holds up nobody; see
/// [`ServerEvent::Missed`](crate::ServerEvent::Missed).
pub struct Events<E> {
    observer: Arc<Observer<E>>,
}

#[expect(private_bounds, reason = "the events are this crate's own")]
impl<E: Fact> Events<E> {
    /// Waits for the next event. `None`: there will be none.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: an event is taken only when it is returned.
    pub async fn next(&mut self) -> Option<E> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// The next event, for a thread without a runtime: blocks it until there is one. `None`: there will be none.
    pub fn blocking_next(&mut self) -> Option<E> {
        block_on(self.next())
    }

    /// The events up to the last, for a thread without a runtime: blocks it until each of them is there.
    pub fn blocking_iter(&mut self) -> impl Iterator<Item = E> {
        std::iter::from_fn(|| self.blocking_next())
    }

    /// The next event if there is one already.
    pub fn try_next(&mut self) -> Option<E> {
        lock(&self.observer.queue).pop()
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<E>> {
        let waker = cx.waker().clone();
        let _old;
        let mut queue = lock(&self.observer.queue);
        match queue.pop() {
            Some(event) => Poll::Ready(Some(event)),
            None if queue.ended => Poll::Ready(None),
            None => {
                _old = queue.waker.replace(waker);
                Poll::Pending
            }
        }
    }
}

impl<E: Fact> Stream for Events<E> {
    type Item = E;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<E>> {
        self.poll_event(cx)
    }
}

impl<E> fmt::Debug for Events<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}

/// No user code runs under these locks, so a panic under one is a panic of ours with nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
