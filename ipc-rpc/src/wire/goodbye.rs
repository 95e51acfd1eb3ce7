//! The last frame.

use super::cursor::{Malformed, Reader, Write};

/// Why a peer ended the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GoodbyeCode {
    /// The application closed it.
    Closed,
    /// The server shuts down.
    ShuttingDown,
    /// The receiver of this goodbye broke the protocol.
    ProtocolViolation,
    /// The receiver of this goodbye sent more at once than was agreed.
    Overloaded,
    /// The server shuts down and will be back.
    Restarting,
    /// A code of a later version.
    Other(u16),
}

impl GoodbyeCode {
    const fn from_wire(code: u16) -> Self {
        match code {
            0 => Self::Closed,
            1 => Self::ShuttingDown,
            2 => Self::ProtocolViolation,
            3 => Self::Overloaded,
            4 => Self::Restarting,
            _ => Self::Other(code),
        }
    }

    const fn to_wire(self) -> u16 {
        match self {
            Self::Closed => 0,
            Self::ShuttingDown => 1,
            Self::ProtocolViolation => 2,
            Self::Overloaded => 3,
            Self::Restarting => 4,
            Self::Other(code) => code,
        }
    }
}

/// The body of a goodbye frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Goodbye {
    pub(crate) code: GoodbyeCode,
    /// At most 1,024 bytes; the rest is cut.
    pub(crate) text: String,
}

impl Goodbye {
    pub(crate) fn new(code: GoodbyeCode, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.put_u16(self.code.to_wire());
        out.put_reason(&self.text);
        out
    }

    pub(crate) fn decode(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("goodbye", body);
        Ok(Self {
            code: GoodbyeCode::from_wire(reader.u16()?),
            text: reader.reason()?,
        })
    }
}
