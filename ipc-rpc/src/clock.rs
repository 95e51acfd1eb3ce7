//! The one place that reads the clock.

use std::time::Instant;

/// Now, by the runtime's clock, which tests may pause.
#[expect(clippy::disallowed_methods, reason = "this is the clock's owner")]
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
