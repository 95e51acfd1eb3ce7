//! What becomes of the streams of a faucet.

use std::collections::HashMap;

use ipc_rpc::{Receiver, Sender, StreamError};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// What is known of a stream at the service.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    /// Whether its handler or producer runs, or ran.
    pub started: bool,
    /// Items that were sent.
    pub sent: u64,
    /// Items that were read.
    pub read: u64,
    /// Why no more could be sent, or read.
    pub error: Option<StreamError>,
    /// Whether it came to its end.
    pub finished: bool,
    /// Whether it was dropped before that.
    pub dropped: bool,
    pub(super) released: bool,
}

/// What becomes of the streams of a faucet. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Flows(watch::Sender<HashMap<u64, Flow>>);

impl Flow {
    /// Whether it is over, be it that it noticed by itself or that it was dropped first: when nobody reads any more, either
    /// may happen.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.finished || self.dropped
    }
}

impl Flows {
    /// How the one of this id stands.
    #[must_use]
    pub fn of(&self, id: u64) -> Flow {
        self.0.borrow().get(&id).cloned().unwrap_or_default()
    }

    /// Waits until it stands as `is_enough` wants it, and returns how it stands then.
    pub async fn wait(&self, id: u64, mut is_enough: impl FnMut(&Flow) -> bool) -> Flow {
        let mut flows = self.0.subscribe();
        // Fails when the sender is gone, which this value holds.
        let _ = flows
            .wait_for(|flows| flows.get(&id).is_some_and(&mut is_enough))
            .await;
        self.of(id)
    }

    /// Lets the handler of this id read.
    pub fn release(&self, id: u64) {
        self.change(id, |flow| flow.released = true);
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut Flow)) {
        self.0
            .send_modify(|flows| change(flows.entry(id).or_default()));
    }

    pub(super) fn begin(&self, id: u64) -> Progress {
        self.change(id, |flow| flow.started = true);
        Progress {
            flows: self.clone(),
            id,
            finished: false,
        }
    }
}

/// Reports what becomes of a stream, whichever way it ends.
pub(super) struct Progress {
    flows: Flows,
    id: u64,
    finished: bool,
}

impl Progress {
    fn change(&self, change: impl FnOnce(&mut Flow)) {
        self.flows.change(self.id, change);
    }

    /// Sends an item. `false`: no more can be sent.
    pub(super) async fn send<T: Serialize + for<'de> Deserialize<'de> + Send + 'static>(
        &self,
        items: &Sender<T>,
        item: T,
    ) -> bool {
        let sent = items.send(item).await;
        let goes_on = sent.is_ok();
        self.change(|flow| match sent {
            Ok(()) => flow.sent += 1,
            Err(error) => flow.error = Some(error),
        });
        goes_on
    }

    pub(super) async fn read_all(&self, mut items: Receiver<u64>) -> u64 {
        let mut sum = 0;
        while let Some(item) = items.recv().await {
            match item {
                Ok(item) => {
                    sum += item;
                    self.change(|flow| flow.read += 1);
                }
                Err(error) => self.change(|flow| flow.error = Some(error)),
            }
        }
        sum
    }

    pub(super) fn finish(mut self) {
        self.finished = true;
        self.change(|flow| flow.finished = true);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if !self.finished {
            self.change(|flow| flow.dropped = true);
        }
    }
}
