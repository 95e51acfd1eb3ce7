//! A stream of bytes cut into frames.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::Reader;
use super::read_buffer::{BUFFER_LEN, ReadBuffer};
use crate::clock::Timekeeper;
use crate::error::ProtocolError;
use crate::wire::{HEADER_LEN, Header, Kind, RequestId};

/// A frame with more bytes than this behind its header gets memory of its own.
const LARGE_FRAME: usize = 16 * 1024;

/// Bytes of the first read. Reads grow while they are filled.
const FIRST_READ: usize = 16 * 1024;

/// How often the system is asked in a row. Once takes some 200 ns, and asking the runtime several times that; other tasks
/// wait meanwhile.
const ASKED_IN_A_ROW: usize = 8;

/// Bytes of the read behind a large frame. Where one large frame came the next one is large as a rule, and what is
/// read of it with its header has to be copied.
const READ_BEHIND_LARGE: usize = 2 * 1024;

/// Cuts what a transport delivers into frames.
///
/// Small frames are lent out of one buffer, in which many arrive with one read. A large frame is read into
/// memory of its own size, which it keeps: its side part reaches the user without a copy. Memory for a frame
/// is taken when its header, within the limit, has arrived, and for one frame at a time.
pub(crate) struct FrameReader {
    io: Reader,
    buffer: ReadBuffer,
    /// Bytes at the front of `buffer` that were lent with the last frame.
    lent: usize,
    /// Of the frame that was found last. It stays here, and is lent with the frame: to hand it from one to the next takes a
    /// processor longer than to decode it.
    header: Header,
    large: Option<Large>,
    /// Bytes that the next read into `buffer` takes at most.
    next_read: usize,
    max_frame_len: usize,
    /// A header was none. Where the next frame begins cannot be told any more, so there is none.
    broken: bool,
}

/// A large frame under way.
struct Large {
    /// Body and side part have memory each, so that the side part's may go to the user as it is.
    body: Vec<u8>,
    side: Vec<u8>,
}

impl Large {
    fn missing(&self, header: &Header) -> (usize, usize) {
        let side_len = header.side_len as usize;
        let body_len = header.len as usize - side_len;
        (body_len - self.body.len(), side_len - self.side.len())
    }
}

/// A frame as it was read.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) header: &'a Header,
    pub(crate) body: Body<'a>,
    pub(crate) side: Body<'a>,
}

/// Bytes out of a frame, such as its body, its side part or an item in it: lent for as long as whoever has the rest is not
/// asked for more, or owned.
#[derive(Clone, Debug)]
pub(crate) enum Body<'a> {
    Lent(&'a [u8]),
    Owned(Bytes),
}

impl Default for Body<'_> {
    fn default() -> Self {
        Self::Lent(&[])
    }
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

impl<'a> Body<'a> {
    /// The body without its first `count` bytes, or none of it.
    pub(crate) fn skip(self, count: usize) -> Self {
        match self {
            Self::Lent(bytes) => Self::Lent(bytes.get(count..).unwrap_or_default()),
            Self::Owned(bytes) => Self::Owned(bytes.slice(count.min(bytes.len())..)),
        }
    }

    /// The first `count` bytes and the rest. `None`: there are fewer.
    pub(crate) fn split_at(self, count: usize) -> Option<(Self, Self)> {
        Some(match self {
            Self::Lent(bytes) => {
                let (front, back): (&'a [u8], _) = bytes.split_at_checked(count)?;
                (Self::Lent(front), Self::Lent(back))
            }
            Self::Owned(mut bytes) => {
                if bytes.len() < count {
                    return None;
                }
                let front = bytes.split_to(count);
                (Self::Owned(front), Self::Owned(bytes))
            }
        })
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Lent(bytes) => Bytes::copy_from_slice(bytes),
            Self::Owned(bytes) => bytes,
        }
    }

    /// Copies nothing if the bytes are owned and nobody else's.
    pub(crate) fn into_vec(self) -> Vec<u8> {
        match self {
            Self::Lent(bytes) => bytes.to_vec(),
            Self::Owned(bytes) => bytes.into(),
        }
    }
}

impl FrameReader {
    /// Reads frames of at most `max_frame_len` bytes behind their headers. `read_ahead` has arrived before.
    pub(crate) fn new(io: Reader, read_ahead: &[u8], max_frame_len: usize) -> Self {
        Self {
            io,
            buffer: ReadBuffer::holding(read_ahead),
            lent: 0,
            header: Header::new(Kind::Goodbye, RequestId::new(0, 0)),
            large: None,
            next_read: FIRST_READ,
            max_frame_len,
            broken: false,
        }
    }

    /// Whether a large frame is under way.
    pub(crate) const fn is_midway(&self) -> bool {
        self.large.is_some()
    }

    /// By whose clock waits for the peer end.
    pub(crate) fn timekeeper(&self) -> Timekeeper {
        self.io.timekeeper()
    }

    /// Whether the peer gets what was written though nobody reads what it has sent.
    pub(crate) fn keeps_last_words(&self) -> bool {
        self.io.keeps_last_words()
    }

    /// Whether this process is woken when the peer reads, too.
    pub(crate) fn wake_early(&mut self, early: bool) {
        self.io.wake_early(early);
    }

