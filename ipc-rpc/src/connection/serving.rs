//! Requests of the peer: how they are stopped, and how they are answered.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::deferred::Deferred;
use super::encoded::Encoded;
use super::scratch;
use super::shared::{Core, Shared};
use super::streams::Opened;
use crate::codec::Codec;
use crate::wake::wake;
use crate::wire::{CallFailure, FailureCode, Flags, Header, Kind, RequestId};

impl Shared {
    /// Whether a handler's call is over: cancelled, expired, or lost with its connection.
    pub(crate) fn is_request_over(&self, id: RequestId) -> bool {
        !matches!(self.lock().requests.get_mut(id), Some(request) if request.stopped.is_none())
    }

    /// Has a handler stop, and whoever watches its request know.
    pub(super) fn stop_request(&self, id: RequestId, code: FailureCode) {
        let mut deferred = Deferred::default();
        if let Some(request) = self.lock().requests.get_mut(id) {
            request.stop(code, &mut deferred);
        }
        deferred.run();
    }

    /// Answers a request and frees its slot, for the peer's next one.
    pub(super) fn finish_request(
        self: &Arc<Self>,
        id: RequestId,
        flags: Flags,
        message: &mut Encoded,
    ) {
        let (size, limit) = (
            message.framed_len(),
            self.facts.peer_limits.max_frame_len as usize,
        );
        if size > limit {
            return self.fail_request(id, &CallFailure::too_large(size, limit));
        }
        let mut core = self.lock();
        if !core.outgoing.has_room_for(message.feeds.len()) {
            let limit = core.outgoing.limit();
            drop(core);
            return self.fail_request(id, &CallFailure::too_many_streams(limit));
        }
        let alone = core.in_flight() == 1;
        // Without an entry the connection has ended, and nobody waits for the answer.
        let Some(request) = core.requests.finish(id) else {
            return;
        };
        let (task, watchers) = request.finish();
        let mut header = Header::new(Kind::Response, id);
        header.flags = flags;
        let mut opened = Opened::default();
        if flags.has(Flags::FAILURE) {
            // Not every failure has waited for room, and none is large.
            core.append_control(header, &message.bytes);
        } else {
            let mut prefix = Vec::new();
            let feeds = std::mem::take(&mut message.feeds);
            opened = core.open_streams(feeds, &mut header, &mut prefix);
            core.outbox.append(header, &prefix, message);
        }
        self.note_room(&mut core);
        // The last answer of a connection that drains is not the last thing to be written.
        let alone = alone && !core.life.is_draining();
        self.settle(core, alone);
        drop(task);
        if let Some(watchers) = watchers {
            watchers.into_iter().for_each(|(_, watcher)| wake(watcher));
        }
        opened.start(self);
    }

    #[cold]
    fn fail_request(self: &Arc<Self>, id: RequestId, failure: &CallFailure) {
        let Response { flags, mut message } = Response::failure(failure);
        self.finish_request(id, flags, &mut message);
        scratch::give(message.bytes);
    }

    /// Keeps the task of a handler that was not done at once, unless the request is over already.
    pub(super) fn keep_task(&self, id: RequestId, task: AbortHandle) {
        let mut core = self.lock();
        match core.requests.get_mut(id) {
            Some(request) if request.stopped.is_none() => request.task = Some(task),
            // Stopped meanwhile, or answered, or forgotten with the end of the connection, all of which another
            // thread may bring about: to abort a task that is done does nothing.
            _ => {
                drop(core);
                task.abort();
            }
        }
    }
}

impl Core {
    /// Stops the handlers whose deadline has passed.
    pub(super) fn expire_requests(&mut self, now: Instant, deferred: &mut Deferred) {
        for (_, request) in self.requests.iter_mut() {
            if request.deadline.is_some_and(|deadline| deadline <= now) {
                request.deadline = None;
                request.stop(FailureCode::DeadlineExceeded, deferred);
            }
        }
    }

    /// Stops every handler and forgets its request: the connection has ended.
    pub(super) fn drop_requests(&mut self, deferred: &mut Deferred) {
        let ids: Vec<_> = self.requests.iter_mut().map(|(id, _)| id).collect();
        for id in ids {
            if let Some(request) = self.requests.finish(id) {
                request.stop(FailureCode::Cancelled, deferred);
            }
        }
    }

