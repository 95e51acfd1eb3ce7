//! Items: values on one side, bytes on the other.
//!
//! An item that is declared as `Bytes` or `Vec<u8>` travels as it is, around the codec, as such arguments do.

use std::any::Any;

use bytes::Bytes;

use crate::codec::{Codec, CodecError, Message};
use crate::connection::{Item, Payload, scratch};

pub(super) fn encode<T: Message>(codec: Codec, item: T) -> Result<Payload, CodecError> {
    let mut item = Some(item);
    // Decided when it is compiled.
    let any: &mut dyn Any = &mut item;
    if let Some(bytes) = any.downcast_mut::<Option<Bytes>>() {
        return Ok(Payload::bytes(bytes.take().unwrap_or_default()));
    }
    if let Some(bytes) = any.downcast_mut::<Option<Vec<u8>>>() {
        return Ok(Payload::bytes(bytes.take().unwrap_or_default().into()));
    }
    let mut buffer = scratch::take();
    // It was put there above, and only bytes were taken out.
    if let Some(item) = &item {
        codec.encode(item, &mut buffer)?;
    }
    Ok(Payload::encoded(buffer))
}

pub(super) fn decode<T: Message>(codec: Codec, item: Item<'_>) -> Result<T, CodecError> {
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
