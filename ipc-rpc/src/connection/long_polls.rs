//! Which methods compute for long before they first wait.

use std::time::Duration;

/// A first poll of this length counts against its method.
pub(super) const LONG_POLL: Duration = Duration::from_micros(50);

/// Long first polls in a row after which a method is spawned at once. One alone may be the scheduler's doing.
const STRIKES: u32 = 2;

/// Requests that are spawned before a method is tried in place again: this many after the least number of strikes,
/// twice as many with each further one, and at most [`MAX_SPAWNED`].
const MIN_SPAWNED: u32 = 32;
const MAX_SPAWNED: u32 = 4096;

/// Methods that are remembered.
const MAX_METHODS: usize = 64;

/// Remembers the methods whose handlers are better off in tasks of their own: polled in place, they would hold up
/// everything else that the connection has to do.
#[derive(Debug, Default)]
pub(super) struct LongPolls {
    methods: Vec<Entry>,
}

/// Lane and id of a method.
pub(super) type MethodKey = (u16, u32);

#[derive(Debug)]
struct Entry {
    method: MethodKey,
    strikes: u32,
    to_spawn: u32,
}

impl LongPolls {
    /// Whether the next request for this method is to be spawned without being polled in place.
    pub(super) fn is_to_spawn(&mut self, method: MethodKey) -> bool {
        let Some(entry) = self.find(method) else {
            return false;
        };
        let spawn = entry.to_spawn > 0;
        entry.to_spawn = entry.to_spawn.saturating_sub(1);
        spawn
    }

    /// Takes note of how long a first poll in place took.
    pub(super) fn record(&mut self, method: MethodKey, took: Duration) {
        if took <= LONG_POLL {
            if let Some(entry) = self.find(method) {
                entry.strikes -= 1;
                self.methods.retain(|entry| entry.strikes > 0);
            }
            return;
        }
        if self.find(method).is_none() && self.methods.len() < MAX_METHODS {
            self.methods.push(Entry {
                method,
                strikes: 0,
                to_spawn: 0,
            });
        }
        if let Some(entry) = self.find(method) {
            entry.strikes = (entry.strikes + 1).min(STRIKES + 7);
            if let Some(more) = entry.strikes.checked_sub(STRIKES) {
                entry.to_spawn = (MIN_SPAWNED << more).min(MAX_SPAWNED);
            }
        }
    }

    fn find(&mut self, method: MethodKey) -> Option<&mut Entry> {
        self.methods.iter_mut().find(|entry| entry.method == method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_micros(1);
    const LONG: Duration = Duration::from_millis(1);
    const METHOD: MethodKey = (0, 7);

    /// Requests for the method that are spawned before one is polled in place.
    fn spawned(polls: &mut LongPolls) -> u32 {
        (0..).find(|_| !polls.is_to_spawn(METHOD)).unwrap()
    }

    #[test]
    fn one_long_poll_among_short_ones_changes_nothing() {
        let mut polls = LongPolls::default();
        for _ in 0..100 {
            polls.record(METHOD, LONG);
            assert_eq!(spawned(&mut polls), 0);
            polls.record(METHOD, SHORT);
        }
        assert!(polls.methods.is_empty());
    }

    #[test]
    fn a_method_that_stays_slow_is_tried_in_place_ever_more_rarely() {
        let mut polls = LongPolls::default();
        polls.record(METHOD, LONG);
        let mut last = 0;
        for _ in 0..20 {
            polls.record(METHOD, LONG);
            let now = spawned(&mut polls);
            assert!(
                now >= MIN_SPAWNED && now >= last && now <= MAX_SPAWNED,
                "{now}"
            );
            last = now;
        }
        assert_eq!(last, MAX_SPAWNED);
        assert!(!polls.is_to_spawn((1, 7)), "another lane's method");
    }

    #[test]
    fn a_method_that_is_fast_again_is_forgotten() {
        let mut polls = LongPolls::default();
        for _ in 0..50 {
            polls.record(METHOD, LONG);
        }
        for _ in 0..50 {
            spawned(&mut polls);
            polls.record(METHOD, SHORT);
        }
        assert!(polls.methods.is_empty());
    }

    #[test]
    fn no_more_methods_are_remembered_than_there_is_room_for() {
        let mut polls = LongPolls::default();
        for method in 0..1000 {
            polls.record((0, method), LONG);
        }
        assert_eq!(polls.methods.len(), MAX_METHODS);
    }
}
