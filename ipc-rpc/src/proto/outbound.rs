//! The calls that this side has in flight.

use std::num::NonZeroU32;

use slab::Slab;

use crate::wire::RequestId;

/// A table of pending calls, indexed by the slot of their request id.
///
/// A slot stays taken until the peer answered, also when its caller has given up: so the peer's cap on
/// requests in flight holds, and no answer can be taken for that of a later call. `T` is what the owner
/// keeps with a call.
#[derive(Debug)]
pub(crate) struct Outbound<T> {
    calls: Slab<(u32, T)>,
    limit: usize,
    next_generation: u32,
}

impl<T> Outbound<T> {
    /// A table for a peer that allows `limit` requests at once.
    pub(crate) fn new(limit: NonZeroU32) -> Self {
        Self {
            calls: Slab::new(),
            limit: usize::try_from(limit.get()).unwrap_or(usize::MAX),
            next_generation: 0,
        }
    }

    /// The id of the call that is entered next. `None`: there is no slot.
    pub(crate) fn next_id(&self) -> Option<RequestId> {
        let slot = self.calls.vacant_key();
        (self.calls.len() < self.limit).then(|| {
            RequestId::new(
                u32::try_from(slot).unwrap_or(u32::MAX),
                self.next_generation,
            )
        })
    }

    /// Takes a slot. `Err`: there is none; the caller waits for one.
    pub(crate) fn begin(&mut self, call: T) -> Result<RequestId, T> {
        if self.calls.len() >= self.limit {
            return Err(call);
        }
        // The vacant key is below the limit: a slab hands out a new one when all others are taken.
        let generation = self.next_generation;
        self.next_generation = generation.wrapping_add(1);
        let slot = self.calls.insert((generation, call));
        Ok(RequestId::new(
            u32::try_from(slot).unwrap_or(u32::MAX),
            generation,
        ))
    }

    /// The call of this id, unless it was answered.
    pub(crate) fn get_mut(&mut self, id: RequestId) -> Option<&mut T> {
        let (generation, call) = self.calls.get_mut(id.slot())?;
        (*generation == id.generation()).then_some(call)
    }

    /// Frees the slot of an answered call.
    pub(crate) fn finish(&mut self, id: RequestId) -> Option<T> {
        self.get_mut(id)?;
        Some(self.calls.remove(id.slot()).1)
    }

    pub(crate) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (RequestId, &mut T)> {
        self.calls.iter_mut().map(|(slot, (generation, call))| {
            (
                RequestId::new(u32::try_from(slot).unwrap_or(u32::MAX), *generation),
                call,
            )
        })
    }
}
