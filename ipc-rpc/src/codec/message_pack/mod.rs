//! Values as MessagePack, with struct fields by name.
//!
//! The format crate bounds the nesting of arrays and maps it reads, but not that of enums, of
//! options and newtypes in each other, nor anything it writes. So both sides run through a guard
//! that counts every level, whatever it is made of.

mod de;
mod ser;
#[cfg(test)]
mod tests;

use std::io;

use rmp_serde::{decode, encode};
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, IgnoredAny},
};

use super::{
    Codec, CodecError, CodecErrorKind,
    limits::{Depth, MAX_DEPTH},
};

/// Appends `value` to `out`. After an error `out` may end with a part of it.
pub(super) fn encode<T: Serialize + ?Sized>(
    value: &T,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    let depth = Depth::new();
    let mut serializer = rmp_serde::Serializer::new(out).with_struct_map();
    value
        .serialize(ser::Guarded::new(&mut serializer, &depth))
        .map_err(|error| {
            CodecError::encode(Codec::MessagePack, encode_error(&error, &depth).into())
        })
}

/// Decodes all of `bytes`.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let limits = de::Limits::new(bytes.len());
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes);
    // One more than ours, for the format crate refuses the last level of its limit.
    deserializer.set_max_depth(usize::from(MAX_DEPTH) + 1);
    let failed = |kind: CodecErrorKind| CodecError::decode(Codec::MessagePack, kind.into());
    let value = T::deserialize(de::Guarded::new(&mut deserializer, &limits))
        .map_err(|error| failed(decode_error(&error, limits.depth())))?;
    // The reader does not tell where it is, but whether it is at the end: a scalar takes a byte if
    // there is one, and goes no further than that value.
    match bool::deserialize(&mut deserializer) {
        Err(decode::Error::InvalidMarkerRead(_)) => Ok(value),
        _ => Err(failed(CodecErrorKind::TrailingBytes {
            count: count_trailing(bytes),
        })),
    }
}

/// Counts the bytes after the first value, by skipping that once more.
#[cold]
fn count_trailing(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    let limits = de::Limits::new(bytes.len());
    let mut deserializer = rmp_serde::Deserializer::new(&mut rest);
    // That it can be read is known, and if not so, the count is of what follows the failure.
    let _ = IgnoredAny::deserialize(de::Guarded::new(&mut deserializer, &limits));
    rest.len()
}

#[cold]
fn encode_error(error: &encode::Error, depth: &Depth) -> CodecErrorKind {
    if depth.is_exceeded() {
        return too_deep();
    }
    match error {
        encode::Error::DepthLimitExceeded => too_deep(),
        other => CodecErrorKind::Invalid {
            message: other.to_string().into(),
        },
    }
}

#[cold]
fn decode_error(error: &decode::Error, depth: &Depth) -> CodecErrorKind {
    use decode::Error as E;

    if depth.is_exceeded() {
        return too_deep();
    }
    let message = match error {
        E::DepthLimitExceeded => return too_deep(),
        E::InvalidMarkerRead(error) | E::InvalidDataRead(error)
            if error.kind() == io::ErrorKind::UnexpectedEof =>
        {
            return CodecErrorKind::UnexpectedEnd;
        }
        E::TypeMismatch(marker) => format!("a value of another type was found: {marker:?}"),
        E::OutOfRange => "an integer is too large for its type".to_owned(),
        E::LengthMismatch(expected) => format!("a length is not the expected {expected}"),
        E::Utf8Error(_) => "a string is not UTF-8".to_owned(),
        other => other.to_string(),
    };
    CodecErrorKind::Invalid {
        message: message.into(),
    }
}

fn too_deep() -> CodecErrorKind {
    CodecErrorKind::TooDeep {
        limit: MAX_DEPTH.into(),
    }
}
