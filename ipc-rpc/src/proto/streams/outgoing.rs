//! The streams that this side writes.

use slab::Slab;

use super::Allowance;
use crate::error::ProtocolError;
use crate::wire::{Credit, StreamId};

/// A table of the streams that this side writes, indexed by the slot of their id. `T` is what the owner keeps with a
/// stream.
#[derive(Debug)]
pub(crate) struct Outgoing<T> {
    streams: Slab<Outflow<T>>,
    limit: usize,
    /// What the peer lets each stream have on its way.
    window: Credit,
    next_generation: u32,
}

#[derive(Debug)]
struct Outflow<T> {
    generation: u32,
    left: Allowance,
    owner: T,
}

/// Whether items may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spent {
    /// They may, and their credit is taken.
    Sent,
    /// There is no credit; wait for more.
    NoCredit,
    /// The stream is over.
    Over,
}

impl<T> Outgoing<T> {
    /// A table for `limit` streams at once to a peer with this window.
    pub(crate) const fn new(limit: usize, window: Credit) -> Self {
        Self {
            streams: Slab::new(),
            limit,
            window,
            next_generation: 0,
        }
    }

    /// Whether so many more may be opened.
    pub(crate) fn has_room_for(&self, count: usize) -> bool {
        self.streams.len().saturating_add(count) <= self.limit
    }

    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    /// Opens a stream, for which there has to be room.
    pub(crate) fn open(&mut self, owner: T) -> StreamId {
        let generation = self.next_generation;
        self.next_generation = self.next_generation.wrapping_add(1);
        let slot = self.streams.insert(Outflow {
            generation,
            left: Allowance::whole(self.window),
            owner,
        });
        // A slab hands out a new key when all others are taken, so it is below the limit, which is a u32.
        StreamId::new(u32::try_from(slot).unwrap_or(u32::MAX), generation)
    }

    fn flow_mut(&mut self, id: StreamId) -> Option<&mut Outflow<T>> {
        let flow = self.streams.get_mut(id.slot())?;
        (flow.generation == id.generation()).then_some(flow)
    }

    /// What is kept with an open stream.
    pub(crate) fn get_mut(&mut self, id: StreamId) -> Option<&mut T> {
        self.flow_mut(id).map(|flow| &mut flow.owner)
    }

    /// Takes the credit for items that are sent then.
    pub(crate) fn spend(&mut self, id: StreamId, items: u32, bytes: usize) -> Spent {
        let Some(flow) = self.flow_mut(id) else {
            return Spent::Over;
        };
        if flow.left.take(items, bytes) {
            Spent::Sent
        } else {
            Spent::NoCredit
        }
    }

    /// What may be sent on an open stream. It does not shrink while nobody sends.
    pub(crate) fn left(&mut self, id: StreamId) -> Option<Allowance> {
        self.flow_mut(id).map(|flow| flow.left)
    }

    /// Acts on credit from the peer. `Ok(None)`: the stream is over.
    ///
    /// # Errors
    ///
    /// More than was used: the peer has lost count.
    pub(crate) fn handle_credit(
        &mut self,
        id: StreamId,
        credit: Credit,
    ) -> Result<Option<&mut T>, ProtocolError> {
        let window = self.window;
        let Some(flow) = self.flow_mut(id) else {
            return Ok(None);
        };
        if !flow.left.put_back(credit, window) {
            return Err(ProtocolError::TooMuchCredit {
                id: id.to_string(),
                items: credit.items,
                bytes: credit.bytes,
            });
        }
        Ok(Some(&mut flow.owner))
    }

    /// Ends a stream; the peer is to be told. `None`: it is over already.
    pub(crate) fn end(&mut self, id: StreamId) -> Option<T> {
        self.flow_mut(id)?;
        Some(self.streams.remove(id.slot()).owner)
    }

    /// Whether no stream is open.
    pub(crate) fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// Ends all: the connection has ended.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> {
        self.streams.drain().map(|flow| flow.owner)
    }
}
