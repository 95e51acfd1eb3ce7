//! Why a plugin was not launched, and why one cannot run.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use crate::error::{BindError, ConnectError, ConnectionError};

/// Why a plugin was not launched. Whatever was started is gone by then, with everything that it had started itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// There is no such program.
    #[error("there is no program {}", .path.display())]
    NotFound {
        /// What was to be started.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// This user may not run it, or it is a directory.
    #[error("{} cannot be executed: is it a program, with the permission to be one?", .path.display())]
    NotExecutable {
        /// What was to be started.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It is made for another system or processor, or is no program at all.
    #[error("{} is made for another system or processor, or is no program", .path.display())]
    WrongArchitecture {
        /// What was to be started.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The program's file is another one than was expected: see [`Command::sha256`](super::Command::sha256). Nothing was started.
    #[error("{} has the SHA-256 {found}, expected was {expected}", .path.display())]
    Checksum {
        /// What was to be started.
        path: PathBuf,
        /// What it was to have, in hexadecimal digits.
        expected: String,
        /// What it has.
        found: String,
    },
    /// What was to be [attached to](super::Host::attach) has ended. No other process was touched.
    #[error("plugin `{name}` does not run any more: process {pid} has ended, or is another one")]
    NotRunning {
        /// What the plugin is called.
        name: String,
        /// The process id that it had.
        pid: u32,
    },
    /// What was to be [attached to](super::Host::attach) runs another file than the one that the command names: it was replaced
    /// since. The plugin is left as it was, and ends when its patience does.
    #[error("plugin `{name}` runs another file than {}, which may have been replaced since it was started", .path.display())]
    OtherProgram {
        /// What the plugin is called.
        name: String,
        /// What it was to run.
        path: PathBuf,
    },
    /// The system failed us while it was to be started.
    #[error("plugin `{name}`: cannot {action}")]
    Io {
        /// What the plugin is called.
        name: String,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What the host serves to its plugins cannot be served.
    #[error("the host's services cannot be served")]
    Services(#[from] BindError),
    /// It was not ready in time.
    #[error("plugin `{name}` was not ready within {after:?}{}", said(.stderr_tail, .stdout_tail))]
    Timeout {
        /// What the plugin is called.
        name: String,
        /// How long it was allowed to take.
        after: Duration,
        /// The last of what it wrote to its standard error.
        stderr_tail: String,
        /// The last of what it printed.
        stdout_tail: String,
    },
    /// It ended before it was ready.
    #[error("plugin `{name}` ended before it was ready, with {}{}", how(.status), said(.stderr_tail, .stdout_tail))]
    Exited {
        /// What the plugin is called.
        name: String,
        /// How it ended. `None`: the system does not tell.
        status: Option<ExitStatus>,
        /// The last of what it wrote to its standard error.
        stderr_tail: String,
        /// The last of what it printed.
        stdout_tail: String,
    },
    /// It got at its channel and did not say what a plugin says, or closed it.
    #[error("plugin `{name}` shook no hands: {message}{}", said(.stderr_tail, .stdout_tail))]
    BadHandshake {
        /// What the plugin is called.
        name: String,
        /// What was wrong.
        message: String,
        /// The last of what it wrote to its standard error.
        stderr_tail: String,
        /// The last of what it printed.
        stdout_tail: String,
    },
    /// It and the host do not fit: in the protocol, in the service that the host calls, or in one of the host's that it calls.
    /// Both sides are told.
    #[error("plugin `{name}` does not fit: {message}")]
    VersionMismatch {
        /// What the plugin is called.
        name: String,
        /// What does not fit, with the versions of both sides.
        message: String,
    },
    /// No tokio runtime runs the current thread, so nothing could drive the plugin.
    #[error("a plugin can only be launched inside a tokio runtime")]
    NoRuntime,
    /// The host was dropped or shut down meanwhile, or the plugin was.
    #[error("the host or the plugin is shutting down")]
    HostGone,
}

/// Why a process cannot run as a plugin, or stopped being one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuestError {
    /// Nobody has started it as a plugin.
    #[error("{0}")]
    ByHand(String),
    /// Its channel cannot be used.
    #[error("cannot {action}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The host does not want it.
    #[error("cannot connect to the host")]
    Connect(#[from] ConnectError),
    /// The host has turned it away, for the reason that it gives.
    #[error("the host has turned this plugin away: {reason}")]
    TurnedAway {
        /// What the host said.
        reason: String,
    },
    /// The connection ended in another way than by the host's goodbye; the host may be gone.
    #[error("the connection to the host is lost")]
    Lost(#[source] ConnectionError),
}

fn how(status: &Option<ExitStatus>) -> String {
    status.map_or_else(
        || "an unknown status".to_owned(),
        |status| status.to_string(),
    )
}

/// The end of what a plugin said, short and escaped: it goes to terminals and logs.
fn said(stderr: &str, stdout: &str) -> String {
    let streams = [("its standard error ends", stderr), ("it printed", stdout)];
    let quoted = streams.iter().filter_map(|(what, text)| {
        let text = text.trim_end();
        (!text.is_empty()).then(|| format!("; {what} {}", quote(text)))
    });
    quoted.collect()
}

fn quote(text: &str) -> String {
    const LEN: usize = 512;
    let skipped = text.chars().count().saturating_sub(LEN);
    let end: String = text.chars().skip(skipped).collect();
    let dots = if skipped > 0 { "…" } else { "" };
    format!("{dots}{end:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plugin_said_is_quoted_short_and_escaped() {
        assert_eq!(said("", " \n"), "");
        assert_eq!(
            said("a\x1b[2J\n", ""),
            "; its standard error ends \"a\\u{1b}[2J\""
        );
        let long = "é".repeat(1_000);
        let quoted = said("", &long);
        assert!(quoted.starts_with("; it printed …\"é"), "{quoted}");
        assert_eq!(quoted.matches('é').count(), 512);
    }
}
