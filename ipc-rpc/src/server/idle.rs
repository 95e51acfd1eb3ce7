//! Whether a server is still used.

use std::time::{Duration, Instant};

use crate::clock;

/// When a server counts as idle; see [`ServerBuilder::idle_timeout`](crate::ServerBuilder::idle_timeout).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Idle {
    /// While no client is connected, nor shaking hands. A client that is connected and does nothing keeps the server
    /// running.
    #[default]
    NoClients,
    /// While no call is in flight in either direction, no stream is open, and no client has just connected. A client that is
    /// connected and does nothing keeps nothing running, nor do pings.
    NoCalls,
}

/// Looks now and then whether the server is used: a call is too short to be told of each.
#[derive(Debug)]
pub(crate) struct Idleness {
    /// What counts as idle, and for how long it may be. `None`: for ever.
    rule: Option<(Idle, Duration)>,
    /// Since when it is idle, as far as it is known.
    since: Instant,
    next_look: Instant,
}

impl Idleness {
    pub(crate) fn new(rule: Option<(Idle, Duration)>, now: Instant) -> Self {
        let mut idleness = Self {
            rule,
            since: now,
            next_look: now,
        };
        idleness.plan(now);
        idleness
    }

    pub(super) const fn kind(&self) -> Option<Idle> {
        match self.rule {
            Some((kind, _)) => Some(kind),
            None => None,
        }
    }

    /// An eighth of the time from now: a server is never stopped too early, and by so much too late.
    fn plan(&mut self, now: Instant) {
        if let Some((_, timeout)) = self.rule {
            let end = self.since + timeout;
            let step = (timeout / 8).max(Duration::from_millis(1));
            self.next_look = if end > now {
                end.min(now + step)
            } else {
                now + step
            };
        }
    }

    /// Waits until it is time to look; for ever, if the server may be idle for ever.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub(crate) async fn is_to_look(&self) {
        match self.rule {
            None => std::future::pending().await,
            Some(_) => sleep_until(self.next_look).await,
        }
    }

    /// Notes whether the server was used since the last look. Returns whether it was not for too long.
    pub(crate) fn look(&mut self, was_used: bool, now: Instant) -> bool {
        if was_used {
            self.since = now;
        }
        self.plan(now);
        let idle = now.saturating_duration_since(self.since);
        !was_used && self.rule.is_some_and(|(_, timeout)| idle >= timeout)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the looks at a server are timed here and nowhere else"
)]
async fn sleep_until(at: Instant) {
    tokio::time::sleep(at.saturating_duration_since(clock::now())).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(8);
    const TICK: Duration = Duration::from_millis(1);

    #[test]
    fn a_server_is_idle_when_it_was_not_used_for_the_whole_time_and_not_earlier() {
        let begin = clock::now();
        let mut idleness = Idleness::new(Some((Idle::NoCalls, TIMEOUT)), begin);
        assert!(!idleness.look(false, begin + TIMEOUT - TICK));
        assert_eq!(idleness.next_look, begin + TIMEOUT);
        assert!(!idleness.look(true, begin + TIMEOUT));
        assert!(!idleness.look(false, begin + 2 * TIMEOUT - TICK));
        assert!(idleness.look(false, begin + 2 * TIMEOUT));
    }

    #[test]
    fn it_is_looked_at_eight_times_within_it() {
        let begin = clock::now();
        let mut idleness = Idleness::new(Some((Idle::NoClients, TIMEOUT)), begin);
        for step in 1..=8 {
            assert_eq!(idleness.next_look, begin + TIMEOUT * step / 8);
            let now = idleness.next_look;
            assert_eq!(idleness.look(false, now), step == 8);
        }
    }

    #[test]
    fn a_server_that_is_used_is_not_idle_however_short_the_time() {
        let begin = clock::now();
        let mut idleness = Idleness::new(Some((Idle::NoCalls, Duration::ZERO)), begin);
        assert!(!idleness.look(true, begin + TICK));
        assert!(idleness.look(false, begin + TICK));
    }

    #[test]
    fn without_a_limit_it_is_never_idle_for_too_long() {
        let begin = clock::now();
        let mut idleness = Idleness::new(None, begin);
        assert!(!idleness.look(false, begin + 1000 * TIMEOUT));
    }
}
