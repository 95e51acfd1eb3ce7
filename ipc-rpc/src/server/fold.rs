//! Serving with a state that one call after the other changes.

use std::future::Future;
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::{Server, Shutdown, ShutdownCause};
use crate::error::BindError;
use crate::event::ServerError;
use crate::service::Calls;
use crate::service::calls::{CallQueue, Queued, Turn};

impl Server {
    /// Serves one more service by a function over a state, one call at a time, until the function says to stop; then
    /// returns the state.
    ///
    /// `C` is the generated `FooCall` of a trait `Foo` under `#[ipc_service(calls)]`: an enum with a variant for each
    /// method, in which are its arguments, the context, and, unless it is one-way, the [`Reply`](crate::Reply). The
    /// handler returns nothing, or [`ControlFlow`]: with `Break` it was called for the last time.
    ///
    /// ```
    /// use std::ops::ControlFlow::{Break, Continue};
    ///
    /// use ipc_rpc::{Context, Server, context, ipc_service, transport::memory};
    ///
    /// #[ipc_service(calls)]
    /// pub trait Counter {
    ///     async fn add(&self, ctx: Context, amount: i64) -> i64;
    ///     async fn finish(&self, ctx: Context) -> i64;
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let name = memory::Address::new();
    /// let server = Server::builder(&name).bind()?;
    /// let folding = server.fold(0, async |total, call| match call {
    ///     CounterCall::Add { amount, reply, .. } => {
    ///         *total += amount;
    ///         reply.send(*total);
    ///         Continue(())
    ///     }
    ///     CounterCall::Finish { reply, .. } => {
    ///         reply.send(*total);
    ///         Break(())
    ///     }
    /// });
    /// # let calling = async {
    /// #     let counter = CounterClient::connect(&name).await?;
    /// #     assert_eq!(counter.add(context::current(), 20).await?, 20);
    /// #     assert_eq!(counter.add(context::current(), 22).await?, 42);
    /// #     assert_eq!(counter.finish(context::current()).await?, 42);
    /// #     Ok::<_, Box<dyn std::error::Error>>(())
    /// # };
    /// # let (folded, called) = tokio::join!(folding, calling);
    /// # called?;
    /// # let (total, _) = folded?;
    /// # assert_eq!(total, 42_i64);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// - **Order.** Calls of all clients wait in one queue, in the order in which they came. What waits is bounded by the
    ///   slots of the connections ([`Config::max_in_flight`](crate::Config::max_in_flight)). A call whose caller has gone,
    ///   or whose deadline has passed, leaves the queue and is answered at once.
    /// - **The handler** runs in the task that waits for this, so neither it nor the state need be `Send`. As long as it
    ///   awaits, no other call of the service is handled; connections go on. As long as it computes, the server accepts
    ///   nobody, and on a runtime of one thread nothing else goes on. It is not dropped when its call is over, so that the
    ///   state is not left in the middle of a change: [`Context::cancelled`](crate::Context::cancelled) tells. A
    ///   [`Reply`](crate::Reply) may be moved elsewhere, and sent later. A call that the handler makes to its own service
    ///   waits for itself.
    /// - **Stopping.** What was answered before `Break` arrives; calls that wait fail with
    ///   [`CallError::ShuttingDown`](crate::CallError::ShuttingDown); calls to other services of the server may finish for
    ///   [`Config::drain_timeout`](crate::Config::drain_timeout). [`ServerHandle::shutdown`](crate::ServerHandle::shutdown)
    ///   stops it from elsewhere: then calls that wait are handled for as long as the grace lasts, and the state comes back
    ///   when the handler has returned.
    /// - **Options of methods** that say where a handler runs, `fn` and `spawn`, have no effect here. Layers work as ever,
    ///   and other services may be served beside this one, by [`ServerBuilder::service`](crate::ServerBuilder::service).
    ///
    /// # Errors
    ///
    /// [`FoldError::Service`] if the server has a service of this name already. [`FoldError::Panicked`] if the handler
    /// panicked: that call fails with [`CallError::Panicked`](crate::CallError::Panicked), and the server ends as if the
    /// handler had said `Break`. Whoever wants the state all the same hands in a `&mut` of it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the server at once, as with [`run`](Self::run); the state is dropped.
    pub async fn fold<S, C, R>(
        self,
        state: S,
        handler: impl AsyncFnMut(&mut S, C) -> R,
    ) -> Result<(S, Shutdown), FoldError>
    where
        C: Calls,
        R: FoldStep,
    {
        self.fold_until(state, std::future::pending::<()>(), handler)
            .await
    }

