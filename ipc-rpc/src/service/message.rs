//! Arguments: values on one side, a body and a side part on the other.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::blob::{Blob, Detached, attach};
use crate::codec::{Codec, CodecError, Message};
use crate::connection::{Encoded, Few, StreamReader};
use crate::stream::{AnyReceiver, Inlet};
use crate::transport::framing::Body;

/// The arguments of a method. Implemented by hidden generated types.
pub trait Args: Message {
    /// Calls `visit` with each argument that is declared as `bytes::Bytes` or `Vec<u8>`, in order.
    fn each_bytes(&mut self, visit: &mut dyn FnMut(Blob<'_>));

    /// Calls `visit` with each argument that is declared as a `Receiver`, in order.
    fn each_stream(&mut self, visit: &mut dyn FnMut(&mut dyn AnyReceiver)) {
        let _ = visit;
    }
}

/// Encodes a value whose bytes `each_bytes` visits. After an error `message` is of no use.
#[inline]
pub(super) fn encode_value<T: Serialize>(
    codec: Codec,
    value: &mut T,
    each_bytes: impl FnOnce(&mut T, &mut dyn FnMut(Blob<'_>)),
    message: &mut Encoded,
) -> Result<(), CodecError> {
    let detached = Detached::from(|visit| each_bytes(value, visit));
    codec.encode(value, &mut message.bytes)?;
    detached.append_to(message);
    Ok(())
}

/// Decodes such a value.
#[inline]
pub(super) fn decode_value<T: DeserializeOwned>(
    codec: Codec,
    body: &[u8],
    each_bytes: impl Fn(&mut T, &mut dyn FnMut(Blob<'_>)),
    side: Body<'_>,
) -> Result<T, CodecError> {
    codec.decode_then(
        body,
        |mut value: T| {
            attach(codec, |visit| each_bytes(&mut value, visit), side)?;
            Ok(value)
        },
        Err,
    )
}

pub(super) fn encode_args<A: Args>(
    codec: Codec,
    mut args: A,
    message: &mut Encoded,
) -> Result<(), CodecError> {
    encode_value(codec, &mut args, A::each_bytes, message)?;
    args.each_stream(&mut |stream| message.feeds.push(stream.detach().0));
    Ok(())
}

#[inline]
pub(super) fn decode_args<A: Args>(
    codec: Codec,
    body: &[u8],
    side: Body<'_>,
    streams: Few<StreamReader>,
) -> Result<A, CodecError> {
    let mut args = decode_value(codec, body, A::each_bytes, side)?;
    let (opened, mut declared) = (streams.len(), 0);
    if opened == 0 {
        // As nearly always: what takes a list apart is large, and made for each call otherwise.
        args.each_stream(&mut |_| declared += 1);
    } else {
        let mut streams = streams.into_iter();
        args.each_stream(&mut |stream: &mut dyn AnyReceiver| {
            declared += 1;
            if let Some(reader) = streams.next() {
                stream.attach(Inlet(reader));
            }
        });
    }
    if opened == declared {
        Ok(args)
    } else {
        Err(wrong_streams(codec, opened, declared))
    }
}

/// A message that opens other streams than its method declares.
pub(super) fn wrong_streams(codec: Codec, opened: usize, declared: usize) -> CodecError {
    CodecError::invalid(
        codec,
        format!("{opened} streams where {declared} are declared"),
    )
}

/// Encodes the arguments of a request.
#[derive(Debug)]
pub struct RequestEncoder<'a> {
    pub(super) codec: Codec,
    pub(super) message: &'a mut Encoded,
}

impl RequestEncoder<'_> {
    /// Encodes these.
    ///
    /// # Errors
    ///
    /// What the codec cannot carry.
    pub fn args<A: Args>(&mut self, args: A) -> Result<(), CodecError> {
        encode_args(self.codec, args, self.message)
    }
}

/// Decodes the arguments of a request.
#[derive(Debug)]
pub struct RequestDecoder<'a> {
    pub(super) codec: Codec,
    pub(super) body: &'a [u8],
    pub(super) side: Body<'a>,
}

impl RequestDecoder<'_> {
    /// Decodes them as these.
    ///
    /// # Errors
    ///
    /// Bytes that are not these arguments.
    pub fn args<A: Args>(self) -> Result<A, CodecError> {
        decode_args(self.codec, self.body, self.side, Few::NONE)
    }
}
