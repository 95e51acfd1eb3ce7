//! Where launches come in, wait for the handler, and are handed to it. All of it is bytes.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinSet;

use super::service::{Answered, NoAnswer, WireLaunch};
use crate::identity::PeerIdentity;

/// The user's handler: called in place, what it returns runs as a task.
pub(super) type Handler =
    Arc<dyn Fn(Arrived) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// What becomes of launches that wait.
#[derive(Clone, Default)]
enum Stance {
    /// They wait on, for there is no handler yet.
    #[default]
    NotReady,
    Serving(Handler),
    /// They are turned away, for another process to take the place.
    Released,
}

/// Takes launches in.
#[derive(Default)]
pub(super) struct Post {
    /// In the order in which they came. Bounded by the connections of the server and what each may have in flight, since
    /// those that were abandoned go when another one comes.
    queue: Mutex<VecDeque<Arrived>>,
    news: Notify,
    stance: watch::Sender<Stance>,
}

impl Post {
    /// Has a launch handled, and returns what it comes to.
    ///
    /// # Cancel safety
    ///
    /// A launch that still waits when the future is dropped is not handled; one that was begun is handled to its end.
    pub(super) async fn receive(&self, origin: Origin, launch: WireLaunch) -> Answered {
        let (answer, answered) = oneshot::channel();
        self.put(origin, launch, Some(answer));
        answered.await.unwrap_or(Err(NoAnswer::GivenUp))
    }

    /// Has a launch of this process handled, whatever it comes to.
    pub(super) fn put_own(&self, launch: WireLaunch) {
        self.put(Origin::own(), launch, None);
    }

    fn put(&self, origin: Origin, launch: WireLaunch, answer: Option<oneshot::Sender<Answered>>) {
        let arrived = Arrived {
            launch,
            origin,
            answer: Answer(answer),
        };
        let mut queue = self.queue();
        if matches!(*self.stance.borrow(), Stance::Released) {
            drop(queue);
            // Says so by its drop.
            drop(arrived);
            return;
        }
        queue.retain(|arrived| !arrived.is_abandoned());
        queue.push_back(arrived);
        drop(queue);
        self.news.notify_one();
    }

    /// The next launch that somebody waits for. For one task alone; cancel safe.
    async fn next(&self) -> Arrived {
        loop {
            while let Some(arrived) = self.pop() {
                if !arrived.is_abandoned() {
                    return arrived;
                }
            }
            self.news.notified().await;
        }
    }

    fn pop(&self) -> Option<Arrived> {
        self.queue().pop_front()
    }

    /// Launches that wait for the handler.
    pub(super) fn waiting(&self) -> usize {
        let queue = self.queue();
        queue
            .iter()
            .filter(|arrived| !arrived.is_abandoned())
            .count()
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Arrived>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn serve(&self, handler: Handler) {
        self.stance.send_if_modified(|stance| {
            let is_open = !matches!(stance, Stance::Released);
            if is_open {
                *stance = Stance::Serving(handler);
            }
            is_open
        });
    }

    /// Turns away what waits and what comes.
    pub(super) fn release(&self) {
        let queue = {
            let mut queue = self.queue();
            self.stance.send_replace(Stance::Released);
            std::mem::take(&mut *queue)
        };
        drop(queue);
    }

    /// Calls the handler for each launch in the order in which they come, and runs what it returns side by side, each as a
    /// task: one that hangs holds up no other. Ends when it was told to release and none is being handled any more.
    pub(super) async fn hand_out(self: Arc<Self>) {
        let mut stance = self.stance.subscribe();
        let mut running = JoinSet::new();
        loop {
            let now = stance.borrow_and_update().clone();
            let handler = match &now {
                Stance::NotReady => None,
                Stance::Serving(handler) => Some(handler),
                Stance::Released => break,
            };
            tokio::select! {
                biased;
                // Never fails, since this has the sender.
                _ = stance.changed() => {}
                Some(_) = running.join_next() => {}
                arrived = self.next(), if handler.is_some() => {
                    if let Some(handler) = handler {
                        running.spawn(handler(arrived));
                    }
                }
            }
        }
        while running.join_next().await.is_some() {}
    }
}

/// Where a launch comes from.
pub(super) struct Origin {
    pub(super) peer: PeerIdentity,
    pub(super) is_own: bool,
}

impl Origin {
    pub(super) fn own() -> Self {
        Self {
            peer: PeerIdentity::in_process(),
            is_own: true,
        }
    }
}

/// A launch that has come in.
pub(super) struct Arrived {
    pub(super) launch: WireLaunch,
    pub(super) origin: Origin,
    answer: Answer,
}

impl Arrived {
    /// Whether whoever waited for the answer has gone.
    fn is_abandoned(&self) -> bool {
        self.answer
            .0
            .as_ref()
            .is_some_and(oneshot::Sender::is_closed)
    }

    /// Begins with it: from here on it may have been handled.
    pub(super) fn begin(self) -> (WireLaunch, Origin, Begun) {
        let Self {
            launch,
            origin,
            mut answer,
        } = self;
        (launch, origin, Begun(answer.0.take()))
    }
}

/// The way back of a launch that nobody has begun with, as it says when it is dropped.
struct Answer(Option<oneshot::Sender<Answered>>);

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(answer) = self.0.take() {
            let _ = answer.send(Err(NoAnswer::Released));
        }
    }
}

/// The way back of a launch that is being handled. Dropped, it leaves the launch unanswered.
pub(super) struct Begun(Option<oneshot::Sender<Answered>>);

impl Begun {
    pub(super) fn answer(self, answered: Answered) {
        if let Some(answer) = self.0 {
            // Whoever asked may have gone.
            let _ = answer.send(answered);
        }
    }
}
