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
/// others out: when all places are taken, the oldest gives way as soon as it has had its time. A crowd of honest
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
    displace: oneshot::Sender<()>,
}

/// A handshake's place.
#[derive(Debug)]
pub(super) struct Place<'a> {
    handshakes: &'a Handshakes,
    id: ConnectionId,
    displaced: oneshot::Receiver<()>,
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

    /// Waits for a place. `None`: too many wait already.
    pub(super) async fn enter(&self, id: ConnectionId) -> Option<Place<'_>> {
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
            displace,
        });
        Some(Place {
            handshakes: self,
            id,
            displaced,
            _permit: permit,
        })
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

    /// Has the oldest give way if it has had its time. Returns when it is worth asking again.
    fn displace_oldest(&self, now: Instant) -> Instant {
        let mut under_way = self.lock();
        match under_way.front().map(|oldest| oldest.since + MIN_STAY) {
            Some(until) if until <= now => {
                let oldest = under_way.pop_front();
                drop(under_way);
                if let Some(oldest) = oldest {
                    // It may have ended by itself meanwhile.
                    let _ = oldest.displace.send(());
                }
                now + MIN_STAY
            }
            Some(until) => until,
            None => now + MIN_STAY,
        }
    }

    /// No user code runs under this lock.
    fn lock(&self) -> MutexGuard<'_, VecDeque<UnderWay>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Resolves when this client has to give way to another.
    pub(super) async fn displaced(&mut self) {
        if (&mut self.displaced).await.is_err() {
            // The sender is dropped with the entry, which this place outlives.
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
