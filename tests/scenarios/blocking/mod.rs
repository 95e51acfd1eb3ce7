//! Clients of threads without a runtime.

mod calls;
mod ends;
mod streams;

use support::promptly;

/// Runs what blocks on a thread that may.
async fn on_a_thread<T: Send + 'static>(blocks: impl FnOnce() -> T + Send + 'static) -> T {
    // Meanwhile a paused clock stands still.
    promptly(tokio::task::spawn_blocking(blocks)).await.unwrap()
}
