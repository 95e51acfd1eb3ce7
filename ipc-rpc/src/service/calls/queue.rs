//! Calls that wait for their turn.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context as TaskContext, Poll, Wake, Waker};

use super::super::dispatch::answer;
use super::super::{Method, Plain, Reply as Shape};
use super::Reply;
use crate::clock;
use crate::connection::{Dispatched, IncomingCall, RequestOver, Responder, State};
use crate::context::{Context, Inherited};
use crate::wake::wake;
use crate::wire::{CallFailure, FailureCode};

/// Calls of all connections, in the order in which they came.
///
/// It has no bound of its own: each call in it takes one of its connection's slots, and one that is over leaves it at
/// once.
pub struct CallQueue<C> {
    waiting: Mutex<Waiting<C>>,
}

struct Waiting<C> {
    /// By the number of their arrival, so that one can leave from the middle.
    calls: BTreeMap<u64, Entry<C>>,
    next: u64,
    /// Nothing enters any more.
    closed: bool,
    /// Whoever waits for the next one.
    taker: Option<Waker>,
}

struct Entry<C> {
    /// Withdraws the call when it is over.
    over: RequestOver,
    turn: Turn<C>,
}

/// A call whose turn it is.
pub(crate) struct Turn<C> {
    pub(crate) call: C,
    pub(crate) inherited: Inherited,
    /// Of a one-way call, which has no reply to carry it.
    responder: Option<Responder>,
}

impl<C> Turn<C> {
    /// Takes what is left to do behind the handler of the call apart from the call.
    pub(crate) fn begin(self) -> (C, Inherited, Ending) {
        (self.call, self.inherited, Ending(self.responder))
    }
}

/// What is left to do behind a handler: a one-way call has to give its slot back.
#[must_use]
pub(crate) struct Ending(Option<Responder>);

impl Ending {
    pub(crate) fn returned(self) {
        if let Some(responder) = self.0 {
            answer(responder, |encoder| encoder.reply::<Plain<()>>(()));
        }
    }

    pub(crate) fn panicked(self) {
        if let Some(responder) = self.0 {
            responder.fail(&CallFailure::new(FailureCode::Panicked, ""));
        }
    }
}

impl<C: Send + 'static> CallQueue<C> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            waiting: Mutex::new(Waiting {
                calls: BTreeMap::new(),
                next: 0,
                closed: false,
                taker: None,
            }),
        })
    }

    /// Decodes the arguments of a call and has it wait for its turn.
    pub fn enter<M: Method>(
        self: &Arc<Self>,
        call: IncomingCall<'_>,
        make: impl FnOnce(Context, M::Args, Reply<<M::Reply as Shape>::Declared>) -> C,
    ) -> Dispatched {
        let Some((context, args, responder)) = call.decode::<M::Args>() else {
            return Dispatched::DONE;
        };
        let about = context.clone();
        let call = make(context, args, Reply::new::<M::Reply>(responder));
        self.push(&about, call, None)
    }

    /// The same for a method that nobody waits for.
    pub fn enter_one_way<M: Method>(
        self: &Arc<Self>,
        call: IncomingCall<'_>,
        make: impl FnOnce(Context, M::Args) -> C,
    ) -> Dispatched {
        let Some((context, args, responder)) = call.decode::<M::Args>() else {
            return Dispatched::DONE;
        };
        let about = context.clone();
        self.push(&about, make(context, args), Some(responder))
    }

    fn push(
        self: &Arc<Self>,
        context: &Context,
        call: C,
        responder: Option<Responder>,
    ) -> Dispatched {
        let turn = Turn {
            call,
            inherited: context.inherited(),
            responder,
        };
        // What is served has a request; without one nobody waits.
        let Some(mut over) = context.over() else {
            return Dispatched::DONE;
        };
        let mut waiting = self.lock();
        if waiting.closed {
            drop(waiting);
            refuse(over, turn);
            return Dispatched::DONE;
        }
        let number = waiting.next;
        let withdraw = Waker::from(Arc::new(Withdraw {
            queue: Arc::downgrade(self),
            number,
        }));
        // Under the lock under which it would be withdrawn, so that it is found there.
        let polled = Pin::new(&mut over).poll(&mut TaskContext::from_waker(&withdraw));
        if polled.is_ready() {
            drop(waiting);
            // It answers with what has stopped it.
            drop(turn);
            return Dispatched::DONE;
        }
        waiting.next += 1;
        waiting.calls.insert(number, Entry { over, turn });
        let taker = waiting.taker.take();
        drop(waiting);
        taker.into_iter().for_each(wake);
        Dispatched(State::Unstoppable)
    }

    /// Waits for the call whose turn is next. `None`: the queue is closed.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a call is taken only when it is returned.
    pub(crate) async fn next(&self) -> Option<Turn<C>> {
        loop {
            let Entry { over, turn } = poll_fn(|cx| self.poll_entry(cx)).await?;
            let late = turn.inherited.is_late(clock::now());
            if late {
                // Before the connection's own timer has told it.
                over.stop(FailureCode::DeadlineExceeded);
            }
            if late || over.is_over() {
                drop(over);
                // It answers with what has stopped it.
                drop(turn);
                continue;
            }
            return Some(turn);
        }
    }

    fn poll_entry(&self, cx: &TaskContext<'_>) -> Poll<Option<Entry<C>>> {
        let waker = cx.waker().clone();
        let _old;
        let mut waiting = self.lock();
        if let Some((_, entry)) = waiting.calls.pop_first() {
            return Poll::Ready(Some(entry));
        }
        if waiting.closed {
            return Poll::Ready(None);
        }
        _old = waiting.taker.replace(waker);
        Poll::Pending
    }

    /// Lets nothing in any more, and refuses what waits.
    pub(crate) fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        let calls = std::mem::take(&mut waiting.calls);
        let taker = waiting.taker.take();
        drop(waiting);
        for Entry { over, turn } in calls.into_values() {
            refuse(over, turn);
        }
        taker.into_iter().for_each(wake);
    }

    /// No code of the user's runs under it: what is dropped or woken is taken out before.
    fn lock(&self) -> MutexGuard<'_, Waiting<C>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers a call whose turn will not come.
fn refuse<C>(over: RequestOver, turn: Turn<C>) {
    over.stop(FailureCode::ShuttingDown);
    drop(over);
    drop(turn);
}

impl<C> fmt::Debug for CallQueue<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallQueue").finish_non_exhaustive()
    }
}

/// Takes a call out of the queue when its request is over: a waker, for that is whom a request tells.
struct Withdraw<C> {
    queue: Weak<CallQueue<C>>,
    number: u64,
}

impl<C: Send + 'static> Wake for Withdraw<C> {
    fn wake(self: Arc<Self>) {
        let Some(queue) = self.queue.upgrade() else {
            return;
        };
        let withdrawn = queue.lock().calls.remove(&self.number);
        // Behind the lock: it answers, and runs code of the user's.
        drop(withdrawn);
    }
}
