//! Arguments: values on one side, a body and a side part on the other.

use std::any::Any;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::{Codec, CodecError};

/// A type that can cross a process boundary: it has serde's `Serialize` and `Deserialize`, owns what it
/// holds, and is `Send`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross a process boundary",
    label = "needs `serde::Serialize`, `serde::Deserialize`, `Send` and no borrowed data",
    note = "derive `Serialize` and `Deserialize` for it, or pass something that has them"
)]
pub trait Message: Serialize + DeserializeOwned + Send + 'static {}

// What is missing is told by the note above, which is shorter than the compiler's list of who has it.
#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> Message for T {}

/// Compiles if `T` is a [`Message`].
pub const fn assert_message<T: Message>() {}

/// The arguments of a method. Implemented by hidden generated types.
pub trait Args: Message {
    /// Calls `visit` with each argument that is declared as `bytes::Bytes`, in order.
    fn each_bytes(&mut self, visit: &mut dyn FnMut(&mut Bytes));
}

/// Calls `visit` if the value is `Bytes`, by whatever name it was declared.
pub fn visit_bytes<T: 'static>(value: &mut T, visit: &mut dyn FnMut(&mut Bytes)) {
    if let Some(bytes) = (value as &mut dyn Any).downcast_mut() {
        visit(bytes);
    }
}

/// Takes the `Bytes` out of a message, to travel beside the body instead of in it: first the lengths of
/// all but the last, then the bytes themselves. What stays in the message is empty.
pub(super) fn detach(each_bytes: impl FnOnce(&mut dyn FnMut(&mut Bytes))) -> Vec<Bytes> {
    let mut pieces = Vec::new();
    each_bytes(&mut |bytes| pieces.push(std::mem::take(bytes)));
    if pieces.len() > 1 {
        let lengths = pieces[..pieces.len() - 1]
            .iter()
            // A piece that long does not pass the limit of a frame.
            .flat_map(|piece| u32::try_from(piece.len()).unwrap_or(u32::MAX).to_le_bytes())
            .collect::<Vec<_>>();
        pieces.insert(0, Bytes::from(lengths));
    }
    pieces
}

/// Puts the `Bytes` of a side part back into a message.
pub(super) fn attach(
    codec: Codec,
    mut each_bytes: impl FnMut(&mut dyn FnMut(&mut Bytes)),
    side: Bytes,
) -> Result<(), CodecError> {
    let mut count = 0_usize;
    each_bytes(&mut |_| count += 1);
    let pieces = cut(side, count).map_err(|problem| CodecError::invalid(codec, problem))?;
    let mut pieces = pieces.into_iter();
    each_bytes(&mut |bytes| *bytes = pieces.next().unwrap_or_default());
    Ok(())
}

fn cut(mut side: Bytes, count: usize) -> Result<Vec<Bytes>, String> {
    if count == 0 {
        return match side.len() {
            0 => Ok(Vec::new()),
            extra => Err(format!(
                "a side part of {extra} bytes for a message that declares no `Bytes`"
            )),
        };
    }
    let short = || "a side part shorter than its own lengths say".to_owned();
    let lengths_len = 4 * (count - 1);
    if side.len() < lengths_len {
        return Err(short());
    }
    let lengths = side.split_to(lengths_len);
    let mut pieces = Vec::with_capacity(count);
    for length in lengths.chunks_exact(4) {
        let len = length
            .iter()
            .rev()
            .fold(0_usize, |len, byte| len << 8 | usize::from(*byte));
        if side.len() < len {
            return Err(short());
        }
        pieces.push(side.split_to(len));
    }
    pieces.push(side);
    Ok(pieces)
}

pub(super) fn encode_args<A: Args>(
    codec: Codec,
    mut args: A,
    body: &mut Vec<u8>,
) -> Result<Vec<Bytes>, CodecError> {
    let side = detach(|visit| args.each_bytes(visit));
    codec.encode(&args, body)?;
    Ok(side)
}

pub(super) fn decode_args<A: Args>(
    codec: Codec,
    body: &[u8],
    side: Bytes,
) -> Result<A, CodecError> {
    let mut args = codec.decode::<A>(body)?;
    attach(codec, |visit| args.each_bytes(visit), side)?;
    Ok(args)
}

/// Encodes the arguments of a request.
#[derive(Debug)]
pub struct RequestEncoder<'a> {
    pub(super) codec: Codec,
    pub(super) body: &'a mut Vec<u8>,
    pub(super) side: Vec<Bytes>,
}

impl RequestEncoder<'_> {
    /// Encodes these.
    ///
    /// # Errors
    ///
    /// What the codec cannot carry.
    pub fn args<A: Args>(&mut self, args: A) -> Result<(), CodecError> {
        self.side = encode_args(self.codec, args, self.body)?;
        Ok(())
    }
}

/// Decodes the arguments of a request.
#[derive(Debug)]
pub struct RequestDecoder<'a> {
    pub(super) codec: Codec,
    pub(super) body: &'a [u8],
    pub(super) side: Bytes,
}

impl RequestDecoder<'_> {
    /// Decodes them as these.
    ///
    /// # Errors
    ///
    /// Bytes that are not these arguments.
    pub fn args<A: Args>(self) -> Result<A, CodecError> {
        decode_args(self.codec, self.body, self.side)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(mut pieces: Vec<Bytes>) {
        let before = pieces.clone();
        let side = detach(|visit| pieces.iter_mut().for_each(visit));
        assert!(pieces.iter().all(Bytes::is_empty));
        let side = Bytes::from(side.concat());
        attach(
            Codec::Postcard,
            |visit| pieces.iter_mut().for_each(visit),
            side,
        )
        .unwrap();
        assert_eq!(pieces, before);
    }

    #[test]
    fn any_number_of_bytes_arguments_comes_back_as_it_was() {
        round_trip(vec![]);
        round_trip(vec![Bytes::from_static(b"one")]);
        round_trip(vec![
            Bytes::new(),
            Bytes::from_static(b"two"),
            Bytes::from_static(b"three"),
        ]);
    }

    #[test]
    fn a_side_part_that_does_not_fit_its_message_is_an_error() {
        for (count, side) in [
            (0, &b"x"[..]),
            (2, b"abc"),
            (2, b"\xff\xff\xff\xffabc"),
            (3, b"\x01\0\0\0\x05\0\0\0abc"),
        ] {
            assert!(
                cut(Bytes::from_static(side), count).is_err(),
                "{count} {side:?}"
            );
        }
    }
}
