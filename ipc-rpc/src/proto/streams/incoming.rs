//! The streams that the peer writes.

use super::Allowance;
use crate::error::ProtocolError;
use crate::wire::{Credit, StreamId};

/// A table of the streams that the peer writes, indexed by the slot that the peer chose. `T` is what the owner keeps
/// with a stream.
#[derive(Debug)]
pub(crate) struct Incoming<T> {
    /// Grows up to `limit` as slots are used: peers take a new one when all others are taken.
    slots: Vec<Option<Inflow<T>>>,
    limit: usize,
    /// What each stream may have on its way or waiting here.
    window: Credit,
}

#[derive(Debug)]
struct Inflow<T> {
    id: StreamId,
    left: Allowance,
    /// What was taken and not yet given back.
    taken: Allowance,
    /// `None`: nobody reads any more, and the peer was told.
    owner: Option<T>,
}

impl<T> Incoming<T> {
    /// A table for `limit` streams at once, with this window each.
    pub(crate) const fn new(limit: usize, window: Credit) -> Self {
        Self {
            slots: Vec::new(),
            limit,
            window,
        }
    }

    /// Judges whether the peer may open a stream, be it entered or not.
    ///
    /// # Errors
    ///
    /// A slot beyond the limit, or one that is taken.
    pub(crate) fn check(&self, id: StreamId) -> Result<(), ProtocolError> {
        let slot = id.slot();
        if slot >= self.limit {
            return Err(ProtocolError::TooManyStreams {
                slot,
                limit: self.limit,
            });
        }
        if matches!(self.slots.get(slot), Some(Some(_))) {
            return Err(ProtocolError::DuplicateStream { id: id.to_string() });
        }
        Ok(())
    }

    /// Enters a stream that the peer has opened.
    ///
    /// # Errors
    ///
    /// It may not: see [`check`](Self::check).
    pub(crate) fn open(&mut self, id: StreamId, owner: T) -> Result<(), ProtocolError> {
        self.check(id)?;
        let slot = id.slot();
        if slot >= self.slots.len() {
            self.slots.resize_with(slot + 1, || None);
        }
        self.slots[slot] = Some(Inflow {
            id,
            left: Allowance::whole(self.window),
            taken: Allowance::NONE,
            owner: Some(owner),
        });
        Ok(())
    }

    fn flow_mut(&mut self, id: StreamId) -> Option<&mut Inflow<T>> {
        let flow = self.slots.get_mut(id.slot())?.as_mut()?;
        (flow.id == id).then_some(flow)
    }

    /// Acts on items that have arrived. `Ok(None)`: nobody wants them, drop them.
    ///
    /// # Errors
    ///
    /// They are more than the peer had credit for.
    pub(crate) fn handle_items(
        &mut self,
        id: StreamId,
        items: u32,
        bytes: usize,
    ) -> Result<Option<&mut T>, ProtocolError> {
        let Some(flow) = self.flow_mut(id) else {
            return Ok(None);
        };
        if !flow.left.take(items, bytes) {
            return Err(ProtocolError::NoCredit {
                id: id.to_string(),
                items,
                bytes,
                credit: format!("{} items and {} bytes", flow.left.items, flow.left.bytes),
            });
        }
        Ok(flow.owner.as_mut())
    }

    /// Acts on items that its reader has taken. Returns the credit that is to be given for them and earlier ones, once that
    /// is half a window: less would be a frame for every few items, more would have the writer wait.
    pub(crate) fn take(&mut self, id: StreamId, just_taken: Credit) -> Option<Credit> {
        let window = self.window;
        let flow = self.flow_mut(id)?;
        let taken = &mut flow.taken;
        taken.items = taken.items.saturating_add(just_taken.items);
        taken.bytes += i64::from(just_taken.bytes);
        if taken.items < window.items.div_ceil(2)
            && taken.bytes < i64::from(window.bytes.div_ceil(2))
        {
            return None;
        }
        let credit = Credit {
            items: taken.items,
            // One window and one frame were taken at most, and either is a u32: what does not fit is given later.
            bytes: u32::try_from(taken.bytes).unwrap_or(u32::MAX),
        };
        taken.items = 0;
        taken.bytes -= i64::from(credit.bytes);
        flow.left.items += credit.items;
        flow.left.bytes += i64::from(credit.bytes);
        Some(credit)
    }

    /// Forgets who reads a stream. `Some`: the peer is to be asked to stop.
    pub(crate) fn stop(&mut self, id: StreamId) -> Option<T> {
        self.flow_mut(id)?.owner.take()
    }

    /// Acts on the end of a stream. `Some`: somebody reads it, and is to be told.
    pub(crate) fn handle_end(&mut self, id: StreamId) -> Option<T> {
        self.flow_mut(id)?;
        self.slots[id.slot()].take()?.owner
    }

    #[cfg(test)]
    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    /// Whether no stream is open, those included that were asked to stop.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.iter().all(Option::is_none)
    }

    /// How many are open, those included that were asked to stop.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.slots.iter().flatten().count()
    }

    /// Ends all: the connection has ended.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> {
        self.slots.drain(..).flatten().filter_map(|flow| flow.owner)
    }
}
