//! How a server ends, and why.

use std::time::Instant;

use super::signals::StopSignal;
use crate::wire::GoodbyeCode;

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shutdown {
    /// Connections whose calls in flight did not finish within the grace period and were ended.
    pub cut: usize,
    /// What clients were told.
    pub kind: ShutdownKind,
    /// What it was that ended the server first.
    pub cause: ShutdownCause,
}

/// What clients are told when their server ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShutdownKind {
    /// It does not come back.
    #[default]
    Final,
    /// It will be back, so that it is worth while to connect again: [`PeerClose::restarting`](crate::PeerClose::restarting).
    Restarting,
}

/// Why a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShutdownCause {
    /// It was asked to, by [`ServerHandle::shutdown`](crate::ServerHandle::shutdown).
    Asked,
    /// What [`Server::run_until`](crate::Server::run_until) was given has resolved.
    Resolved,
    /// Nobody used it for its [`idle_timeout`](crate::ServerBuilder::idle_timeout).
    Idle,
    /// One of its [signals](crate::ServerBuilder::stop_on_signals) arrived.
    Signal(StopSignal),
}

impl ShutdownKind {
    pub(super) const fn goodbye(self) -> (GoodbyeCode, &'static str) {
        match self {
            Self::Final => (GoodbyeCode::ShuttingDown, "server shutting down"),
            Self::Restarting => (GoodbyeCode::Restarting, "server restarting"),
        }
    }
}

/// A shutdown that was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    pub(super) cause: ShutdownCause,
    pub(super) kind: ShutdownKind,
    /// Until when calls in flight may finish.
    pub(super) until: Instant,
}
