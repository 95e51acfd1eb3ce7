//! The answer that a call waits for.

use std::fmt;

use super::super::dispatch::answer;
use super::super::{Reply as Shape, ResponseEncoder};
use crate::codec::CodecError;
use crate::connection::Responder;

/// The answer that a call waits for: a field of a generated `FooCall`.
///
/// It may be kept, and sent from elsewhere later; the call takes its slot until then. Dropped without an answer it
/// fails the call: with [`CallError::Cancelled`](crate::CallError::Cancelled), or with
/// [`CallError::Panicked`](crate::CallError::Panicked) if a panic drops it.
#[must_use = "the call fails if it is dropped"]
pub struct Reply<T> {
    responder: Responder,
    encode: Encode<T>,
}

/// How what a method returns is encoded. Known by the method; the type alone does not tell.
type Encode<T> = fn(T, &mut ResponseEncoder<'_>) -> Result<(), CodecError>;

impl<T: Send + 'static> Reply<T> {
    pub(super) fn new<R: Shape<Declared = T>>(responder: Responder) -> Self {
        Self {
            responder,
            encode: |declared, encoder| encoder.reply::<R>(declared),
        }
    }

    /// Answers with what the method is declared to return: a value, a `Result`, a stream.
    ///
    /// Does not wait: if the peer is slow to read, the value is kept, and sent as soon as there is room. Whether the
    /// caller is still there it does not tell.
    pub fn send(self, value: T) {
        let Self { responder, encode } = self;
        responder.when_ready(move |responder| answer(responder, |encoder| encode(value, encoder)));
    }
}

impl<T> fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}
