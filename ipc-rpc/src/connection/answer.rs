//! What the peer answers a call with.

use bytes::Bytes;

use super::scratch;
use crate::transport::framing::Body;
use crate::wire::Flags;

/// The peer's answer to a call.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) flags: Flags,
    content: Content,
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
        Self { flags, content }
    }

    pub(crate) fn from_parts(flags: Flags, body: Bytes, side: Bytes) -> Self {
        Self {
            flags,
            content: Content::Kept(Box::new((body, side))),
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
