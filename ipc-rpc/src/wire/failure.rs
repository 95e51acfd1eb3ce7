//! Why a request was not answered by its service.

use super::cursor::{Malformed, Reader, Write};

/// The kinds of failure that a peer answers a request with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureCode {
    /// No such lane or method.
    Unimplemented,
    /// The arguments do not decode.
    Undecodable,
    /// The response does not encode.
    Unencodable,
    /// The response is larger than the caller takes: `size` and `limit`.
    TooLarge,
    /// The handler panicked.
    Panicked,
    /// The deadline passed while the handler ran.
    DeadlineExceeded,
    /// The handler was dropped: the caller cancelled it, or the server did.
    Cancelled,
    /// More requests at once than was agreed, or too many for a layer.
    Overloaded,
    /// The peer takes no new requests, for it is closing.
    ShuttingDown,
    /// A layer of the peer refused the request.
    Refused,
    /// The response would have opened more streams than there may be: `limit`.
    TooManyStreams,
    /// The call was to be passed on, and there is no such peer: the text is its name.
    PeerNotFound,
    /// A code of a later version.
    Other(u16),
}

impl FailureCode {
    const fn from_wire(code: u16) -> Self {
        match code {
            1 => Self::Unimplemented,
            2 => Self::Undecodable,
            3 => Self::Unencodable,
            4 => Self::TooLarge,
            5 => Self::Panicked,
            6 => Self::DeadlineExceeded,
            7 => Self::Cancelled,
            8 => Self::Overloaded,
            9 => Self::ShuttingDown,
            10 => Self::Refused,
            11 => Self::TooManyStreams,
            12 => Self::PeerNotFound,
            _ => Self::Other(code),
        }
    }

    const fn to_wire(self) -> u16 {
        match self {
            Self::Unimplemented => 1,
            Self::Undecodable => 2,
            Self::Unencodable => 3,
            Self::TooLarge => 4,
            Self::Panicked => 5,
            Self::DeadlineExceeded => 6,
            Self::Cancelled => 7,
            Self::Overloaded => 8,
            Self::ShuttingDown => 9,
            Self::Refused => 10,
            Self::TooManyStreams => 11,
            Self::PeerNotFound => 12,
            Self::Other(code) => code,
        }
    }
}

/// The body of a response that carries [`super::Flags::FAILURE`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallFailure {
    pub(crate) code: FailureCode,
    /// For [`FailureCode::TooLarge`]: the bytes that the response would have had.
    pub(crate) size: u64,
    /// For [`FailureCode::TooLarge`]: the bytes that are allowed. For [`FailureCode::TooManyStreams`]: the streams.
    pub(crate) limit: u64,
    /// At most 1,024 bytes; the rest is cut.
    pub(crate) text: String,
}

impl CallFailure {
    pub(crate) fn new(code: FailureCode, text: impl Into<String>) -> Self {
        Self {
            code,
            size: 0,
            limit: 0,
            text: text.into(),
        }
    }

    pub(crate) fn too_large(size: usize, limit: usize) -> Self {
        Self {
            code: FailureCode::TooLarge,
            size: size as u64,
            limit: limit as u64,
            text: String::new(),
        }
    }

    pub(crate) fn too_many_streams(limit: usize) -> Self {
        Self {
            limit: limit as u64,
            ..Self::new(FailureCode::TooManyStreams, "")
        }
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.put_u16(self.code.to_wire());
        out.put_u64(self.size);
        out.put_u64(self.limit);
        out.put_reason(&self.text);
    }

    pub(crate) fn decode(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("call failure", body);
        Ok(Self {
            code: FailureCode::from_wire(reader.u16()?),
            size: reader.u64()?,
            limit: reader.u64()?,
            text: reader.reason()?,
        })
    }
}
