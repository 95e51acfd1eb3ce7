//! Waking other tasks, and being woken.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::Waker;

/// Wakes somebody else's task. A panic of its waker is its own business: behind it others are to be woken.
pub(crate) fn wake(waker: Waker) {
    let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
}

type Slot = Mutex<Option<Waker>>;

/// Where somebody waits. Whoever waits keeps it, and when it is dropped nobody is woken through it any more.
#[derive(Debug, Default)]
pub(crate) struct Place(Option<Arc<Slot>>);

impl Place {
    /// Sets who is woken from now on. Under no lock: that may run code of another executor.
    pub(crate) fn set(&mut self, waker: &Waker) {
        let own = waker.clone();
        let slot = self.0.get_or_insert_default();
        let old = slot
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .replace(own);
        drop(old);
    }
}

/// Entries beyond which those are looked for whose owners have gone.
const MIN_PRUNED: usize = 32;

/// Those who wait for something, in order of arrival.
///
/// Who does not wait any more leaves nothing of its own in here, and what is left of it is bounded by how many do wait:
/// waits that are given up, for want of time for instance, do not add up while what they wait for does not come.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    places: Vec<Weak<Slot>>,
    /// As many entries are looked through.
    prune_at: usize,
}

impl Waiters {
    pub(crate) const fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Enters a place, once.
    pub(crate) fn enter(&mut self, place: &Place) {
        let Some(slot) = &place.0 else { return };
        if self.places.len() >= self.prune_at.max(MIN_PRUNED) {
            self.places.retain(|place| place.strong_count() > 0);
            self.prune_at = 2 * self.places.len();
        }
        let own = Arc::as_ptr(slot);
        if !self.places.iter().any(|place| place.as_ptr() == own) {
            self.places.push(Arc::downgrade(slot));
        }
    }

    /// Takes out whom to wake, behind any lock.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Waker> {
        self.prune_at = 0;
        let slots = self.places.drain(..).filter_map(|place| place.upgrade());
        slots.filter_map(|slot| slot.lock().unwrap_or_else(PoisonError::into_inner).take())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_is_woken_in_order_and_once() {
        let mut waiters = Waiters::default();
        let mut places: Vec<_> = (0..100).map(|_| Place::default()).collect();
        for place in &mut places {
            place.set(Waker::noop());
            waiters.enter(place);
            waiters.enter(place);
        }
        places.truncate(90);
        assert_eq!(waiters.drain().count(), 90);
        assert!(waiters.is_empty());
        assert_eq!(
            waiters.prune_at, 0,
            "a crowd that was woken lets nobody else stay"
        );
        waiters.enter(&places[0]);
        assert_eq!(
            waiters.drain().count(),
            0,
            "it was woken, and has not waited again"
        );
    }

    #[test]
    fn those_who_went_away_do_not_add_up() {
        let mut waiters = Waiters::default();
        let mut live: Vec<_> = (0..10).map(|_| Place::default()).collect();
        for place in &mut live {
            place.set(Waker::noop());
            waiters.enter(place);
        }
        for _ in 0..10_000 {
            let mut gone = Place::default();
            gone.set(Waker::noop());
            waiters.enter(&gone);
        }
        assert!(
            waiters.places.len() <= MIN_PRUNED,
            "{}",
            waiters.places.len()
        );
        assert_eq!(waiters.drain().count(), live.len());
    }
}
