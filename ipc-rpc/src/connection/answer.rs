//! What the peer answers a call with.

use std::sync::Arc;

use bytes::Bytes;

use super::few::Few;
use super::shared::Shared;
use super::streams::{Arrived, StreamReader};
use super::{Connection, scratch};
use crate::transport::framing::Body;
use crate::wire::{Flags, StreamId};

/// The peer's answer to a call. A small one is copied into a buffer that is used again: the body and, behind it, a side part.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    buffer: Vec<u8>,
    side_len: u32,
    pub(crate) flags: Flags,
    /// What few answers have, so that the others are small.
    more: Option<Box<More>>,
}

#[derive(Debug, Default)]
struct More {
    /// Kept as it arrived: body and side part.
    kept: Option<(Bytes, Bytes)>,
    /// The streams that it opens and nobody reads yet. If nobody is going to, the peer has to be told.
    arrived: Few<Arrived>,
    readers: Few<StreamReader>,
}

impl Answer {
    /// Gives it the buffer that a small answer goes to.
    #[inline]
    pub(super) fn set_buffer(&mut self, buffer: Vec<u8>) {
        self.buffer = buffer;
    }

    /// Fills it.
    #[inline]
    pub(super) fn fill(&mut self, flags: Flags, body: Body<'_>, side: Body<'_>) {
        self.flags = flags;
        match (body, side) {
            (Body::Lent(body), Body::Lent(side)) => {
                self.buffer.clear();
                self.buffer.extend_from_slice(body);
                self.buffer.extend_from_slice(side);
                // What is lent is out of a small frame.
                self.side_len = side.len() as u32;
            }
            (body, side) => {
                self.more().kept = Some((body.into_bytes(), side.into_bytes()));
            }
        }
    }

    pub(crate) fn from_parts(
        flags: Flags,
        parts: (Bytes, Bytes),
        readers: Few<StreamReader>,
    ) -> Self {
        Self {
            flags,
            more: Some(Box::new(More {
                kept: Some(parts),
                arrived: Few::NONE,
                readers,
            })),
            ..Self::default()
        }
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    /// The streams that it opens, which nobody reads yet.
    #[inline]
    pub(super) fn open_streams(&mut self, arrived: Few<Arrived>) {
        if !arrived.is_empty() {
            self.more().arrived = arrived;
        }
    }

    /// The ids of streams that nobody reads yet.
    pub(super) fn unread(&self) -> impl Iterator<Item = StreamId> {
        let more = self.more.iter();
        more.flat_map(|more| more.arrived.iter().map(Arrived::id))
    }

    /// From now on its streams are read, and the peer is told if they are dropped.
    #[inline]
    pub(super) fn read_streams(&mut self, shared: &Arc<Shared>) {
        let Some(more) = &mut self.more else { return };
        let arrived = std::mem::take(&mut more.arrived).into_iter();
        more.readers = arrived
            .map(|stream| stream.reader(Connection::of(Arc::clone(shared))))
            .collect();
    }

    /// The streams that it opens, once.
    #[inline]
    pub(crate) fn take_streams(&mut self) -> Few<StreamReader> {
        match &mut self.more {
            Some(more) => std::mem::take(&mut more.readers),
            None => Few::NONE,
        }
    }

    #[inline]
    pub(crate) fn body(&self) -> &[u8] {
        match &self.more {
            Some(more) if let Some((body, _)) = &more.kept => body,
            _ => &self.buffer[..self.buffer.len() - self.side_len as usize],
        }
    }

    /// The body and, once, the side part, which may go on without a copy.
    #[inline]
    pub(crate) fn parts(&mut self) -> (&[u8], Body<'_>) {
        match &mut self.more {
            Some(more) if more.kept.is_some() => {
                let (body, side) = more.kept.get_or_insert_default();
                (body, Body::Owned(std::mem::take(side)))
            }
            _ => {
                let (body, side) = self
                    .buffer
                    .split_at(self.buffer.len() - self.side_len as usize);
                (body, Body::Lent(side))
            }
        }
    }

    pub(crate) fn into_parts(mut self) -> (Bytes, Bytes) {
        if let Some(kept) = self.more.take().and_then(|more| more.kept) {
            return kept;
        }
        let mut body = Bytes::from(self.buffer);
        let side = body.split_off(body.len() - self.side_len as usize);
        (body, side)
    }

    /// Gives its buffer back, for the next call.
    #[inline]
    pub(crate) fn recycle(&mut self) {
        scratch::give(std::mem::take(&mut self.buffer));
    }
}
