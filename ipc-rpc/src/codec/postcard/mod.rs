//! Values as postcard: the format crate handles the scalars, this module the structure around them.
//!
//! Postcard itself bounds neither nesting nor elements that take no bytes, writes a short struct
//! for a skipped field without a word, and drops the text of every error that a type raises.
//! Walking the structure here instead of wrapping the format's own walk mends all four, and is as
//! fast.

mod de;
mod failure;
mod ser;
#[cfg(test)]
mod tests;

use serde::{Serialize, de::DeserializeOwned};

use self::{de::Deserializer, ser::Serializer};
use super::{Codec, CodecError};

/// Appends `value` to `out`. After an error `out` may end with a part of it.
#[inline]
pub(super) fn encode<T: Serialize + ?Sized>(
    value: &T,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    let mut serializer = Serializer::new(out);
    value
        .serialize(&mut serializer)
        .and_then(|()| serializer.finish())
        .map_err(|failure| CodecError::encode(Codec::Postcard, failure.into_kind()))
}

/// Decodes all of `bytes`, and hands on what comes of it.
#[inline]
pub(super) fn decode_then<T: DeserializeOwned, R>(
    bytes: &[u8],
    then: impl FnOnce(T) -> R,
    refused: impl FnOnce(CodecError) -> R,
) -> R {
    let mut deserializer = Deserializer::new(bytes);
    let failure = match T::deserialize(&mut deserializer) {
        Ok(value) => match deserializer.finish() {
            Ok(()) => return then(value),
            Err(failure) => failure,
        },
        Err(failure) => failure,
    };
    refused(CodecError::decode(Codec::Postcard, failure.into_kind()))
}
