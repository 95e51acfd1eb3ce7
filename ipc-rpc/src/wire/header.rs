//! The header in front of every frame.

use std::time::Duration;

use super::cursor::Malformed;
use super::id::RequestId;

/// Bytes of a header.
pub(crate) const HEADER_LEN: usize = 32;

/// No deadline reaches further than a year: a peer's number must never overflow an instant or a timer.
pub(crate) const MAX_DEADLINE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What a frame is. The doc of each kind says who sends it, when, and what answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Asks for a method to be run. Sent by either side while the connection is open; answered by
    /// exactly one [`Kind::Response`] with the same request id, also when it is one-way or cancelled.
    Request,
    /// Answers a request. Its receiver frees the slot of the request id.
    Response,
    /// Asks for a request in flight to be given up. The request is answered all the same, by what it
    /// came to if that was first. Ignored if the request is unknown.
    Cancel,
    /// Asks for a [`Kind::Pong`] with the same request id and body.
    Ping,
    /// Answers a ping.
    Pong,
    /// Ends the connection. The last frame of its sender; its receiver reads nothing after it.
    Goodbye,
    /// Tells that the sender's table of services is another one now.
    ServicesChanged,
    /// Items of a stream, from its writer, as many as it has credit for; answered by [`Kind::Credit`] once the
    /// reader has taken them. Ignored if the stream is not open.
    Items,
    /// Ends a stream behind its last item, or answers a [`Kind::Stop`]. The last frame of its writer about it.
    End,
    /// Ends a stream whose items are not complete, with a [`super::StreamReason`]. The last frame of its writer about
    /// it.
    Reset,
    /// Lets the writer of a stream send more, from its reader. Ignored if the stream is not open.
    Credit,
    /// Asks the writer of a stream to end it, with a [`super::StreamReason`]: its reader is gone. Answered by an end,
    /// unless one is on its way. Ignored if the stream is not open.
    Stop,
    /// A kind of a later version that may be skipped: its number is 128 or above.
    Skippable(u8),
}

impl Kind {
    const fn from_wire(kind: u8) -> Option<Self> {
        Some(match kind {
            1 => Self::Request,
            2 => Self::Response,
            3 => Self::Cancel,
            4 => Self::Ping,
            5 => Self::Pong,
            6 => Self::Goodbye,
            7 => Self::ServicesChanged,
            8 => Self::Items,
            9 => Self::End,
            10 => Self::Reset,
            11 => Self::Credit,
            12 => Self::Stop,
            128.. => Self::Skippable(kind),
            _ => return None,
        })
    }

    const fn to_wire(self) -> u8 {
        match self {
            Self::Request => 1,
            Self::Response => 2,
            Self::Cancel => 3,
            Self::Ping => 4,
            Self::Pong => 5,
            Self::Goodbye => 6,
            Self::ServicesChanged => 7,
            Self::Items => 8,
            Self::End => 9,
            Self::Reset => 10,
            Self::Credit => 11,
            Self::Stop => 12,
            Self::Skippable(kind) => kind,
        }
    }
}

/// What else there is to know of a frame. The meaning of a bit depends on the kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags(u8);

impl Flags {
    pub(crate) const NONE: Self = Self(0);
    /// Request: the caller wants no value, only its slot back.
    pub(crate) const ONE_WAY: Self = Self(1);
    /// Request: a trace context stands in front of the body.
    pub(crate) const TRACE: Self = Self(2);
    /// Response: the body is the service's own error.
    pub(crate) const SERVICE_ERROR: Self = Self(1);
    /// Response: the body is a [`super::CallFailure`].
    pub(crate) const FAILURE: Self = Self(2);
    /// Request and response: the ids of the streams that it opens stand in front of the body, behind a trace context.
    pub(crate) const STREAMS: Self = Self(4);
    /// Items: the body is one item, and not several with a length in front of each.
    pub(crate) const SINGLE: Self = Self(1);

    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those of a response that is a value of the method's, or the service's own error.
    pub(crate) const fn of_returned(service_error: bool) -> Self {
        if service_error {
            Self::SERVICE_ERROR
        } else {
            Self::NONE
        }
    }

