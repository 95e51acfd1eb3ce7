//! How long handlers hold up the connection's task.

use std::time::{Duration, Instant};

use super::long_polls::{LONG_POLL, LongPolls, MethodKey};
use crate::clock;

/// Time in a row that handlers may take before answers are flushed, so that a small answer is not held up
/// by the rest of its batch.
const MAX_BATCH: Duration = Duration::from_micros(200);

/// Requests in a row before answers are flushed, so that the peer can go on while this side does. As many answers as
/// are worth a write.
const MAX_UNFLUSHED: u32 = 16;

/// Time in a row that handlers may take before other tasks get their turn.
const MAX_TURN: Duration = Duration::from_millis(1);

/// Requests behind which the clock is read. To read it for each takes a thirtieth of a small call.
const TIMED_TOGETHER: u32 = 8;

/// Requests that are timed each by itself, once some that were timed together took long.
const TIMED_ALONE: u32 = 64;

/// Times the handlers that are started in place.
#[derive(Debug, Default)]
pub(super) struct Pace {
    long_polls: LongPolls,
    /// How many of the next requests are timed each by itself.
    alone: u32,
    /// Turns so far: the last requests of most of them are not timed.
    ends: u32,
    /// Methods that have proved short once, by some bits of their ids. Two that share theirs are taken for one.
    known: u64,
}

/// One turn of the connection's task.
#[derive(Debug)]
pub(super) struct Turn {
    /// When the clock was read last.
    pub(super) now: Instant,
    /// Requests started since.
    untimed: u32,
    unflushed: (u32, Duration),
    taken: Duration,
}

/// What is to be done behind a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Start,
    Flush,
    /// Let others have their turn.
    Yield,
}

impl Turn {
    pub(super) fn begin() -> Self {
        Self::new(clock::now())
    }

    const fn new(now: Instant) -> Self {
        Self {
            now,
            untimed: 0,
            unflushed: (0, Duration::ZERO),
            taken: Duration::ZERO,
        }
    }
}

impl Pace {
    /// Whether the next request for this method is to be spawned without being polled in place.
    #[inline]
    pub(super) fn is_to_spawn(&mut self, method: MethodKey) -> bool {
        self.long_polls.is_to_spawn(method)
    }

    /// Whether nothing is known of how long this method takes. Its next request is timed by itself.
    #[inline]
    pub(super) fn is_new(&mut self, method: MethodKey) -> bool {
        let is_new = self.known & bit(method) == 0;
        if is_new {
            self.alone = self.alone.max(1);
        }
        is_new
    }

    /// A request was started, in place if `polled`.
    #[inline]
    pub(super) fn started(
        &mut self,
        turn: &mut Turn,
        (method, polled): (MethodKey, bool),
        now: impl FnOnce() -> Instant,
    ) -> Next {
        turn.untimed += 1;
        turn.unflushed.0 += 1;
        if self.alone > 0 || turn.untimed == TIMED_TOGETHER {
            self.time(turn, (method, polled), now());
        }
        if turn.taken > MAX_TURN {
            return Next::Yield;
        }
        if turn.unflushed.0 >= MAX_UNFLUSHED || turn.unflushed.1 > MAX_BATCH {
            turn.unflushed = (0, Duration::ZERO);
            return Next::Flush;
        }
        Next::Start
    }

    /// There is no further request in this turn; the last one was this.
    pub(super) fn ended(
        &mut self,
        turn: &mut Turn,
        last: (MethodKey, bool),
        now: impl FnOnce() -> Instant,
    ) {
        self.ends = self.ends.wrapping_add(1);
        let is_sample = self.ends.is_multiple_of(TIMED_TOGETHER);
        if turn.untimed > 0 && (self.alone > 0 || is_sample) {
            self.time(turn, last, now());
        }
    }

