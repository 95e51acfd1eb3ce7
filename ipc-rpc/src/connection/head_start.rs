//! Being awake when an answer comes.

use super::busy_poll::CORES;

/// Turns in a row of one kind before the socket is watched in the other way, which costs two system calls.
const TURNS: u8 = 16;

/// Whether the connection's task is to be woken when the peer reads, for what it will answer then: see
/// [`Receive::wake_early`](crate::transport::half::Receive::wake_early).
///
/// It is where one frame comes at a time, which is what somebody waits for; what comes in numbers finds this process awake as
/// often as not. Never on a single core, nor where the task does not sleep.
#[derive(Debug)]
pub(super) struct HeadStart {
    is_worth: bool,
    is_on: bool,
    /// Turns in a row that speak for the other.
    turns: u8,
}

impl HeadStart {
    /// `asks`: the task asks on where it would sleep.
    pub(super) fn new(asks: bool) -> Self {
        Self {
            is_worth: !asks && *CORES > 1,
            is_on: false,
            turns: 0,
        }
    }

    /// So many frames have arrived in this turn. Returns what is to be from now on, if that changes.
    #[inline]
    pub(super) const fn note(&mut self, frames: usize) -> Option<bool> {
        if !self.is_worth || frames == 0 {
            return None;
        }
        let is_wanted = frames == 1;
        if is_wanted == self.is_on {
            self.turns = 0;
            return None;
        }
        self.turns += 1;
        if self.turns < TURNS {
            return None;
        }
        self.turns = 0;
        self.is_on = is_wanted;
        Some(is_wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_two_cores() -> HeadStart {
        HeadStart {
            is_worth: true,
            ..HeadStart::new(false)
        }
    }

    /// What it says in each of so many turns with so many frames.
    fn turns(head_start: &mut HeadStart, count: usize, frames: usize) -> Vec<Option<bool>> {
        (0..count).map(|_| head_start.note(frames)).collect()
    }

    #[test]
    fn one_frame_at_a_time_turns_it_on_and_many_turn_it_off() {
        let mut head_start = on_two_cores();
        let many = turns(&mut head_start, 100, 8);
        assert!(many.iter().all(Option::is_none));
        for (frames, is_on) in [(1, true), (8, false), (1, true)] {
            let said = turns(&mut head_start, 100, frames);
            let change = said.iter().position(Option::is_some);
            assert_eq!(change, Some(usize::from(TURNS) - 1));
            let said: Vec<_> = said.into_iter().flatten().collect();
            assert_eq!(said, [is_on]);
        }
    }

    #[test]
    fn a_few_turns_of_another_kind_and_turns_without_frames_change_nothing() {
        let mut head_start = on_two_cores();
        for _ in 0..10 {
            for frames in [1, 0, 8] {
                let said = turns(&mut head_start, usize::from(TURNS) - 1, frames);
                assert!(said.iter().all(Option::is_none), "{said:?}");
            }
        }
    }

    #[test]
    fn whoever_asks_has_none() {
        let mut head_start = HeadStart::new(true);
        let said = turns(&mut head_start, 100, 1);
        assert!(said.iter().all(Option::is_none));
    }
}
