//! What is found under the lock and done when it is free.

use std::sync::Arc;
use std::task::Waker;

use tokio::task::AbortHandle;

use super::inbox::{Arrival, Inbox};
use super::peer_services::PeerServices;
use super::pong::{Pong, Wait};
use crate::error::ProtocolError;
use crate::meter::FrameSizes;
use crate::wake::wake;
use crate::wire::{CallFailure, RequestId, ServiceEntry};

/// Things to be done behind the lock: all of them may run code that is not ours.
#[derive(Debug, Default)]
#[must_use = "run it when the lock is free"]
pub(super) struct Deferred {
    /// Whether a caller is woken for an answer.
    pub(super) answers: bool,
    /// Whether a request was stopped.
    pub(super) stops: bool,
    /// Sizes of the frames that were found.
    pub(super) frames: FrameSizes,
    wakers: Vec<Waker>,
    rest: Vec<Action>,
}

#[derive(Debug)]
enum Action {
    Abort(AbortHandle),
    Pong(Arc<Wait>, Pong),
    Push(Arc<Inbox>, Arrival),
    Close(Arc<Inbox>),
    Report(Report),
    Services(PeerServices, Vec<ServiceEntry>),
}

/// What is told to whoever collects this crate's events of [`tracing`].
#[derive(Debug)]
pub(super) enum Report {
    UnknownAnswer(RequestId),
    Violation(ProtocolError),
    /// With the failure that the peer answered, encoded.
    OneWayFailed(Vec<u8>),
}

impl Deferred {
    pub(super) fn wake(&mut self, wakers: impl IntoIterator<Item = Waker>) {
        self.wakers.extend(wakers);
    }

    pub(super) fn abort(&mut self, task: Option<AbortHandle>) {
        self.rest.extend(task.map(Action::Abort));
    }

    pub(super) fn pong(&mut self, wait: Arc<Wait>, result: Pong) {
        self.rest.push(Action::Pong(wait, result));
    }

    pub(super) fn push(&mut self, inbox: Arc<Inbox>, arrival: Arrival) {
        self.rest.push(Action::Push(inbox, arrival));
    }

    pub(super) fn close(&mut self, inbox: Arc<Inbox>) {
        self.rest.push(Action::Close(inbox));
    }

    pub(super) fn services(&mut self, table: PeerServices, services: Vec<ServiceEntry>) {
        self.rest.push(Action::Services(table, services));
    }

    pub(super) fn report(&mut self, report: Report) {
        self.rest.push(Action::Report(report));
    }

    /// Does it all, in order of arrival within each kind; what it held is used again. Returns how many tasks it has
    /// woken.
    #[inline]
    pub(super) fn run(&mut self) -> usize {
        let woken = self.wakers.len();
        if woken > 0 {
            self.wakers.drain(..).for_each(wake);
        }
        if !self.rest.is_empty() {
            self.run_rest();
        }
        woken
    }

    fn run_rest(&mut self) {
        for action in self.rest.drain(..) {
            match action {
                Action::Abort(task) => task.abort(),
                Action::Pong(wait, result) => wait.settle(result),
                Action::Push(inbox, arrival) => inbox.push(arrival),
                Action::Close(inbox) => inbox.close(),
                Action::Services(table, services) => table.set(services),
                Action::Report(Report::UnknownAnswer(request)) => {
                    tracing::debug!(%request, "an answer to no call in flight was dropped");
                }
                // Its caller does not wait, so this is the only place where it shows.
                Action::Report(Report::OneWayFailed(failure)) => {
                    match CallFailure::decode(&failure) {
                        Ok(CallFailure { code, text, .. }) => {
                            tracing::warn!(?code, ?text, "a one-way call failed at the peer");
                        }
                        Err(_) => tracing::warn!("a one-way call failed at the peer"),
                    }
                }
                Action::Report(Report::Violation(error)) => {
                    tracing::debug!(%error, "the peer broke the protocol");
                }
            }
        }
    }
}
