//! Items that have arrived and wait to be read.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use bytes::Bytes;

use crate::error::{ConnectionError, ProtocolError};
use crate::transport::framing::Body;
use crate::wire::{StreamReason, take_packed};

/// Bytes up to which the items of several frames share one buffer.
const MAX_SHARED: usize = 32 * 1024;

/// A queue from the connection's task to the reader of a stream, bounded by the stream's credit.
///
/// The reader takes all that is there at once, and decodes it without a lock and in its own time: no code of the user's
/// runs in the connection's task, and a reader that is slow holds up nobody.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    chunks: VecDeque<Chunk>,
    /// An empty buffer that the reader has given back.
    spare: Vec<u8>,
    waker: Option<Waker>,
    end: Option<ReaderEnd>,
}

/// Why there are no more items.
#[derive(Clone, Debug)]
pub(crate) enum ReaderEnd {
    /// There never were more.
    Finished,
    /// The writer gave it up.
    Reset(StreamReason),
    Connection(ConnectionError),
    /// What arrived makes no items.
    Protocol(ProtocolError),
}

/// Items that arrived together.
#[derive(Debug)]
pub(super) enum Chunk {
    Packed(Packed),
    Single(Bytes),
}

/// Small items, each with its length in front.
#[derive(Debug, Default)]
pub(super) struct Packed {
    bytes: Vec<u8>,
    /// Where the item begins that was gone on to, and where the next one does.
    item: usize,
    at: usize,
    /// How many there are from there on, by their writer's word.
    items: u32,
}

impl Packed {
    /// Goes on to the next item, and returns the bytes it took with its length. `None`: there are no more, or what follows
    /// makes no item, as [`check_end`](Self::check_end) tells.
    #[inline]
    pub(super) fn advance(&mut self) -> Option<usize> {
        let mut rest = self.bytes.get(self.at..)?;
        let left = rest.len();
        let item = take_packed(&mut rest)?;
        self.items = self.items.checked_sub(1)?;
        let taken = left - rest.len();
        self.at += taken;
        self.item = self.at - item.len();
        Some(taken)
    }

    /// The item it went on to.
    #[inline]
    pub(super) fn item(&self) -> &[u8] {
        self.bytes.get(self.item..self.at).unwrap_or_default()
    }

    /// Whether all items were whole and as many as was said.
    pub(super) fn check_end(&self) -> Result<(), ProtocolError> {
        if self.at == self.bytes.len() && self.items == 0 {
            return Ok(());
        }
        Err(ProtocolError::Malformed {
            what: "items of a stream",
            problem: format!(
                "{} items announced and {} bytes left that do not make as many",
                self.items,
                self.bytes.len() - self.at
            ),
        })
    }

    /// Bytes of all its items.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Its buffer, emptied.
    pub(super) fn into_buffer(mut self) -> Vec<u8> {
        self.bytes.clear();
        self.bytes
    }
}

impl Queue {
    /// Appends the body of a frame of items. Returns whom to wake.
    pub(super) fn push(&self, body: Body<'_>, single: bool, items: u32) -> Option<Waker> {
        let mut state = self.lock();
        if single {
            state.chunks.push_back(Chunk::Single(body.into_bytes()));
            return state.waker.take();
        }
        match state.chunks.back_mut() {
            Some(Chunk::Packed(last)) if last.bytes.len() + body.len() <= MAX_SHARED => {
                last.bytes.extend_from_slice(&body);
                last.items = last.items.saturating_add(items);
            }
            _ => {
                let bytes = match body {
                    Body::Lent(lent) => {
                        let mut bytes = std::mem::take(&mut state.spare);
                        bytes.extend_from_slice(lent);
                        bytes
                    }
                    owned @ Body::Owned(_) => owned.into_vec(),
                };
                state.chunks.push_back(Chunk::Packed(Packed {
                    bytes,
                    items,
                    ..Packed::default()
                }));
            }
        }
        state.waker.take()
    }

    /// Nothing follows. Returns whom to wake.
    pub(super) fn end(&self, end: ReaderEnd) -> Option<Waker> {
        let mut state = self.lock();
        state.end.get_or_insert(end);
        state.waker.take()
    }

    /// Moves what is there to `chunks`, which is empty, or tells the end; else `waker` is woken when there is something.
    /// `None`: that takes a copy of it, `own`.
    pub(super) fn take(
        &self,
        chunks: &mut VecDeque<Chunk>,
        spare: &mut Vec<u8>,
        waker: &Waker,
        own: &mut Option<Waker>,
    ) -> Option<Poll<Result<(), ReaderEnd>>> {
        // Dropped behind the lock: that may run code of another executor.
        let _old;
        let mut state = self.lock();
        // A large one is not kept: it would count against nobody's window.
        if (state.spare.capacity()..=MAX_SHARED).contains(&spare.capacity()) {
            std::mem::swap(&mut state.spare, spare);
        }
        if !state.chunks.is_empty() {
            std::mem::swap(&mut state.chunks, chunks);
            return Some(Poll::Ready(Ok(())));
        }
        if let Some(end) = &state.end {
            return Some(Poll::Ready(Err(end.clone())));
        }
        match &mut state.waker {
            Some(known) if known.will_wake(waker) => {}
            place => _old = place.replace(own.take()?),
        }
        Some(Poll::Pending)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
