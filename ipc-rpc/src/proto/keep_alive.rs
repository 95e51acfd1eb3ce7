//! When a silent peer is asked for a sign of life, and when it is given up.

use std::time::{Duration, Instant};

/// A timer that is later than this says more of this process than of the peer: it was stopped, or the machine slept.
const LATE: Duration = Duration::from_secs(1);

/// Between the end of a peer's time and the verdict. Behind a pause of this process its timers are there at once, while
/// the runtime has yet to find out what has arrived.
const GRACE: Duration = Duration::from_millis(100);

/// Decides when to ping and when to give the peer up. Holds no timer and reads no clock.
///
/// Whatever arrives proves the peer alive. One is given up only if it was asked, had all its time for the answer while
/// this process ran, and nothing of it is left to be read: the owner reads first and lets time pass then.
#[derive(Debug)]
pub(crate) struct KeepAlive {
    /// Silence behind which the peer is asked. `None`: it never is.
    interval: Option<Duration>,
    timeout: Duration,
    /// When the peer was heard last.
    heard: Instant,
    /// When it was asked since.
    asked: Option<Instant>,
    /// When it was found that its time is over.
    over: Option<Instant>,
}

/// What the passing of time asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Wait,
    SendPing,
    /// The peer was silent for so long, although it was asked.
    GiveUp(Duration),
}

impl KeepAlive {
    pub(crate) const fn new(interval: Option<Duration>, timeout: Duration, now: Instant) -> Self {
        Self {
            interval,
            timeout,
            heard: now,
            asked: None,
            over: None,
        }
    }

    /// Something of the peer's arrived at this time, or it took something that had waited for it.
    pub(crate) fn handle_heard(&mut self, at: Instant) {
        if at > self.heard {
            self.heard = at;
            self.asked = None;
            self.over = None;
        }
    }

