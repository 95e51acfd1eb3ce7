//! Arguments and results that are bytes: they travel beside the message, around the codec.

use std::any::Any;

use bytes::Bytes;

use crate::codec::{Codec, CodecError};
use crate::connection::Encoded;
use crate::transport::framing::Body;

/// An argument, result or error that is declared as `bytes::Bytes` or `Vec<u8>`, by whatever name.
#[derive(Debug)]
pub enum Blob<'a> {
    /// Declared as `bytes::Bytes`.
    Shared(&'a mut Bytes),
    /// Declared as `Vec<u8>`.
    Owned(&'a mut Vec<u8>),
}

impl Blob<'_> {
    /// Puts a piece of a side part where it was taken out. `false`: something is there.
    #[inline]
    fn fill(self, piece: Body<'_>) -> bool {
        match self {
            Self::Shared(bytes) if bytes.is_empty() => *bytes = piece.into_bytes(),
            Self::Owned(bytes) if bytes.is_empty() => *bytes = piece.into_vec(),
            _ => return false,
        }
        true
    }
}

/// Calls `visit` if the value is a [`Blob`].
pub fn visit_bytes<T: 'static>(value: &mut T, visit: &mut dyn FnMut(Blob<'_>)) {
    let value: &mut dyn Any = value;
    if value.is::<Bytes>() {
        if let Some(bytes) = value.downcast_mut() {
            visit(Blob::Shared(bytes));
        }
    } else if let Some(bytes) = value.downcast_mut() {
        visit(Blob::Owned(bytes));
    }
}

/// What was taken out of a message: mostly nothing or one piece, for which nothing is allocated.
#[derive(Debug, Default)]
pub(super) struct Detached {
    first: Option<Piece>,
    rest: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Shared(Bytes),
    Owned(Vec<u8>),
}

impl Piece {
    #[inline]
    fn append_to(self, message: &mut Encoded) {
        match self {
            Self::Shared(bytes) => message.push_bytes(bytes),
            Self::Owned(bytes) => message.push_vec(bytes),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Shared(bytes) => bytes.len(),
            Self::Owned(bytes) => bytes.len(),
        }
    }
}

