//! What a method returns: values on one side, a body and a side part on the other.

use std::convert::Infallible;
use std::marker::PhantomData;

use super::blob::visit_bytes;
use super::message::{decode_value, encode_value, wrong_streams};
use crate::codec::{Codec, CodecError, Message};
use crate::connection::{Encoded, Few, StreamReader};
use crate::stream::Receiver;
use crate::transport::framing::Body;
use crate::wire::Flags;

/// The shape of what a method returns: [`Plain`] or [`Fallible`], [`Streaming`] or [`FallibleStreaming`].
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
    fn decode(decoder: &mut ResponseDecoder<'_>) -> Result<Self::Declared, CodecError>;
}

/// A method that returns `T` and cannot fail by itself.
#[derive(Debug)]
pub struct Plain<T>(PhantomData<fn() -> T>);

/// A method that returns `Result<T, E>`.
#[derive(Debug)]
pub struct Fallible<T, E>(PhantomData<fn() -> (T, E)>);

/// A method that returns a stream of `T` and cannot fail by itself.
#[derive(Debug)]
pub struct Streaming<T>(PhantomData<fn() -> T>);

/// A method that returns `Result<Receiver<T>, E>`.
#[derive(Debug)]
pub struct FallibleStreaming<T, E>(PhantomData<fn() -> (T, E)>);

mod sealed {
    #[expect(unnameable_types, reason = "that is what seals")]
    pub trait Sealed {}
    impl<T> Sealed for super::Plain<T> {}
    impl<T, E> Sealed for super::Fallible<T, E> {}
    impl<T> Sealed for super::Streaming<T> {}
    impl<T, E> Sealed for super::FallibleStreaming<T, E> {}
}

#[diagnostic::do_not_recommend]
impl<T: Message> Reply for Plain<T> {
    type Output = T;
    type Error = Infallible;
    type Declared = T;

    #[inline]
    fn into_result(declared: T) -> Result<T, Infallible> {
        Ok(declared)
    }

    fn from_result(result: Result<T, Infallible>) -> T {
        match result {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    #[inline]
    fn encode(declared: T, encoder: &mut ResponseEncoder<'_>) -> Result<(), CodecError> {
        encoder.value(declared)
    }

    #[inline]
    fn decode(decoder: &mut ResponseDecoder<'_>) -> Result<T, CodecError> {
        decoder.no_service_error()?;
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
            Err(error) => encoder.service_error(error),
        }
    }

    fn decode(decoder: &mut ResponseDecoder<'_>) -> Result<Result<T, E>, CodecError> {
        if decoder.service_error {
            decoder.value().map(Err)
        } else {
            decoder.value().map(Ok)
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Message> Reply for Streaming<T> {
    type Output = Receiver<T>;
    type Error = Infallible;
    type Declared = Receiver<T>;

    fn into_result(declared: Receiver<T>) -> Result<Receiver<T>, Infallible> {
        Ok(declared)
    }

    fn from_result(result: Result<Receiver<T>, Infallible>) -> Receiver<T> {
        match result {
            Ok(stream) => stream,
            Err(never) => match never {},
        }
    }

    fn encode(declared: Receiver<T>, encoder: &mut ResponseEncoder<'_>) -> Result<(), CodecError> {
        encoder.stream(declared)
    }

    fn decode(decoder: &mut ResponseDecoder<'_>) -> Result<Receiver<T>, CodecError> {
        decoder.no_service_error()?;
        decoder.stream()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Message, E: Message> Reply for FallibleStreaming<T, E> {
    type Output = Receiver<T>;
    type Error = E;
    type Declared = Result<Receiver<T>, E>;

    fn into_result(declared: Self::Declared) -> Result<Receiver<T>, E> {
        declared
    }

    fn from_result(result: Result<Receiver<T>, E>) -> Self::Declared {
        result
    }

    fn encode(
        declared: Self::Declared,
        encoder: &mut ResponseEncoder<'_>,
    ) -> Result<(), CodecError> {
        match declared {
            Ok(stream) => encoder.stream(stream),
            Err(error) => encoder.service_error(error),
        }
    }

    fn decode(decoder: &mut ResponseDecoder<'_>) -> Result<Self::Declared, CodecError> {
        if decoder.service_error {
            decoder.value().map(Err)
        } else {
            decoder.stream().map(Ok)
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
    #[inline]
    pub fn reply<R: Reply>(&mut self, declared: R::Declared) -> Result<(), CodecError> {
        R::encode(declared, self)
    }

    #[inline]
    fn value<T: Message>(&mut self, mut value: T) -> Result<(), CodecError> {
        encode_value(self.codec, &mut value, visit_bytes, self.message)
    }

    fn service_error<E: Message>(&mut self, error: E) -> Result<(), CodecError> {
        self.flags = Flags::SERVICE_ERROR;
        self.value(error)
    }

    fn stream<T: Message>(&mut self, stream: Receiver<T>) -> Result<(), CodecError> {
        self.message.feeds.push(Box::new(stream));
        self.value(())
    }
}

/// Decodes what a method returned.
#[derive(Debug)]
pub struct ResponseDecoder<'a> {
    pub(super) codec: Codec,
    pub(super) service_error: bool,
    pub(super) body: &'a [u8],
    pub(super) side: Body<'a>,
    pub(super) streams: Few<StreamReader>,
}

impl ResponseDecoder<'_> {
    /// Decodes what a method of this shape returned.
    ///
    /// # Errors
    ///
    /// Bytes that are no such thing.
    pub fn reply<R: Reply>(mut self) -> Result<R::Declared, CodecError> {
        R::decode(&mut self)
    }

    #[inline]
    fn no_service_error(&self) -> Result<(), CodecError> {
        if self.service_error {
            let problem = "an error of the service, from a method that declares none";
            return Err(CodecError::invalid(self.codec, problem));
        }
        Ok(())
    }

    #[inline]
    fn value<T: Message>(&mut self) -> Result<T, CodecError> {
        if !self.streams.is_empty() {
            return Err(wrong_streams(self.codec, self.streams.len(), 0));
        }
        let side = std::mem::take(&mut self.side);
        decode_value(self.codec, self.body, visit_bytes, side)
    }

    fn stream<T: Message>(&mut self) -> Result<Receiver<T>, CodecError> {
        let opened = self.streams.len();
        match std::mem::take(&mut self.streams).into_iter().next() {
            Some(reader) if opened == 1 => {
                self.value::<()>()?;
                Ok(Receiver::remote(reader))
            }
            _ => Err(wrong_streams(self.codec, opened, 1)),
        }
    }
}
