//! A peer that takes nothing of what waits for it.

use std::time::{Duration, Instant};

/// Decides when a peer that does not read is given up. Any byte that it takes proves that it reads.
#[derive(Debug)]
pub(crate) struct Stall {
    /// `None`: it is never given up.
    timeout: Option<Duration>,
    since: Option<Instant>,
    /// Whether a stall ended since that was asked.
    ended: bool,
}

impl Stall {
    pub(crate) const fn new(timeout: Option<Duration>) -> Self {
        Self {
            timeout,
            since: None,
            ended: false,
        }
    }

    /// Something waits, and the transport takes nothing of it.
    pub(crate) fn handle_blocked(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    /// The transport has taken something.
    pub(crate) const fn handle_written(&mut self) {
        self.ended |= self.since.take().is_some();
    }

    /// Whether the peer took something that it had taken nothing of before, since this was asked.
    pub(crate) const fn has_ended(&mut self) -> bool {
        std::mem::replace(&mut self.ended, false)
    }

    /// For how long nothing was taken, if that is too long.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Option<Duration> {
        let stalled = now.saturating_duration_since(self.since?);
        if stalled < self.timeout? {
            return None;
        }
        // It is told once.
        self.since = None;
        Some(stalled)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        Some(self.since? + self.timeout?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(30);

    #[test]
    fn a_peer_that_takes_nothing_for_the_whole_time_is_given_up() {
        let begin = crate::clock::now();
        let mut stall = Stall::new(Some(TIMEOUT));
        assert_eq!(stall.poll_timeout(), None);
        stall.handle_blocked(begin);
        stall.handle_blocked(begin + TIMEOUT / 2);
        assert_eq!(stall.poll_timeout(), Some(begin + TIMEOUT));
        assert_eq!(stall.handle_timeout(begin + TIMEOUT / 2), None);
        assert_eq!(stall.handle_timeout(begin + TIMEOUT), Some(TIMEOUT));
    }

    #[test]
    fn a_peer_that_takes_a_little_now_and_then_is_not() {
        let mut now = crate::clock::now();
        let mut stall = Stall::new(Some(TIMEOUT));
        for _ in 0..10 {
            stall.handle_blocked(now);
            now += TIMEOUT * 9 / 10;
            assert_eq!(stall.handle_timeout(now), None);
            stall.handle_written();
            assert_eq!(stall.poll_timeout(), None);
        }
    }

    #[test]
    fn without_a_limit_nobody_is_given_up() {
        let now = crate::clock::now();
        let mut stall = Stall::new(None);
        stall.handle_blocked(now);
        assert_eq!(stall.poll_timeout(), None);
        assert_eq!(stall.handle_timeout(now + 1000 * TIMEOUT), None);
    }
}
