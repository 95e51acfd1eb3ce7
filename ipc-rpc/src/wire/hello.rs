//! The first message of a connection, sent by whoever connected.

use std::sync::Arc;

use super::cursor::{Malformed, Reader, Write};
use super::mode::{self, Mode};
use super::offer::Offer;
use super::peer_name;
use super::stream::Credit;
use super::table::{ServiceEntry, decode_shared_table, decode_table, encode_table};

/// The first eight bytes of either side. The first is no ASCII and no valid start of UTF-8, the last
/// shows a transfer that changes line ends (the device is PNG's, RFC 2083 section 3.1).
pub(crate) const MAGIC: [u8; 8] = *b"\x89ipcrpc\n";

/// Bytes of the prelude in front of hello, welcome and refusal.
pub(crate) const PRELUDE_LEN: usize = 16;

/// Bytes that a hello has at most, with its prelude: all that a server reads of a stranger.
pub(crate) const MAX_HELLO_LEN: usize = 64 * 1024;

/// Which message follows a prelude.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PreludeKind {
    Hello,
    Welcome,
    Refusal,
}

/// The frozen front of hello, welcome and refusal: magic, kind, three reserved bytes, length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prelude {
    pub(crate) kind: PreludeKind,
    /// Bytes that follow the prelude.
    pub(crate) len: u32,
}

impl Prelude {
    pub(crate) fn decode(bytes: &[u8; PRELUDE_LEN]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("prelude", bytes);
        let magic = reader.bytes(MAGIC.len())?;
        if magic != MAGIC {
            return Err(reader.malformed(format!(
                "the peer does not speak this protocol: its first bytes are \"{}\", \"{}\" was expected",
                magic.escape_ascii(),
                MAGIC.escape_ascii()
            )));
        }
        let kind = match reader.u8()? {
            1 => PreludeKind::Hello,
            2 => PreludeKind::Welcome,
            3 => PreludeKind::Refusal,
            other => return Err(reader.malformed(format!("message kind {other} is not known"))),
        };
        reader.bytes(3)?;
        Ok(Self {
            kind,
            len: reader.u32()?,
        })
    }
}

/// What `body` writes, with its prelude in front.
pub(super) fn with_prelude(kind: PreludeKind, body: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(&MAGIC);
    out.put_u8(match kind {
        PreludeKind::Hello => 1,
        PreludeKind::Welcome => 2,
        PreludeKind::Refusal => 3,
    });
    out.extend_from_slice(&[0; 7]);
    body(&mut out);
    let len = u32::try_from(out.len() - PRELUDE_LEN).unwrap_or(u32::MAX);
    out[PRELUDE_LEN - 4..PRELUDE_LEN].copy_from_slice(&len.to_le_bytes());
    out
}

/// The protocol versions that a peer speaks, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VersionRange {
    pub(crate) oldest: u16,
    pub(crate) newest: u16,
}

impl VersionRange {
    /// The newest version in both ranges.
    pub(crate) fn common(self, other: Self) -> Option<u16> {
        let newest = self.newest.min(other.newest);
        (newest >= self.oldest.max(other.oldest)).then_some(newest)
    }
}

impl std::fmt::Display for VersionRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.oldest == self.newest {
            write!(f, "{}", self.oldest)
        } else {
            write!(f, "{} to {}", self.oldest, self.newest)
        }
    }
}

/// What the sender of a hello or welcome takes at most. Its peer keeps to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PeerLimits {
    /// Bytes of a frame behind its header.
    pub(crate) max_frame_len: u32,
    /// Requests in flight at once.
    pub(crate) max_in_flight: u32,
    /// Streams open at once that the peer writes.
    pub(crate) max_streams: u32,
    /// What the peer may send on each before it is given more.
    pub(crate) stream_window: Credit,
}

impl PeerLimits {
    /// Whether nothing could ever be sent.
    pub(crate) const fn is_void(&self) -> bool {
        let Credit { items, bytes } = self.stream_window;
        self.max_in_flight == 0
            || self.max_frame_len == 0
            || self.max_streams > 0 && (items == 0 || bytes == 0)
    }

    pub(super) fn encode(self, out: &mut Vec<u8>) {
        out.put_u32(self.max_frame_len);
        out.put_u32(self.max_in_flight);
        out.put_u32(self.max_streams);
        out.extend_from_slice(&self.stream_window.encode());
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            max_frame_len: reader.u32()?,
            max_in_flight: reader.u32()?,
            max_streams: reader.u32()?,
            stream_window: Credit {
                items: reader.u32()?,
                bytes: reader.u32()?,
            },
        })
    }
}

/// What the user's authenticator is to see, encoded. Not shown by `Debug`: it is a secret as a rule.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AuthPayload {
    /// The codec it is encoded in, by number.
    pub(crate) codec: u8,
    pub(crate) bytes: Vec<u8>,
}

impl std::fmt::Debug for AuthPayload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthPayload")
            .field("codec", &self.codec)
            .finish_non_exhaustive()
    }
}

