//! Connecting again, for as long as somebody calls.

use std::pin::{Pin, pin};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::dial::{Dialer, Dialled};
use super::life::Life;
use crate::backoff::Backoff;
use crate::clock;
use crate::config::Reconnect;
use crate::connection::{Connection, Driver, Renewed};
use crate::error::{ConnectError, ConnectionError};
use crate::event::ClientEvent;
use crate::wire::{ConnectionId, MAX_DEADLINE};

/// Makes a client's connections, one after another.
///
/// It holds no handle of the connection that is driven: when the last client is dropped, that is closed like any other, and
/// this is over with it.
pub(super) struct Redialer {
    dialer: Box<Dialer>,
    policy: Reconnect,
    backoff: Backoff,
    renewed: Weak<Renewed>,
    life: Arc<Life>,
    /// Attempts since a connection held.
    attempts: u32,
    /// The connection that lives, and since when.
    live: Option<(ConnectionId, Instant)>,
}

impl Redialer {
    /// Begins with the first connection, which lives as long as the future is polled.
    pub(super) fn begin(
        mut dialer: Box<Dialer>,
        dialled: Dialled,
        mut policy: Reconnect,
        life: Arc<Life>,
    ) -> (Arc<Renewed>, impl Future<Output = ()> + Send) {
        policy.first_delay = policy.first_delay.clamp(MIN_DELAY, MAX_DEADLINE);
        policy.longest_delay = policy.longest_delay.clamp(MIN_DELAY, MAX_DEADLINE);
        let (renewed, driver) = Renewed::begin(policy.while_down, |renewed| {
            dialer.begin(dialled, Some(Weak::clone(renewed)))
        });
        dialer.keep_to(renewed.codec());
        let mut redialer = Self {
            dialer,
            backoff: Backoff::new(policy.first_delay, policy.longest_delay),
            policy,
            renewed: Arc::downgrade(&renewed),
            life,
            attempts: 0,
            live: None,
        };
        redialer.connected(renewed.last().id());
        (renewed, Self::run(driver, redialer))
    }

    /// The driver comes first, so that it is dropped first, wherever this is: it fails what is pending before the end is told.
    async fn run(mut driver: Driver, mut redialer: Self) {
        loop {
            let reason = driver.run().await;
            match redialer.renew(reason).await {
                Ok(next) => driver = next,
                Err(reason) => return redialer.finish(reason),
            }
        }
    }

    fn connected(&mut self, id: ConnectionId) {
        self.live = Some((id, clock::now()));
        self.life.publish(&ClientEvent::Connected { id });
    }

    /// A connection has ended: makes another. `Err`: there will be none.
    async fn renew(&mut self, reason: ConnectionError) -> Result<Driver, ConnectionError> {
        let Some((id, since)) = self.live.take() else {
            return Err(reason);
        };
        let now = clock::now();
        if now.saturating_duration_since(since) >= self.policy.longest_delay {
            self.backoff.reset();
            self.attempts = 0;
        }
        let going_on = if reason.is_renewable() && self.policy.max_attempts != Some(0) {
            self.renewed.upgrade()
        } else {
            None
        };
        // Before it is told, so that whoever hears of it and calls does not call over what has ended.
        let unwanted = going_on.map(|renewed| {
            renewed.down();
            renewed.unwanted()
        });
        self.life.disconnected(id, &reason);
        let Some(unwanted) = unwanted else {
            return Err(reason);
        };
        let give_up = self.policy.give_up_after;
        let until = give_up.map(|time| now + time.min(MAX_DEADLINE));
        match self.dial(until, pin!(unwanted)).await {
            Ok(begun) => {
                let (connection, driver) = *begun;
                self.go_on(connection, driver, reason).await
            }
            Err(NotDialled::Unwanted) => Err(self.end_reason().unwrap_or(reason)),
            Err(NotDialled::GivenUp(None)) => Err(reason),
            Err(NotDialled::GivenUp(Some(error))) => Err(ConnectionError::NotRenewed(error)),
        }
    }

