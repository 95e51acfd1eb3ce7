//! Streams: each table by itself, and both ends over a link that the tests hold.

mod facts;
mod hostile;
mod link;
mod whole;

use crate::wire::{Credit, StreamId};

const fn id(slot: u32, generation: u32) -> StreamId {
    StreamId::new(slot, generation)
}

const fn credit(items: u32, bytes: u32) -> Credit {
    Credit { items, bytes }
}
