//! How many clients may be shaking hands at once, and who gives way to whom.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit, oneshot};

use crate::clock;
use crate::wire::ConnectionId;

/// How long a client may take before it gives way to one that waits. An honest one needs a few milliseconds,
/// also in a crowd; one that says nothing holds others up for no longer than this.
const MIN_STAY: Duration = Duration::from_millis(500);

/// The handshakes under way, and those that wait for their turn.
///
/// Strangers cannot use up the places of admitted clients, nor can clients which connect and say nothing keep
/// others out: when all places are taken, the oldest that has said nothing gives way as soon as it has had its time. A crowd of honest
/// clients goes through in turn, and none is turned away.
#[derive(Debug)]
pub(super) struct Handshakes {
    places: Semaphore,
    /// Oldest first.
    under_way: Mutex<VecDeque<UnderWay>>,
    /// Clients that may wait for a place.
    queue: Semaphore,
}

#[derive(Debug)]
struct UnderWay {
    id: ConnectionId,
    since: Instant,
    /// There until the client has said its hello: from then on it is the server that takes its time.
    displace: Option<oneshot::Sender<()>>,
}

/// A handshake's place.
#[derive(Debug)]
pub(super) struct Place<'a> {
    handshakes: &'a Handshakes,
    id: ConnectionId,
    /// Freed when the entry is gone.
    _permit: SemaphorePermit<'a>,
}

impl Handshakes {
    pub(super) fn new(limit: usize, queue: usize) -> Self {
        Self {
            places: Semaphore::new(limit),
            under_way: Mutex::default(),
            queue: Semaphore::new(queue.clamp(1, Semaphore::MAX_PERMITS)),
        }
    }

    /// Waits for a place, and says how to learn that it has to be given up. `None`: too many wait already.
    pub(super) async fn enter(&self, id: ConnectionId) -> Option<(Place<'_>, Displaced)> {
        let _waiting = self.queue.try_acquire().ok()?;
        let permit = match self.places.try_acquire() {
            Ok(permit) => permit,
            Err(_) => self.wait().await?,
        };
        let (displace, displaced) = oneshot::channel();
        let since = clock::now();
        self.lock().push_back(UnderWay {
            id,
            since,
            displace: Some(displace),
        });
        let place = Place {
            handshakes: self,
            id,
            _permit: permit,
        };
        Some((place, Displaced(displaced)))
    }

    async fn wait(&self) -> Option<SemaphorePermit<'_>> {
        let place = self.places.acquire();
        tokio::pin!(place);
        loop {
            // Those whose time is up give way now, one for each that waits.
            let next = self.displace_oldest(clock::now());
            tokio::select! {
                biased;
                permit = &mut place => return permit.ok(),
                () = sleep_until(next) => {}
            }
        }
    }

    /// Has the oldest of those that have said nothing give way, if it has had its time. Returns when it is worth
    /// asking again.
    fn displace_oldest(&self, now: Instant) -> Instant {
        let mut under_way = self.lock();
        let oldest = under_way.iter_mut().find(|other| other.displace.is_some());
        let (until, displace) = match oldest {
            Some(oldest) if oldest.since + MIN_STAY <= now => {
                (now + MIN_STAY, oldest.displace.take())
            }
            Some(oldest) => (oldest.since + MIN_STAY, None),
            None => (now + MIN_STAY, None),
        };
        drop(under_way);
        if let Some(displace) = displace {
            // It may have ended by itself meanwhile.
            let _ = displace.send(());
        }
        until
    }

    /// No user code runs under this lock.
    fn lock(&self) -> MutexGuard<'_, VecDeque<UnderWay>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// The client has said its hello: it does not give way any more.
    pub(super) fn has_spoken(&self) {
        let mut under_way = self.handshakes.lock();
        if let Some(this) = under_way.iter_mut().find(|other| other.id == self.id) {
            this.displace = None;
        }
    }
}

/// Tells a client that it has to give way to another.
#[derive(Debug)]
pub(super) struct Displaced(oneshot::Receiver<()>);

impl Displaced {
    /// Resolves when that is so, and never if the client spoke in time.
    pub(super) async fn wait(self) {
        if self.0.await.is_err() {
            std::future::pending().await
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let id = self.id;
        self.handshakes.lock().retain(|other| other.id != id);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the waits for a place are timed here and nowhere else"
)]
async fn sleep_until(at: Instant) {
    tokio::time::sleep(at.saturating_duration_since(clock::now())).await;
}