impl Detached {
    /// Takes the bytes out of a message. What stays in it is empty.
    pub(super) fn from(each_bytes: impl FnOnce(&mut dyn FnMut(Blob<'_>))) -> Self {
        let mut detached = Self::default();
        each_bytes(&mut |blob| {
            let piece = match blob {
                Blob::Shared(bytes) => Piece::Shared(std::mem::take(bytes)),
                Blob::Owned(bytes) => Piece::Owned(std::mem::take(bytes)),
            };
            match &detached.first {
                None => detached.first = Some(piece),
                Some(_) => detached.rest.push(piece),
            }
        });
        detached
    }

    /// Puts them behind the body: first the lengths of all but the last, then the bytes themselves.
    pub(super) fn append_to(self, message: &mut Encoded) {
        let Self { first, rest } = self;
        let Some(first) = first else { return };
        if rest.is_empty() {
            return first.append_to(message);
        }
        let count = rest.len();
        let all = || std::iter::once(&first).chain(&rest);
        for piece in all().take(count) {
            // A piece that long does not pass the limit of a frame.
            let len = u32::try_from(piece.len()).unwrap_or(u32::MAX);
            message.push_slice(&len.to_le_bytes());
        }
        for piece in std::iter::once(first).chain(rest) {
            piece.append_to(message);
        }
    }
}

/// Puts the bytes of a side part back into a message.
pub(super) fn attach(
    codec: Codec,
    mut each_bytes: impl FnMut(&mut dyn FnMut(Blob<'_>)),
    side: Body<'_>,
) -> Result<(), CodecError> {
    let mut count = 0_usize;
    each_bytes(&mut |_| count += 1);
    match count {
        0 if side.is_empty() => Ok(()),
        1 => attach_one(codec, each_bytes, side),
        _ => attach_all(codec, each_bytes, side, count),
    }
}

/// The same for a message with one, whose bytes are all of the side part.
#[inline]
fn attach_one(
    codec: Codec,
    mut each_bytes: impl FnMut(&mut dyn FnMut(Blob<'_>)),
    side: Body<'_>,
) -> Result<(), CodecError> {
    let mut side = Some(side);
    let mut is_in_place = true;
    each_bytes(&mut |blob| is_in_place &= side.take().is_some_and(|side| blob.fill(side)));
    if is_in_place {
        Ok(())
    } else {
        Err(CodecError::invalid(codec, IN_BODY))
    }
}

fn attach_all(
    codec: Codec,
    mut each_bytes: impl FnMut(&mut dyn FnMut(Blob<'_>)),
    side: Body<'_>,
    count: usize,
) -> Result<(), CodecError> {
    let mut cut = match Cut::new(side, count) {
        Ok(cut) => cut,
        Err(problem) => return Err(CodecError::invalid(codec, problem)),
    };
    let mut problem = None;
    each_bytes(&mut |blob| match cut.next() {
        None => problem = Some(SHORT),
        Some(piece) => {
            if !blob.fill(piece) {
                problem = Some(IN_BODY);
            }
        }
    });
    match problem {
        None => Ok(()),
        Some(problem) => Err(CodecError::invalid(codec, problem.to_owned())),
    }
}

/// A side part on its way back into the pieces it was made of.
struct Cut<'a> {
    lengths: Body<'a>,
    rest: Option<Body<'a>>,
}

impl<'a> Cut<'a> {
    #[inline]
    fn new(side: Body<'a>, count: usize) -> Result<Self, String> {
        if count == 0 && !side.is_empty() {
            return Err(format!(
                "a side part of {} bytes for a message that declares no `Bytes` and no `Vec<u8>`",
                side.len()
            ));
        }
        let (lengths, rest) = side
            .split_at(4 * count.saturating_sub(1))
            .ok_or_else(|| SHORT.to_owned())?;
        Ok(Self {
            lengths,
            rest: Some(rest),
        })
    }

    /// The next piece, which is the last one when no length is left. `None`: it is not all there.
    #[inline]
    fn next(&mut self) -> Option<Body<'a>> {
        let rest = self.rest.take()?;
        let Some(len) = self.lengths.first_chunk() else {
            return Some(rest);
        };
        let len = usize::try_from(u32::from_le_bytes(*len)).ok()?;
        self.lengths = std::mem::replace(&mut self.lengths, Body::Lent(&[])).skip(4);
        let (piece, rest) = rest.split_at(len)?;
        self.rest = Some(rest);
        Some(piece)
    }
}

const SHORT: &str = "a side part shorter than its own lengths say";
const IN_BODY: &str = "bytes in the body that belong into the side part";

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    struct Message {
        shared: Vec<Bytes>,
        owned: Vec<Vec<u8>>,
    }

    impl Message {
        fn each(&mut self, visit: &mut dyn FnMut(Blob<'_>)) {
            self.shared
                .iter_mut()
                .for_each(|bytes| visit_bytes(bytes, visit));
            self.owned
                .iter_mut()
                .for_each(|bytes| visit_bytes(bytes, visit));
            visit_bytes(&mut 7_u32, visit);
        }
    }

    fn round_trip(shared: &[&[u8]], owned: &[&[u8]]) {
        let mut message = Message {
            shared: shared
                .iter()
                .map(|bytes| Bytes::copy_from_slice(bytes))
                .collect(),
            owned: owned.iter().map(|bytes| bytes.to_vec()).collect(),
        };
        let before = message.clone();
        let mut encoded = Encoded::new(Vec::new());
        Detached::from(|visit| message.each(visit)).append_to(&mut encoded);
        assert!(message.shared.iter().all(Bytes::is_empty));
        assert!(message.owned.iter().all(Vec::is_empty));
        let (_, side) = encoded.into_parts();
        for side in [Body::Lent(&side), Body::Owned(side.clone())] {
            let mut message = message.clone();
            attach(Codec::Postcard, |visit| message.each(visit), side).unwrap();
            assert_eq!(message, before);
        }
    }

    #[test]
    fn any_number_of_byte_arguments_comes_back_as_it_was() {
        let large = vec![9; 100_000];
        round_trip(&[], &[]);
        round_trip(&[b"one"], &[]);
        round_trip(&[], &[b"one"]);
        round_trip(&[], &[b""]);
        round_trip(&[b"", b"two"], &[b"three", b""]);
        round_trip(&[b"small", &large, b"behind"], &[&large, b"", &large]);
    }

    #[test]
    fn bytes_that_stayed_in_the_body_are_an_error_and_not_lost() {
        let mut message = [b"here".to_vec()];
        let attached = attach(
            Codec::Postcard,
            |visit| {
                message
                    .iter_mut()
                    .for_each(|bytes| visit(Blob::Owned(bytes)))
            },
            Body::Lent(b"there"),
        );
        assert!(attached.is_err());
    }

    #[test]
    fn a_side_part_that_does_not_fit_its_message_is_an_error() {
        for (count, side) in [
            (0, &b"x"[..]),
            (2, b"abc"),
            (2, b"\xff\xff\xff\xffabc"),
            (3, b"\x01\0\0\0\x05\0\0\0abc"),
        ] {
            let mut message = vec![Vec::new(); count];
            let attached = attach(
                Codec::Postcard,
                |visit| {
                    message
                        .iter_mut()
                        .for_each(|bytes| visit(Blob::Owned(bytes)))
                },
                Body::Lent(side),
            );
            assert!(attached.is_err(), "{count} {side:?}");
        }
    }
}
