//! The one place that reads the clock, and everything that waits by it.

mod alarm;
mod timeout;
mod timer;

pub(crate) use timeout::{TimedOut, pause, timeout_at};
pub(crate) use timer::Timer;

use std::time::Instant;

/// By whose clock a wait ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timekeeper {
    /// The system's: whoever is at the other end of a socket lives by it. A wait costs nothing while it lasts.
    System,
    /// The runtime's, which tests may pause. Over a socket that is of no use: the clock would be moved on whenever
    /// nothing but the socket is waited for.
    Runtime,
}

/// Now, by the runtime's clock, which tests may pause.
#[expect(clippy::disallowed_methods, reason = "this is the clock's owner")]
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Now, by the system's clock: for what is to end soon even where the runtime's stands still.
#[expect(clippy::disallowed_methods, reason = "this is the clock's owner")]
pub(crate) fn system_now() -> Instant {
    Instant::now()
}
