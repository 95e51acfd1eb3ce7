//! What a connection comes to, for the meter: looked at under the lock, told behind it.

use std::sync::MutexGuard;

use super::shared::{Core, Shared};
use crate::meter::{Figures, News, Stage};

impl Core {
    /// What has changed since the last time, to be published when the lock is free.
    pub(super) fn tally(&mut self) -> News {
        let Self {
            seen,
            life,
            calls,
            requests,
            outbox,
            ..
        } = self;
        seen.look(|| Figures {
            stage: if life.ended().is_some() {
                Stage::Nothing
            } else if life.is_open() {
                Stage::Open
            } else {
                Stage::Closing
            },
            outgoing: calls.len(),
            incoming: requests.len(),
            queued: outbox.len(),
        })
    }
}

impl Shared {
    /// Sees to it that what was appended is written; see [`settle_untold`](Self::settle_untold). Tells the meter what
    /// has changed.
    pub(super) fn settle(&self, mut core: MutexGuard<'_, Core>, alone: bool) {
        let news = core.tally();
        self.settle_untold(core, alone);
        self.meter.publish(news);
    }
}
