//! Being awake when an answer comes.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::busy_poll::CORES;

/// Turns in a row of one kind before the socket is watched in the other way, which costs two system calls.
const TURNS: u8 = 16;

/// Connections of this process that have one.
static GIVEN: AtomicUsize = AtomicUsize::new(0);

/// Whether this process is to be woken when the peer reads, for what that answers or asks next: see
/// [`Receive::wake_early`](crate::transport::half::Receive::wake_early).
///
/// It is where one call comes at a time, for which somebody waits. What comes in numbers finds the process awake as often as
/// not, and so does what comes over more connections than there are cores. Never on a single core, nor where the task does not
/// sleep.
#[derive(Debug)]
pub(super) struct HeadStart {
    is_worth: bool,
    is_on: bool,
    /// Turns in a row that speak for the other.
    turns: u8,
    /// How many have one.
    given: &'static AtomicUsize,
}

impl HeadStart {
    /// `asks`: the task asks on where it would sleep.
    pub(super) fn new(asks: bool) -> Self {
        Self {
            is_worth: !asks && *CORES > 1,
            is_on: false,
            turns: 0,
            given: &GIVEN,
        }
    }

    /// As in a process that may use two cores, and has given this many.
    #[cfg(test)]
    pub(super) fn on_two_cores(given: &'static AtomicUsize) -> Self {
        Self {
            is_worth: true,
            given,
            ..Self::new(false)
        }
    }

    /// So many frames have arrived since the task slept last, `awaited` if one of them was a request, or an answer to a caller
    /// who waits. Returns what is to be from now on, if that changes.
    #[inline]
    pub(super) fn note(&mut self, frames: usize, awaited: bool) -> Option<bool> {
        if !self.is_worth || frames == 0 {
            return None;
        }
        let is_wanted = frames == 1 && awaited;
        if is_wanted == self.is_on {
            self.turns = 0;
            return None;
        }
        self.turns += 1;
        if self.turns < TURNS {
            return None;
        }
        self.turns = 0;
        if is_wanted {
            let more = |given: usize| (given < *CORES).then_some(given + 1);
            let given = self
                .given
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
            given.ok()?;
        } else {
            self.given.fetch_sub(1, Ordering::Relaxed);
        }
        self.is_on = is_wanted;
        Some(is_wanted)
    }
}

impl Drop for HeadStart {
    fn drop(&mut self) {
        if self.is_on {
            self.given.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_two_cores() -> HeadStart {
        one_of(Box::leak(Box::default()))
    }

    fn one_of(given: &'static AtomicUsize) -> HeadStart {
        HeadStart::on_two_cores(given)
    }

    /// What it says in each of so many turns with so many frames.
    fn turns(head_start: &mut HeadStart, count: u8, (frames, awaited): (usize, bool)) -> Vec<bool> {
        let said = (0..count).map(|_| head_start.note(frames, awaited));
        said.flatten().collect()
    }

    #[test]
    fn one_call_at_a_time_turns_it_on_and_many_or_what_nobody_waits_for_turn_it_off() {
        let mut head_start = on_two_cores();
        for other in [(8, true), (1, false)] {
            assert_eq!(turns(&mut head_start, 100, other), [false; 0]);
            assert_eq!(turns(&mut head_start, TURNS - 1, (1, true)), [false; 0]);
            assert_eq!(turns(&mut head_start, 100, (1, true)), [true]);
            assert_eq!(turns(&mut head_start, TURNS - 1, other), [false; 0]);
            assert_eq!(turns(&mut head_start, 100, other), [false]);
        }
    }

    #[test]
    fn a_few_turns_of_another_kind_and_turns_without_frames_change_nothing() {
        let mut head_start = on_two_cores();
        for _ in 0..10 {
            for frames in [(1, true), (0, false), (8, true)] {
                assert_eq!(turns(&mut head_start, TURNS - 1, frames), [false; 0]);
            }
        }
    }

    #[test]
    fn whoever_asks_has_none() {
        let mut head_start = HeadStart::new(true);
        assert_eq!(turns(&mut head_start, 100, (1, true)), [false; 0]);
    }

    #[test]
    fn no_more_connections_have_one_than_there_are_cores_and_it_is_given_on() {
        let count = Box::leak(Box::default());
        let mut given: Vec<_> = (0..*CORES + 3).map(|_| one_of(count)).collect();
        let on = |given: &mut Vec<HeadStart>| {
            for head_start in given.iter_mut() {
                turns(head_start, TURNS, (1, true));
            }
            given.iter().filter(|head_start| head_start.is_on).count()
        };
        assert_eq!(on(&mut given), *CORES);
        // One ends, and one has other things to do.
        given.remove(0);
        assert_eq!(on(&mut given), *CORES);
        turns(&mut given[0], TURNS, (8, true));
        assert_eq!(on(&mut given), *CORES);
        drop(given);
        let mut later = vec![one_of(count)];
        assert_eq!(on(&mut later), 1);
    }
}