    /// Those of a response that are about its value.
    pub(crate) const fn without_streams(self) -> Self {
        Self(self.0 & !Self::STREAMS.0)
    }

    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// The fixed-size front of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Bytes that follow this header: the body and, behind it, the side part.
    pub(crate) len: u32,
    pub(crate) kind: Kind,
    pub(crate) flags: Flags,
    /// Request: the index of the called service in its receiver's table of served services.
    pub(crate) lane: u16,
    /// The request, ping or stream that the frame is about.
    pub(crate) request: RequestId,
    /// Request: the id of the called method. Items: how many there are.
    pub(crate) method: u32,
    /// How many of the last bytes of `len` are the side part.
    pub(crate) side_len: u32,
    /// Request: how long the caller waits from now on. `None`: for ever.
    pub(crate) deadline: Option<Duration>,
}

impl Header {
    pub(crate) const fn new(kind: Kind, request: RequestId) -> Self {
        Self {
            len: 0,
            kind,
            flags: Flags::NONE,
            lane: 0,
            request,
            method: 0,
            side_len: 0,
            deadline: None,
        }
    }

    #[inline]
    pub(crate) fn encode(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        bytes[0..4].copy_from_slice(&self.len.to_le_bytes());
        bytes[4] = self.kind.to_wire();
        bytes[5] = self.flags.0;
        bytes[6..8].copy_from_slice(&self.lane.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.request.to_wire().to_le_bytes());
        bytes[16..20].copy_from_slice(&self.method.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.side_len.to_le_bytes());
        bytes[24..32].copy_from_slice(&deadline_to_wire(self.deadline).to_le_bytes());
        bytes
    }

    /// Writes the length and the number of items anew into a header that was written.
    pub(crate) fn patch(&self, bytes: &mut [u8]) {
        bytes[0..4].copy_from_slice(&self.len.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.method.to_le_bytes());
    }

    /// Reads the header at the front of `bytes`.
    #[cfg(test)]
    pub(crate) fn decode(bytes: &[u8; HEADER_LEN]) -> Result<Self, Malformed> {
        let mut header = Self::new(Kind::Request, RequestId::new(0, 0));
        header.read(bytes)?;
        Ok(header)
    }

    /// Reads the header at the front of `bytes` in the place of the one before.
    ///
    /// # Errors
    ///
    /// It is none; then this is none either.
    #[inline]
    pub(crate) fn read(&mut self, bytes: &[u8; HEADER_LEN]) -> Result<(), Malformed> {
        let malformed = |problem| Malformed::new("frame header", problem);
        let len = u32::from_le_bytes(part::<0, _>(bytes));
        let [kind, flags] = part::<4, _>(bytes);
        let side_len = u32::from_le_bytes(part::<20, _>(bytes));
        let Some(kind) = Kind::from_wire(kind) else {
            return Err(malformed(format!("kind {kind} is not known")));
        };
        if side_len > len {
            let problem = format!("a side part of {side_len} bytes in a frame of {len} bytes");
            return Err(malformed(problem));
        }
        self.len = len;
        self.kind = kind;
        self.flags = Flags(flags);
        self.lane = u16::from_le_bytes(part::<6, _>(bytes));
        self.request = RequestId::from_wire(u64::from_le_bytes(part::<8, _>(bytes)));
        self.method = u32::from_le_bytes(part::<16, _>(bytes));
        self.side_len = side_len;
        self.deadline = deadline_from_wire(u64::from_le_bytes(part::<24, _>(bytes)));
        Ok(())
    }
}

/// Some bytes of a header. Where they lie is known at compile time, so nothing is checked: this is done for every frame.
fn part<const AT: usize, const N: usize>(bytes: &[u8; HEADER_LEN]) -> [u8; N] {
    const { assert!(AT + N <= HEADER_LEN) };
    std::array::from_fn(|index| bytes[AT + index])
}

/// Microseconds; 0 means none, so a deadline that has passed is sent as the shortest there is.
fn deadline_to_wire(deadline: Option<Duration>) -> u64 {
    deadline.map_or(0, |left| {
        let left = left.min(MAX_DEADLINE);
        (left.as_secs() * 1_000_000 + u64::from(left.subsec_micros())).max(1)
    })
}

fn deadline_from_wire(micros: u64) -> Option<Duration> {
    (micros != 0).then(|| Duration::from_micros(micros).min(MAX_DEADLINE))
}
