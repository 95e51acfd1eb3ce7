//! How a connection lives and ends.

use std::time::{Duration, Instant};

use crate::error::{ConnectionError, ProtocolError};
use crate::wire::{Goodbye, GoodbyeCode};

/// The phases of a connection, from the welcome on.
///
/// `Open → Draining → Closing | Mute → Ended`; every phase may be skipped on the way to the right. The first
/// reason to end is the one that is reported.
#[derive(Debug)]
pub(crate) struct Life {
    phase: Phase,
    /// Whether draining took too long and calls in flight were ended.
    cut: bool,
    drain_timeout: Duration,
    linger_timeout: Duration,
}

#[derive(Debug)]
enum Phase {
    /// Calls begin, in both directions.
    Open,
    /// No call begins; those in flight may finish. Then goodbye is said.
    Draining {
        goodbye: Goodbye,
        until: Instant,
    },
    /// Goodbye is said. What is queued is written, and reading goes on to the end of the stream, so that
    /// the peer's system does not throw the last bytes away.
    Closing {
        reason: ConnectionError,
        until: Instant,
    },
    /// Nothing can be written any more. What the peer said before it went is still read.
    Mute {
        reason: ConnectionError,
        until: Instant,
    },
    Ended {
        reason: ConnectionError,
    },
}

impl Life {
    pub(crate) const fn new(drain_timeout: Duration, linger_timeout: Duration) -> Self {
        Self {
            phase: Phase::Open,
            cut: false,
            drain_timeout,
            linger_timeout,
        }
    }

    /// Asks for an orderly end: drain, then `goodbye`. `false`: it is ending already.
    pub(crate) fn close(&mut self, goodbye: Goodbye, now: Instant) -> bool {
        self.close_by(goodbye, now + self.drain_timeout)
    }

    /// The same with another time by which draining is to be over.
    pub(crate) fn close_by(&mut self, goodbye: Goodbye, until: Instant) -> bool {
        let open = self.is_open();
        if open {
            self.phase = Phase::Draining { goodbye, until };
        }
        open
    }

    /// Lets draining take no longer than until `deadline`. A peer that does not read may keep a goodbye from being written
    /// until it was to be over, so that has an end then, too.
    pub(crate) fn shorten_drain(&mut self, deadline: Instant) {
        match &mut self.phase {
            Phase::Draining { until, .. } => *until = deadline.min(*until),
            Phase::Closing { until, .. } => *until = (deadline + self.linger_timeout).min(*until),
            Phase::Open | Phase::Mute { .. } | Phase::Ended { .. } => {}
        }
    }

    /// Says when draining is to be over. A shutdown has a time of its own; it can shorten the end of a connection
    /// that was closing before, and not prolong it.
    pub(crate) fn drain_until(&mut self, deadline: Instant) {
        match &mut self.phase {
            Phase::Draining { goodbye, until }
                if matches!(
                    goodbye.code,
                    GoodbyeCode::ShuttingDown | GoodbyeCode::Restarting
                ) =>
            {
                *until = deadline;
            }
            _ => self.shorten_drain(deadline),
        }
    }

    /// Ends the connection because of what the peer did. Returns the goodbye that tells it so.
    pub(crate) fn fail(&mut self, error: ProtocolError, now: Instant) -> Option<Goodbye> {
        match self.phase {
            Phase::Open | Phase::Draining { .. } => {}
            Phase::Mute { .. } => {
                self.end(ConnectionError::Protocol(error));
                return None;
            }
            Phase::Closing { .. } | Phase::Ended { .. } => return None,
        }
        let code = match error {
            ProtocolError::TooManyRequests { .. } => GoodbyeCode::Overloaded,
            _ => GoodbyeCode::ProtocolViolation,
        };
        let goodbye = Goodbye::new(code, error.to_string());
        self.phase = Phase::Closing {
            reason: ConnectionError::Protocol(error),
            until: now + self.linger_timeout,
        };
        Some(goodbye)
    }

    /// Nothing is in flight any more. Returns the goodbye to be said, if that was what it waited for.
    pub(crate) fn handle_drained(&mut self, now: Instant) -> Option<Goodbye> {
        let Phase::Draining { goodbye, until } = &mut self.phase else {
            return None;
        };
        let text = std::mem::take(&mut goodbye.text);
        let goodbye = Goodbye::new(goodbye.code, text.clone());
        self.phase = Phase::Closing {
            reason: ConnectionError::LocallyClosed { reason: text },
            until: (*until).max(now + self.linger_timeout),
        };
        Some(goodbye)
    }