    /// Reads once. `Ok(0)`: the stream has ended.
    ///
    /// # Errors
    ///
    /// Whatever the transport reports.
    pub(crate) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if let Some(large) = &mut self.large {
            let (part, missing) = match large.missing(&self.header) {
                (0, missing) => (&mut large.side, missing),
                (missing, _) => (&mut large.body, missing),
            };
            return self.io.poll_append(cx, part, missing);
        }
        self.drop_taken();
        if self.broken {
            self.buffer.clear();
        }
        let read = ready!(
            self.buffer
                .poll_read(Pin::new(&mut self.io), cx, self.next_read)
        )?;
        if read == self.next_read {
            self.next_read = (4 * read).min(BUFFER_LEN);
        }
        Poll::Ready(Ok(read))
    }

    /// The same for who asks again and again: the system is asked by itself a few times before the runtime is.
    pub(crate) fn poll_ask(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.large.is_none() && !self.broken {
            self.drop_taken();
            for _ in 0..ASKED_IN_A_ROW {
                let io = &mut self.io;
                if let Some(read) = self.buffer.read_now(self.next_read, |buf| io.read_now(buf)) {
                    return Poll::Ready(read);
                }
            }
        }
        self.poll_fill(cx)
    }

    /// Drops what was lent with the last frame.
    #[inline]
    fn drop_taken(&mut self) {
        self.buffer.take(std::mem::take(&mut self.lent));
    }

    /// Whether the next frame has arrived whole; [`header`](Self::header) tells of it, and
    /// [`take_frame`](Self::take_frame) is to follow. If not, read more.
    ///
    /// # Errors
    ///
    /// A header that is none, or a frame above the limit; from then on there is no frame any more, and what is
    /// read is dropped.
    #[inline]
    pub(crate) fn find_frame(&mut self) -> Result<bool, Box<ProtocolError>> {
        if self.broken {
            return Ok(false);
        }
        if let Some(large) = &self.large {
            return Ok(large.missing(&self.header) == (0, 0));
        }
        self.drop_taken();
        let Some(header) = self.buffer.filled().first_chunk::<HEADER_LEN>() else {
            return Ok(false);
        };
        if let Err(malformed) = self.header.read(header) {
            return Err(self.give_up(malformed.into()));
        }
        let len = self.header.len as usize;
        if len > self.max_frame_len {
            let limit = self.max_frame_len;
            return Err(self.give_up(ProtocolError::FrameTooLarge { size: len, limit }));
        }
        if len > LARGE_FRAME {
            return Ok(self.begin_large());
        }
        Ok(self.buffer.filled().len() - HEADER_LEN >= len)
    }

    /// Of the frame that was found last.
    #[inline]
    pub(crate) const fn header(&self) -> &Header {
        &self.header
    }

    /// Bytes of the frame that was found, its header included.
    #[inline]
    pub(crate) const fn frame_len(&self) -> usize {
        HEADER_LEN + self.header.len as usize
    }

    /// The frame that was found.
    #[inline]
    pub(crate) fn take_frame(&mut self) -> Frame<'_> {
        let header = &self.header;
        if let Some(Large { body, side }) = self.large.take() {
            return Frame {
                header,
                body: Body::Owned(body.into()),
                side: Body::Owned(side.into()),
            };
        }
        self.lent = HEADER_LEN + header.len as usize;
        let frame = self.buffer.filled().get(HEADER_LEN..self.lent);
        let frame = frame.unwrap_or_default();
        let (body, side) = frame.split_at(frame.len().saturating_sub(header.side_len as usize));
        Frame {
            header,
            body: Body::Lent(body),
            side: Body::Lent(side),
        }
    }

    #[cold]
    fn give_up(&mut self, error: ProtocolError) -> Box<ProtocolError> {
        self.broken = true;
        self.buffer.clear();
        self.lent = 0;
        Box::new(error)
    }

    /// Returns whether the frame is here already.
    fn begin_large(&mut self) -> bool {
        self.next_read = READ_BEHIND_LARGE;
        keep_pages();
        self.buffer.take(HEADER_LEN);
        let side_len = self.header.side_len as usize;
        let body_len = self.header.len as usize - side_len;
        let mut large = Large {
            body: Vec::with_capacity(body_len),
            side: Vec::with_capacity(side_len),
        };
        let here = self.buffer.filled();
        let (body, behind) = here.split_at(body_len.min(here.len()));
        let side = &behind[..side_len.min(behind.len())];
        large.body.extend_from_slice(body);
        large.side.extend_from_slice(side);
        let taken = body.len() + side.len();
        self.buffer.take(taken);
        let is_whole = large.missing(&self.header) == (0, 0);
        self.large = Some(large);
        is_whole
    }
}

/// Has the allocator of glibc keep the memory of large frames, once in the life of a process.
///
/// To begin with, that gives memory back to the system whenever 128 KiB are free at the end of the heap, and takes it anew
/// for the next frame, page by page: more than half of the reader's time. It stops when it sees a larger allocation come
/// and go: from then on it keeps twice as much (the dynamic thresholds in mallopt(3)). The first frame of that size would
/// bring it about; items of streams are smaller as a rule.
fn keep_pages() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        const LEN: usize = 1024 * 1024;
        static ONCE: std::sync::Once = std::sync::Once::new();
        // No page of it is touched.
        ONCE.call_once(|| drop(std::hint::black_box(Vec::<u8>::with_capacity(LEN))));
    }
}

impl fmt::Debug for FrameReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameReader")
            .field("buffered", &self.buffer.filled().len())
            .field("max_frame_len", &self.max_frame_len)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "framing_tests.rs"]
mod tests;
