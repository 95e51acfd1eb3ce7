//! What is known of a plugin that a host has left running.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::parting::Meeting;
use crate::error::CallError;

/// A plugin that a host has [left running](super::Plugin::detach), for the next host to [attach](super::Host::attach) to.
///
/// It can be serialized, to be kept in a file or passed on. There is a secret in it: whoever of this user's processes reads it
/// becomes the plugin's host. It works once.
#[derive(Clone, Serialize, Deserialize)]
pub struct Attachment {
    name: String,
    pid: u32,
    /// When the process was started, by the system's word: with its id, that is no other process, now or later.
    started: String,
    meeting: Meeting,
}

impl Attachment {
    pub(super) const fn new(name: String, pid: u32, started: String, meeting: Meeting) -> Self {
        Self {
            name,
            pid,
            started,
            meeting,
        }
    }

    /// What the plugin was called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The process id that its program had.
    #[must_use]
    pub const fn pid(&self) -> u32 {
        self.pid
    }

    pub(super) fn started(&self) -> &str {
        &self.started
    }

    pub(super) const fn meeting(&self) -> &Meeting {
        &self.meeting
    }
}

/// Without the token.
impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("name", &self.name)
            .field("pid", &self.pid)
            .field("started", &self.started)
            .finish_non_exhaustive()
    }
}

/// Why a plugin is not left running. It goes on as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DetachError {
    /// It is not connected at this moment.
    #[error("the plugin does not run at this moment")]
    NotRunning,
    /// It does not wait for other hosts: see [`Guest::reattachable`](super::Guest::reattachable).
    #[error("the plugin does not wait for another host")]
    NotReattachable,
    /// This system has nothing by which a process can be told from a later one for certain.
    #[error("this system cannot tell a process from a later one of the same id")]
    Unsupported,
    /// The plugin could not be asked.
    #[error("the plugin could not be asked to wait for another host")]
    Call(#[source] CallError),
    /// It could not do what it takes, or its process could not be looked at.
    #[error("the plugin cannot wait for another host: {reason}")]
    Failed {
        /// Why not.
        reason: String,
    },
}
