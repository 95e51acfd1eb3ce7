//! What the connection's task does when it has nothing to do: it looks for more, or sleeps.

use std::time::Duration;

use super::busy_poll::{BusyPoll, CORES};
use super::glances::Glances;
use super::head_start::HeadStart;
use crate::clock::{Timekeeper, system_now};
use crate::config::Config;

/// Decides which of the two, by what has arrived. It goes by the system's clock: a runtime's that is paused goes on only when all
/// tasks sleep.
#[derive(Debug)]
pub(super) struct Lull {
    busy_poll: BusyPoll,
    glances: Glances,
    head_start: HeadStart,
    /// Whether the rest of a large message is worth looking for.
    looks_midway: bool,
    /// Requests that have arrived since the task last had nothing to do.
    requests: usize,
    /// Tasks of this process that were woken since then.
    woken: usize,
    /// Both, of more than one such time while the task looks.
    frames: usize,
    /// Whether one of those requests is answered, or a caller was woken for an answer.
    is_awaited: bool,
    /// Whether something was read in this turn.
    has_read: bool,
    /// Whether something was read since the task last had nothing to do, be it several turns ago.
    has_got_on: bool,
    /// As it was when the task last had nothing to do.
    was_blocked: bool,
    written: usize,
}

/// What is still to come, where there is nothing left to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Underway {
    /// Whether calls of this side are in flight.
    pub(super) has_calls: bool,
    /// Whether requests of the peer's are in flight.
    pub(super) has_requests: bool,
    /// Whether a part of a large frame has arrived, and not the rest.
    pub(super) is_reading: bool,
    /// Whether there is something to be written that the transport does not take.
    pub(super) is_blocked: bool,
    /// Bytes written so far.
    pub(super) written: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Next {
    /// Whether the task goes round again at once. If not, it sleeps.
    pub(super) looks: bool,
    /// How the socket is to be watched from now on, if that changes; see [`HeadStart`].
    pub(super) early: Option<bool>,
}

impl Lull {
    /// `timekeeper` is that of the transport. Over memory nothing is looked for: who is at the other end is of this process, as
    /// often as not of the same thread, and no core has to be woken. Nor in the middle of a message on a runtime that
    /// `is_threaded`: there its other threads take the core that is offered meanwhile, and an echo of 1 MiB cost a sixth more.
    pub(super) fn new(config: &Config, timekeeper: Timekeeper, is_threaded: bool) -> Self {
        Self::on_cores(config, timekeeper, is_threaded, *CORES)
    }

    /// The same in a process that may use so many cores.
    pub(super) fn on_cores(
        config: &Config,
        timekeeper: Timekeeper,
        is_threaded: bool,
        cores: usize,
    ) -> Self {
        let asks = BusyPoll::is_worth(config.busy_poll, cores);
        let looks = !asks && cores > 1 && timekeeper == Timekeeper::System;
        let budget = |is_worth, budget| if is_worth { budget } else { Duration::ZERO };
        Self {
            busy_poll: BusyPoll::new(budget(asks, config.busy_poll)),
            glances: Glances::new(budget(looks, config.burst_poll)),
            head_start: HeadStart::new(!asks && cores > 1),
            looks_midway: !is_threaded,
            requests: 0,
            woken: 0,
            frames: 0,
            is_awaited: false,
            has_read: false,
            has_got_on: false,
            was_blocked: false,
            written: 0,
        }
    }

    /// Whether this turn asks again for what the last one did not find.
    pub(super) fn begin_turn(&mut self) -> bool {
        self.has_read = false;
        self.busy_poll.begin_turn(system_now)
    }

    pub(super) const fn note_read(&mut self) {
        self.has_read = true;
        self.has_got_on = true;
    }

    #[inline]
    pub(super) const fn note_request(&mut self, is_answered: bool) {
        self.requests += 1;
        self.is_awaited |= is_answered;
    }

    #[inline]
    pub(super) const fn note_woken(&mut self, tasks: usize) {
        self.woken += tasks;
    }

    pub(super) const fn note_answers(&mut self, answers: bool) {
        self.is_awaited |= answers;
    }

    /// What is next, where there is nothing left to do in this turn. `asked` is what [`begin_turn`](Self::begin_turn) returned.
    pub(super) fn begin(&mut self, asked: bool, underway: Underway) -> Next {
        let Underway {
            has_calls,
            has_requests,
            is_reading,
            is_blocked,
            written,
        } = underway;
        let requests = std::mem::take(&mut self.requests);
        let woken = std::mem::take(&mut self.woken);
        let has_got_on = std::mem::take(&mut self.has_got_on);
        let was_blocked = std::mem::replace(&mut self.was_blocked, is_blocked);
        let has_written = std::mem::replace(&mut self.written, written) != written;
        // Behind the last answer there is none to look for.
        let frames = requests + if has_calls { woken } else { 0 };
        // Who has sent the beginning of a large message sends the rest, and who takes one off this side makes room for the rest;
        // when it has all of it, it is about to answer, or to ask for the next. To wait for that once takes less than the
        // message has taken.
        let advances = self.looks_midway
            && (is_reading && has_got_on || (is_blocked || was_blocked) && has_written);
        let has_read = self.has_read;
        let expects = has_read || has_calls || has_requests;
        let asks = self
            .busy_poll
            .goes_on(asked, (has_read, expects), system_now);
        let looks = asks || self.glances.goes_on(frames, advances, system_now);
        self.frames += requests + woken;
        Next {
            looks,
            early: self.note_frames(looks),
        }
    }

    /// Whether the socket is to be watched in another way from now on.
    fn note_frames(&mut self, looks: bool) -> Option<bool> {
        // What is found by looking comes in pieces: one by itself says nothing before the end of that.
        if looks && self.frames < 2 {
            return None;
        }
        let awaited = std::mem::take(&mut self.is_awaited);
        self.head_start
            .note(std::mem::take(&mut self.frames), awaited)
    }
}

#[cfg(test)]
#[path = "lull_tests.rs"]
mod tests;
