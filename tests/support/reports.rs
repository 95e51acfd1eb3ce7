//! What happens to the handlers of a lab, and the test's say over them.

use std::collections::HashSet;
use std::pin::Pin;

use futures_util::poll;
use ipc_rpc::{CallError, Context};
use tokio::sync::watch;

use crate::LabClient;

/// A call whose handler hangs.
pub type HangingCall<'c> = Pin<Box<dyn Future<Output = Result<u64, CallError>> + Send + 'c>>;

/// Something that happened to a handler.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Report {
    /// It runs.
    Started(u64),
    /// It ran to its end.
    Finished(u64),
    /// It was dropped before its end.
    Dropped(u64),
    /// Its context told that the call is over.
    Over(u64),
    /// The line of a note.
    Noted(String),
}

/// What has happened in a lab, and the say over its handlers. Clones are the same.
#[derive(Clone, Debug)]
pub struct Reports {
    log: watch::Sender<Vec<Report>>,
    released: watch::Sender<Released>,
}

#[derive(Debug, Default)]
struct Released {
    ids: HashSet<u64>,
    all: bool,
}

impl Released {
    fn has(&self, id: u64) -> bool {
        self.all || self.ids.contains(&id)
    }
}

impl Reports {
    pub(crate) fn new() -> Self {
        Self {
            log: watch::Sender::new(Vec::new()),
            released: watch::Sender::new(Released::default()),
        }
    }

    /// Waits until this has happened, if it has not already.
    pub async fn wait(&self, report: Report) {
        self.wait_until(|log| log.contains(&report)).await;
    }

    /// Waits until what has happened is as `is_enough` wants it.
    pub async fn wait_until(&self, mut is_enough: impl FnMut(&[Report]) -> bool) {
        // Fails when the sender is gone, which this value holds.
        let _ = self.log.subscribe().wait_for(|log| is_enough(log)).await;
    }

    /// Whether this has happened.
    #[must_use]
    pub fn has(&self, report: &Report) -> bool {
        self.log.borrow().contains(report)
    }

    /// How often something like it has happened.
    #[must_use]
    pub fn count(&self, like: impl Fn(&Report) -> bool) -> usize {
        self.log
            .borrow()
            .iter()
            .filter(|report| like(report))
            .count()
    }

    /// All that has happened.
    #[must_use]
    pub fn all(&self) -> Vec<Report> {
        self.log.borrow().clone()
    }

    /// A call of a client of this lab whose handler runs, and hangs until it is released.
    ///
    /// # Panics
    ///
    /// If the call is over at once.
    pub async fn hanging<'c>(
        &self,
        client: &'c LabClient,
        ctx: Context,
        id: u64,
    ) -> HangingCall<'c> {
        let mut call: HangingCall<'c> = Box::pin(client.hang(ctx, id));
        assert!(poll!(&mut call).is_pending());
        self.wait(Report::Started(id)).await;
        call
    }

    /// Lets the handlers of this id go on.
    pub fn release(&self, id: u64) {
        self.released.send_modify(|released| {
            released.ids.insert(id);
        });
    }

    /// Lets all handlers go on, those that are still to come as well.
    pub fn release_all(&self) {
        self.released.send_modify(|released| released.all = true);
    }

    pub(crate) fn report(&self, report: Report) {
        self.log.send_modify(|log| log.push(report));
    }

    pub(crate) async fn released(&self, id: u64) {
        let mut released = self.released.subscribe();
        let _ = released.wait_for(|released| released.has(id)).await;
    }

    pub(crate) fn running(&self, id: u64) -> Running {
        self.report(Report::Started(id));
        Running {
            reports: self.clone(),
            id,
            finished: false,
        }
    }

    pub(crate) fn watch(&self, ctx: Context, id: u64) -> impl Future<Output = ()> + Send + use<> {
        let reports = self.clone();
        async move {
            ctx.cancelled().await;
            reports.report(Report::Over(id));
        }
    }
}

/// Reports the end of a handler, whichever way it ends.
pub(crate) struct Running {
    reports: Reports,
    id: u64,
    finished: bool,
}

impl Running {
    pub(crate) fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.reports.report(if self.finished {
            Report::Finished(self.id)
        } else {
            Report::Dropped(self.id)
        });
    }
}
