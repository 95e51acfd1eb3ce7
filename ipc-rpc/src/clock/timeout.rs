//! Waits that are bounded in time.

use std::future::{Future, pending};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;

use super::{Timekeeper, Timer, now};

/// A wait took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimedOut;

/// Waits for `future` until `deadline`, by the clock of `by`.
///
/// # Cancel safety
///
/// That of `future`, which is dropped with this.
pub(crate) const fn timeout_at<F: Future>(
    deadline: Instant,
    by: Timekeeper,
    future: F,
) -> TimeoutAt<F> {
    TimeoutAt {
        future,
        deadline,
        by,
        timer: None,
    }
}

pin_project! {
    /// Written by hand: an async function would have room for the future twice, once as its argument and once where it
    /// waits for it.
    #[must_use = "nothing is waited for before it is awaited"]
    pub(crate) struct TimeoutAt<F> {
        #[pin]
        future: F,
        deadline: Instant,
        by: Timekeeper,
        timer: Option<Timer>,
    }
}

impl<F: Future> Future for TimeoutAt<F> {
    type Output = Result<F::Output, TimedOut>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.future.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        // Only a wait that really waits has a timer.
        let (by, deadline) = (*this.by, *this.deadline);
        let timer = this.timer.get_or_insert_with(|| {
            let mut timer = Timer::new(by);
            timer.set(Some(deadline), cx);
            timer
        });
        if timer.poll_fired(cx) {
            Poll::Ready(Err(TimedOut))
        } else {
            Poll::Pending
        }
    }
}

/// Lets some time of the system's clock pass.
///
/// # Cancel safety
///
/// Cancel safe.
pub(crate) async fn pause(time: Duration) {
    let _ = timeout_at(now() + time, Timekeeper::System, pending::<()>()).await;
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;

    #[tokio::test]
    async fn a_wait_ends_at_its_deadline_by_either_clock_and_not_before() {
        for by in [Timekeeper::System, Timekeeper::Runtime] {
            let deadline = now() + Duration::from_millis(20);
            assert_eq!(
                timeout_at(deadline, by, pending::<()>()).await,
                Err(TimedOut)
            );
            assert!(now() >= deadline);
        }
    }

    #[tokio::test]
    async fn what_is_there_is_returned_also_behind_the_deadline() {
        for by in [Timekeeper::System, Timekeeper::Runtime] {
            assert_eq!(timeout_at(now(), by, ready(7)).await, Ok(7));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_paused_clock_is_moved_on_by_a_wait_that_is_the_runtimes() {
        let deadline = now() + Duration::from_secs(3600);
        let by = Timekeeper::Runtime;
        assert_eq!(
            timeout_at(deadline, by, pending::<()>()).await,
            Err(TimedOut)
        );
    }
}
