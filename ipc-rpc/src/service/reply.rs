//! What a method returns: values on one side, a body and a side part on the other.

use std::convert::Infallible;
use std::marker::PhantomData;

use super::blob::visit_bytes;
use super::message::{Message, decode_value, encode_value};
use crate::codec::{Codec, CodecError};
use crate::connection::Encoded;
use crate::transport::framing::Body;
use crate::wire::Flags;

/// The shape of what a method returns: [`Plain`] or [`Fallible`].
#[diagnostic::on_unimplemented(
    message = "what this method returns cannot cross a process boundary",
    label = "needs `serde::Serialize`, `serde::Deserialize`, `Send` and no borrowed data",
    note = "derive `Serialize` and `Deserialize` for it, or return something that has them"
)]
pub trait Reply: sealed::Sealed + 'static {
    /// What a call returns if all goes well.
    type Output: Send + 'static;
    /// The service's own error.
    type Error: Send + 'static;
    /// What the method is declared to return.
    type Declared: Send + 'static;

    #[doc(hidden)]
    fn into_result(declared: Self::Declared) -> Result<Self::Output, Self::Error>;

    #[doc(hidden)]
    fn from_result(result: Result<Self::Output, Self::Error>) -> Self::Declared;

    #[doc(hidden)]
    fn encode(
        declared: Self::Declared,
        encoder: &mut ResponseEncoder<'_>,
    ) -> Result<(), CodecError>;

    #[doc(hidden)]
    fn decode(decoder: ResponseDecoder<'_>) -> Result<Self::Declared, CodecError>;
}

/// A method that returns `T` and cannot fail by itself.
#[derive(Debug)]
pub struct Plain<T>(PhantomData<fn() -> T>);

/// A method that returns `Result<T, E>`.
#[derive(Debug)]
pub struct Fallible<T, E>(PhantomData<fn() -> (T, E)>);

mod sealed {
    #[expect(unnameable_types, reason = "that is what seals")]
    pub trait Sealed {}
    impl<T> Sealed for super::Plain<T> {}
    impl<T, E> Sealed for super::Fallible<T, E> {}
}

#[diagnostic::do_not_recommend]
impl<T: Message> Reply for Plain<T> {
    type Output = T;
    type Error = Infallible;
    type Declared = T;

    fn into_result(declared: T) -> Result<T, Infallible> {
        Ok(declared)
    }

    fn from_result(result: Result<T, Infallible>) -> T {
        match result {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    fn encode(declared: T, encoder: &mut ResponseEncoder<'_>) -> Result<(), CodecError> {
        encoder.value(declared)
    }

    fn decode(decoder: ResponseDecoder<'_>) -> Result<T, CodecError> {
        if decoder.service_error {
            return Err(CodecError::invalid(
                decoder.codec,
                "an error of the service, from a method that declares none",
            ));
        }
        decoder.value()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Message, E: Message> Reply for Fallible<T, E> {
    type Output = T;
    type Error = E;
    type Declared = Result<T, E>;

    fn into_result(declared: Result<T, E>) -> Result<T, E> {
        declared
    }

    fn from_result(result: Result<T, E>) -> Result<T, E> {
        result
    }

    fn encode(declared: Result<T, E>, encoder: &mut ResponseEncoder<'_>) -> Result<(), CodecError> {
        match declared {
            Ok(value) => encoder.value(value),
            Err(error) => {
                encoder.flags = Flags::SERVICE_ERROR;
                encoder.value(error)
            }
        }
    }

    fn decode(decoder: ResponseDecoder<'_>) -> Result<Result<T, E>, CodecError> {
        if decoder.service_error {
            decoder.value().map(Err)
        } else {
            decoder.value().map(Ok)
        }
    }
}

/// Encodes what a method returned.
#[derive(Debug)]
pub struct ResponseEncoder<'a> {
    codec: Codec,
    message: &'a mut Encoded,
    pub(super) flags: Flags,
}

impl<'a> ResponseEncoder<'a> {
    pub(super) const fn new(codec: Codec, message: &'a mut Encoded) -> Self {
        Self {
            codec,
            message,
            flags: Flags::NONE,
        }
    }
}

impl ResponseEncoder<'_> {
    /// Encodes what a method of this shape returned.
    ///
    /// # Errors
    ///
    /// What the codec cannot carry.
    pub fn reply<R: Reply>(&mut self, declared: R::Declared) -> Result<(), CodecError> {
        R::encode(declared, self)
    }

    fn value<T: Message>(&mut self, mut value: T) -> Result<(), CodecError> {
        encode_value(self.codec, &mut value, visit_bytes, self.message)
    }
}

/// Decodes what a method returned.
#[derive(Debug)]
pub struct ResponseDecoder<'a> {
    pub(super) codec: Codec,
    pub(super) service_error: bool,
    pub(super) body: &'a [u8],
    pub(super) side: Body<'a>,
}

impl ResponseDecoder<'_> {
    /// Decodes what a method of this shape returned.
    ///
    /// # Errors
    ///
    /// Bytes that are no such thing.
    pub fn reply<R: Reply>(self) -> Result<R::Declared, CodecError> {
        R::decode(self)
    }

    fn value<T: Message>(self) -> Result<T, CodecError> {
        decode_value(self.codec, self.body, visit_bytes, self.side)
    }
}
