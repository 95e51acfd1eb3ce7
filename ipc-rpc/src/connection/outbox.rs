//! The bytes that wait to be written, and who may write them.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use tokio::io::AsyncWrite;

use super::control::Control;
use super::encoded::Encoded;
use super::streams::Payload;
use crate::transport::Writer as WriteHalf;
use crate::wire::{Flags, HEADER_LEN, Header, Kind, StreamId, put_packed_len};

/// A body of this size or more is queued as it is; a smaller one is copied behind its neighbours.
pub(crate) const LARGE_BODY: usize = 32 * 1024;

/// Bytes of items that share a frame: no large frame to whoever reads it.
pub(super) const MAX_PACKED: usize = 16 * 1024;

/// Capacity that an emptied buffer keeps.
const KEPT_CAPACITY: usize = 64 * 1024;

/// Pieces handed to one vectored write.
const MAX_SLICES: usize = 16;

/// The frames of a connection that wait to be written.
///
/// Frames leave in the order in which they were appended, goodbye last: it closes the outbox under the same
/// lock under which everything is appended. The writer is lent to whoever writes, so that the lock is
/// not held during a write; while it is away others only append.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: Queue,
    /// Bytes appended and not yet written, those that the writer took included.
    len: usize,
    /// Bytes written so far; begins anew behind the last number.
    written: usize,
    limit: usize,
    writer: WriterPlace,
    closed: bool,
    control: Control,
    /// Bytes of items that share a frame.
    max_packed: usize,
    /// A frame of items at the end of the queue, which takes more of its stream's items.
    open: Option<OpenFrame>,
}

/// A frame that can still grow.
#[derive(Clone, Copy, Debug)]
struct OpenFrame {
    header: Header,
    /// Where it begins in the queue's tail.
    at: usize,
}

/// Where small items go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    /// Into the frame of those before them.
    GoesOn,
    Begins,
    /// Nowhere: nothing is appended any more.
    Closed,
}

#[derive(Debug)]
enum WriterPlace {
    Here(Writer),
    /// It is here, but the transport takes no more for now; the driver is woken when it does.
    Blocked(Writer),
    /// Somebody writes.
    Lent,
    /// A write failed; nothing can be written any more.
    Gone,
}

/// Whole pieces, and behind them a tail that small frames are copied to.
#[derive(Debug, Default)]
struct Queue {
    pieces: VecDeque<Bytes>,
    tail: Vec<u8>,
}

impl Queue {
    fn is_empty(&self) -> bool {
        self.pieces.is_empty() && self.tail.is_empty()
    }

    fn push_piece(&mut self, piece: Bytes) {
        if !self.tail.is_empty() {
            self.pieces
                .push_back(Bytes::from(std::mem::take(&mut self.tail)));
        }
        self.pieces.push_back(piece);
    }
}

impl Outbox {
    /// `limit` is how many bytes may wait before those that make frames do, `max_frame_len` what the peer takes.
    pub(crate) fn new(io: WriteHalf, limit: usize, max_frame_len: usize) -> Self {
        let writer = Writer {
            io,
            queue: Queue::default(),
            written: 0,
            unflushed: false,
        };
        Self {
            queue: Queue::default(),
            len: 0,
            written: 0,
            limit,
            writer: WriterPlace::Here(writer),
            closed: false,
            control: Control::default(),
            max_packed: MAX_PACKED.min(max_frame_len),
            open: None,
        }
    }

    /// Appends a frame that no flow control holds up: an answer to the peer's own frame, a cancel, goodbye.
    pub(crate) fn append_control(&mut self, header: Header, body: &[u8]) {
        self.reserve(body.len());
        if self.begin_frame(header, body.len(), 0, true) {
            self.queue.tail.extend_from_slice(body);
        }
    }

    /// The same with a body that is not copied.
    pub(crate) fn append_large_control(&mut self, header: Header, body: Bytes) {
        if self.begin_frame(header, body.len(), 0, true) {
            self.queue.push_piece(body);
        }
    }

    /// Bytes of control frames that wait.
    pub(crate) const fn control_len(&self) -> usize {
        self.control.len()
    }

    /// Appends a frame, unless goodbye was said or writing has failed. Of the message its buffer is left, if it was copied out
    /// of it.
    pub(crate) fn append(&mut self, header: Header, prefix: &[u8], message: &mut Encoded) {
        let len = prefix.len() + message.len();
        if len < LARGE_BODY {
            self.reserve(len);
        }
        if !self.begin_frame(header, len, message.side_len(), false) {
            return;
        }
        if !prefix.is_empty() {
            self.queue.tail.extend_from_slice(prefix);
        }
        if message.bytes.len() < LARGE_BODY {
            self.queue.tail.extend_from_slice(&message.bytes);
        } else {
            self.queue
                .push_piece(Bytes::from(std::mem::take(&mut message.bytes)));
        }
        for piece in message.pieces.iter_mut() {
            if piece.len() < LARGE_BODY {
                self.queue.tail.extend_from_slice(piece);
            } else {
                self.queue.push_piece(std::mem::take(piece));
            }
        }
    }

