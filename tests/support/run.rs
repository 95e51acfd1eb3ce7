//! Running a test on a runtime of its own, under a watchdog.

use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::Transport;

/// How long a test may take. Generous, for a busy machine: whatever takes as long hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// How time passes in a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// One thread, and time jumps to the next timer when nothing else is left to do. Not for sockets: while a
    /// system call is pending, time would jump as well.
    Paused,
    /// Several threads, and time passes.
    Real,
}

impl Clock {
    fn runtime(self) -> Runtime {
        let mut builder = match self {
            Self::Paused => Builder::new_current_thread(),
            Self::Real => Builder::new_multi_thread(),
        };
        builder
            .enable_all()
            .start_paused(self == Self::Paused)
            .build()
            .expect("a runtime can be made")
    }
}

/// Runs a scenario over a transport.
///
/// # Panics
///
/// If the scenario does, or takes too long.
pub fn run<F>(transport: Transport, clock: Clock, scenario: fn(Transport) -> F)
where
    F: Future<Output = ()> + 'static,
{
    watched(move || {
        let runtime = clock.runtime();
        runtime.block_on(scenario(transport));
        // A handler that blocks its thread must not hold up the end of a test that has its verdict.
        runtime.shutdown_background();
    });
}

/// Runs a test in a thread of its own and gives it up when it takes too long, so that the test which hangs is
/// the one that fails.
///
/// # Panics
///
/// If the test does, or takes too long.
pub fn watched(test: impl FnOnce() + Send + 'static) {
    watched_for(PATIENCE, test);
}

/// The same with as much patience as is said.
///
/// # Panics
///
/// As [`watched`].
pub fn watched_for(patience: Duration, test: impl FnOnce() + Send + 'static) {
    let (done, waits) = sync_channel::<()>(1);
    let thread = thread::spawn(move || {
        // Dropped when the test is over, by a panic as well.
        let _done = done;
        test();
    });
    match waits.recv_timeout(patience) {
        Err(RecvTimeoutError::Timeout) => panic!("the test still runs after {patience:?}"),
        Ok(()) | Err(RecvTimeoutError::Disconnected) => {
            if let Err(panic) = thread.join() {
                resume_unwind(panic);
            }
        }
    }
}

/// Waits for something that must not have to wait for any of the configured times.
///
/// # Panics
///
/// If it takes seconds, by the runtime's clock.
pub async fn promptly<T>(future: impl Future<Output = T>) -> T {
    tokio::select! {
        // First, and without another look at the future: one that is done and was not woken has to be told apart.
        biased;
        _ = timeout(PROMPT, std::future::pending::<()>()) => panic!("takes more than {PROMPT:?}"),
        value = future => value,
    }
}

/// Generous for a busy machine, and far from the hour that scenarios set where they use it.
const PROMPT: Duration = Duration::from_secs(5);

/// Makes tests of scenarios, each an `async fn(Transport)` that states one fact: over memory with a paused clock
/// and with several threads, and over a local socket.
///
/// ```text
/// scenarios! { call_in_flight_fails_when_peer_goes_away }
///
/// async fn call_in_flight_fails_when_peer_goes_away(transport: Transport) {
///     let stage = Stage::new(transport).await;
///     // …
///     stage.end().await;
/// }
/// ```
#[macro_export]
macro_rules! scenarios {
    ($($scenario:ident),+ $(,)?) => {$(
        mod $scenario {
            use super::$scenario as scenario;
            use $crate::{Clock, Transport, run};

            #[test]
            fn over_memory() {
                run(Transport::Memory, Clock::Paused, scenario);
            }

            #[test]
            fn over_memory_with_threads() {
                run(Transport::Memory, Clock::Real, scenario);
            }

            #[test]
            fn over_a_local_socket() {
                run(Transport::LocalSocket, Clock::Real, scenario);
            }
        }
    )+};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "still runs after 10ms")]
    fn a_test_that_hangs_fails() {
        watched_for(Duration::from_millis(10), thread::park);
    }

    #[test]
    #[should_panic(expected = "the test's own words")]
    fn a_test_that_panics_fails_with_its_own_words() {
        watched(|| panic!("the test's own words"));
    }
}
