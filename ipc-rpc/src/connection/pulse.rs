//! The peer's signs of life, as the connection's task finds them.

use std::time::Instant;

use super::shared::Core;
use crate::config::Config;
use crate::error::ConnectionError;
use crate::proto::{Action, KeepAlive};
use crate::wire::{Header, Kind, RequestId};

/// What the connection's task knows of whether the peer lives.
///
/// A frame costs no clock read for this: what the task found out anyway is kept, and looked at when the timer fires.
#[derive(Debug)]
pub(super) struct Pulse {
    rules: KeepAlive,
    /// When frames of the peer were handled last.
    heard: Instant,
    /// Whether something was read since.
    has_read: bool,
    /// Whether the timer has fired since it was looked at. The task reads first, so that nobody is given up whose answer
    /// is there.
    is_due: bool,
    /// Pings so far.
    pings: u32,
}

impl Pulse {
    pub(super) const fn new(config: &Config, now: Instant) -> Self {
        Self {
            rules: KeepAlive::new(config.ping_interval, config.ping_timeout, now),
            heard: now,
            has_read: false,
            is_due: false,
            pings: 0,
        }
    }

    /// Whether anybody wants to know.
    pub(super) fn is_on(&self) -> bool {
        self.rules.poll_timeout().is_some()
    }

    /// Something was read, which may be less than a frame.
    pub(super) const fn note_read(&mut self) {
        self.has_read = true;
    }

    /// Frames are handled, at this time.
    pub(super) const fn note_frames(&mut self, now: Instant) {
        self.heard = now;
        self.has_read = false;
    }

    /// The timer has fired, for whatever reason.
    pub(super) fn note_timer(&mut self) {
        self.is_due = self.rules.poll_timeout().is_some();
    }

    pub(super) const fn is_due(&self) -> bool {
        self.is_due
    }

    /// When the timer is to fire for this. While it is due, that is found out by the look at it.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.rules.poll_timeout().filter(|_| !self.is_due)
    }

    /// Looks at it, behind everything that was there to be read.
    pub(super) fn look(&mut self, core: &mut Core, now: Instant) {
        self.is_due = false;
        if !core.life.is_open() && !core.life.is_draining() {
            return;
        }
        // Who takes what waited for it reads, and who reads lives.
        let takes = core.stall.has_ended();
        if std::mem::take(&mut self.has_read) || takes {
            self.heard = now;
        }
        self.rules.handle_heard(self.heard);
        match self.rules.handle_timeout(now) {
            Action::Wait => {}
            Action::SendPing => {
                // No ping of a caller's has this slot, so that the pong is nobody's: it is enough that it arrives.
                let id = RequestId::new(u32::MAX, self.pings);
                self.pings = self.pings.wrapping_add(1);
                core.append_control(Header::new(Kind::Ping, id), &[]);
            }
            Action::GiveUp(silent) => core.life.end(ConnectionError::PingTimeout { silent }),
        }
        core.schedule(self.rules.poll_timeout());
    }
}
