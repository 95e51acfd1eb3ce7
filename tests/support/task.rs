//! Tasks with an owner.

use tokio::task::JoinSet;

/// A task that ends with its owner.
#[derive(Debug)]
pub struct Task<T>(JoinSet<T>);

impl<T: Send + 'static> Task<T> {
    /// Starts it.
    pub fn spawn(future: impl Future<Output = T> + Send + 'static) -> Self {
        let mut set = JoinSet::new();
        set.spawn(future);
        Self(set)
    }

    /// Waits for what it comes to.
    ///
    /// # Panics
    ///
    /// If the task did.
    pub async fn join(mut self) -> T {
        match self.0.join_next().await {
            Some(Ok(value)) => value,
            Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            _ => unreachable!("a task is aborted by its drop only"),
        }
    }

    /// Drops the future of the task, and waits until that is done.
    pub async fn stop(mut self) {
        self.0.shutdown().await;
    }
}
