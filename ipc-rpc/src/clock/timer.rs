//! A timer, by either clock.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::Sleep;

use super::Timekeeper;
use super::alarm::Alarm;

/// Fires at a time, once for each time that it is set to.
#[derive(Debug)]
pub(crate) enum Timer {
    System(Alarm),
    Runtime {
        sleep: Pin<Box<Sleep>>,
        is_set: bool,
    },
}

impl Timer {
    /// A timer that is off. Without a thread for alarms it is the runtime's.
    pub(crate) fn new(by: Timekeeper) -> Self {
        if by == Timekeeper::System
            && let Ok(alarm) = Alarm::new()
        {
            return Self::System(alarm);
        }
        Self::Runtime {
            sleep: sleep(),
            is_set: false,
        }
    }

    /// Sets it to `at`, or off.
    pub(crate) fn set(&mut self, at: Option<Instant>, cx: &Context<'_>) {
        match self {
            Self::System(alarm) => alarm.set(at, cx.waker()),
            Self::Runtime { sleep, is_set } => {
                *is_set = at.is_some();
                if let Some(at) = at {
                    sleep.as_mut().reset(at.into());
                }
            }
        }
    }

    /// Whether it has fired since it was set. The task is woken when it does.
    pub(crate) fn poll_fired(&mut self, cx: &mut Context<'_>) -> bool {
        match self {
            Self::System(alarm) => alarm.poll_rung(cx.waker()),
            Self::Runtime { sleep, is_set } => {
                let fired = *is_set && matches!(sleep.as_mut().poll(cx), Poll::Ready(()));
                *is_set &= !fired;
                fired
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock's owner")]
fn sleep() -> Pin<Box<Sleep>> {
    Box::pin(tokio::time::sleep(Duration::ZERO))
}
