//! A message that is encoded and on its way out.

use std::fmt;

use bytes::Bytes;

use super::few::Few;
use super::streams::Feed;
use crate::wire::StreamId;

/// A piece of the side part of this size or more is queued as it is; a smaller one is copied behind the body.
const LARGE_PIECE: usize = 4 * 1024;

/// A message, encoded: a body and, behind it, a side part.
///
/// Small ones lie in one buffer that is used again and again. What is large stays where it is.
#[derive(Default)]
pub(crate) struct Encoded {
    /// The body and, behind it, the beginning of the side part.
    pub(crate) bytes: Vec<u8>,
    /// How many bytes at the end of `bytes` belong to the side part.
    copied: usize,
    /// The rest of the side part, from its first large piece on.
    pub(super) pieces: Few<Bytes>,
    /// What fills the streams that the message opens.
    pub(crate) feeds: Few<Box<dyn Feed>>,
}

impl Encoded {
    /// A message without a side part, in this buffer.
    pub(crate) const fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            copied: 0,
            pieces: Few::NONE,
            feeds: Few::NONE,
        }
    }

    /// A message that was taken apart.
    pub(crate) fn from_parts(body: Bytes, side: Bytes) -> Self {
        let mut message = Self::new(body.into());
        if !side.is_empty() {
            message.push_bytes(side);
        }
        message
    }

    /// The same once more. `None`: it opens streams, which can be filled once only.
    pub(crate) fn copy(&self) -> Option<Self> {
        self.feeds.is_empty().then(|| Self {
            bytes: self.bytes.clone(),
            copied: self.copied,
            pieces: self.pieces.iter().cloned().collect(),
            feeds: Few::NONE,
        })
    }

    /// Bytes of it all.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() + self.pieces_len()
    }

    /// Bytes of it in a frame: if it opens streams, their ids stand in front.
    pub(crate) fn framed_len(&self) -> usize {
        let streams = match self.feeds.len() {
            0 => 0,
            count => StreamId::encoded_len(count),
        };
        streams + self.len()
    }

    /// Bytes of the side part.
    pub(crate) fn side_len(&self) -> usize {
        self.copied + self.pieces_len()
    }

    #[inline]
    fn pieces_len(&self) -> usize {
        if self.pieces.is_empty() {
            return 0;
        }
        self.pieces.iter().map(Bytes::len).sum()
    }

    /// Appends a piece of the side part. Nothing is appended to the body from then on.
    #[inline]
    pub(crate) fn push_slice(&mut self, piece: &[u8]) {
        if self.pieces.is_empty() {
            self.bytes.extend_from_slice(piece);
            self.copied += piece.len();
        } else {
            self.pieces.push(Bytes::copy_from_slice(piece));
        }
    }

    /// The same without a copy of what is large.
    pub(crate) fn push_bytes(&mut self, piece: Bytes) {
        if self.pieces.is_empty() && piece.len() < LARGE_PIECE {
            self.push_slice(&piece);
        } else {
            self.pieces.push(piece);
        }
    }

    /// The same for a vector.
    #[inline]
    pub(crate) fn push_vec(&mut self, piece: Vec<u8>) {
        if self.pieces.is_empty() && piece.len() < LARGE_PIECE {
            self.push_slice(&piece);
        } else {
            self.pieces.push(Bytes::from(piece));
        }
    }

    /// Body and side part, each in one piece. What fills its streams is to be taken out before.
    pub(crate) fn into_parts(self) -> (Bytes, Bytes) {
        let mut body = Bytes::from(self.bytes);
        let copied = body.split_off(body.len() - self.copied);
        let count = self.pieces.len();
        let mut pieces = self.pieces.into_iter();
        let side = match pieces.next() {
            None => copied,
            Some(whole) if count == 1 && copied.is_empty() => whole,
            Some(first) => [copied, first]
                .into_iter()
                .chain(pieces)
                .flatten()
                .collect(),
        };
        (body, side)
    }
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded")
            .field("len", &self.len())
            .field("side_len", &self.side_len())
            .field("streams", &self.feeds.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_taken_apart_has_all_its_bytes() {
        let large = vec![7; LARGE_PIECE];
        for pieces in [
            vec![],
            vec![b"small".to_vec()],
            vec![large.clone()],
            vec![b"small".to_vec(), large.clone(), b"behind".to_vec()],
            vec![large, b"behind".to_vec()],
        ] {
            for push in [
                |message: &mut Encoded, piece: &Vec<u8>| message.push_slice(piece),
                |message: &mut Encoded, piece: &Vec<u8>| message.push_vec(piece.clone()),
                |message: &mut Encoded, piece: &Vec<u8>| message.push_bytes(piece.clone().into()),
            ] {
                let mut message = Encoded::new(b"body".to_vec());
                pieces.iter().for_each(|piece| push(&mut message, piece));
                let side = pieces.concat();
                assert_eq!(message.len(), 4 + side.len());
                assert_eq!(message.side_len(), side.len());
                let (body, found) = message.into_parts();
                assert_eq!((&body[..], &found[..]), (&b"body"[..], &side[..]));
            }
        }
    }
}
