//! Looking for more before the task sleeps, behind a burst of frames and in the middle of a large one.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::patience::Patience;

/// Frames that are a burst: what a peer that has several calls in flight writes at once, while it makes the next.
const BURST: usize = 4;

/// Looks in a row that may be in vain each time that it is tried again. One that is in vain only because the peer sleeps, as it
/// does where it has given up looking as well, says nothing of what is to be gained: both have to be awake for that.
const TRIES: u32 = 4;

/// The most times that the task does not look before it tries again. That bounds what is lost where it is always in vain to 4 of 132
/// times.
const MAX_LEFT_OUT: u32 = 128;

/// How often the thread offers its core to other processes while it looks. One that never sleeps has the core for as long as the
/// system's scheduler gives it, 3 ms on Linux, whoever else has something to do; to offer it at each look has the threads of one
/// runtime pass it to and fro, which doubled what a call cost.
const OFFERED_EVERY: Duration = Duration::from_micros(200);

thread_local! {
    /// Until when a task of this thread looks.
    static LOOKING: Cell<Option<Instant>> = const { Cell::new(None) };

    /// When this thread has offered its core last.
    static OFFERED: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Whether the task of a connection looks again where it would sleep.
///
/// Who sends a burst is about to send the next, and to look until it is there costs less than to sleep and be woken: with 64
/// calls in flight it made 0.9 into 2.2 million calls a second, for two thirds of the processors' time, and with 8 of them 0.1 into
/// 0.75, for one third. Likewise whoever has sent a part of a large message: to look for the rest, or for room for it, made 2.5
/// into 4.5 GB/s of echoes of 1 MiB on a runtime of one thread. Where looking is in vain again and again, as where the peer has no
/// core to get on with, it is left out.
///
/// One task of a thread is enough: while it looks the runtime does not sleep, and hears what has come for the others.
#[derive(Debug)]
pub(super) struct Glances {
    budget: Duration,
    /// Until when it looks. `None`: it sleeps.
    until: Option<Instant>,
    /// Frames that have come since it began to look.
    frames: usize,
    patience: Patience,
}

impl Glances {
    /// Looks for this long, which should be what it takes to sleep and be woken: who waits for that long before he sleeps waits at
    /// most twice as long as the wiser of the two would have (Karlin, Li, Manasse and Owicki, Empirical studies of competitive
    /// spinning, 1991). Never looks if it is zero.
    pub(super) const fn new(budget: Duration) -> Self {
        Self {
            budget,
            until: None,
            frames: 0,
            patience: Patience::new(TRIES, MAX_LEFT_OUT),
        }
    }

    /// Whether the task, which has nothing to do, goes round again at once. So many frames have arrived since it was asked last,
    /// and a large message `advances` that is under way.
    #[inline]
    pub(super) fn goes_on(
        &mut self,
        frames: usize,
        advances: bool,
        now: impl FnOnce() -> Instant,
    ) -> bool {
        self.frames += frames;
        let expects = advances || self.frames >= BURST;
        if self.budget.is_zero() || self.until.is_none() && !expects {
            self.frames = 0;
            return false;
        }
        self.look(expects, now())
    }

    fn look(&mut self, expects: bool, now: Instant) -> bool {
        match self.until {
            Some(until) if !expects && now < until => {
                offer_core(now);
                // On several threads the task may have been moved to another one.
                LOOKING.set(self.until);
                return true;
            }
            Some(_) if expects => self.patience.was_worth_it(),
            Some(_) => self.patience.was_in_vain(),
            None if self.patience.leaves_out() || is_looked(now) => {
                self.frames = 0;
                return false;
            }
            None => {}
        }
        self.frames = 0;
        self.until = expects.then(|| now + self.budget);
        if expects {
            LOOKING.set(self.until);
        }
        expects
    }
}

fn offer_core(now: Instant) {
    let is_due = |last| now.saturating_duration_since(last) >= OFFERED_EVERY;
    if OFFERED.get().is_none_or(is_due) {
        OFFERED.set(Some(now));
        std::thread::yield_now();
    }
}

/// Whether another task of this thread looks.
fn is_looked(now: Instant) -> bool {
    LOOKING.get().is_some_and(|until| now < until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const BUDGET: Duration = Duration::from_micros(50);

    /// How many microseconds the task looks that has nothing to do after so many frames, if nothing comes of it.
    fn looks(glances: &mut Glances, now: &mut Instant, frames: usize) -> u32 {
        let mut goes_on = glances.goes_on(frames, false, || *now);
        let mut looks = 0;
        while goes_on {
            *now += Duration::from_micros(1);
            looks += 1;
            goes_on = glances.goes_on(0, false, || *now);
        }
        looks
    }

    #[test]
    fn behind_a_burst_the_task_looks_for_a_bounded_time_and_behind_less_it_does_not() {
        let (mut glances, mut now) = (Glances::new(BUDGET), clock::now());
        assert_eq!(looks(&mut glances, &mut now, BURST - 1), 0);
        assert_eq!(looks(&mut glances, &mut now, BURST - 1), 0);
        assert_eq!(
            u128::from(looks(&mut glances, &mut now, BURST)),
            BUDGET.as_micros()
        );
        assert_eq!(looks(&mut glances, &mut now, BURST - 1), 0);
    }

    #[test]
    fn without_a_burst_the_clock_is_not_read() {
        assert!(!Glances::new(BUDGET).goes_on(BURST - 1, false, || unreachable!()));
    }

    #[test]
    fn it_looks_on_for_as_long_as_bursts_come_be_it_in_pieces() {
        let (mut glances, mut now) = (Glances::new(BUDGET), clock::now());
        assert!(glances.goes_on(BURST, false, || now));
        for _ in 0..10 * MAX_IN_VAIN {
            now += BUDGET / (BURST as u32 + 1);
            assert!(glances.goes_on(1, false, || now));
        }
        assert!(looks(&mut glances, &mut now, 0) > 0);
    }

    #[test]
    fn where_nothing_ever_comes_in_time_it_is_left_out_ever_more_often() {
        let (mut glances, mut now) = (Glances::new(BUDGET), clock::now());
        let mut bursts = |count: u32| -> u32 {
            (0..count)
                .map(|_| looks(&mut glances, &mut now, BURST))
                .sum()
        };
        assert!(bursts(MAX_IN_VAIN) > 0);
        bursts(5000);
        assert!(bursts(10_000) <= 16_000);
    }

    #[test]
    fn one_task_of_a_thread_looks_for_all() {
        let (mut first, mut second, mut now) =
            (Glances::new(BUDGET), Glances::new(BUDGET), clock::now());
        assert!(first.goes_on(BURST, false, || now));
        assert!(!second.goes_on(BURST, false, || now));
        // The one that looks is not kept from it by itself.
        assert!(first.goes_on(BURST, false, || now));
        std::thread::scope(|scope| {
            scope.spawn(|| assert!(Glances::new(BUDGET).goes_on(BURST, false, || now)));
        });
        now += BUDGET;
        assert!(second.goes_on(BURST, false, || now));
    }

    #[test]
    fn where_it_is_not_worth_it_the_task_sleeps_at_once() {
        assert!(!Glances::new(Duration::ZERO).goes_on(BURST, false, || unreachable!()));
    }

    /// Far more looks in vain than are borne with.
    const MAX_IN_VAIN: u32 = 100;
}
