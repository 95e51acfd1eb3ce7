//! Items: values on one side, bytes on the other.
//!
//! An item that is declared as `Bytes` or `Vec<u8>` travels as it is, around the codec, as such arguments do.

use std::any::Any;

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

#[inline]
pub(super) fn decode<T: Message>(codec: Codec, item: Body<'_>) -> Result<T, CodecError> {
    let mut decoded = None::<T>;
    let any: &mut dyn Any = &mut decoded;
    let item = if let Some(bytes) = any.downcast_mut::<Option<Bytes>>() {
        *bytes = Some(item.into_bytes());
        None
    } else if let Some(bytes) = any.downcast_mut::<Option<Vec<u8>>>() {
        *bytes = Some(item.into_bytes().into());
        None
    } else {
        Some(item)
    };
    match (decoded, item) {
        (Some(decoded), _) => Ok(decoded),
        (None, Some(item)) => codec.decode(&item),
        (None, None) => Err(CodecError::invalid(codec, "no item")),
    }
}
