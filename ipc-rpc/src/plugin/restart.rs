//! Whether a plugin that has ended is started again, and when.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::backoff::Backoff;

/// When a plugin that has ended without being asked to is started again.
///
/// The pause before it is drawn from nothing to a bound that doubles from one time to the next, so that many plugins that fail for
/// one reason do not all come back at once. When the budget is spent the plugin has [failed](super::PluginEvent::Failed), and
/// stays down until it is [restarted](super::Plugin::restart).
///
/// A plugin that says goodbye and ends with success is not started again: it was done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RestartPolicy {
    /// How often within [`within`](Self::within). Default: 3.
    pub budget: usize,
    /// Default: 5 minutes.
    pub within: Duration,
    /// The longest that the first pause may be. Default: 100 ms.
    pub min_pause: Duration,
    /// The longest that any may be. Default: 30 s.
    pub max_pause: Duration,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self {
            budget: 3,
            within: Duration::from_secs(5 * 60),
            min_pause: Duration::from_millis(100),
            max_pause: Duration::from_secs(30),
        }
    }
}

impl RestartPolicy {
    /// Starts no plugin again.
    #[must_use]
    pub fn never() -> Self {
        Self::default().budget(0)
    }

    /// How often within [`within`](Self::within).
    #[must_use]
    pub const fn budget(mut self, budget: usize) -> Self {
        self.budget = budget;
        self
    }

    /// In what time the budget may be spent.
    #[must_use]
    pub const fn within(mut self, within: Duration) -> Self {
        self.within = within;
        self
    }

    /// The first and the longest pause.
    #[must_use]
    pub const fn pauses(mut self, min: Duration, max: Duration) -> Self {
        self.min_pause = min;
        self.max_pause = max;
        self
    }
}

/// What is left of a budget.
#[derive(Debug)]
pub(super) struct Budget {
    policy: RestartPolicy,
    backoff: Backoff,
    /// When it was drawn on, as far as that still counts.
    spent: VecDeque<Instant>,
}

impl Budget {
    pub(super) const fn new(policy: RestartPolicy) -> Self {
        Self {
            backoff: Backoff::new(policy.min_pause, policy.max_pause),
            policy,
            spent: VecDeque::new(),
        }
    }

    /// Draws on it. Returns which restart this is and the pause before it; `None`: the budget is spent.
    pub(super) fn draw(&mut self, now: Instant) -> Option<(usize, Duration)> {
        let since = now.checked_sub(self.policy.within);
        while self
            .spent
            .front()
            .is_some_and(|spent| Some(*spent) <= since)
        {
            self.spent.pop_front();
        }
        if self.spent.len() >= self.policy.budget {
            return None;
        }
        if self.spent.is_empty() {
            self.backoff.reset();
        }
        self.spent.push_back(now);
        Some((self.spent.len(), self.backoff.next()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn budget(policy: RestartPolicy) -> (Budget, Instant) {
        (Budget::new(policy), crate::clock::now())
    }

    #[test]
    fn a_budget_that_is_spent_fills_up_again_with_time() {
        let (mut budget, now) = budget(RestartPolicy::default().budget(2).within(10 * SECOND));
        assert!(budget.draw(now).is_some());
        assert!(budget.draw(now + 5 * SECOND).is_some());
        assert_eq!(budget.draw(now + 9 * SECOND), None);
        let (number, _) = budget.draw(now + 10 * SECOND).unwrap();
        assert_eq!(number, 2);
        assert_eq!(budget.draw(now + 14 * SECOND), None);
    }

    #[test]
    fn no_budget_is_no_restart() {
        let (mut budget, now) = budget(RestartPolicy::never());
        assert_eq!(budget.draw(now), None);
    }

    #[test]
    fn no_pause_is_longer_than_the_longest() {
        let (mut budget, now) = budget(RestartPolicy::default().budget(100));
        for _ in 0..100 {
            let (_, pause) = budget.draw(now).unwrap();
            assert!(pause <= 30 * SECOND);
        }
    }
}
