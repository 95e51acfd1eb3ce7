//! The frames of the bare sockets: a length, then that many bytes. What a protocol by hand would be.

use std::ops::Range;

/// Bytes of the length in front of a frame.
const PREFIX_LEN: usize = 4;
/// Bytes of the number in front of a payload.
const NUMBER_LEN: usize = 8;

/// Room for small frames, as long as few come at once.
const MIN_ROOM: usize = 8 * 1024;
/// Room for many, once a read has filled what there was.
const MAX_ROOM: usize = 64 * 1024;

/// What was received and not yet consumed, and room for more.
pub(super) struct Input {
    bytes: Vec<u8>,
    filled: usize,
    consumed: usize,
}

impl Input {
    pub(super) fn new() -> Self {
        Self {
            bytes: vec![0; MIN_ROOM],
            filled: 0,
            consumed: 0,
        }
    }

    /// Where the next read may write to: behind what is there, at least as much as the frame that has begun needs.
    pub(super) fn room(&mut self) -> &mut [u8] {
        let was_full = self.filled == self.bytes.len();
        self.bytes.copy_within(self.consumed..self.filled, 0);
        self.filled -= self.consumed;
        self.consumed = 0;
        let needed = self.body().map_or(MIN_ROOM, |body| body.end);
        let wanted = if was_full { MAX_ROOM } else { MIN_ROOM };
        let len = self.bytes.len().max(needed).max(wanted);
        self.bytes.resize(len, 0);
        &mut self.bytes[self.filled..]
    }

    /// Takes note that a read wrote this much.
    pub(super) fn extend(&mut self, count: usize) {
        self.filled += count;
    }

    /// The next frame, prefix included, if all of it is there.
    pub(super) fn next(&mut self) -> Option<&[u8]> {
        let frame = self.find()?;
        Some(self.at(frame))
    }

    /// Where the next frame is, for whoever reads more if there is none.
    pub(super) fn find(&mut self) -> Option<Range<usize>> {
        let body = self.body().filter(|body| body.end <= self.filled)?;
        let frame = self.consumed..body.end;
        self.consumed = frame.end;
        Some(frame)
    }

    /// A frame that was found, until more is read.
    pub(super) fn at(&self, frame: Range<usize>) -> &[u8] {
        &self.bytes[frame]
    }

    /// All frames that are there from end to end, prefixes included: for an echo they are their own answer.
    pub(super) fn frames(&mut self) -> &[u8] {
        let start = self.consumed;
        while self.next().is_some() {}
        &self.bytes[start..self.consumed]
    }

    /// Moves the beginning of a large frame into `payload`, which gets the length of the whole. Returns how much of
    /// it was there: the rest can be read into its place, without a copy.
    pub(super) fn begin_large(&mut self, payload: &mut Vec<u8>) -> Option<usize> {
        let body = self.body()?;
        payload.resize(body.len(), 0);
        let there = body.start..body.end.min(self.filled);
        let count = there.len();
        self.consumed = there.end;
        payload[..count].copy_from_slice(&self.bytes[there]);
        Some(count)
    }

    fn body(&self) -> Option<Range<usize>> {
        let rest = &self.bytes[self.consumed..self.filled];
        let prefix = rest.first_chunk::<PREFIX_LEN>()?;
        let start = self.consumed + PREFIX_LEN;
        Some(start..start + u32::from_le_bytes(*prefix) as usize)
    }
}

/// Appends a frame with a number and a payload.
pub(super) fn put_small(output: &mut Vec<u8>, number: u64, payload: &[u8]) {
    output.extend_from_slice(&prefix(NUMBER_LEN + payload.len()));
    output.extend_from_slice(&number.to_le_bytes());
    output.extend_from_slice(payload);
}

/// Reads a frame with a number into `payload`.
pub(super) fn take_small(frame: &[u8], payload: &mut Vec<u8>) -> u64 {
    let (number, rest) = number_and_payload(frame);
    payload.clear();
    payload.extend_from_slice(rest);
    number
}

/// What is in a frame with a number.
pub(super) fn number_and_payload(frame: &[u8]) -> (u64, &[u8]) {
    let (number, rest) = frame[PREFIX_LEN..].split_at(NUMBER_LEN);
    let mut bytes = [0; NUMBER_LEN];
    bytes.copy_from_slice(number);
    (u64::from_le_bytes(bytes), rest)
}

/// Asks for a stream of items whose payloads are of this length: a number without a payload, as no echo is.
pub(super) fn put_request(output: &mut Vec<u8>, len: usize) {
    put_small(output, len as u64, &[]);
}

/// What a frame asks for by [`put_request`], if it does.
pub(super) fn requested(frame: &[u8]) -> Option<usize> {
    let (number, payload) =
        (frame.len() >= PREFIX_LEN + NUMBER_LEN).then(|| number_and_payload(frame))?;
    payload.is_empty().then_some(number as usize)
}

/// What stands in front of a payload of this length.
pub(super) fn prefix(len: usize) -> [u8; PREFIX_LEN] {
    (len as u32).to_le_bytes()
}