/// An item at the end of hello, welcome or refusal that this version of the protocol need not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Extension {
    pub(crate) tag: u16,
    /// A receiver that does not know a critical extension must refuse; it skips any other.
    pub(crate) critical: bool,
    pub(crate) value: Vec<u8>,
}

impl Extension {
    pub(super) fn encode_all<'a>(
        extensions: impl IntoIterator<Item = &'a Self, IntoIter: ExactSizeIterator>,
        out: &mut Vec<u8>,
    ) {
        let extensions = extensions.into_iter();
        out.put_u16(u16::try_from(extensions.len()).unwrap_or(u16::MAX));
        for extension in extensions {
            out.put_u16(extension.tag);
            out.put_u8(extension.critical.into());
            out.put_u32(u32::try_from(extension.value.len()).unwrap_or(u32::MAX));
            out.extend_from_slice(&extension.value);
        }
    }

    pub(super) fn decode_all(reader: &mut Reader<'_>) -> Result<Vec<Self>, Malformed> {
        let extensions = reader.u16()?.into();
        reader.items(extensions, |reader| {
            let tag = reader.u16()?;
            let critical = reader.u8()? & 1 == 1;
            let len = reader.u32()? as usize;
            Ok(Self {
                tag,
                critical,
                value: reader.bytes(len)?.to_vec(),
            })
        })
    }
}

/// What a client says first, and all that it says before the verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hello {
    pub(crate) versions: VersionRange,
    /// Codecs by number, the preferred one first.
    pub(crate) codecs: Vec<u8>,
    /// Do not refuse because services or methods differ; the client finds out call by call.
    pub(crate) allow_partial: bool,
    pub(crate) limits: PeerLimits,
    /// The services that the client means to call.
    pub(crate) calls: Vec<ServiceEntry>,
    /// The services that the client serves to the server.
    pub(crate) serves: Arc<[ServiceEntry]>,
    pub(crate) auth: Option<AuthPayload>,
    /// What the client wants to be called among the server's clients. An extension on the wire.
    pub(crate) peer_name: Option<Arc<str>>,
    /// What the client wants behind the welcome. An extension on the wire.
    pub(crate) mode: Mode,
    /// What the client says of itself beside its services. Extensions on the wire.
    pub(crate) offer: Offer,
    /// The others.
    pub(crate) extensions: Vec<Extension>,
}

impl Hello {
    pub(crate) fn encode(&self) -> Vec<u8> {
        with_prelude(PreludeKind::Hello, |out| self.encode_body(out))
    }

    fn encode_body(&self, out: &mut Vec<u8>) {
        out.put_u16(self.versions.oldest);
        out.put_u16(self.versions.newest);
        out.put_u8(u8::try_from(self.codecs.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(&self.codecs[..self.codecs.len().min(u8::MAX.into())]);
        out.put_u8(self.allow_partial.into());
        self.limits.encode(out);
        encode_table(&self.calls, out);
        encode_table(&self.serves, out);
        match &self.auth {
            None => out.put_u8(0),
            Some(auth) => {
                out.put_u8(1);
                out.put_u8(auth.codec);
                out.put_u32(u32::try_from(auth.bytes.len()).unwrap_or(u32::MAX));
                out.extend_from_slice(&auth.bytes);
            }
        }
        let name = self.peer_name.as_deref().map(peer_name::to_extension);
        let mode = mode::to_extension(self.mode);
        let offer: Vec<_> = self.offer.to_extensions().collect();
        let known = name.iter().chain(&mode).chain(&offer);
        let extensions: Vec<_> = known.chain(&self.extensions).collect();
        Extension::encode_all(extensions, out);
    }

    /// Reads what follows the prelude. Bytes behind the extensions belong to a later version.
    pub(crate) fn decode(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("hello", body);
        let versions = VersionRange {
            oldest: reader.u16()?,
            newest: reader.u16()?,
        };
        let codecs = reader.u8()?.into();
        let codecs = reader.bytes(codecs)?.to_vec();
        let allow_partial = reader.u8()? & 1 == 1;
        let limits = PeerLimits::decode(&mut reader)?;
        let calls = decode_table(&mut reader)?;
        let serves = decode_shared_table(&mut reader)?;
        let auth = match reader.u8()? {
            0 => None,
            1 => {
                let codec = reader.u8()?;
                let len = reader.u32()? as usize;
                Some(AuthPayload {
                    codec,
                    bytes: reader.bytes(len)?.to_vec(),
                })
            }
            other => {
                return Err(reader.malformed(format!("auth payload marked {other}, not 0 or 1")));
            }
        };
        let mut extensions = Extension::decode_all(&mut reader)?;
        let peer_name = peer_name::take(&mut extensions)?;
        let mode = mode::take(&mut extensions);
        let offer = Offer::take(&mut extensions)?;
        Ok(Self {
            versions,
            codecs,
            allow_partial,
            limits,
            calls,
            serves,
            auth,
            peer_name,
            mode,
            offer,
            extensions,
        })
    }
}
