//! Arguments: values on one side, a body and a side part on the other.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::blob::{Blob, Detached, attach};
use crate::codec::{Codec, CodecError};
use crate::connection::Encoded;
use crate::transport::framing::Body;

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
    /// Calls `visit` with each argument that is declared as `bytes::Bytes` or `Vec<u8>`, in order.
    fn each_bytes(&mut self, visit: &mut dyn FnMut(Blob<'_>));
}

/// Encodes a value whose bytes `each_bytes` visits. After an error `message` is of no use.
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
pub(super) fn decode_value<T: DeserializeOwned>(
    codec: Codec,
    body: &[u8],
    each_bytes: impl Fn(&mut T, &mut dyn FnMut(Blob<'_>)),
    side: Body<'_>,
) -> Result<T, CodecError> {
    let mut value = codec.decode::<T>(body)?;
    attach(codec, |visit| each_bytes(&mut value, visit), side)?;
    Ok(value)
}

pub(super) fn encode_args<A: Args>(
    codec: Codec,
    mut args: A,
    message: &mut Encoded,
) -> Result<(), CodecError> {
    encode_value(codec, &mut args, A::each_bytes, message)
}

pub(super) fn decode_args<A: Args>(
    codec: Codec,
    body: &[u8],
    side: Body<'_>,
) -> Result<A, CodecError> {
    decode_value(codec, body, A::each_bytes, side)
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
        decode_args(self.codec, self.body, self.side)
    }
}
