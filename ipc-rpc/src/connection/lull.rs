//! What the connection's task does when it has nothing to do: it looks for more, or sleeps.

use std::time::Duration;

use super::busy_poll::{BusyPoll, CORES};
use super::glances::Glances;
use super::head_start::HeadStart;
use crate::clock::{Timekeeper, system_now};

/// Decides that, by what has arrived. By the system's clock: a runtime's that is paused goes on only when all tasks sleep.
#[derive(Debug)]
pub(super) struct Lull {
    busy_poll: BusyPoll,
    glances: Glances,
    pub(super) head_start: HeadStart,
    /// Requests that have arrived since the task last had nothing to do.
    requests: usize,
    /// Callers that were woken since then.
    woken: usize,
    /// Whether one of those requests is answered, or a caller was woken for an answer.
    is_awaited: bool,
    /// Whether something was read in this turn.
    has_read: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The task goes round again at once.
    Look,
    Sleep {
        /// How the socket is to be watched from now on, if that changes; see [`HeadStart`].
        early: Option<bool>,
    },
}

impl Lull {
    /// `budget` is for how long the application has the task ask, `timekeeper` that of the transport. Over memory nothing is
    /// looked for: who is at the other end is of this process, as often as not of the same thread, and no core has to be woken.
    pub(super) fn new(budget: Duration, timekeeper: Timekeeper) -> Self {
        let asks = BusyPoll::is_worth(budget);
        let looks = !asks && timekeeper == Timekeeper::System && *CORES > 1;
        Self {
            busy_poll: BusyPoll::new(budget),
            glances: Glances::new(looks),
            head_start: HeadStart::new(asks),
            requests: 0,
            woken: 0,
            is_awaited: false,
            has_read: false,
        }
    }

    /// Whether this turn asks again for what the last one did not find.
    pub(super) fn begin_turn(&mut self) -> bool {
        self.has_read = false;
        self.busy_poll.begin_turn(system_now)
    }

    pub(super) const fn note_read(&mut self) {
        self.has_read = true;
    }

    #[inline]
    pub(super) const fn note_request(&mut self, is_answered: bool) {
        self.requests += 1;
        self.is_awaited |= is_answered;
    }

    #[inline]
    pub(super) const fn note_woken(&mut self, callers: usize) {
        self.woken += callers;
    }

    pub(super) const fn note_answers(&mut self, answers: bool) {
        self.is_awaited |= answers;
    }

    /// What is next, where there is nothing left to do in this turn. `asked` is what [`begin_turn`](Self::begin_turn) returned,
    /// `has_calls` whether calls of this side are in flight.
    pub(super) fn begin(&mut self, asked: bool, has_calls: bool) -> Next {
        let requests = std::mem::take(&mut self.requests);
        let woken = std::mem::take(&mut self.woken);
        let has_read = self.has_read;
        // Behind the last answer there is none to look for.
        let frames = requests + if has_calls { woken } else { 0 };
        let expects = has_read || has_calls;
        if self
            .busy_poll
            .goes_on(asked, (has_read, expects), system_now)
            || self.glances.goes_on(frames, system_now)
        {
            return Next::Look;
        }
        let awaited = std::mem::take(&mut self.is_awaited);
        Next::Sleep {
            early: self.head_start.note(requests + woken, awaited),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lull behind a burst, of a task with calls in flight.
    fn behind_a_burst(budget: Duration, timekeeper: Timekeeper) -> (Lull, Next) {
        let mut lull = Lull::new(budget, timekeeper);
        let asked = lull.begin_turn();
        lull.note_read();
        (0..100).for_each(|_| lull.note_request(true));
        lull.note_woken(100);
        let next = lull.begin(asked, true);
        (lull, next)
    }

    #[test]
    fn over_memory_nothing_is_looked_for() {
        let (_, next) = behind_a_burst(Duration::ZERO, Timekeeper::Runtime);
        assert!(matches!(next, Next::Sleep { .. }));
    }

    #[tokio::test(start_paused = true)]
    async fn it_comes_to_its_end_though_the_clock_of_the_runtime_stands_still() {
        for budget in [Duration::ZERO, Duration::from_micros(50)] {
            let (mut lull, mut next) = behind_a_burst(budget, Timekeeper::System);
            let mut turns = 0;
            while next == Next::Look {
                turns += 1;
                assert!(turns < 10_000_000);
                let asked = lull.begin_turn();
                next = lull.begin(asked, true);
            }
        }
    }

    #[test]
    fn behind_the_last_answer_there_is_nothing_to_look_for() {
        let mut lull = Lull::new(Duration::ZERO, Timekeeper::System);
        let asked = lull.begin_turn();
        lull.note_read();
        lull.note_woken(100);
        assert!(matches!(lull.begin(asked, false), Next::Sleep { .. }));
    }
}
