//! The calls that this side has in flight.

use std::num::NonZeroU32;

use crate::wire::RequestId;

/// A table of pending calls, indexed by the slot of their request id.
///
/// A slot stays taken until the peer answered, also when its caller has given up: so the peer's cap on
/// requests in flight holds, and no answer can be taken for that of a later call. `T` is what the owner
/// keeps with a call. It stays in its slot for the next one: whoever begins a call sets it, and whoever finishes one takes
/// out of it what is to go. To move all of it in and out takes longer than everything else that is done with it.
#[derive(Debug)]
pub(crate) struct Outbound<T> {
    slots: Vec<Slot<T>>,
    /// Slots that were used and are free.
    free: Vec<u32>,
    limit: usize,
    next_generation: u32,
}

#[derive(Debug)]
struct Slot<T> {
    /// Of the call that has it, or had it last.
    generation: u32,
    is_taken: bool,
    call: T,
}

impl<T: Default> Outbound<T> {
    /// A table for a peer that allows `limit` requests at once.
    pub(crate) fn new(limit: NonZeroU32) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            limit: usize::try_from(limit.get()).unwrap_or(usize::MAX),
            next_generation: 0,
        }
    }

    /// Takes a slot for a call, which is as the one before has left it. `None`: there is none; the caller waits for one.
    #[inline]
    pub(crate) fn begin(&mut self) -> Option<(RequestId, &mut T)> {
        let index = match self.free.pop() {
            Some(index) => index,
            None => self.add_slot()?,
        };
        let generation = self.next_generation;
        self.next_generation = generation.wrapping_add(1);
        let slot = self.slots.get_mut(index as usize)?;
        slot.generation = generation;
        slot.is_taken = true;
        Some((RequestId::new(index, generation), &mut slot.call))
    }

    #[cold]
    fn add_slot(&mut self) -> Option<u32> {
        if self.slots.len() >= self.limit {
            return None;
        }
        // Below the limit, which is a u32.
        let index = u32::try_from(self.slots.len()).ok()?;
        self.slots.push(Slot {
            generation: 0,
            is_taken: false,
            call: T::default(),
        });
        Some(index)
    }

    #[inline]
    fn slot_mut(&mut self, id: RequestId) -> Option<&mut Slot<T>> {
        let slot = self.slots.get_mut(id.slot())?;
        (slot.is_taken && slot.generation == id.generation()).then_some(slot)
    }

    /// The call of this id, unless it was answered.
    #[inline]
    pub(crate) fn get_mut(&mut self, id: RequestId) -> Option<&mut T> {
        self.slot_mut(id).map(|slot| &mut slot.call)
    }

    /// Frees the slot of an answered call, which is to be left as the next one may find it.
    #[inline]
    pub(crate) fn finish(&mut self, id: RequestId) -> Option<&mut T> {
        self.slot_mut(id)?.is_taken = false;
        // It is a slot, so its index fits.
        self.free.push(id.slot() as u32);
        self.slots.get_mut(id.slot()).map(|slot| &mut slot.call)
    }

    pub(crate) const fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (RequestId, &mut T)> {
        let slots = (0..).zip(&mut self.slots);
        slots
            .filter(|(_, slot)| slot.is_taken)
            .map(|(index, slot)| (RequestId::new(index, slot.generation), &mut slot.call))
    }
}
