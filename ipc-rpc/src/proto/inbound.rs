//! The requests of the peer that this side serves.

use crate::error::ProtocolError;
use crate::wire::RequestId;

/// A table of requests being served, indexed by the slot that the peer chose.
///
/// A conforming peer uses slots below the announced limit, each for one request at a time, so nothing is
/// hashed, nothing grows, and a second request in a taken slot is told at once. `T` is what the owner keeps
/// with a request.
#[derive(Debug)]
pub(crate) struct Inbound<T> {
    /// Grows up to `limit` as slots are used: peers take a new one when all others are taken.
    slots: Vec<Option<(RequestId, T)>>,
    limit: usize,
    taken: usize,
}

impl<T> Inbound<T> {
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            slots: Vec::new(),
            limit,
            taken: 0,
        }
    }

    /// Enters a request.
    pub(crate) fn begin(&mut self, id: RequestId, request: T) -> Result<(), ProtocolError> {
        let slot = id.slot();
        if slot >= self.limit {
            return Err(ProtocolError::TooManyRequests {
                slot,
                limit: self.limit,
            });
        }
        if slot >= self.slots.len() {
            self.slots.resize_with(slot + 1, || None);
        }
        let place = &mut self.slots[slot];
        if place.is_some() {
            return Err(ProtocolError::DuplicateRequest { id: id.to_string() });
        }
        *place = Some((id, request));
        self.taken += 1;
        Ok(())
    }

    /// The request of this id, while it is served.
    pub(crate) fn get_mut(&mut self, id: RequestId) -> Option<&mut T> {
        match self.slots.get_mut(id.slot())? {
            Some((taken_by, request)) if *taken_by == id => Some(request),
            _ => None,
        }
    }

    /// Frees the slot of a request that is being answered.
    pub(crate) fn finish(&mut self, id: RequestId) -> Option<T> {
        let place = self.slots.get_mut(id.slot())?;
        let (_, request) = place.take_if(|(taken_by, _)| *taken_by == id)?;
        self.taken -= 1;
        Some(request)
    }

    pub(crate) const fn len(&self) -> usize {
        self.taken
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.taken == 0
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (RequestId, &mut T)> {
        self.slots
            .iter_mut()
            .flatten()
            .map(|(id, request)| (*id, request))
    }
}
