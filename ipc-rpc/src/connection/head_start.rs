//! Being awake when an answer comes.

/// Turns in a row of one kind before the socket is watched in the other way, which costs two system calls.
const TURNS: u8 = 16;

/// Whether this process is to be woken when the peer reads, for what that answers or asks next: see
/// [`Receive::wake_early`](crate::transport::half::Receive::wake_early).
///
/// It is where one call comes at a time, for which somebody waits. What comes in numbers finds the process awake as often as
/// not. Never on a single core, nor where the application has the task ask on instead of sleeping.
#[derive(Debug)]
pub(super) struct HeadStart {
    is_worth: bool,
    is_on: bool,
    /// Turns in a row that speak for the other.
    turns: u8,
}

impl HeadStart {
    pub(super) const fn new(is_worth: bool) -> Self {
        Self {
            is_worth,
            is_on: false,
            turns: 0,
        }
    }

    /// So many frames have arrived since the task last had nothing to do, `awaited` if one of them was a request that is
    /// answered, or an answer to a caller who waits. Returns what is to be from now on, if that changes.
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
        self.is_on = is_wanted;
        Some(is_wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What it says in each of so many turns with so many frames.
    fn turns(head_start: &mut HeadStart, count: u8, (frames, awaited): (usize, bool)) -> Vec<bool> {
        let said = (0..count).map(|_| head_start.note(frames, awaited));
        said.flatten().collect()
    }

    #[test]
    fn one_call_at_a_time_turns_it_on_and_many_or_what_nobody_waits_for_turn_it_off() {
        let mut head_start = HeadStart::new(true);
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
        let mut head_start = HeadStart::new(true);
        for _ in 0..10 {
            for frames in [(1, true), (0, false), (8, true)] {
                assert_eq!(turns(&mut head_start, TURNS - 1, frames), [false; 0]);
            }
        }
    }

    #[test]
    fn where_it_is_not_worth_it_there_is_none() {
        let mut head_start = HeadStart::new(false);
        assert_eq!(turns(&mut head_start, 100, (1, true)), [false; 0]);
    }
}
