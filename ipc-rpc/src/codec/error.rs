//! What can go wrong between a value and its bytes.

use std::fmt;

use super::Codec;

/// Why a value could not be turned into bytes or back.
///
/// The text says which codec and which side failed, what happened and, where another choice would
/// have worked, which one. There is no source: the formats' own errors are told in these words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot {side} {codec}: {kind}")]
pub struct CodecError {
    codec: Codec,
    side: CodecSide,
    /// On the heap, so that results stay small where nothing fails.
    kind: Box<CodecErrorKind>,
}

impl CodecError {
    pub(super) const fn encode(codec: Codec, kind: Box<CodecErrorKind>) -> Self {
        Self {
            codec,
            side: CodecSide::Encode,
            kind,
        }
    }

    pub(super) const fn decode(codec: Codec, kind: Box<CodecErrorKind>) -> Self {
        Self {
            codec,
            side: CodecSide::Decode,
            kind,
        }
    }

    /// Bytes that decode, and yet are not what they should be.
    pub(crate) fn invalid(codec: Codec, message: impl Into<Box<str>>) -> Self {
        Self::decode(
            codec,
            Box::new(CodecErrorKind::Invalid {
                message: message.into(),
            }),
        )
    }

    /// The codec that was in use.
    pub const fn codec(&self) -> Codec {
        self.codec
    }

    /// Whether a value was being written or bytes were being read.
    pub const fn side(&self) -> CodecSide {
        self.side
    }

    /// What exactly went wrong.
    pub const fn kind(&self) -> &CodecErrorKind {
        &self.kind
    }

    /// Whether another codec could carry the type, so that no retry and no other value will help.
    pub const fn is_unsupported(&self) -> bool {
        matches!(
            *self.kind,
            CodecErrorKind::NotSelfDescribing
                | CodecErrorKind::UnknownLength
                | CodecErrorKind::SkippedField { .. }
        )
    }
}

/// The direction in which a codec failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodecSide {
    /// A value was being turned into bytes.
    Encode,
    /// Bytes were being turned into a value.
    Decode,
}

impl fmt::Display for CodecSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Encode => "encode as",
            Self::Decode => "decode from",
        })
    }
}

/// What a [`CodecError`] found wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecErrorKind {
    /// The type asked the bytes what comes next, which postcard does not write down.
    #[error(
        "the type asks the bytes what comes next, but postcard is not self-describing: it cannot \
         carry untagged, internally or adjacently tagged, or flattened types, nor \
         `serde_json::Value`; choose `Codec::MessagePack` with `.codec(..)`"
    )]
    NotSelfDescribing,
    /// A sequence or map could not tell its length before its elements, as postcard needs it.
    #[error(
        "a sequence or map does not know its length in advance, as with `#[serde(flatten)]`, and \
         postcard writes the length first; collect it before, or choose `Codec::MessagePack` with \
         `.codec(..)`"
    )]
    UnknownLength,
    /// A struct left out a field, which postcard's reader would take the next value for.
    #[error(
        "field `{field}` was left out by `skip_serializing_if`, but postcard tells fields by their \
         order alone; remove the attribute, or choose `Codec::MessagePack` with `.codec(..)`"
    )]
    SkippedField {
        /// The field's name on the wire.
        field: &'static str,
    },
    /// Values are nested in each other more deeply than any message may.
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is accepted.
        limit: usize,
    },
    /// Sequences and maps have far more elements than the message has bytes.
    #[error(
        "{elements} elements in sequences and maps, but a message of this size may have {limit}"
    )]
    TooManyElements {
        /// The number of elements announced by the length prefixes read or written.
        elements: u64,
        /// The most that a message of this size may have.
        limit: usize,
    },
    /// The bytes go on after the end of the value.
    #[error("{count} trailing bytes after the value")]
    TrailingBytes {
        /// The number of bytes left over.
        count: usize,
    },
    /// The bytes stop before the end of the value.
    #[error("the bytes end in the middle of the value")]
    UnexpectedEnd,
    /// The bytes break a rule of the format, or the type refused the value.
    #[error("{message}")]
    Invalid {
        /// What was found and, if known, what was expected.
        message: Box<str>,
    },
}
