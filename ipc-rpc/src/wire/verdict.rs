//! The server's answer to a hello.

use std::sync::Arc;

use super::cursor::{Malformed, Reader, Write, truncated};
use super::hello::{Extension, PeerLimits, PreludeKind, with_prelude};
use super::id::ConnectionId;
use super::offer::Offer;
use super::table::{ServiceEntry, decode_shared_table, decode_table, encode_table};

/// Bytes that a client reads of a verdict at most, with its prelude. More than a hello: the table names
/// every method of every service, and the client has checked who the server is.
pub(crate) const MAX_VERDICT_LEN: usize = 1024 * 1024;

/// Bytes of text that a refusal carries at most.
const MAX_TEXT: usize = 4096;

/// What a server answers a hello with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Welcome(Welcome),
    Refusal(Refusal),
}

impl Verdict {
    /// Reads what follows a prelude of this kind.
    pub(crate) fn decode(kind: PreludeKind, body: &[u8]) -> Result<Self, Malformed> {
        match kind {
            PreludeKind::Welcome => Welcome::decode(body).map(Self::Welcome),
            PreludeKind::Refusal => Refusal::decode(body).map(Self::Refusal),
            PreludeKind::Hello => Err(Malformed::new(
                "verdict",
                "a hello was found, a welcome or a refusal expected",
            )),
        }
    }
}

/// Admits a client. From here on only frames follow, in both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Welcome {
    pub(crate) connection: ConnectionId,
    pub(crate) version: u16,
    /// The codec of all bodies, by number.
    pub(crate) codec: u8,
    pub(crate) limits: PeerLimits,
    /// The services that the server serves. The position of each is its lane.
    pub(crate) serves: Arc<[ServiceEntry]>,
    /// The services of the client that the server means to call.
    pub(crate) calls: Vec<ServiceEntry>,
    /// What the server says of itself beside its services. Extensions on the wire.
    pub(crate) offer: Offer,
    /// The others.
    pub(crate) extensions: Vec<Extension>,
}

impl Welcome {
    pub(crate) fn encode(&self) -> Vec<u8> {
        with_prelude(PreludeKind::Welcome, |out| self.encode_body(out))
    }

    fn encode_body(&self, out: &mut Vec<u8>) {
        out.put_u64(self.connection.get());
        out.put_u16(self.version);
        out.put_u8(self.codec);
        self.limits.encode(out);
        encode_table(&self.serves, out);
        encode_table(&self.calls, out);
        let offer: Vec<_> = self.offer.to_extensions().collect();
        let extensions: Vec<_> = offer.iter().chain(&self.extensions).collect();
        Extension::encode_all(extensions, out);
    }

    fn decode(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("welcome", body);
        let connection = ConnectionId::new(reader.u64()?);
        let version = reader.u16()?;
        let codec = reader.u8()?;
        let limits = PeerLimits::decode(&mut reader)?;
        let serves = decode_shared_table(&mut reader)?;
        let calls = decode_table(&mut reader)?;
        let mut extensions = Extension::decode_all(&mut reader)?;
        Ok(Self {
            connection,
            version,
            codec,
            limits,
            serves,
            calls,
            offer: Offer::take(&mut extensions)?,
            extensions,
        })
    }
}

/// Why a client is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefusalCode {
    /// The authenticator said no: `detail` is the user's code.
    Rejected,
    /// The kernel's credentials are not those of an admitted user.
    PeerNotAllowed,
    /// No protocol version in common.
    VersionMismatch,
    /// No codec in common.
    NoCommonCodec,
    /// A service that the client calls is not served.
    UnknownService,
    /// A method of a service differs.
    ServiceMismatch,
    /// As many connections as the server allows.
    ServerFull,
    /// The hello did not arrive in time, or the check took too long.
    HandshakeTimeout,
    /// The hello is none.
    Malformed,
    /// The hello carries a critical extension that the server does not know: `detail` is its tag.
    UnknownExtension,
    /// The auth payload is missing or does not decode.
    BadAuthPayload,
    /// The server shuts down.
    ShuttingDown,
    /// The server failed while it checked.
    Internal,
    /// Another client has the name that this one claims.
    NameTaken,
    /// One side wants frames behind the welcome and the other raw bytes.
    ModeMismatch,
    /// A code of a later version.
    Other(u16),
}

impl RefusalCode {
    const fn from_wire(code: u16) -> Self {
        match code {
            1 => Self::Rejected,
            2 => Self::PeerNotAllowed,
            3 => Self::VersionMismatch,
            4 => Self::NoCommonCodec,
            5 => Self::UnknownService,
            6 => Self::ServiceMismatch,
            7 => Self::ServerFull,
            8 => Self::HandshakeTimeout,
            9 => Self::Malformed,
            10 => Self::UnknownExtension,
            11 => Self::BadAuthPayload,
            12 => Self::ShuttingDown,
            13 => Self::Internal,
            14 => Self::NameTaken,
            15 => Self::ModeMismatch,
            _ => Self::Other(code),
        }
    }

    const fn to_wire(self) -> u16 {
        match self {
            Self::Rejected => 1,
            Self::PeerNotAllowed => 2,
            Self::VersionMismatch => 3,
            Self::NoCommonCodec => 4,
            Self::UnknownService => 5,
            Self::ServiceMismatch => 6,
            Self::ServerFull => 7,
            Self::HandshakeTimeout => 8,
            Self::Malformed => 9,
            Self::UnknownExtension => 10,
            Self::BadAuthPayload => 11,
            Self::ShuttingDown => 12,
            Self::Internal => 13,
            Self::NameTaken => 14,
            Self::ModeMismatch => 15,
            Self::Other(code) => code,
        }
    }
}

/// Turns a client away. The last bytes of its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: RefusalCode,
    pub(crate) detail: u32,
    /// At most 4,096 bytes; the rest is cut.
    pub(crate) text: String,
    pub(crate) extensions: Vec<Extension>,
}

impl Refusal {
    pub(crate) fn new(code: RefusalCode, text: impl Into<String>) -> Self {
        Self {
            code,
            detail: 0,
            text: truncated(&text.into(), MAX_TEXT).to_owned(),
            extensions: Vec::new(),
        }
    }

    pub(crate) fn with_detail(mut self, detail: u32) -> Self {
        self.detail = detail;
        self
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        with_prelude(PreludeKind::Refusal, |out| {
            out.put_u16(self.code.to_wire());
            out.put_u32(self.detail);
            out.put_text(truncated(&self.text, MAX_TEXT));
            Extension::encode_all(&self.extensions, out);
        })
    }

    fn decode(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("refusal", body);
        Ok(Self {
            code: RefusalCode::from_wire(reader.u16()?),
            detail: reader.u32()?,
            text: truncated(reader.text()?, MAX_TEXT).to_owned(),
            extensions: Extension::decode_all(&mut reader)?,
        })
    }
}
