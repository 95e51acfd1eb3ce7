//! Waiting for a served call to be over, for what its handler has spawned.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::shared::Shared;
use crate::wire::{FailureCode, RequestId};

/// Resolves when a call of the peer is over: cancelled, expired, answered, or lost with its connection.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub(crate) struct RequestOver {
    shared: Arc<Shared>,
    id: RequestId,
    /// Where this future's waker is kept with the request.
    place: Option<usize>,
}

impl RequestOver {
    pub(crate) const fn new(shared: Arc<Shared>, id: RequestId) -> Self {
        Self {
            shared,
            id,
            place: None,
        }
    }

    /// Whether it is over.
    pub(crate) fn is_over(&self) -> bool {
        self.shared.is_request_over(self.id)
    }

    /// Ends the call: it is answered with this as soon as its responder is dropped, unless it is over already.
    pub(crate) fn stop(&self, code: FailureCode) {
        self.shared.stop_request(self.id, code);
    }
}

impl Future for RequestOver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // Cloned before the lock and dropped behind it: either may run code of another executor.
        let waker = cx.waker().clone();
        let _old;
        let this = &mut *self;
        let mut core = this.shared.lock();
        let Some(request) = core.requests.get_mut(this.id) else {
            return Poll::Ready(());
        };
        if request.stopped.is_some() {
            return Poll::Ready(());
        }
        match this
            .place
            .and_then(|place| request.watchers().get_mut(place))
        {
            Some(watcher) => _old = std::mem::replace(watcher, waker),
            None => this.place = Some(request.watchers().insert(waker)),
        }
        Poll::Pending
    }
}

impl Drop for RequestOver {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        let _watcher;
        let mut core = self.shared.lock();
        // Once it is stopped its watchers are gone, and their places with them.
        if let Some(request) = core.requests.get_mut(self.id)
            && request.stopped.is_none()
        {
            _watcher = request.watchers().try_remove(place);
        }
    }
}
