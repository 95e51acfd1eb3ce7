//! What an application may learn of a plugin's life.

use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use crate::event::Fact;
use crate::wire::ConnectionId;

/// A fact about a plugin's life, in the order in which they happen:
/// `(Started, (Ready, Unhealthy*)?, Exited, (Restarting | Failed | Idle)? | Started?, StartFailed, (Restarting | Failed))*, Stopped`, and
/// `Missed` anywhere before the end. A start that is given up for an order has no `Ready`; a plugin that goes with its host or its
/// runtime, or is left to another host, has no `Exited`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PluginEvent {
    /// Its program was started.
    Started {
        /// Its process id.
        pid: u32,
    },
    /// It is connected, serves what it is to serve, and takes calls.
    Ready,
    /// It did not answer a ping in time. It is killed if it does not answer the next one either.
    Unhealthy {
        /// How long it was waited for.
        after: Duration,
    },
    /// Its program has ended, by itself or because it was killed. What it had started was killed, too.
    Exited(PluginExit),
    /// It could not be started again. That counts like an end.
    StartFailed {
        /// Why, with its sources.
        reason: Arc<str>,
    },
    /// It will be started again.
    Restarting {
        /// How many restarts the budget has seen, with this one.
        attempt: usize,
        /// When.
        after: Duration,
    },
    /// It was stopped because it had nothing to do, as [`Command::idle_stop`](super::Command::idle_stop) says. The next call starts
    /// it again.
    Idle,
    /// It ended too often: the budget is spent, and it stays down until [`Plugin::restart`](super::Plugin::restart).
    Failed,
    /// This observer was too slow, and so many events are lost to it.
    Missed {
        /// How many.
        count: u64,
    },
    /// It was shut down or dropped, or said goodbye by itself and was done. Nothing follows.
    Stopped,
}

/// What a plugin does at this moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PluginState {
    /// Its program was started and is not ready yet.
    Starting {
        /// Its process id.
        pid: u32,
    },
    /// It takes calls.
    Ready {
        /// Its process id.
        pid: u32,
    },
    /// It has ended and will be started again, or is to be at this moment.
    Down,
    /// It had nothing to do and was stopped; the next call starts it again.
    Idle,
    /// It ended too often, and stays down until it is restarted.
    Failed,
    /// It has ended for good.
    Stopped(PluginExit),
}

/// How a plugin's program ended.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PluginExit {
    /// `None`: it was not there at that time, or the system does not tell.
    pub status: Option<ExitStatus>,
    /// Whether it said goodbye, or was told, and then ended with success.
    pub is_clean: bool,
    /// The last of what it wrote to its standard error, up to 64 KiB; text of the plugin's, so escape it where it is shown to
    /// somebody who must not be fooled.
    pub stderr_tail: Arc<str>,
}

impl PluginState {
    /// The events that have led here, for an observer who comes now.
    pub(super) fn replay(&self) -> Vec<PluginEvent> {
        match self {
            Self::Starting { pid } => vec![PluginEvent::Started { pid: *pid }],
            Self::Ready { pid } => vec![PluginEvent::Started { pid: *pid }, PluginEvent::Ready],
            Self::Down => Vec::new(),
            Self::Idle => vec![PluginEvent::Idle],
            Self::Failed => vec![PluginEvent::Failed],
            Self::Stopped(_) => vec![PluginEvent::Stopped],
        }
    }

    pub(super) const fn pid(&self) -> Option<u32> {
        match self {
            Self::Starting { pid } | Self::Ready { pid } => Some(*pid),
            Self::Down | Self::Idle | Self::Failed | Self::Stopped(_) => None,
        }
    }
}

impl Fact for PluginEvent {
    fn opens(&self) -> Option<ConnectionId> {
        None
    }

    fn closes(&self) -> Option<ConnectionId> {
        None
    }

    fn is_last(&self) -> bool {
        matches!(self, Self::Stopped)
    }

    fn missed(_: u64, count: u64) -> Self {
        Self::Missed { count }
    }
}