    /// The same until `stop` resolves, whatever it resolves to, if the handler does not say so before. Then calls that wait
    /// are handled for up to [`Config::drain_timeout`](crate::Config::drain_timeout), as with
    /// [`run_until`](Self::run_until).
    ///
    /// # Errors
    ///
    /// As [`fold`](Self::fold).
    ///
    /// # Cancel safety
    ///
    /// As [`fold`](Self::fold).
    pub async fn fold_until<S, C, R>(
        self,
        mut state: S,
        stop: impl Future,
        handler: impl AsyncFnMut(&mut S, C) -> R,
    ) -> Result<(S, Shutdown), FoldError>
    where
        C: Calls,
        R: FoldStep,
    {
        let registry = Arc::clone(&self.registry);
        let kind = self.ending.kind;
        let queue = CallQueue::new();
        self.handle().add_service(Queued(Arc::clone(&queue)))?;
        let serving = async {
            let ended = self.run_until(stop).await;
            // Whatever waited was handled or cut.
            queue.close();
            ended
        };
        let folding = async {
            let folded = fold(&queue, &mut state, handler).await;
            queue.close();
            registry.request_stop(ShutdownCause::Asked, kind, registry.config.drain_timeout);
            folded
        };
        let (ended, folded) = tokio::join!(serving, folding);
        folded?;
        Ok((state, ended?))
    }
}

/// Handles one call after the other, until the handler says to stop or there are none any more.
async fn fold<S, C, R>(
    queue: &CallQueue<C>,
    state: &mut S,
    mut handler: impl AsyncFnMut(&mut S, C) -> R,
) -> Result<(), FoldError>
where
    C: Calls,
    R: FoldStep,
{
    while let Some(turn) = queue.next().await {
        let (call, inherited, ending) = Turn::begin(turn);
        let handling = inherited.scope(async { handler(state, call).await });
        match AssertUnwindSafe(handling).catch_unwind().await {
            Ok(step) => {
                ending.returned();
                if step.into_flow().is_break() {
                    break;
                }
            }
            Err(_) => {
                ending.panicked();
                return Err(FoldError::Panicked);
            }
        }
        // Calls that are there already, and handlers that do not wait, would have nobody else's turn come.
        tokio::task::coop::consume_budget().await;
    }
    Ok(())
}

/// Why a [fold](Server::fold) returned no state.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FoldError {
    /// The service cannot be added to those of the server: [`BindError::DuplicateService`] if the server was built with
    /// it, too. Nobody was served.
    #[error(transparent)]
    Service(#[from] BindError),
    /// The server failed.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The handler panicked. The server has ended in order, and the state is lost, for the handler may have left it in
    /// the middle of a change.
    #[error("the handler of the fold panicked")]
    Panicked,
}

/// What the handler of a [fold](Server::fold) returns: nothing, to go on, or [`ControlFlow`].
pub trait FoldStep: sealed::Sealed {
    #[doc(hidden)]
    fn into_flow(self) -> ControlFlow<()>;
}

impl FoldStep for () {
    fn into_flow(self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl FoldStep for ControlFlow<()> {
    fn into_flow(self) -> Self {
        self
    }
}

mod sealed {
    use std::ops::ControlFlow;

    #[expect(unnameable_types, reason = "that is what seals")]
    pub trait Sealed {}
    impl Sealed for () {}
    impl Sealed for ControlFlow<()> {}
}
