//! What travels on a stream: packed items, credit, and why one of its ends is gone.

use super::cursor::{Malformed, Reader, Write};
use super::id::RequestId;

/// Names a stream among those that its writer has open, as slot and generation. The direction of a frame tells
/// whose streams it means: what writers send is about their own, credit and stop are about the receiver's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StreamId(RequestId);

impl StreamId {
    /// Bytes of an id in front of the body that opens its stream.
    pub(crate) const LEN: usize = 8;

    pub(crate) const fn new(slot: u32, generation: u32) -> Self {
        Self(RequestId::new(slot, generation))
    }

    /// The stream that a frame with this in its header means.
    pub(crate) const fn of(header: RequestId) -> Self {
        Self(header)
    }

    /// What a frame about this stream has in its header.
    pub(crate) const fn in_header(self) -> RequestId {
        self.0
    }

    pub(crate) const fn slot(self) -> usize {
        self.0.slot()
    }

    pub(crate) const fn generation(self) -> u32 {
        self.0.generation()
    }

    /// Bytes that [`encode_all`](Self::encode_all) writes for so many streams.
    pub(crate) const fn encoded_len(count: usize) -> usize {
        2 + count * Self::LEN
    }

    /// Writes the streams that a message opens, in front of its body.
    pub(crate) fn encode_all(streams: &[Self], out: &mut Vec<u8>) {
        out.put_u16(u16::try_from(streams.len()).unwrap_or(u16::MAX));
        for stream in streams {
            out.put_u64(stream.0.to_wire());
        }
    }

    /// Reads the streams that a message opens. With them comes how many bytes that took.
    pub(crate) fn decode_all(body: &[u8]) -> Result<(Vec<Self>, usize), Malformed> {
        let mut reader = Reader::new("streams of a message", body);
        let count = usize::from(reader.u16()?);
        let streams = reader.items(count, |reader| {
            Ok(Self(RequestId::from_wire(reader.u64()?)))
        })?;
        Ok((streams, Self::encoded_len(count)))
    }
}

impl std::fmt::Display for StreamId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// How much more the writer of a stream may send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Credit {
    pub(crate) items: u32,
    pub(crate) bytes: u32,
}

impl Credit {
    pub(crate) fn encode(self) -> [u8; 8] {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&self.items.to_le_bytes());
        bytes[4..].copy_from_slice(&self.bytes.to_le_bytes());
        bytes
    }

    pub(crate) fn decode(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("credit", body);
        Ok(Self {
            items: reader.u32()?,
            bytes: reader.u32()?,
        })
    }
}

/// Why one end of a stream is gone before the end of the items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamCode {
    /// Its owner gave it up: the text says why.
    Aborted,
    /// It was dropped: its task was cancelled, or nobody wants the items any more.
    Dropped,
    /// It panicked.
    Panicked,
    /// An item could not be encoded, or not be decoded.
    Codec,
    /// A code of a later version.
    Other(u16),
}

impl StreamCode {
    const fn from_wire(code: u16) -> Self {
        match code {
            0 => Self::Aborted,
            1 => Self::Dropped,
            2 => Self::Panicked,
            3 => Self::Codec,
            _ => Self::Other(code),
        }
    }

    const fn to_wire(self) -> u16 {
        match self {
            Self::Aborted => 0,
            Self::Dropped => 1,
            Self::Panicked => 2,
            Self::Codec => 3,
            Self::Other(code) => code,
        }
    }
}

/// The body of a reset or a stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StreamReason {
    pub(crate) code: StreamCode,
    /// At most 1,024 bytes; the rest is cut.
    pub(crate) text: String,
}

impl StreamReason {
    pub(crate) fn new(code: StreamCode, text: impl Into<String>) -> Self {
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
        let mut reader = Reader::new("reason of a stream", body);
        Ok(Self {
            code: StreamCode::from_wire(reader.u16()?),
            text: reader.reason()?,
        })
    }
}

/// Bytes of the longest length in front of a packed item: 32 bits and one, seven in a byte.
pub(crate) const MAX_PACKED_LEN: usize = 5;

/// Bytes that a packed item of `len` bytes takes, its length included.
#[inline]
pub(crate) const fn packed_len(len: usize) -> usize {
    let bits = usize::BITS - (len | 1).leading_zeros();
    len + bits.div_ceil(7) as usize
}

/// Writes the length in front of a packed item, as LEB128: seven bits a byte, the lowest first.
pub(crate) fn put_packed_len(len: usize, out: &mut Vec<u8>) {
    let mut rest = len;
    while rest >= 0x80 {
        out.push((rest as u8) | 0x80);
        rest >>= 7;
    }
    // Seven bits are left.
    out.push(rest as u8);
}

/// Puts the length in front of an item that was written behind a byte that is kept free for it, at `start`. An item of 128
/// bytes or more is moved on for the rest of its length.
#[inline]
pub(crate) fn pack_behind(start: usize, out: &mut Vec<u8>) {
    let len = out.len() - start - 1;
    if len < 0x80 {
        out[start] = len as u8;
    } else {
        pack_long(start, len, out);
    }
}

fn pack_long(start: usize, len: usize, out: &mut Vec<u8>) {
    let mut prefix = Vec::with_capacity(MAX_PACKED_LEN);
    put_packed_len(len, &mut prefix);
    out.splice(start..=start, prefix);
}

/// Takes the first packed item off `bytes`. `None`: there is none, or it is not all there.
#[inline]
pub(crate) fn take_packed<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut len = 0_usize;
    for at in 0..MAX_PACKED_LEN {
        let byte = *bytes.get(at)?;
        len |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            let (item, rest) = bytes[at + 1..].split_at_checked(len)?;
            *bytes = rest;
            return Some(item);
        }
    }
    None
}
