//! How many requests may still be in flight, and who waits for one to end.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::MutexGuard;
use std::task::{Context, Poll, Waker};

use super::shared::{Core, Shared};
use crate::error::ConnectionError;
use crate::wake::wake;

/// The slots that the peer has for this side's requests, and those who wait for one, in order of arrival.
///
/// A slot that becomes free while somebody waits is that one's: nobody who comes later takes it.
#[derive(Debug)]
pub(super) struct Slots {
    free: usize,
    waiting: VecDeque<Waiter>,
    /// How many at the front of `waiting` have been given a slot and have yet to take it.
    granted: usize,
    /// Bytes that those will append.
    reserved: usize,
    next_ticket: u64,
}

#[derive(Debug)]
struct Waiter {
    ticket: u64,
    /// Bytes that it will append.
    len: usize,
    /// `None`: it has been given a slot.
    waker: Option<Waker>,
}

impl Slots {
    pub(super) const fn new(count: usize) -> Self {
        Self {
            free: count,
            waiting: VecDeque::new(),
            granted: 0,
            reserved: 0,
            next_ticket: 0,
        }
    }

    /// Takes a slot, unless somebody waits for it.
    fn take(&mut self) -> bool {
        let is_free = self.free > 0 && self.waiting.len() == self.granted;
        if is_free {
            self.free -= 1;
        }
        is_free
    }

    fn enqueue(&mut self, len: usize, waker: Waker) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.waiting.push_back(Waiter {
            ticket,
            len,
            waker: Some(waker),
        });
        ticket
    }

    fn position(&self, ticket: u64) -> Option<usize> {
        self.waiting
            .binary_search_by_key(&ticket, |waiter| waiter.ticket)
            .ok()
    }

    /// Gives the first who waits a slot, and returns whom to wake.
    fn grant(&mut self) -> Option<Waker> {
        if self.free == 0 {
            return None;
        }
        let first = self.waiting.get_mut(self.granted)?;
        self.free -= 1;
        self.granted += 1;
        self.reserved += first.len;
        first.waker.take()
    }

    /// Takes the slot that was given. `None`: none was.
    fn collect(&mut self, position: usize) -> Option<()> {
        if position >= self.granted {
            return None;
        }
        self.granted -= 1;
        let waiter = self.waiting.remove(position)?;
        self.reserved -= waiter.len;
        Some(())
    }

    /// Those who wait for nothing any more.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Waker> {
        self.waiting
            .iter_mut()
            .filter_map(|waiter| waiter.waker.take())
    }
}

impl Core {
    /// Takes a slot, if one is free and the outbox has room.
    pub(super) fn take_slot(&mut self) -> bool {
        self.has_room_for_more() && self.slots.take()
    }

    /// Frees a slot, and returns whom to wake, behind the lock.
    #[must_use]
    pub(super) fn free_slot(&mut self) -> Option<Waker> {
        self.slots.free += 1;
        self.grant_slot()
    }

    /// Gives a slot to who waits for it, if there is one and the outbox has room.
    pub(super) fn grant_slot(&mut self) -> Option<Waker> {
        if self.slots.waiting.len() == self.slots.granted {
            return None;
        }
        if !self.has_room_for_more() {
            // If only those stand in the way who have a slot and have not sent yet, the next one is let in by them,
            // when they send or go: to be told of room that is there already would be to be told without end.
            self.awaits_room |= !self.outbox.has_room();
            return None;
        }
        self.slots.grant()
    }

    /// Whether the outbox has room beside what those will append who have been given a slot.
    const fn has_room_for_more(&self) -> bool {
        self.outbox.has_room_beside(self.slots.reserved)
    }
}

/// Frees a slot, and wakes who is given it.
#[inline]
pub(super) fn pass_slot_on(mut core: MutexGuard<'_, Core>) {
    let next = core.free_slot();
    drop(core);
    next.into_iter().for_each(wake);
}

impl Shared {
    /// Waits for a slot and for room in the outbox, for a request of `len` bytes. The slot is the caller's from then on:
    /// what sends the request must follow at once.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a dropped wait takes nothing.
    pub(super) const fn admission(&self, len: usize) -> Admission<'_> {
        Admission {
            shared: self,
            len,
            ticket: None,
        }
    }
}

/// Waits for a slot. Resolves to why there will be none if the connection is ending.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub(super) struct Admission<'a> {
    shared: &'a Shared,
    len: usize,
    ticket: Option<u64>,
}

impl Future for Admission<'_> {
    type Output = Result<(), ConnectionError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // Cloned before the lock and dropped behind it: either may run code of another executor.
        let waker = cx.waker().clone();
        let _old;
        let mut core = self.shared.lock();
        if let Some(reason) = core.life.reason() {
            return Poll::Ready(Err(reason));
        }
        let place = self.ticket.and_then(|ticket| core.slots.position(ticket));
        let Some(place) = place else {
            if core.take_slot() {
                return Poll::Ready(Ok(()));
            }
            let ticket = core.slots.enqueue(self.len, waker);
            // There may be a slot and no room: then room is what is waited for.
            core.awaits_room = true;
            drop(core);
            self.ticket = Some(ticket);
            return Poll::Pending;
        };
        if core.slots.collect(place).is_some() {
            drop(core);
            self.ticket = None;
            return Poll::Ready(Ok(()));
        }
        _old = core.slots.waiting[place].waker.replace(waker);
        Poll::Pending
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        // Dropped behind the lock: that may run code of another executor.
        let _own;
        let mut core = self.shared.lock();
        let Some(place) = core.slots.position(ticket) else {
            return;
        };
        if core.slots.collect(place).is_some() {
            pass_slot_on(core);
        } else {
            _own = core.slots.waiting.remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waker() -> Waker {
        Waker::noop().clone()
    }

    #[test]
    fn a_slot_that_becomes_free_goes_to_who_waited_first_and_to_nobody_who_comes_later() {
        let mut slots = Slots::new(1);
        assert!(slots.take());
        let first = slots.enqueue(1, waker());
        let second = slots.enqueue(1, waker());
        slots.free += 1;
        assert!(!slots.take(), "it is the first one's");
        assert!(slots.grant().is_some());
        assert!(slots.grant().is_none(), "there was only one");
        assert!(slots.collect(slots.position(second).unwrap()).is_none());
        assert!(slots.collect(slots.position(first).unwrap()).is_some());
        slots.free += 1;
        assert!(!slots.take(), "it is the second one's");
        assert!(slots.grant().is_some());
        assert!(slots.collect(slots.position(second).unwrap()).is_some());
        slots.free += 1;
        assert!(slots.take());
    }

    #[test]
    fn who_leaves_between_others_keeps_nobody_from_a_slot() {
        let mut slots = Slots::new(0);
        let tickets = [(); 4].map(|()| slots.enqueue(1, waker()));
        slots.free += 2;
        assert!(slots.grant().is_some() && slots.grant().is_some());
        // One with a slot and one without go away; the slot is given again.
        let place = slots.position(tickets[0]).unwrap();
        assert!(slots.collect(place).is_some());
        slots.free += 1;
        let place = slots.position(tickets[2]).unwrap();
        assert!(slots.collect(place).is_none());
        slots.waiting.remove(place);
        assert!(slots.grant().is_some());
        for ticket in [tickets[3], tickets[1]] {
            let place = slots.position(ticket).unwrap();
            assert!(slots.collect(place).is_some());
        }
        assert_eq!((slots.free, slots.granted, slots.reserved), (0, 0, 0));
        assert!(slots.waiting.is_empty());
    }
}