    /// Appends an item of a stream, to the frame of the one before it if nothing was appended since. Returns whether it
    /// began a frame.
    pub(crate) fn append_item(&mut self, stream: StreamId, payload: Payload<'_>) -> bool {
        let item = match payload {
            Payload::Small(item) => item,
            Payload::Large(item) => {
                let mut header = Header::new(Kind::Items, stream.in_header());
                header.flags = Flags::SINGLE;
                header.method = 1;
                if self.begin_frame(header, item.len(), 0, false) {
                    if item.len() < LARGE_BODY {
                        self.queue.tail.extend_from_slice(item);
                    } else {
                        self.queue.push_piece(item.clone());
                    }
                }
                return true;
            }
        };
        let begins = self.begin_packed(stream, payload.len(), 1);
        if begins != Packing::Closed {
            put_packed_len(item.len(), &mut self.queue.tail);
            self.queue.tail.extend_from_slice(item);
        }
        begins != Packing::GoesOn
    }

    /// The same for small items that are packed already, and no more than fit into a frame.
    pub(crate) fn append_packed(&mut self, stream: StreamId, packed: &[u8], items: u32) -> bool {
        let begins = self.begin_packed(stream, packed.len(), items);
        if begins != Packing::Closed {
            self.queue.tail.extend_from_slice(packed);
        }
        begins != Packing::GoesOn
    }

    /// Makes room for so many bytes of small items in the frame at the end, or begins one.
    #[inline]
    fn begin_packed(&mut self, stream: StreamId, len: usize, items: u32) -> Packing {
        match &mut self.open {
            Some(OpenFrame { header, at })
                if header.request == stream.in_header()
                    && header.len as usize + len <= self.max_packed =>
            {
                // Both stay far below the limits of their types.
                header.len += len as u32;
                header.method += items;
                header.patch(&mut self.queue.tail[*at..*at + HEADER_LEN]);
                self.len += len;
                self.control.append(len, false);
                Packing::GoesOn
            }
            _ => {
                let mut header = Header::new(Kind::Items, stream.in_header());
                header.method = items;
                header.len = len as u32;
                let at = self.queue.tail.len();
                if !self.begin_frame(header, len, 0, false) {
                    return Packing::Closed;
                }
                self.open = Some(OpenFrame { header, at });
                Packing::Begins
            }
        }
    }

    /// Appends the header of a frame. `false`: goodbye was said or writing has failed, and there is to be no frame.
    #[inline]
    fn begin_frame(
        &mut self,
        mut header: Header,
        len: usize,
        side_len: usize,
        is_control: bool,
    ) -> bool {
        if self.closed {
            return false;
        }
        self.open = None;
        // Callers check the peer's limit, which is a u32, before they append.
        header.len = u32::try_from(len).unwrap_or(u32::MAX);
        header.side_len = u32::try_from(side_len).unwrap_or(u32::MAX);
        self.queue.tail.extend_from_slice(&header.encode());
        let bytes = HEADER_LEN + len;
        self.len += bytes;
        self.control.append(bytes, is_control);
        true
    }

    /// Appends bytes that are no frame: the verdict, in front of all frames.
    pub(crate) fn append_raw(&mut self, bytes: Vec<u8>) {
        self.open = None;
        self.len += bytes.len();
        self.control.append(bytes.len(), false);
        if bytes.len() < LARGE_BODY {
            self.queue.tail.extend_from_slice(&bytes);
        } else {
            self.queue.push_piece(bytes.into());
        }
    }

    /// Makes room for a frame that is copied as a whole, all at once.
    #[inline]
    fn reserve(&mut self, len: usize) {
        if !self.closed {
            self.queue.tail.reserve(HEADER_LEN + len);
        }
    }

    /// Nothing is appended from now on.
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    /// Bytes that wait.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Whether more may be appended. A closed outbox has room: what is appended to it fails at once.
    pub(crate) const fn has_room(&self) -> bool {
        self.has_room_beside(0)
    }

    /// The same beside what is about to be appended.
    pub(crate) const fn has_room_beside(&self, reserved: usize) -> bool {
        self.len.saturating_add(reserved) < self.limit || self.closed
    }

    /// Whether everything is written, and the writer is here to be shut down.
    pub(crate) const fn is_flushed(&self) -> bool {
        self.len == 0
            && match &self.writer {
                WriterPlace::Here(writer) | WriterPlace::Blocked(writer) => !writer.unflushed,
                WriterPlace::Lent | WriterPlace::Gone => false,
            }
    }

    /// Whether something waits that could be written here and now, or soon.
    pub(crate) const fn has_work(&self) -> bool {
        match &self.writer {
            WriterPlace::Here(writer) | WriterPlace::Blocked(writer) => {
                self.len > 0 || writer.unflushed
            }
            WriterPlace::Lent | WriterPlace::Gone => false,
        }
    }

    /// Whether the transport took no more when it was last tried.
    pub(crate) const fn is_blocked(&self) -> bool {
        matches!(self.writer, WriterPlace::Blocked(_))
    }

    /// Bytes written so far, of which only a change says something.
    pub(crate) const fn written(&self) -> usize {
        self.written
    }