    fn time(&mut self, turn: &mut Turn, (method, polled): (MethodKey, bool), now: Instant) {
        let took = now.saturating_duration_since(turn.now);
        self.alone = self.alone.saturating_sub(1);
        match turn.untimed {
            1 if polled => {
                self.long_polls.record(method, took);
                if took <= LONG_POLL {
                    self.known |= bit(method);
                }
            }
            _ => {}
        }
        if took > LONG_POLL {
            // One of them was long, and will be again.
            self.alone = TIMED_ALONE;
        }
        turn.now = now;
        turn.untimed = 0;
        turn.unflushed.1 += took;
        turn.taken += took;
    }
}

const fn bit(method: MethodKey) -> u64 {
    1 << ((method.0 as u32 ^ method.1) % u64::BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: MethodKey = (0, 1);
    const SLOW: MethodKey = (0, 2);

    /// Starts requests that take as long as their methods do, in one turn.
    struct Clock {
        now: Instant,
        pace: Pace,
        reads: u32,
    }

    impl Clock {
        fn new() -> Self {
            Self {
                now: crate::clock::now(),
                pace: Pace::default(),
                reads: 0,
            }
        }

        fn start(&mut self, turn: &mut Turn, method: MethodKey) -> (bool, Next) {
            let spawned = self.pace.is_to_spawn(method);
            if !spawned {
                self.now += match method {
                    SLOW => Duration::from_micros(300),
                    _ => Duration::from_micros(1),
                };
            }
            let (now, reads) = (self.now, &mut self.reads);
            let next = self.pace.started(turn, (method, !spawned), || {
                *reads += 1;
                now
            });
            (spawned, next)
        }
    }

    #[test]
    fn short_requests_are_timed_together_and_flushed_now_and_then() {
        let mut clock = Clock::new();
        let mut turn = Turn::new(clock.now);
        assert!(clock.pace.is_new(FAST));
        clock.start(&mut turn, FAST);
        assert!(!clock.pace.is_new(FAST) && clock.pace.is_new(SLOW));
        clock.start(&mut turn, SLOW);
        assert!(clock.pace.is_new(SLOW), "it was not short");
        clock.pace.alone = 0;
        let mut turn = Turn::new(clock.now);
        clock.reads = 0;
        let next: Vec<_> = (0..64).map(|_| clock.start(&mut turn, FAST).1).collect();
        assert_eq!(clock.reads, 64 / TIMED_TOGETHER);
        let flushes = next.iter().filter(|next| **next == Next::Flush).count();
        assert_eq!(flushes, 64 / MAX_UNFLUSHED as usize);
        assert!(!next.contains(&Next::Yield));
    }

    #[test]
    fn a_slow_method_is_found_among_fast_ones_and_spawned() {
        let mut clock = Clock::new();
        let mut in_place = 0;
        for _ in 0..100 {
            let mut turn = Turn::new(clock.now);
            for method in [FAST, FAST, FAST, SLOW] {
                let (spawned, next) = clock.start(&mut turn, method);
                in_place += u32::from(method == SLOW && !spawned);
                assert!(method == SLOW || !spawned);
                if next == Next::Yield {
                    break;
                }
            }
            let now = clock.now;
            clock.pace.ended(&mut turn, (SLOW, false), || now);
        }
        // Found out by chance, and then told from its neighbours.
        assert!(in_place <= 3 * TIMED_TOGETHER, "{in_place}");
    }

    #[test]
    fn a_slow_method_that_is_called_by_itself_is_spawned_soon() {
        let mut clock = Clock::new();
        let in_place = (0..30).filter(|_| {
            let mut turn = Turn::new(clock.now);
            let (spawned, _) = clock.start(&mut turn, SLOW);
            let now = clock.now;
            clock.pace.ended(&mut turn, (SLOW, !spawned), || now);
            !spawned
        });
        // One that is found out by chance, and the one behind it.
        assert!(in_place.count() <= TIMED_TOGETHER as usize + 1);
    }

    #[test]
    fn others_get_their_turn_when_this_one_has_taken_long() {
        let mut clock = Clock::new();
        let mut turn = Turn::new(clock.now);
        clock.now += MAX_TURN;
        let next = (0..TIMED_TOGETHER).map(|_| clock.start(&mut turn, FAST).1);
        assert_eq!(next.last(), Some(Next::Yield));
    }
}
