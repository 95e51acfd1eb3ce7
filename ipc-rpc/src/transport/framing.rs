//! A stream of bytes cut into frames.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio_util::io::poll_read_buf;

use super::Reader;
use crate::error::ProtocolError;
use crate::wire::{HEADER_LEN, Header, Kind};

/// Bytes of the buffer of a connection that is idle or has small frames.
const SMALL_BUFFER: usize = 8 * 1024;

/// Bytes that the buffer grows to when reads fill it. A frame that is larger gets a buffer of its own.
const LARGE_BUFFER: usize = 64 * 1024;

/// Cuts what a transport delivers into frames.
///
/// Small frames are lent out of one buffer, in which many arrive with one read. A large frame is read into a
/// buffer of its own size, which it keeps: its side part reaches the user without a copy. Memory for a frame
/// is taken when its header, within the limit, has arrived, and for one frame at a time.
pub(crate) struct FrameReader {
    io: Reader,
    buffer: BytesMut,
    /// Bytes at the front of `buffer` that were lent with the last frame.
    lent: usize,
    large: Option<(Header, BytesMut)>,
    max_frame_len: usize,
    /// A header was none. Where the next frame begins cannot be told any more, so there is none.
    broken: bool,
}

/// A frame as it was read.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) header: Header,
    pub(crate) body: Body<'a>,
    pub(crate) side: Bytes,
}

/// The body of a frame: lent for as long as the next frame is not asked for, or owned.
#[derive(Clone, Debug)]
pub(crate) enum Body<'a> {
    Lent(&'a [u8]),
    Owned(Bytes),
}

impl std::ops::Deref for Body<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Lent(bytes) => bytes,
            Self::Owned(bytes) => bytes,
        }
    }
}

impl Body<'_> {
    /// The body without its first `count` bytes, or none of it.
    pub(crate) fn skip(self, count: usize) -> Self {
        match self {
            Self::Lent(bytes) => Self::Lent(bytes.get(count..).unwrap_or_default()),
            Self::Owned(bytes) => Self::Owned(bytes.slice(count.min(bytes.len())..)),
        }
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Lent(bytes) => Bytes::copy_from_slice(bytes),
            Self::Owned(bytes) => bytes,
        }
    }
}

impl FrameReader {
    /// Reads frames of at most `max_frame_len` bytes behind their headers. `read_ahead` has arrived before.
    pub(crate) fn new(io: Reader, read_ahead: BytesMut, max_frame_len: usize) -> Self {
        Self {
            io,
            buffer: read_ahead,
            lent: 0,
            large: None,
            max_frame_len,
            broken: false,
        }
    }

    /// Reads once. `Ok(0)`: the stream has ended.
    ///
    /// # Errors
    ///
    /// Whatever the transport reports.
    pub(crate) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.broken {
            self.buffer.clear();
        }
        let io = Pin::new(&mut self.io);
        if let Some((header, frame)) = &mut self.large {
            let missing = header.len as usize - frame.len();
            return poll_read_buf(io, cx, &mut frame.limit(missing));
        }
        self.buffer.advance(std::mem::take(&mut self.lent));
        if self.buffer.capacity() - self.buffer.len() < HEADER_LEN {
            self.buffer.reserve(SMALL_BUFFER);
        }
        let read = ready!(poll_read_buf(io, cx, &mut self.buffer))?;
        let full = self.buffer.len() == self.buffer.capacity();
        if full && self.buffer.capacity() < LARGE_BUFFER {
            self.buffer.reserve(self.buffer.capacity());
        }
        Poll::Ready(Ok(read))
    }

    /// The next frame that has arrived whole. `None`: read more.
    ///
    /// # Errors
    ///
    /// A header that is none, or a frame above the limit; from then on there is no frame any more, and what is
    /// read is dropped.
    pub(crate) fn next_frame(&mut self) -> Result<Option<Frame<'_>>, ProtocolError> {
        if self.broken {
            return Ok(None);
        }
        if let Some((header, frame)) = self.large.take() {
            if frame.len() < header.len as usize {
                self.large = Some((header, frame));
                return Ok(None);
            }
            return Ok(Some(owned_frame(header, frame.freeze())));
        }
        self.buffer.advance(std::mem::take(&mut self.lent));
        let Some(header) = self.buffer.first_chunk::<HEADER_LEN>() else {
            return Ok(None);
        };
        let header = match Header::decode(header) {
            Ok(header) => header,
            Err(malformed) => return Err(self.give_up(malformed.into())),
        };
        let len = header.len as usize;
        if len > self.max_frame_len {
            let limit = self.max_frame_len;
            return Err(self.give_up(ProtocolError::FrameTooLarge { size: len, limit }));
        }
        if len > LARGE_BUFFER - HEADER_LEN {
            return Ok(self.begin_large(header));
        }
        let whole = HEADER_LEN + len;
        if self.buffer.len() < whole {
            self.buffer.reserve(whole - self.buffer.len());
            return Ok(None);
        }
        self.lent = whole;
        let (body, side) = self.buffer[HEADER_LEN..whole].split_at(len - header.side_len as usize);
        let side = if side.is_empty() {
            Bytes::new()
        } else {
            Bytes::copy_from_slice(side)
        };
        Ok(Some(Frame {
            header,
            body: Body::Lent(body),
            side,
        }))
    }

    /// The kind of the frame that [`next_frame`](Self::next_frame) would begin with. `None`: there is no header,
    /// or none that is one, which the next call tells.
    pub(crate) fn peek_kind(&self) -> Option<Kind> {
        if let Some((header, _)) = &self.large {
            return Some(header.kind);
        }
        let header = self.buffer.get(self.lent..)?.first_chunk::<HEADER_LEN>()?;
        Some(Header::decode(header).ok()?.kind)
    }

    fn give_up(&mut self, error: ProtocolError) -> ProtocolError {
        self.broken = true;
        self.buffer.clear();
        self.lent = 0;
        error
    }

    fn begin_large(&mut self, header: Header) -> Option<Frame<'static>> {
        let len = header.len as usize;
        self.buffer.advance(HEADER_LEN);
        let here = self.buffer.split_to(len.min(self.buffer.len()));
        if here.len() == len {
            return Some(owned_frame(header, here.freeze()));
        }
        let mut frame = BytesMut::with_capacity(len);
        frame.put_slice(&here);
        self.large = Some((header, frame));
        None
    }
}

fn owned_frame(header: Header, frame: Bytes) -> Frame<'static> {
    let border = frame.len() - header.side_len as usize;
    let side = frame.slice(border..);
    Frame {
        header,
        body: Body::Owned(frame.slice(..border)),
        side,
    }
}

impl fmt::Debug for FrameReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameReader")
            .field("buffered", &self.buffer.len())
            .field("max_frame_len", &self.max_frame_len)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "framing_tests.rs"]
mod tests;
