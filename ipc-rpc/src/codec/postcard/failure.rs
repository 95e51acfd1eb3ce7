//! The error that serde sees while postcard is written or read.

use std::fmt;

use serde::{de, ser};

use crate::codec::{
    CodecErrorKind,
    limits::{MAX_DEPTH, TooDeep},
};

/// A [`CodecErrorKind`] on the heap, so that the results of the hot path fit into two registers.
#[derive(Debug)]
pub(super) struct Failure(Box<CodecErrorKind>);

impl Failure {
    #[cold]
    pub(super) fn new(kind: CodecErrorKind) -> Self {
        Self(Box::new(kind))
    }

    #[cold]
    pub(super) fn invalid(message: impl fmt::Display) -> Self {
        Self::new(CodecErrorKind::Invalid {
            message: message.to_string().into(),
        })
    }

    pub(super) fn into_kind(self) -> Box<CodecErrorKind> {
        self.0
    }
}

impl From<TooDeep> for Failure {
    #[cold]
    fn from(TooDeep: TooDeep) -> Self {
        Self::new(CodecErrorKind::TooDeep {
            limit: MAX_DEPTH.into(),
        })
    }
}

impl From<postcard::Error> for Failure {
    #[cold]
    fn from(error: postcard::Error) -> Self {
        use postcard::Error as E;

        match error {
            E::DeserializeUnexpectedEnd => Self::new(CodecErrorKind::UnexpectedEnd),
            E::DeserializeBadVarint => Self::invalid("an integer is too large for its type"),
            E::DeserializeBadBool => Self::invalid("a bool is neither 0 nor 1"),
            E::DeserializeBadChar => Self::invalid("a char is not one Unicode scalar value"),
            E::DeserializeBadUtf8 => Self::invalid("a string is not UTF-8"),
            E::CollectStrError => Self::invalid("a `Display` implementation failed"),
            other => Self::invalid(other),
        }
    }
}

impl ser::Error for Failure {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::invalid(message)
    }
}

impl de::Error for Failure {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::invalid(message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failure {}
