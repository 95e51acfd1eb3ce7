//! Growing pauses between attempts.

use std::time::Duration;

/// The pauses between attempts at something that failed.
///
/// Each is drawn evenly from zero to a bound that doubles: "full jitter", which of the usual schemes puts the least load
/// on what many are waiting for (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    attempts: u32,
}

impl Backoff {
    /// Pauses of at most `first` at first, and never of more than `longest`.
    pub(crate) const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            attempts: 0,
        }
    }

    /// The pause before the next attempt.
    pub(crate) fn next(&mut self) -> Duration {
        // Without random numbers all wait for the same time, which is a lesser evil than not to go on.
        self.next_by(getrandom::u32().unwrap_or(u32::MAX))
    }

    fn next_by(&mut self, random: u32) -> Duration {
        // Beyond this it is the longest, whatever the first was.
        let doubled = 1_u32 << self.attempts.min(31);
        self.attempts = self.attempts.saturating_add(1);
        let bound = self.first.saturating_mul(doubled).min(self.longest);
        let part = f64::from(random) / f64::from(u32::MAX);
        // What is too large for the product, or rounded up beyond the bound, is the bound.
        Duration::try_from_secs_f64(bound.as_secs_f64() * part)
            .map_or(bound, |pause| pause.min(bound))
    }

    /// How many pauses there were since the last success.
    #[cfg(test)]
    const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Begins anew, behind a success.
    pub(crate) const fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(5);

    #[test]
    fn the_bound_of_the_pauses_doubles_up_to_the_longest_and_begins_anew() {
        let mut backoff = Backoff::new(FIRST, LONGEST);
        let bounds: Vec<_> = (0..8)
            .map(|_| backoff.next_by(u32::MAX).as_millis())
            .collect();
        assert_eq!(bounds, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(backoff.attempts(), 8);
        backoff.reset();
        assert_eq!(backoff.next_by(u32::MAX), FIRST);
    }

    #[test]
    fn a_pause_is_anything_from_nothing_to_its_bound() {
        for (random, pause) in [(0, 0), (u32::MAX / 2, 50), (u32::MAX, 100)] {
            let mut backoff = Backoff::new(FIRST, LONGEST);
            let found = backoff.next_by(random).as_secs_f64() * 1000.0;
            assert!((found - f64::from(pause)).abs() < 0.01, "{found}");
        }
    }

    #[test]
    fn no_number_of_attempts_and_no_length_of_pauses_is_too_large() {
        let mut backoff = Backoff::new(Duration::MAX, Duration::from_secs(u64::MAX / 2));
        backoff.attempts = u32::MAX;
        for random in [0, 1, u32::MAX] {
            assert!(backoff.next_by(random) <= backoff.longest);
        }
    }
}