    /// Lends the writer out, with everything to be written, if it is here and there is something.
    pub(crate) fn lend(&mut self) -> Option<Writer> {
        if !self.has_work() {
            return None;
        }
        self.take_writer().map(|mut writer| {
            if writer.take_from(&mut self.queue) {
                self.open = None;
            }
            writer
        })
    }

    /// Lends the writer out to be shut down.
    pub(crate) fn take_writer(&mut self) -> Option<Writer> {
        match std::mem::replace(&mut self.writer, WriterPlace::Lent) {
            WriterPlace::Here(writer) | WriterPlace::Blocked(writer) => Some(writer),
            other => {
                self.writer = other;
                None
            }
        }
    }

    /// Takes the writer back after `written` bytes.
    ///
    /// Returns it again if the outbox has failed meanwhile, to be dropped where no lock is held.
    pub(crate) fn give_back(&mut self, writer: Writer, written: usize) -> Option<Writer> {
        if matches!(self.writer, WriterPlace::Gone) {
            return Some(writer);
        }
        self.len -= written;
        self.written = self.written.wrapping_add(written);
        self.control.wrote(written);
        self.writer = WriterPlace::Here(writer);
        None
    }

    /// The same for a writer that could not write.
    pub(crate) fn give_back_blocked(&mut self, writer: Writer) -> Option<Writer> {
        if matches!(self.writer, WriterPlace::Gone) {
            return Some(writer);
        }
        self.writer = WriterPlace::Blocked(writer);
        None
    }

    /// Nothing that waits will ever be written: writing has failed, or the connection has ended. What is returned is
    /// dropped where no lock is held.
    pub(crate) fn fail(&mut self) -> Remains {
        self.len = 0;
        self.control = Control::default();
        self.open = None;
        self.closed = true;
        let writer = match std::mem::replace(&mut self.writer, WriterPlace::Gone) {
            WriterPlace::Here(writer) | WriterPlace::Blocked(writer) => Some(writer),
            WriterPlace::Lent | WriterPlace::Gone => None,
        };
        Remains {
            _writer: writer,
            _queue: std::mem::take(&mut self.queue),
        }
    }
}

/// The writing half of a transport, and what it is about to write.
pub(crate) struct Writer {
    io: WriteHalf,
    queue: Queue,
    /// Bytes of the front of `queue` that are written already.
    written: usize,
    /// Whether the transport may hold back something that it took.
    unflushed: bool,
}

/// What a failed outbox leaves: dropped where no lock is held, for it holds what is not ours.
#[derive(Debug, Default)]
pub(crate) struct Remains {
    _writer: Option<Writer>,
    _queue: Queue,
}

impl Writer {
    /// Takes what waits, if everything older is written, so that the order stays.
    fn take_from(&mut self, queue: &mut Queue) -> bool {
        let takes = self.queue.is_empty();
        if takes {
            std::mem::swap(&mut self.queue, queue);
        }
        takes
    }

    /// Writes once, and flushes when everything it took is written. `waker` is woken when what would have waited can
    /// go on.
    pub(crate) fn write(&mut self, waker: &Waker) -> Poll<io::Result<usize>> {
        let mut cx = Context::from_waker(waker);
        let mut count = 0;
        if !self.queue.is_empty() {
            count = ready!(self.write_queue(&mut cx))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unflushed = true;
            self.advance(count);
        }
        if self.queue.is_empty() && self.unflushed {
            match Pin::new(&mut self.io).poll_flush(&mut cx) {
                Poll::Ready(flushed) => {
                    flushed?;
                    self.unflushed = false;
                }
                Poll::Pending if count == 0 => return Poll::Pending,
                // What was written is to be told; the rest of the flush is work that is left.
                Poll::Pending => {}
            }
        }
        Poll::Ready(Ok(count))
    }

    fn write_queue(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let io = Pin::new(&mut self.io);
        let queue = &self.queue;
        if queue.pieces.is_empty() {
            return io.poll_write(cx, &queue.tail[self.written..]);
        }
        let mut slices = [IoSlice::new(&[]); MAX_SLICES];
        let mut used = 0;
        let mut skip = self.written;
        let pieces = queue.pieces.iter().map(|piece| &piece[..]);
        for (slice, piece) in slices.iter_mut().zip(pieces.chain([&queue.tail[..]])) {
            *slice = IoSlice::new(&piece[std::mem::take(&mut skip)..]);
            used += 1;
        }
        io.poll_write_vectored(cx, &slices[..used])
    }

    fn advance(&mut self, count: usize) {
        self.written += count;
        while let Some(piece) = self.queue.pieces.front() {
            if self.written < piece.len() {
                return;
            }
            self.written -= piece.len();
            self.queue.pieces.pop_front();
        }
        let tail = &mut self.queue.tail;
        if self.written == tail.len() {
            self.written = 0;
            tail.clear();
            if tail.capacity() > KEPT_CAPACITY {
                *tail = Vec::new();
            }
        }
    }

    pub(crate) fn shutdown(&mut self, waker: &Waker) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(&mut Context::from_waker(waker))
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "outbox_item_tests.rs"]
mod item_tests;
#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
