//! The requests of the peer that this side serves.

use crate::error::ProtocolError;
use crate::wire::RequestId;

/// A table of requests being served, indexed by the slot that the peer chose.
///
/// A conforming peer uses slots below the announced limit, each for one request at a time, so nothing is
/// hashed, nothing grows, and a second request in a taken slot is told at once. `T` is what the owner keeps
/// with a request. It stays in its slot for the next one, as in [`Outbound`](super::Outbound).
#[derive(Debug)]
pub(crate) struct Inbound<T> {
    /// Grows up to `limit` as slots are used: peers take a new one when all others are taken.
    slots: Vec<Slot<T>>,
    limit: usize,
    taken: usize,
}

#[derive(Debug)]
struct Slot<T> {
    taken_by: Option<RequestId>,
    request: T,
}

impl<T: Default> Inbound<T> {
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            slots: Vec::new(),
            limit,
            taken: 0,
        }
    }

    /// Enters a request, which is as the one before has left it.
    #[inline]
    pub(crate) fn begin(&mut self, id: RequestId) -> Result<&mut T, Box<ProtocolError>> {
        let slot = id.slot();
        if slot >= self.limit {
            let limit = self.limit;
            return Err(Box::new(ProtocolError::TooManyRequests { slot, limit }));
        }
        if slot >= self.slots.len() {
            self.slots.resize_with(slot + 1, || Slot {
                taken_by: None,
                request: T::default(),
            });
        }
        let Slot { taken_by, request } = &mut self.slots[slot];
        if taken_by.is_some() {
            let id = id.to_string();
            return Err(Box::new(ProtocolError::DuplicateRequest { id }));
        }
        *taken_by = Some(id);
        self.taken += 1;
        Ok(request)
    }

    /// The request of this id, while it is served.
    pub(crate) fn get_mut(&mut self, id: RequestId) -> Option<&mut T> {
        let Slot { taken_by, request } = self.slots.get_mut(id.slot())?;
        (*taken_by == Some(id)).then_some(request)
    }

    /// Frees the slot of a request that is being answered, which is to be left as the next one may find it.
    #[inline]
    pub(crate) fn finish(&mut self, id: RequestId) -> Option<&mut T> {
        let Slot { taken_by, request } = self.slots.get_mut(id.slot())?;
        if *taken_by != Some(id) {
            return None;
        }
        *taken_by = None;
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
            .filter_map(|Slot { taken_by, request }| taken_by.map(|id| (id, request)))
    }
}