    /// Acts on the passing of time. Early calls do nothing.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Action {
        let Some(at) = self.poll_timeout().filter(|at| *at <= now) else {
            return Action::Wait;
        };
        // The time may have passed without this process, and without the peer, too: it is asked once more.
        let late = now.saturating_duration_since(at) > LATE.min(self.timeout);
        if self.asked.is_none() || late {
            self.asked = Some(now);
            self.over = None;
            return Action::SendPing;
        }
        if self.over.is_none() {
            self.over = Some(now);
            return Action::Wait;
        }
        Action::GiveUp(now.saturating_duration_since(self.heard))
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let interval = self.interval?;
        Some(match (self.asked, self.over) {
            (None, _) => self.heard + interval,
            (Some(asked), None) => asked + self.timeout,
            (Some(_), Some(over)) => over + GRACE.min(self.timeout),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INTERVAL: Duration = Duration::from_secs(15);
    const TIMEOUT: Duration = Duration::from_secs(10);
    const TICK: Duration = Duration::from_millis(1);

    fn keep_alive() -> (KeepAlive, Instant) {
        let now = crate::clock::now();
        (KeepAlive::new(Some(INTERVAL), TIMEOUT, now), now)
    }

    #[test]
    fn a_silent_peer_is_asked_and_given_up_when_it_does_not_answer() {
        let (mut peer, begin) = keep_alive();
        assert_eq!(peer.handle_timeout(begin + INTERVAL - TICK), Action::Wait);
        assert_eq!(peer.poll_timeout(), Some(begin + INTERVAL));
        assert_eq!(peer.handle_timeout(begin + INTERVAL), Action::SendPing);
        // It is asked once.
        assert_eq!(peer.handle_timeout(begin + INTERVAL), Action::Wait);
        let end = begin + INTERVAL + TIMEOUT;
        assert_eq!(peer.handle_timeout(end - TICK), Action::Wait);
        assert_eq!(peer.poll_timeout(), Some(end));
        assert_eq!(peer.handle_timeout(end), Action::Wait);
        assert_eq!(peer.handle_timeout(end + GRACE - TICK), Action::Wait);
        let verdict = peer.poll_timeout().unwrap();
        assert_eq!(verdict, end + GRACE);
        let silent = INTERVAL + TIMEOUT + GRACE;
        assert_eq!(peer.handle_timeout(verdict), Action::GiveUp(silent));
    }

    #[test]
    fn whatever_arrives_puts_it_off() {
        let (mut peer, mut now) = keep_alive();
        for _ in 0..10 {
            now += INTERVAL - TICK;
            peer.handle_heard(now);
            assert_eq!(peer.handle_timeout(now), Action::Wait);
        }
        now += INTERVAL;
        assert_eq!(peer.handle_timeout(now), Action::SendPing);
        peer.handle_heard(now + TICK);
        assert_eq!(peer.handle_timeout(now + TIMEOUT), Action::Wait);
        assert_eq!(peer.poll_timeout(), Some(now + TICK + INTERVAL));
    }

    #[test]
    fn what_arrived_before_the_peer_was_asked_is_no_answer() {
        let (mut peer, begin) = keep_alive();
        peer.handle_heard(begin + TICK);
        let asked = begin + TICK + INTERVAL;
        assert_eq!(peer.handle_timeout(asked), Action::SendPing);
        peer.handle_heard(begin + TICK);
        assert_eq!(peer.handle_timeout(asked + TIMEOUT), Action::Wait);
        let silent = INTERVAL + TIMEOUT + GRACE;
        let given_up = peer.handle_timeout(asked + TIMEOUT + GRACE);
        assert_eq!(given_up, Action::GiveUp(silent));
    }

    #[test]
    fn what_is_found_between_the_end_of_its_time_and_the_verdict_counts() {
        let (mut peer, begin) = keep_alive();
        assert_eq!(peer.handle_timeout(begin + INTERVAL), Action::SendPing);
        let end = begin + INTERVAL + TIMEOUT;
        assert_eq!(peer.handle_timeout(end), Action::Wait);
        peer.handle_heard(end + TICK);
        assert_eq!(peer.handle_timeout(end + GRACE), Action::Wait);
        assert_eq!(peer.poll_timeout(), Some(end + TICK + INTERVAL));
    }

    #[test]
    fn a_timer_that_is_late_asks_again_and_gives_the_answer_all_its_time() {
        let (mut peer, begin) = keep_alive();
        assert_eq!(peer.handle_timeout(begin + INTERVAL), Action::SendPing);
        // The machine slept for a day.
        let woken = begin + Duration::from_secs(86_400);
        assert_eq!(peer.handle_timeout(woken), Action::SendPing);
        assert_eq!(peer.handle_timeout(woken + TIMEOUT - TICK), Action::Wait);
        assert_eq!(peer.handle_timeout(woken + TIMEOUT), Action::Wait);
        let given_up = peer.handle_timeout(woken + TIMEOUT + GRACE);
        assert!(matches!(given_up, Action::GiveUp(_)), "{given_up:?}");
    }

    #[test]
    fn one_that_is_late_by_what_a_busy_machine_takes_does_not() {
        let (mut peer, begin) = keep_alive();
        assert_eq!(
            peer.handle_timeout(begin + INTERVAL + LATE / 2),
            Action::SendPing
        );
        let end = begin + INTERVAL + TIMEOUT + LATE;
        assert_eq!(peer.handle_timeout(end), Action::Wait);
        let given_up = peer.handle_timeout(end + GRACE);
        assert!(matches!(given_up, Action::GiveUp(_)), "{given_up:?}");
    }

    #[test]
    fn without_an_interval_nobody_is_asked() {
        let now = crate::clock::now();
        let mut peer = KeepAlive::new(None, TIMEOUT, now);
        assert_eq!(peer.poll_timeout(), None);
        assert_eq!(peer.handle_timeout(now + 1000 * INTERVAL), Action::Wait);
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        /// Time passes, and then the timer is looked at.
        Pass(u64),
        Heard,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => (0..20_000_u64).prop_map(Step::Pass),
            1 => (0..200_000_u64).prop_map(Step::Pass),
            2 => Just(Step::Heard),
        ];
        proptest::collection::vec(step, 0..60)
    }

    proptest! {
        /// Whatever happens: given up is only who was asked, was silent since, and had its time.
        #[test]
        fn nobody_is_given_up_who_was_not_asked_and_did_not_have_its_time(steps in steps()) {
            let (mut peer, mut now) = keep_alive();
            let (mut heard, mut asked) = (now, None);
            for step in steps {
                match step {
                    Step::Heard => {
                        peer.handle_heard(now);
                        if now > heard {
                            (heard, asked) = (now, None);
                        }
                    }
                    Step::Pass(millis) => {
                        now += Duration::from_millis(millis);
                        match peer.handle_timeout(now) {
                            Action::Wait => {
                                prop_assert!(peer.poll_timeout().is_some_and(|at| at > now));
                            }
                            Action::SendPing => {
                                prop_assert!(now >= heard + INTERVAL);
                                asked = Some(now);
                            }
                            Action::GiveUp(silent) => {
                                prop_assert!(asked.is_some_and(|at: Instant| at + TIMEOUT + GRACE <= now));
                                prop_assert!(asked.is_some_and(|at| now <= at + TIMEOUT + GRACE + 2 * LATE));
                                prop_assert_eq!(silent, now - heard);
                                return Ok(());
                            }
                        }
                    }
                }
            }
        }
    }
}
