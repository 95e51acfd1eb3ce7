//! Waiting with a thread, for whoever has no runtime.
//!
//! What such a thread waits for is brought about by a runtime of this crate's own: one thread for the whole process,
//! started when somebody first connects this way, which runs until the process ends.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::panic::catch_unwind;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::block_in_place;
use tokio::task::coop::unconstrained;

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

thread_local! {
    /// Whether this is a thread of that runtime.
    static IS_OURS: Cell<bool> = const { Cell::new(false) };
    /// Whether it waits in [`park_until`].
    static IS_WAITING: Cell<bool> = const { Cell::new(false) };
}

/// Whether a future is polled by a thread that waits for it: that has nobody else to give a turn to, and if it is one of a
/// runtime, that does not get to those who were put off until it is done.
pub(crate) fn is_waiting() -> bool {
    IS_WAITING.try_with(Cell::get).unwrap_or(false)
}

/// Starts the runtime, unless it runs already.
///
/// # Errors
///
/// The system gives no thread, or not what else a runtime needs.
pub(crate) fn start() -> io::Result<()> {
    static STARTING: Mutex<()> = Mutex::new(());
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if RUNTIME.get().is_none() {
        let runtime = runtime()?;
        // Nobody else was here: set once.
        let _ = RUNTIME.set(runtime);
    }
    Ok(())
}

/// Its one thread drives connections, and goes on with it while a handler on it waits, for that is what
/// [`block_in_place`] sees to: so it is one for several threads.
fn runtime() -> io::Result<Runtime> {
    // Tokio panics where the system gives no thread, so that is asked for beforehand.
    let probe = thread::Builder::new().spawn(|| {})?;
    let _ = probe.join();
    let build = || {
        Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("ipc-rpc-blocking")
            .on_thread_start(|| IS_OURS.set(true))
            .enable_all()
            .build()
    };
    catch_unwind(build).unwrap_or_else(|_| Err(io::Error::other("no thread for a runtime")))
}

/// Waits for `future` with this thread, wherever that is: also in a handler on the runtime's own thread, which drives
/// connections meanwhile.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let Some(runtime) = RUNTIME.get() else {
        return park_until(future);
    };
    let current = Handle::try_current();
    let is_current = current.is_ok_and(|current| current.id() == runtime.handle().id());
    if is_current && IS_OURS.get() {
        return block_in_place(|| park_until(future));
    }
    // For what layers and streams of the user's may ask of a runtime: the one that this thread may belong to does not get
    // to it while the thread waits.
    let _entered = runtime.enter();
    park_until(future)
}

fn park_until<F: Future>(future: F) -> F::Output {
    // Where this is a task of the user's, its share of polls is not given back while it waits here.
    let mut future = pin!(unconstrained(future));
    let parked = Arc::new(Parked {
        thread: thread::current(),
        is_woken: AtomicBool::new(false),
    });
    let waker = Waker::from(Arc::clone(&parked));
    let mut cx = Context::from_waker(&waker);
    loop {
        // What it polls may wait with this thread in turn.
        let waited = IS_WAITING.replace(true);
        let polled = future.as_mut().poll(&mut cx);
        IS_WAITING.set(waited);
        if let Poll::Ready(output) = polled {
            return output;
        }
        while !parked.is_woken.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}

/// A thread that waits. Each wait has its own, for one may begin within another, and take the other's token.
struct Parked {
    thread: Thread,
    is_woken: AtomicBool,
}

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// Is ready when it was woken by another thread.
    async fn woken_elsewhere() {
        let mut thread = None;
        poll_fn(|cx| {
            if thread.is_some() {
                return Poll::Ready(());
            }
            let waker = cx.waker().clone();
            thread = Some(thread::spawn(move || waker.wake()));
            Poll::Pending
        })
        .await;
        thread.map(thread::JoinHandle::join);
    }

    #[test]
    fn a_thread_without_a_runtime_waits_until_it_is_woken() {
        for _ in 0..100 {
            block_on(woken_elsewhere());
        }
    }

    #[test]
    fn a_wait_within_another_does_not_take_what_wakes_the_other() {
        let mut polled = false;
        block_on(poll_fn(|cx| {
            if polled {
                return Poll::Ready(());
            }
            polled = true;
            let waker = cx.waker().clone();
            waker.wake();
            block_on(woken_elsewhere());
            Poll::Pending
        }));
    }

    #[test]
    fn the_runtime_is_there_for_what_is_waited_for() {
        start().unwrap();
        start().unwrap();
        let elsewhere = async { thread::current().id() };
        let driver = block_on(async { Handle::current().spawn(elsewhere).await.unwrap() });
        assert_ne!(driver, thread::current().id());
    }

    #[test]
    fn a_task_of_the_runtime_may_wait_for_another_one() {
        start().unwrap();
        // There is one thread, which this takes.
        let waits =
            async { block_on(async { Handle::current().spawn(async { 7 }).await.unwrap() }) };
        let waited = block_on(async { Handle::current().spawn(waits).await });
        assert_eq!(waited.unwrap(), 7);
    }

    #[test]
    fn a_thread_of_another_runtime_may_wait() {
        start().unwrap();
        let runtime = Builder::new_current_thread().build().unwrap();
        let seven = runtime.block_on(async {
            block_on(async { Handle::current().spawn(async { 7 }).await.unwrap() })
        });
        assert_eq!(seven, 7);
    }

    #[test]
    fn a_task_that_has_used_up_its_share_of_polls_may_wait() {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            // Nothing in between gives the runtime its turn.
            for _ in 0..1000 {
                let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
                sender.try_send(()).unwrap();
                block_on(receiver.recv()).unwrap();
            }
        });
    }
}
