//! The time, and the end of a measurement.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[expect(
    clippy::disallowed_methods,
    reason = "the one place of this program that reads the clock"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Tells callers when to stop. Asking costs one relaxed load, which does not show at millions of calls a second as
/// reading the clock would.
#[derive(Clone)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    #[expect(
        clippy::disallowed_methods,
        reason = "a measurement ends after a time; a thread of its own, since a contender may block its runtime"
    )]
    pub(crate) fn after(duration: Duration) -> Self {
        let stop = Self(Arc::default());
        let ours = stop.clone();
        thread::spawn(move || {
            thread::sleep(duration);
            ours.0.store(true, Ordering::Relaxed);
        });
        stop
    }

    pub(crate) fn is_due(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Lets both processes finish what they do behind the last answer.
#[expect(
    clippy::disallowed_methods,
    reason = "that a process is idle is no event that could be waited for"
)]
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_millis(200)).await;
}
