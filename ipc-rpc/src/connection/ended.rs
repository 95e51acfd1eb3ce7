//! Why a connection has ended, for those who wait for it.

use std::sync::OnceLock;

use tokio::sync::Notify;

use crate::error::ConnectionError;

/// Set once, when everything pending was failed.
///
/// No `watch` channel: that has memory of its own with eight lists of waiting tasks in it, each of which is locked when
/// the value changes: 1,500 instructions of a connection that does not live long.
#[derive(Debug, Default)]
pub(super) struct Ended {
    reason: OnceLock<ConnectionError>,
    told: Notify,
}

impl Ended {
    pub(super) fn is_set(&self) -> bool {
        self.reason.get().is_some()
    }

    /// The first reason counts. Wakes those who wait: not under the lock.
    pub(super) fn set(&self, reason: ConnectionError) {
        let _ = self.reason.set(reason);
        self.told.notify_waiters();
    }

    /// # Cancel safety
    ///
    /// Cancel safe.
    pub(super) async fn wait(&self) -> &ConnectionError {
        loop {
            // It is told of what happens from now on.
            let told = self.told.notified();
            if let Some(reason) = self.reason.get() {
                return reason;
            }
            told.await;
        }
    }
}
