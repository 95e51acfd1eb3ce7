//! What the peer answers a call with.

use bytes::Bytes;

use crate::transport::framing::Body;
use crate::wire::Flags;

/// The peer's answer to a call.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) flags: Flags,
    pub(crate) body: AnswerBody,
    pub(crate) side: Bytes,
}

/// The body of an answer: copied into a buffer that is used again, or kept as it arrived.
#[derive(Debug)]
pub(crate) enum AnswerBody {
    Copied(Vec<u8>),
    Kept(Bytes),
}

impl AnswerBody {
    /// `buffer` is used if the body is small and only lent.
    pub(super) fn new(body: Body<'_>, mut buffer: Vec<u8>) -> Self {
        match body {
            Body::Owned(bytes) => Self::Kept(bytes),
            Body::Lent(bytes) => {
                buffer.clear();
                buffer.extend_from_slice(bytes);
                Self::Copied(buffer)
            }
        }
    }
}

impl std::ops::Deref for AnswerBody {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Copied(bytes) => bytes,
            Self::Kept(bytes) => bytes,
        }
    }
}