    /// Tries until it succeeds, or until nobody wants it to, or as often as the policy says.
    async fn dial(
        &mut self,
        until: Option<Instant>,
        mut unwanted: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Box<(Connection, Driver)>, NotDialled> {
        let mut failed = None;
        loop {
            if self.end_reason().is_some() {
                return Err(NotDialled::Unwanted);
            }
            if self.is_spent(until) {
                return Err(NotDialled::GivenUp(failed));
            }
            self.attempts += 1;
            let dialled = tokio::select! {
                biased;
                () = &mut unwanted => return Err(NotDialled::Unwanted),
                dialled = self.attempt(until, failed.take()) => dialled,
            };
            match dialled {
                Ok(dialled) => {
                    let renewed = Some(Weak::clone(&self.renewed));
                    return Ok(Box::new(self.dialer.begin(dialled, renewed)));
                }
                Err(error) if may_pass(&error) => failed = Some(Arc::new(error)),
                Err(error) => return Err(NotDialled::GivenUp(Some(Arc::new(error)))),
            }
        }
    }

    fn is_spent(&self, until: Option<Instant>) -> bool {
        let max = self.policy.max_attempts;
        max.is_some_and(|max| self.attempts >= max)
            || until.is_some_and(|until| until <= clock::now())
    }

    /// Pauses, and tries once.
    async fn attempt(
        &mut self,
        until: Option<Instant>,
        failed: Option<Arc<ConnectError>>,
    ) -> Result<Dialled, ConnectError> {
        let mut after = self.backoff.next();
        if let Some(until) = until {
            after = after.min(until.saturating_duration_since(clock::now()));
        }
        self.life.publish(&ClientEvent::Reconnecting {
            attempt: self.attempts,
            after,
            error: failed,
        });
        sleep(after).await;
        self.dialer.dial(until).await
    }

    /// Hands the new connection to those who call.
    async fn go_on(
        &mut self,
        connection: Connection,
        driver: Driver,
        reason: ConnectionError,
    ) -> Result<Driver, ConnectionError> {
        let id = connection.id();
        let unwanted = match self.renewed.upgrade() {
            Some(renewed) => renewed.renew(connection),
            None => Err(connection),
        };
        match unwanted {
            Ok(()) => {
                self.connected(id);
                Ok(driver)
            }
            // Nobody calls any more. The server is told so like by any other client that goes.
            Err(connection) => {
                drop(connection);
                driver.run().await;
                Err(self.end_reason().unwrap_or(reason))
            }
        }
    }

    /// Why those who call want no other connection.
    fn end_reason(&self) -> Option<ConnectionError> {
        self.renewed.upgrade()?.end_reason()
    }

    fn finish(&mut self, reason: ConnectionError) {
        if let Some(renewed) = self.renewed.upgrade() {
            renewed.end(reason.clone());
        }
        match self.live.take() {
            Some((id, _)) => self.life.ended(id, reason),
            None => self.life.closed(Some(reason)),
        }
    }
}

/// Why there is no further connection.
enum NotDialled {
    /// Nobody wants one any more.
    Unwanted,
    /// The policy, or the last failure, forbids another attempt. `None`: there was no failure.
    GivenUp(Option<Arc<ConnectError>>),
}

/// Whether another attempt may succeed. What is wrong with this system, such as a lack of descriptors, may pass as well, and
/// what does not costs no more than the policy allows.
const fn may_pass(error: &ConnectError) -> bool {
    error.is_retryable() || matches!(error, ConnectError::Io { .. })
}

/// Without a pause a server that is not there would be asked without end.
const MIN_DELAY: Duration = Duration::from_millis(1);

/// Also when the task is dropped with its runtime, or a provider of the application's panics in it.
impl Drop for Redialer {
    fn drop(&mut self) {
        self.finish(ConnectionError::Aborted);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a client owns the pauses between its attempts"
)]
async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}
