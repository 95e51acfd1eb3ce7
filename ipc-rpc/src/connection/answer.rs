//! What the peer answers a call with.

use std::sync::Arc;

use bytes::Bytes;

use super::few::Few;
use super::shared::Shared;
use super::streams::{Arrived, StreamReader};
use super::{Connection, scratch};
use crate::transport::framing::Body;
use crate::wire::{Flags, StreamId};

/// The peer's answer to a call.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) flags: Flags,
    content: Content,
    /// The streams that it opens and nobody reads yet. If nobody is going to, the peer has to be told.
    arrived: Few<Arrived>,
    readers: Few<StreamReader>,
}

#[derive(Debug)]
enum Content {
    /// Copied into a buffer that is used again: the body and, behind it, this much of a side part.
    Copied { buffer: Vec<u8>, side_len: u32 },
    /// Kept as it arrived: body and side part. Boxed, since it is large in every sense.
    Kept(Box<(Bytes, Bytes)>),
}

impl Answer {
    /// `buffer` is used if the answer is small and only lent.
    #[inline]
    pub(super) fn new(flags: Flags, body: Body<'_>, side: Body<'_>, mut buffer: Vec<u8>) -> Self {
        let content = match (body, side) {
            (Body::Lent(body), Body::Lent(side)) => {
                buffer.clear();
                buffer.extend_from_slice(body);
                buffer.extend_from_slice(side);
                // What is lent is out of a small frame.
                let side_len = side.len() as u32;
                Content::Copied { buffer, side_len }
            }
            (body, side) => Content::Kept(Box::new((body.into_bytes(), side.into_bytes()))),
        };
        Self {
            flags,
            content,
            arrived: Few::NONE,
            readers: Few::NONE,
        }
    }

    pub(crate) fn from_parts(
        flags: Flags,
        (body, side): (Bytes, Bytes),
        readers: Few<StreamReader>,
    ) -> Self {
        Self {
            flags,
            content: Content::Kept(Box::new((body, side))),
            arrived: Few::NONE,
            readers,
        }
    }

    /// The streams that it opens, which nobody reads yet.
    pub(super) fn with_streams(self, arrived: Few<Arrived>) -> Self {
        Self { arrived, ..self }
    }

    /// The ids of streams that nobody reads yet.
    pub(super) fn unread(&self) -> impl Iterator<Item = StreamId> {
        self.arrived.iter().map(Arrived::id)
    }

    /// From now on its streams are read, and the peer is told if they are dropped.
    #[inline]
    pub(super) fn read_streams(&mut self, shared: &Arc<Shared>) {
        if !self.arrived.is_empty() {
            let arrived = std::mem::take(&mut self.arrived).into_iter();
            self.readers = arrived
                .map(|stream| stream.reader(Connection::of(Arc::clone(shared))))
                .collect();
        }
    }

    /// The streams that it opens, once.
    #[inline]
    pub(crate) fn take_streams(&mut self) -> Few<StreamReader> {
        std::mem::take(&mut self.readers)
    }

    #[inline]
    pub(crate) fn body(&self) -> &[u8] {
        match &self.content {
            Content::Copied { buffer, side_len } => &buffer[..buffer.len() - *side_len as usize],
            Content::Kept(kept) => &kept.0,
        }
    }

    /// The body and, once, the side part, which may go on without a copy.
    #[inline]
    pub(crate) fn parts(&mut self) -> (&[u8], Body<'_>) {
        match &mut self.content {
            Content::Copied { buffer, side_len } => {
                let (body, side) = buffer.split_at(buffer.len() - *side_len as usize);
                (body, Body::Lent(side))
            }
            Content::Kept(kept) => (&kept.0, Body::Owned(std::mem::take(&mut kept.1))),
        }
    }

    pub(crate) fn into_parts(self) -> (Bytes, Bytes) {
        match self.content {
            Content::Copied { buffer, side_len } => {
                let mut body = Bytes::from(buffer);
                let side = body.split_off(body.len() - side_len as usize);
                (body, side)
            }
            Content::Kept(kept) => *kept,
        }
    }

    /// Gives its buffer back, for the next call.
    #[inline]
    pub(crate) fn recycle(self) {
        if let Content::Copied { buffer, .. } = self.content {
            scratch::give(buffer);
        }
    }
}
