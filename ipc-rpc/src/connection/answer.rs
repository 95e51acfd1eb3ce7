//! What the peer answers a call with.

use std::sync::Arc;

use bytes::Bytes;

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
    streams: Streams,
}

/// The streams that an answer opens.
#[derive(Debug)]
enum Streams {
    None,
    /// Nobody reads them yet. If nobody is going to, the peer has to be told.
    Arrived(Vec<Arrived>),
    Read(Vec<StreamReader>),
}

#[derive(Debug)]
enum Content {
    /// Copied into a buffer that is used again: the body and, behind it, this much of a side part.
    Copied { buffer: Vec<u8>, side_len: usize },
    /// Kept as it arrived: body and side part. Boxed, since it is large in every sense.
    Kept(Box<(Bytes, Bytes)>),
}

impl Answer {
    /// `buffer` is used if the answer is small and only lent.
    pub(super) fn new(flags: Flags, body: Body<'_>, side: Body<'_>, mut buffer: Vec<u8>) -> Self {
        let content = match (body, side) {
            (Body::Lent(body), Body::Lent(side)) => {
                buffer.clear();
                buffer.extend_from_slice(body);
                buffer.extend_from_slice(side);
                let side_len = side.len();
                Content::Copied { buffer, side_len }
            }
            (body, side) => Content::Kept(Box::new((body.into_bytes(), side.into_bytes()))),
        };
        Self {
            flags,
            content,
            streams: Streams::None,
        }
    }

    pub(crate) fn from_parts(
        flags: Flags,
        (body, side): (Bytes, Bytes),
        streams: Vec<StreamReader>,
    ) -> Self {
        Self {
            flags,
            content: Content::Kept(Box::new((body, side))),
            streams: Streams::Read(streams),
        }
    }

    /// The streams that it opens, which nobody reads yet.
    pub(super) fn with_streams(mut self, streams: Vec<Arrived>) -> Self {
        if !streams.is_empty() {
            self.streams = Streams::Arrived(streams);
        }
        self
    }

    /// The ids of streams that nobody reads yet.
    pub(super) fn unread(&self) -> Vec<StreamId> {
        match &self.streams {
            Streams::Arrived(arrived) => arrived.iter().map(Arrived::id).collect(),
            Streams::None | Streams::Read(_) => Vec::new(),
        }
    }

    /// From now on its streams are read, and the peer is told if they are dropped.
    pub(super) fn read_streams(&mut self, shared: &Arc<Shared>) {
        if let Streams::Arrived(arrived) = &mut self.streams {
            let readers = std::mem::take(arrived)
                .into_iter()
                .map(|stream| stream.reader(Connection::of(Arc::clone(shared))));
            self.streams = Streams::Read(readers.collect());
        }
    }

    /// The streams that it opens, once.
    pub(crate) fn take_streams(&mut self) -> Vec<StreamReader> {
        match &mut self.streams {
            Streams::Read(readers) => std::mem::take(readers),
            Streams::None | Streams::Arrived(_) => Vec::new(),
        }
    }

    pub(crate) fn body(&self) -> &[u8] {
        match &self.content {
            Content::Copied { buffer, side_len } => &buffer[..buffer.len() - side_len],
            Content::Kept(kept) => &kept.0,
        }
    }

    /// The body and, once, the side part, which may go on without a copy.
    pub(crate) fn parts(&mut self) -> (&[u8], Body<'_>) {
        match &mut self.content {
            Content::Copied { buffer, side_len } => {
                let (body, side) = buffer.split_at(buffer.len() - *side_len);
                (body, Body::Lent(side))
            }
            Content::Kept(kept) => (&kept.0, Body::Owned(std::mem::take(&mut kept.1))),
        }
    }

    pub(crate) fn into_parts(self) -> (Bytes, Bytes) {
        match self.content {
            Content::Copied { buffer, side_len } => {
                let mut body = Bytes::from(buffer);
                let side = body.split_off(body.len() - side_len);
                (body, side)
            }
            Content::Kept(kept) => *kept,
        }
    }

    /// Gives its buffer back, for the next call.
    pub(crate) fn recycle(self) {
        if let Content::Copied { buffer, .. } = self.content {
            scratch::give(buffer);
        }
    }
}