    /// The earliest deadline of a request.
    pub(super) fn next_request_deadline(&mut self) -> Option<Instant> {
        self.requests
            .iter_mut()
            .filter_map(|(_, request)| request.deadline)
            .min()
    }
}

/// An encoded answer.
#[derive(Debug, Default)]
pub(crate) struct Response {
    pub(crate) flags: Flags,
    pub(crate) message: Encoded,
}

impl Response {
    pub(crate) fn failure(failure: &CallFailure) -> Self {
        let mut message = Encoded::new(scratch::take());
        failure.encode(&mut message.bytes);
        Self {
            flags: Flags::FAILURE,
            message,
        }
    }
}

/// The duty to answer a request, exactly once.
///
/// It travels with the handler's future. Dropped without an answer it answers for it: with a panic if
/// that is why it is dropped, else with whatever stopped the handler. So a peer gets its slot back when the
/// handler has really ended, and never waits for an answer that cannot come.
#[derive(Debug)]
pub(crate) struct Responder {
    shared: Arc<Shared>,
    id: RequestId,
    /// Where the answer goes instead of to the peer.
    layer: Option<oneshot::Sender<Response>>,
    answered: bool,
}

impl Responder {
    pub(crate) fn new(shared: Arc<Shared>, id: RequestId) -> Self {
        Self {
            shared,
            id,
            layer: None,
            answered: false,
        }
    }

    /// The same duty towards a layer of this side, which passes the answer on.
    pub(crate) fn for_layer(
        shared: Arc<Shared>,
        id: RequestId,
        layer: oneshot::Sender<Response>,
    ) -> Self {
        Self {
            shared,
            id,
            layer: Some(layer),
            answered: false,
        }
    }

    pub(crate) fn codec(&self) -> Codec {
        self.shared.facts.codec
    }

    /// Waits until the outbox has room, so that answers which a slow peer does not fetch wait unencoded with
    /// their handlers.
    pub(crate) async fn ready(&self) {
        if !self.is_ready() {
            // Boxed, so that a handler whose answer need not wait is small.
            Box::pin(self.shared.has_room()).await;
        }
    }

    /// Whether an answer need not wait.
    #[inline]
    pub(crate) fn is_ready(&self) -> bool {
        self.layer.is_some() || !self.shared.is_full.load(Ordering::Relaxed)
    }

    /// Answers as soon as the outbox has room: here and now as a rule, else in a task of the connection's.
    pub(crate) fn when_ready(self, answer: impl FnOnce(Self) + Send + 'static) {
        if self.is_ready() {
            return answer(self);
        }
        let (shared, id) = (Arc::clone(&self.shared), self.id);
        let task = shared.spawn(async move {
            self.ready().await;
            answer(self);
        });
        if let Some(task) = task {
            shared.keep_task(id, task);
        }
    }

    /// Why the handler was to stop, if it was.
    pub(crate) fn stopped(&self) -> Option<FailureCode> {
        self.shared.lock().requests.get_mut(self.id)?.stopped
    }

    /// Answers. Of the message its buffer is left, if it was copied out of it.
    #[inline]
    pub(crate) fn respond(mut self, flags: Flags, message: &mut Encoded) {
        self.answer(flags, message);
    }

    /// The same with a response that is nobody else's.
    pub(crate) fn respond_with(mut self, response: Response) {
        self.answer_with(response);
    }

    pub(crate) fn fail(mut self, failure: &CallFailure) {
        self.answer_with(Response::failure(failure));
    }

    fn answer_with(&mut self, Response { flags, mut message }: Response) {
        self.answer(flags, &mut message);
        scratch::give(message.bytes);
    }

    #[inline]
    fn answer(&mut self, flags: Flags, message: &mut Encoded) {
        self.answered = true;
        if self.layer.is_none() {
            self.shared.finish_request(self.id, flags, message);
        } else if let Some(layer) = self.layer.take() {
            let message = std::mem::take(message);
            // The layer may have given up waiting.
            drop(layer.send(Response { flags, message }));
        }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        let code = if std::thread::panicking() {
            FailureCode::Panicked
        } else {
            self.stopped().unwrap_or(FailureCode::Cancelled)
        };
        self.answer_with(Response::failure(&CallFailure::new(code, "")));
    }
}
