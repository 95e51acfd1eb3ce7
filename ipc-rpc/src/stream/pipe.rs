//! A stream within this process, until its receiver goes to another.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::connection::StreamWriter;
use crate::error::StreamError;
use crate::wake::{Place, Waiters, wake};
use crate::wire::StreamCode;

use super::ends::{ended_here, of_writer};

/// What the ends of a stream share.
pub(super) struct Pipe<T> {
    local: Mutex<Local<T>>,
    /// Where items go once the receiver is in another process. Nothing is in `local` then.
    remote: OnceLock<Arc<StreamWriter>>,
}

struct Local<T> {
    queue: VecDeque<T>,
    capacity: usize,
    /// Nothing follows what is in the queue: the stream is complete, or it is not.
    end: Option<Result<(), StreamError>>,
    /// The receiver has gone.
    closed: Option<StreamError>,
    receiver: Option<Waker>,
    /// Those who wait for room, or for the receiver to go.
    senders: Waiters,
}

/// What became of an item that was to be put into the queue.
pub(super) enum Put {
    Done,
    Full,
    Closed(StreamError),
    /// The receiver is in another process.
    Remote,
}

impl<T> Pipe<T> {
    pub(super) fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self {
            local: Mutex::new(Local {
                queue: VecDeque::new(),
                capacity: capacity.max(1),
                end: None,
                closed: None,
                receiver: None,
                senders: Waiters::default(),
            }),
            remote: OnceLock::new(),
        })
    }

    pub(super) fn remote(&self) -> Option<&StreamWriter> {
        self.remote.get().map(|writer| &**writer)
    }

    /// Puts an item into the queue, or sees to it that its sender is told at `place` when there is room.
    pub(super) fn put(&self, item: &mut Option<T>, place: Option<&Place>) -> Put {
        let mut local = self.lock();
        if self.remote.get().is_some() {
            return Put::Remote;
        }
        if let Some(closed) = local.closed.clone().or_else(|| local.ended()) {
            return Put::Closed(closed);
        }
        if local.queue.len() >= local.capacity {
            if let Some(place) = place {
                local.senders.enter(place);
            }
            return Put::Full;
        }
        local.queue.extend(item.take());
        let receiver = local.receiver.take();
        drop(local);
        receiver.into_iter().for_each(wake);
        Put::Done
    }

    /// Takes an item out of the queue.
    pub(super) fn poll_take(&self, cx: &Context<'_>) -> Poll<Option<Result<T, StreamError>>> {
        let waker = cx.waker().clone();
        let _old;
        let mut local = self.lock();
        if let Some(item) = local.queue.pop_front() {
            let mut senders = std::mem::take(&mut local.senders);
            drop(local);
            senders.drain().for_each(wake);
            return Poll::Ready(Some(Ok(item)));
        }
        match &local.end {
            Some(Ok(())) => Poll::Ready(None),
            Some(Err(error)) => Poll::Ready(Some(Err(error.clone()))),
            None => {
                _old = local.receiver.replace(waker);
                Poll::Pending
            }
        }
    }

    /// Nothing follows. The first end counts.
    pub(super) fn end(&self, end: Result<(), StreamError>) {
        let mut local = self.lock();
        if let Some(remote) = self.remote.get() {
            drop(local);
            return end_remote(remote, end);
        }
        local.end.get_or_insert(end);
        let mut senders = std::mem::take(&mut local.senders);
        let receiver = local.receiver.take();
        drop(local);
        senders.drain().chain(receiver).for_each(wake);
    }

    /// The receiver has gone: what waits is of no use, and nothing more is wanted.
    pub(super) fn close(&self, why: StreamError) {
        let mut local = self.lock();
        local.closed.get_or_insert(why);
        let waiting = std::mem::take(&mut local.queue);
        let mut senders = std::mem::take(&mut local.senders);
        drop(local);
        drop(waiting);
        senders.drain().for_each(wake);
    }

    /// Why nothing can be sent any more, if so.
    pub(super) fn closed(&self) -> Option<StreamError> {
        let local = self.lock();
        // Looked at under the lock: the receiver may just be on its way.
        match self.remote.get() {
            Some(remote) => remote.over().cloned().map(of_writer),
            None => local.closed.clone().or_else(|| local.ended()),
        }
    }

    pub(super) fn poll_closed(&self, place: &mut Place, cx: &Context<'_>) -> Poll<()> {
        if let Some(remote) = self.remote.get() {
            return remote.poll_over(place, cx);
        }
        place.set(cx.waker());
        let mut local = self.lock();
        if let Some(remote) = self.remote.get() {
            drop(local);
            return remote.poll_over(place, cx);
        }
        if local.closed.is_some() || local.end.is_some() {
            return Poll::Ready(());
        }
        local.senders.enter(place);
        Poll::Pending
    }

    /// The receiver is in another process from now on. `false`: items wait here that have to go there first.
    pub(super) fn connect(&self, writer: &Arc<StreamWriter>) -> bool {
        let mut local = self.lock();
        if !local.queue.is_empty() {
            return false;
        }
        if let Some(end) = local.end.take() {
            drop(local);
            end_remote(writer, end);
            return true;
        }
        let mut senders = std::mem::take(&mut local.senders);
        // It is set once: the one receiver there is goes away with it.
        let rejected = self.remote.set(Arc::clone(writer));
        drop(local);
        drop(rejected);
        senders.drain().for_each(wake);
        true
    }

    fn lock(&self) -> MutexGuard<'_, Local<T>> {
        self.local.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Local<T> {
    /// What a sender is told behind the end.
    fn ended(&self) -> Option<StreamError> {
        self.end.as_ref().map(|_| ended_here())
    }
}

fn end_remote(writer: &StreamWriter, end: Result<(), StreamError>) {
    match end {
        Ok(()) => writer.finish(),
        Err(StreamError::Aborted { reason }) => writer.reset(StreamCode::Aborted, reason),
        Err(StreamError::Panicked) => writer.reset(StreamCode::Panicked, ""),
        Err(_) => writer.reset(StreamCode::Dropped, ""),
    }
}
