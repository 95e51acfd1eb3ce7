//! What the connection keeps with a request of the peer.

use std::task::Waker;
use std::time::Instant;

use slab::Slab;
use tokio::task::AbortHandle;

use super::deferred::Deferred;
use crate::wire::FailureCode;

/// What the connection keeps with a request that is being served.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(super) deadline: Option<Instant>,
    /// The task of a handler that was not done at once.
    pub(super) task: Option<AbortHandle>,
    /// Why the handler is to stop. It is answered with this unless it was done first.
    pub(super) stopped: Option<FailureCode>,
    /// Those who want to know when it is over. Boxed, since nearly nobody does.
    watchers: Option<Box<Slab<Waker>>>,
}

impl Request {
    /// Begins one in the place of one that is over.
    #[inline]
    pub(super) fn begin(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
        self.stopped = None;
    }

    /// What is to be dropped behind the lock when it is over: how its handler would have been stopped, and who is to be told.
    #[inline]
    pub(super) fn finish(&mut self) -> (Option<AbortHandle>, Option<Box<Slab<Waker>>>) {
        (self.task.take(), self.watchers.take())
    }

    pub(super) fn watchers(&mut self) -> &mut Slab<Waker> {
        self.watchers.get_or_insert_default()
    }

    /// Asks the handler to stop.
    pub(super) fn stop(&mut self, code: FailureCode, deferred: &mut Deferred) {
        self.stopped.get_or_insert(code);
        deferred.stops = true;
        deferred.abort(self.task.take());
        if let Some(mut watchers) = self.watchers.take() {
            deferred.wake(watchers.drain());
        }
    }
}
