//! Where launches come in, wait for the handler, and are handed to it. All of it is bytes.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{mpsc, oneshot, watch};
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
pub(super) struct Post {
    queue: mpsc::UnboundedSender<Arrived>,
    waiting: Arc<AtomicUsize>,
    stance: watch::Sender<Stance>,
}

impl Post {
    /// With it comes what hands launches to the handler, and ends when it was told to release and none is being
    /// handled any more.
    pub(super) fn open() -> (Arc<Self>, impl Future<Output = ()> + Send + 'static) {
        // Bounded by the connections of the server, and by what each may have in flight.
        let (queue, launches) = mpsc::unbounded_channel();
        let stance = watch::Sender::default();
        let handing_out = hand_out(launches, stance.subscribe());
        let post = Self {
            queue,
            waiting: Arc::default(),
            stance,
        };
        (Arc::new(post), handing_out)
    }

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
        self.waiting.fetch_add(1, Ordering::Relaxed);
        // Where nobody takes it any more it is dropped, and says so.
        let _ = self.queue.send(Arrived {
            launch,
            origin,
            answer: Answer(answer),
            counted: Counted(Arc::clone(&self.waiting)),
        });
    }

    /// Launches that wait for the handler.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
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

    pub(super) fn release(&self) {
        self.stance.send_replace(Stance::Released);
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
    counted: Counted,
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
            counted,
        } = self;
        drop(counted);
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

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Calls the handler for each launch in the order in which they come, and runs what it returns side by side, each as a
/// task: one that hangs holds up no other.
async fn hand_out(
    mut launches: mpsc::UnboundedReceiver<Arrived>,
    mut stance: watch::Receiver<Stance>,
) {
    let mut running = JoinSet::new();
    loop {
        let now = stance.borrow_and_update().clone();
        if matches!(now, Stance::Released) {
            break;
        }
        tokio::select! {
            biased;
            changed = stance.changed() => {
                if changed.is_err() {
                    break;
                }
            }
            Some(_) = running.join_next() => {}
            Some(arrived) = launches.recv(), if matches!(now, Stance::Serving(_)) => {
                if let Stance::Serving(handler) = now
                    && !arrived.is_abandoned()
                {
                    running.spawn(handler(arrived));
                }
            }
        }
    }
    launches.close();
    // Those that wait are told so by their drop.
    drop(launches);
    while running.join_next().await.is_some() {}
}
