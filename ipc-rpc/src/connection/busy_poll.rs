//! Asking the socket again before the task sleeps, for a bounded time, if the application wants that.

use std::num::NonZero;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use super::patience::Patience;

/// The most waits that are left out before it is tried again, once.
const MAX_LEFT_OUT: u32 = 1024;

/// Whether the connection's task asks on or sleeps.
///
/// To sleep and be woken takes some 50 µs where a core has to be woken, too; to ask for as long as an answer takes is
/// several times faster. That is so only while the peer has a core of its own to answer on. Where it has not,
/// asking keeps it from answering: a process that may use one core only never asks, and where asking is in vain again and
/// again it is left out.
#[derive(Debug)]
pub(super) struct BusyPoll {
    budget: Duration,
    /// Until when it asks. `None`: it sleeps.
    until: Option<Instant>,
    /// Whether the wait that ends with this turn was in vain.
    was_in_vain: bool,
    patience: Patience,
}

impl BusyPoll {
    /// Never asks if `budget` is zero.
    pub(super) const fn new(budget: Duration) -> Self {
        Self {
            budget,
            until: None,
            was_in_vain: false,
            patience: Patience::new(1, MAX_LEFT_OUT),
        }
    }

    /// Whether there is something to be gained by asking for this long in a process that may use so many cores.
    pub(super) const fn is_worth(budget: Duration, cores: usize) -> bool {
        !budget.is_zero() && cores > 1
    }

    /// Whether this turn asks again. If not, a wait was in vain, or there was none.
    pub(super) fn begin_turn(&mut self, now: impl FnOnce() -> Instant) -> bool {
        let Some(until) = self.until else {
            return false;
        };
        if now() < until {
            return true;
        }
        self.until = None;
        self.was_in_vain = true;
        self.patience.was_in_vain();
        false
    }

    /// Whether the task goes round again at once. `asked` is what [`begin_turn`](Self::begin_turn) returned, `expects`
    /// whether something has arrived in this turn or is due.
    pub(super) fn goes_on(
        &mut self,
        asked: bool,
        (has_read, expects): (bool, bool),
        now: impl FnOnce() -> Instant,
    ) -> bool {
        if self.budget.is_zero() {
            return false;
        }
        if asked {
            if has_read {
                self.patience.was_worth_it();
                self.until = Some(now() + self.budget);
            }
            // The next turn finds out whether there is time left.
            return true;
        }
        let was_in_vain = std::mem::take(&mut self.was_in_vain);
        if !expects || was_in_vain && !has_read || self.patience.leaves_out() {
            return false;
        }
        self.until = Some(now() + self.budget);
        true
    }
}

/// Cores that this process may use, as they are found when that is asked first.
pub(super) static CORES: LazyLock<usize> =
    LazyLock::new(|| std::thread::available_parallelism().map_or(1, NonZero::get));

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Duration = Duration::from_micros(50);

    /// One wait of a connection: how many turns it takes until the task sleeps or, in turn `arrives`, something
    /// arrives. A turn takes 10 µs.
    fn wait(polling: &mut BusyPoll, now: &mut Instant, arrives: Option<u32>) -> u32 {
        assert!(!polling.begin_turn(|| *now));
        if !polling.goes_on(false, (true, true), || *now) {
            return 0;
        }
        for turn in 1.. {
            *now += BUDGET / 5;
            let asked = polling.begin_turn(|| *now);
            if !asked {
                // A call is in flight all the time, but what follows a wait in vain is a sleep.
                assert!(!polling.goes_on(asked, (false, true), || *now));
                return turn;
            }
            let has_read = arrives == Some(turn);
            assert!(polling.goes_on(asked, (has_read, has_read), || *now));
            if has_read {
                polling.until = None;
                return turn;
            }
        }
        unreachable!("it ends")
    }

    fn start() -> Instant {
        crate::clock::now()
    }

    #[test]
    fn without_a_budget_it_never_asks() {
        let mut polling = BusyPoll::new(Duration::ZERO);
        assert!(!polling.begin_turn(|| unreachable!("the clock is not read either")));
        assert!(!polling.goes_on(false, (true, true), || unreachable!()));
    }

    #[test]
    fn it_asks_for_as_long_as_its_budget_and_no_longer() {
        let (mut polling, mut now) = (BusyPoll::new(BUDGET), start());
        assert_eq!(wait(&mut polling, &mut now, None), 5);
        assert_eq!(wait(&mut polling, &mut now, Some(3)), 3);
    }

    #[test]
    fn where_it_is_in_vain_it_is_left_out_ever_more_often() {
        let (mut polling, mut now) = (BusyPoll::new(BUDGET), start());
        let asked = |waits: u32, polling: &mut BusyPoll, now: &mut Instant| -> u32 {
            (0..waits).map(|_| wait(polling, now, None)).sum()
        };
        assert!(asked(100, &mut polling, &mut now) > 20);
        asked(5000, &mut polling, &mut now);
        // Five turns in a thousand waits, one of which is what a wait takes anyway.
        assert!(asked(10_000, &mut polling, &mut now) <= 50);
    }

    #[test]
    fn one_answer_in_time_makes_it_ask_again() {
        let (mut polling, mut now) = (BusyPoll::new(BUDGET), start());
        for _ in 0..20 {
            wait(&mut polling, &mut now, None);
        }
        let tries = (0..2000).find(|_| wait(&mut polling, &mut now, Some(1)) > 0);
        assert!(tries.is_some());
        for _ in 0..100 {
            assert_eq!(wait(&mut polling, &mut now, Some(2)), 2);
        }
    }
}
