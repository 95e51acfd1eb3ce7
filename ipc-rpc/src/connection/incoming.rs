//! A request that has arrived, on its way to its handler.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tokio::task::AbortHandle;
use tokio_util::sync::ReusableBoxFuture;

use super::entered::Entered;
use super::shared::Shared;

/// What serves the requests of a connection.
pub(crate) trait Dispatch: Send + Sync + 'static {
    /// Starts the handler of a request. Runs on the connection's task: whatever it calls of the user's may
    /// panic, and the request is answered all the same.
    fn dispatch(&self, call: IncomingCall<'_>) -> Dispatched;
}

/// A request of the peer, not yet decoded. Small, since each function that hands it on copies it.
pub struct IncomingCall<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    pub(crate) stage: &'a Stage,
    pub(crate) entered: &'a mut Entered<'a>,
}

impl<'a> IncomingCall<'a> {
    /// All of it, for who does not answer it here.
    pub(crate) fn take(self) -> (&'a Arc<Shared>, &'a Stage, Entered<'a>) {
        let entered = &mut *self.entered;
        let taken = Entered {
            id: entered.id,
            lane: entered.lane,
            method: entered.method,
            deadline: entered.deadline,
            trace: entered.trace.take(),
            body: std::mem::take(&mut entered.body),
            side: std::mem::take(&mut entered.side),
            streams: std::mem::take(&mut entered.streams),
            responder: entered.responder.take(),
        };
        (self.shared, self.stage, taken)
    }
}

impl Drop for IncomingCall<'_> {
    /// A panic of the user's code on the way to the handler is answered while it unwinds: what was taken apart is dropped
    /// only where that has been caught, and could not tell any more.
    fn drop(&mut self) {
        if std::thread::panicking() {
            drop(self.entered.responder.take());
        }
    }
}

impl fmt::Debug for IncomingCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncomingCall")
            .field("id", &self.entered.id)
            .field("lane", &self.entered.lane)
            .field("method", &self.entered.method)
            .finish_non_exhaustive()
    }
}

/// What became of a request that was dispatched.
#[derive(Debug)]
#[must_use]
pub struct Dispatched(pub(crate) State);

#[derive(Debug)]
pub(crate) enum State {
    /// It was answered.
    Done,
    /// Its handler goes on as a task.
    Task(AbortHandle),
    /// Its handler cannot be stopped: it answers when it has returned.
    Unstoppable,
}

impl Dispatched {
    pub(crate) const DONE: Self = Self(State::Done);
}

/// Where a handler is polled for the first time.
///
/// Most handlers are done by then, and the box they stand in is used for the next one. One that is not
/// leaves with its box and becomes a task.
pub(crate) struct Stage {
    future: Cell<Option<ReusableBoxFuture<'static, ()>>>,
    /// Handlers go to tasks without being polled here.
    spawns: Cell<bool>,
    /// Whether one did since that was asked.
    has_spawned: Cell<bool>,
}

impl Stage {
    pub(crate) const fn new() -> Self {
        Self {
            future: Cell::new(None),
            spawns: Cell::new(false),
            has_spawned: Cell::new(false),
        }
    }

    /// Whether the next handlers go to tasks without being polled here.
    pub(crate) fn set_spawns(&self, spawns: bool) {
        self.spawns.set(spawns);
    }

    /// Whether a handler went to a task without being polled here, since this was asked.
    pub(super) fn has_spawned(&self) -> bool {
        self.has_spawned.take()
    }

    /// Runs `handler` in a task from the start.
    pub(crate) fn run_as_task(
        &self,
        handler: impl Future<Output = ()> + Send + 'static,
    ) -> Dispatched {
        self.has_spawned.set(true);
        Dispatched(State::Task(spawn(handler)))
    }

    /// Runs `handler` as far as it gets without waiting, here or, if it is not done by then, in a task.
    pub(crate) fn run(&self, handler: impl Future<Output = ()> + Send + 'static) -> Dispatched {
        if self.spawns.get() {
            return self.run_as_task(handler);
        }
        let mut future = match self.future.take() {
            Some(mut future) => {
                future.set(handler);
                future
            }
            None => ReusableBoxFuture::new(handler),
        };
        // A panic drops the box with the handler in it; the stage is ready for the next one.
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(()) => {
                self.future.set(Some(future));
                Dispatched::DONE
            }
            // The task polls it again at once, which puts its own waker in place of the one above.
            Poll::Pending => Dispatched(State::Task(spawn(Boxed(future)))),
        }
    }
}

/// A boxed handler, as the future of a task.
struct Boxed(ReusableBoxFuture<'static, ()>);

impl Future for Boxed {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll(cx)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the connection keeps the handle with the request and aborts it with the connection"
)]
pub(crate) fn spawn(handler: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
    tokio::spawn(handler).abort_handle()
}
