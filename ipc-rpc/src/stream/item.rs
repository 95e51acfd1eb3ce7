//! Items: values on one side, bytes on the other.
//!
//! An item that is declared as `Bytes` or `Vec<u8>` travels as it is, around the codec, as such arguments do.

use std::any::{Any, TypeId};

use bytes::Bytes;

use crate::codec::{Codec, CodecError, Message};
use crate::transport::framing::Body;

/// Takes the bytes of an item that is declared as bytes.
#[inline]
pub(super) fn take_bytes<T: Message>(item: &mut Option<T>) -> Option<Bytes> {
    // Decided when it is compiled.
    let any: &mut dyn Any = item;
    if let Some(bytes) = any.downcast_mut::<Option<Bytes>>() {
        return bytes.take();
    }
    any.downcast_mut::<Option<Vec<u8>>>()?
        .take()
        .map(Bytes::from)
}

/// Decodes an item, and hands on what comes of it, as [`Codec::decode_then`] does.
#[inline]
pub(super) fn decode_then<T: Message, R>(
    codec: Codec,
    item: Body<'_>,
    then: impl FnOnce(T) -> R,
    refused: impl FnOnce(CodecError) -> R,
) -> R {
    // Decided when it is compiled.
    if TypeId::of::<T>() != TypeId::of::<Bytes>() && TypeId::of::<T>() != TypeId::of::<Vec<u8>>() {
        return codec.decode_then(&item, then, refused);
    }
    let mut decoded = None::<T>;
    let any: &mut dyn Any = &mut decoded;
    if let Some(bytes) = any.downcast_mut::<Option<Bytes>>() {
        *bytes = Some(item.into_bytes());
    } else if let Some(bytes) = any.downcast_mut::<Option<Vec<u8>>>() {
        *bytes = Some(item.into_bytes().into());
    }
    match decoded {
        Some(decoded) => then(decoded),
        None => refused(CodecError::invalid(codec, "no item")),
    }
}
