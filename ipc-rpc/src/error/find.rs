//! Why a server could not be looked for, or was not found.

use std::io;
use std::time::Duration;

/// Why a server could not be looked for, or did not come in time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// No server accepted a connection within the time that was given.
    #[error("no server accepted at {name} within {after:?}")]
    TimedOut {
        /// The name that was waited for.
        name: String,
        /// How long it was waited for.
        after: Duration,
        /// What the last attempt found: nothing, what a dead server has left, or one that is too busy.
        source: io::Error,
    },
    /// No tokio runtime runs the current thread, so nothing could be waited for.
    #[error("a server can only be looked for inside a tokio runtime")]
    NoRuntime,
    /// The operating system refused, or the place cannot be trusted: another user could have put a socket there.
    #[error("cannot look for {what}")]
    Io {
        /// What was looked for: a name, or the names of this user.
        what: String,
        /// The reason.
        source: io::Error,
    },
}

impl FindError {
    /// Whether it was waited for in vain.
    #[must_use]
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::TimedOut { .. })
    }
}
