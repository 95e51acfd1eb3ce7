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
    /// Bytes that waited for the peer to read when the task last had nothing to do.
    unwritten: usize,
}

/// What is still to come, where there is nothing left to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Underway {
    /// Whether calls of this side are in flight.
    pub(super) has_calls: bool,
    /// Whether a part of a large frame has arrived.
    pub(super) is_reading: bool,
    /// Bytes that wait for the peer to read.
    pub(super) unwritten: usize,
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
            unwritten: 0,
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

    /// What is next, where there is nothing left to do in this turn. `asked` is what [`begin_turn`](Self::begin_turn) returned.
    pub(super) fn begin(&mut self, asked: bool, underway: Underway) -> Next {
        let Underway {
            has_calls,
            is_reading,
            unwritten,
        } = underway;
        let requests = std::mem::take(&mut self.requests);
        let woken = std::mem::take(&mut self.woken);
        let before = std::mem::replace(&mut self.unwritten, unwritten);
        let has_read = self.has_read;
        // Behind the last answer there is none to look for.
        let frames = requests + if has_calls { woken } else { 0 };
        // Who has sent the beginning of a large message sends the rest, and who takes one off this side makes room for the rest;
        // when it has all of it, it is about to answer, or to ask for the next. To wait for that for once takes less than the
        // message has taken.
        let advances = is_reading && has_read || unwritten != before;
        let expects = has_read || has_calls;
        if self
            .busy_poll
            .goes_on(asked, (has_read, expects), system_now)
            || self.glances.goes_on(frames, advances, system_now)
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

    const CALLS: Underway = Underway {
        has_calls: true,
        is_reading: false,
        unwritten: 0,
    };

    const NO_CALLS: Underway = Underway {
        has_calls: false,
        ..CALLS
    };

    /// A lull behind a burst, of a task with calls in flight.
    fn behind_a_burst(budget: Duration, timekeeper: Timekeeper) -> (Lull, Next) {
        let mut lull = Lull::new(budget, timekeeper);
        let asked = lull.begin_turn();
        lull.note_read();
        (0..100).for_each(|_| lull.note_request(true));
        lull.note_woken(100);
        let next = lull.begin(asked, CALLS);
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
                next = lull.begin(asked, CALLS);
            }
        }
    }

    #[test]
    fn behind_the_last_answer_there_is_nothing_to_look_for() {
        let mut lull = Lull::new(Duration::ZERO, Timekeeper::System);
        let asked = lull.begin_turn();
        lull.note_read();
        lull.note_woken(100);
        assert!(matches!(lull.begin(asked, NO_CALLS), Next::Sleep { .. }));
    }

    /// One that looks, however many cores there are here.
    fn looking() -> Lull {
        Lull {
            glances: Glances::new(true),
            ..Lull::new(Duration::ZERO, Timekeeper::System)
        }
    }

    #[test]
    fn the_rest_of_a_large_message_is_looked_for_while_some_of_it_comes() {
        let mut lull = looking();
        let reading = Underway {
            is_reading: true,
            ..NO_CALLS
        };
        let asked = lull.begin_turn();
        assert!(matches!(lull.begin(asked, reading), Next::Sleep { .. }));
        let asked = lull.begin_turn();
        lull.note_read();
        assert_eq!(lull.begin(asked, reading), Next::Look);
    }

    #[test]
    fn room_for_a_message_is_looked_for_while_the_peer_makes_some() {
        let mut lull = looking();
        let writing = |unwritten| Underway {
            unwritten,
            ..NO_CALLS
        };
        let asked = lull.begin_turn();
        assert_eq!(lull.begin(asked, writing(9)), Next::Look);
        let asked = lull.begin_turn();
        assert_eq!(lull.begin(asked, writing(5)), Next::Look);
        let asked = lull.begin_turn();
        assert_eq!(lull.begin(asked, writing(0)), Next::Look);
        let asked = lull.begin_turn();
        assert_eq!(lull.begin(asked, writing(5)), Next::Look);
        // The peer reads no more.
        let looks = (0..10_000_000).take_while(|_| {
            let asked = lull.begin_turn();
            lull.begin(asked, writing(5)) == Next::Look
        });
        assert!(looks.count() < 10_000_000);
    }
}