    /// Everything up to and with the goodbye is written.
    pub(crate) fn handle_flushed(&mut self, now: Instant) {
        if let Phase::Closing { until, .. } = &mut self.phase {
            *until = (now + self.linger_timeout).min(*until);
        }
    }

    /// The same, and the peer will get it all without any further doing.
    pub(crate) fn handle_delivered(&mut self) {
        self.end(ConnectionError::Aborted);
    }

    /// A write has failed: the peer is gone or about to be, and may have said why.
    pub(crate) fn handle_write_failed(&mut self, reason: ConnectionError, now: Instant) {
        if matches!(self.phase, Phase::Open | Phase::Draining { .. }) {
            self.phase = Phase::Mute {
                reason,
                until: now + self.linger_timeout,
            };
        } else {
            self.end(reason);
        }
    }

    pub(crate) fn handle_goodbye(&mut self, goodbye: Goodbye) {
        self.end(ConnectionError::peer_closed(goodbye));
    }

    /// The stream ended, or failed, without a goodbye before.
    pub(crate) fn handle_lost(&mut self, reason: ConnectionError) {
        self.end(reason);
    }

    /// Acts on the passing of time. Early calls do nothing.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Timeout {
        match &self.phase {
            Phase::Draining { until, .. } if *until <= now => {
                self.cut = true;
                Timeout::CutDrain
            }
            Phase::Closing { until, .. } | Phase::Mute { until, .. } if *until <= now => {
                self.end(ConnectionError::PeerVanished);
                Timeout::Nothing
            }
            _ => Timeout::Nothing,
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Draining { until, .. }
            | Phase::Closing { until, .. }
            | Phase::Mute { until, .. } => Some(*until),
            Phase::Open | Phase::Ended { .. } => None,
        }
    }

    /// Ends it here and now. A reason that led to closing stands before `reason`.
    pub(crate) fn end(&mut self, reason: ConnectionError) {
        let reason = match std::mem::replace(&mut self.phase, Phase::Open) {
            // While this side drains the peer may go first, in order or not; that is what happened then.
            Phase::Open | Phase::Draining { .. } => reason,
            // A goodbye tells more than the write that failed because of it.
            Phase::Mute { reason: failed, .. } => match reason {
                ConnectionError::PeerClosed(_) | ConnectionError::Protocol(_) => reason,
                _ => failed,
            },
            Phase::Closing { reason, .. } | Phase::Ended { reason } => reason,
        };
        self.phase = Phase::Ended { reason };
    }

    /// Whether calls may begin.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open)
    }

    /// Whether frames of the peer still mean something.
    pub(crate) const fn is_listening(&self) -> bool {
        matches!(
            self.phase,
            Phase::Open | Phase::Draining { .. } | Phase::Mute { .. }
        )
    }

    pub(crate) const fn is_draining(&self) -> bool {
        matches!(self.phase, Phase::Draining { .. })
    }

    /// Whether draining took too long and calls in flight were ended.
    pub(crate) const fn was_cut(&self) -> bool {
        self.cut
    }

    pub(crate) const fn is_closing(&self) -> bool {
        matches!(self.phase, Phase::Closing { .. })
    }

    pub(crate) const fn ended(&self) -> Option<&ConnectionError> {
        match &self.phase {
            Phase::Ended { reason } => Some(reason),
            _ => None,
        }
    }

    /// Why no call can begin: what it ended with, or is about to.
    pub(crate) fn reason(&self) -> Option<ConnectionError> {
        match &self.phase {
            Phase::Open => None,
            Phase::Draining { goodbye, .. } => Some(ConnectionError::LocallyClosed {
                reason: goodbye.text.clone(),
            }),
            Phase::Closing { reason, .. }
            | Phase::Mute { reason, .. }
            | Phase::Ended { reason } => Some(reason.clone()),
        }
    }
}

/// What the passing of time asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Timeout {
    Nothing,
    /// Draining took too long: fail what is in flight, then report it drained.
    CutDrain,
}
