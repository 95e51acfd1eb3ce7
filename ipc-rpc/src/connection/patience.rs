//! Leaving out what is in vain again and again.

/// Times in a row that something may be in vain before it is left out for a while.
const MISSES: u32 = 4;

/// How often it is left out then, the first time.
const FIRST_LEFT_OUT: u32 = 16;

/// Whether it is still worth trying, by what has come of it so far.
#[derive(Debug)]
pub(super) struct Patience {
    /// Times that it may be in vain from now on.
    tries: u32,
    /// The same behind each time that it was left out.
    later_tries: u32,
    left_out: u32,
    /// How often it is left out the next time.
    next: u32,
    most: u32,
}

impl Patience {
    /// What is in vain 4 times in a row is left out 16 times, and whenever it is in vain `tries` times in a row behind that, twice
    /// as often as before, `most` times at most.
    pub(super) const fn new(tries: u32, most: u32) -> Self {
        Self {
            tries: MISSES,
            later_tries: tries,
            left_out: 0,
            next: FIRST_LEFT_OUT,
            most,
        }
    }

    pub(super) const fn was_worth_it(&mut self) {
        self.tries = MISSES;
        self.next = FIRST_LEFT_OUT;
    }

    pub(super) fn was_in_vain(&mut self) {
        self.tries = self.tries.saturating_sub(1);
        if self.tries == 0 {
            self.tries = self.later_tries;
            self.left_out = self.next;
            self.next = self.next.saturating_mul(2).min(self.most);
        }
    }

    /// Whether it is left out this time.
    pub(super) const fn leaves_out(&mut self) -> bool {
        let leaves_out = self.left_out > 0;
        self.left_out = self.left_out.saturating_sub(1);
        leaves_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often it is tried in so many times, all in vain.
    fn tries(patience: &mut Patience, times: u32) -> u32 {
        let tries = (0..times).filter(|_| {
            let tries = !patience.leaves_out();
            if tries {
                patience.was_in_vain();
            }
            tries
        });
        tries.count() as u32
    }

    #[test]
    fn what_is_in_vain_is_left_out_ever_more_often_up_to_a_limit() {
        let mut patience = Patience::new(2, 50);
        assert_eq!(tries(&mut patience, 4), 4);
        assert_eq!(tries(&mut patience, 16), 0);
        assert_eq!(tries(&mut patience, 2 + 32), 2);
        for _ in 0..10 {
            assert_eq!(tries(&mut patience, 2 + 50), 2);
        }
    }

    #[test]
    fn what_was_worth_it_once_is_tried_as_at_first() {
        let mut patience = Patience::new(1, 1000);
        tries(&mut patience, 1000);
        while patience.leaves_out() {}
        patience.was_worth_it();
        assert_eq!(tries(&mut patience, 4 + 16), 4);
    }
}
