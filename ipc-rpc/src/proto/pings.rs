//! The pings that wait for their pong.

use std::time::Instant;

use slab::Slab;

use crate::wire::RequestId;

/// A table of pings under way. `T` is what the owner keeps with a ping.
#[derive(Debug)]
pub(crate) struct Pings<T> {
    pings: Slab<Ping<T>>,
    next_generation: u32,
}

#[derive(Debug)]
struct Ping<T> {
    generation: u32,
    sent: Instant,
    owner: T,
}

impl<T> Default for Pings<T> {
    fn default() -> Self {
        Self {
            pings: Slab::new(),
            next_generation: 0,
        }
    }
}

impl<T> Pings<T> {
    pub(crate) fn begin(&mut self, owner: T, now: Instant) -> RequestId {
        let generation = self.next_generation;
        self.next_generation = generation.wrapping_add(1);
        let slot = self.pings.insert(Ping {
            generation,
            sent: now,
            owner,
        });
        RequestId::new(u32::try_from(slot).unwrap_or(u32::MAX), generation)
    }

    /// Takes the ping that a pong answers, and when it was sent. `None`: nobody waits for it any more.
    pub(crate) fn finish(&mut self, id: RequestId) -> Option<(T, Instant)> {
        let ping = self.pings.get(id.slot())?;
        if ping.generation != id.generation() {
            return None;
        }
        let ping = self.pings.remove(id.slot());
        Some((ping.owner, ping.sent))
    }

    /// Takes them all.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> + '_ {
        self.pings.drain().map(|ping| ping.owner)
    }
}
