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

/// Drives a client's connections, one after another.
///
/// It holds no handle of the connection that it drives: when the last client is dropped, that is closed like any other, and
/// this is over with it.
pub(super) struct Redialer {
    dialer: Dialer,
    policy: Reconnect,
    backoff: Backoff,
    renewed: Weak<Renewed>,
    life: Arc<Life>,
    /// The connection that lives, and since when.
    live: Option<(ConnectionId, Instant)>,
}

/// Why there is no further connection.
type End = ConnectionError;

impl Redialer {
    /// Begins with the first connection, which lives as long as the future is polled.
    pub(super) fn begin(
        mut dialer: Dialer,
        dialled: Dialled,
        mut policy: Reconnect,
        life: Arc<Life>,
    ) -> (Arc<Renewed>, impl Future<Output = ()> + Send) {
        policy.first_delay = policy.first_delay.min(MAX_DEADLINE);
        policy.longest_delay = policy.longest_delay.min(MAX_DEADLINE);
        let (renewed, driver) = Renewed::begin(policy.while_down, dialer.timekeeper(), |renewed| {
            dialer.begin(dialled, Some(Weak::clone(renewed)))
        });
        dialer.keep_to(renewed.codec());
        let mut redialer = Self {
            dialer,
            backoff: Backoff::new(policy.first_delay, policy.longest_delay),
            policy,
            renewed: Arc::downgrade(&renewed),
            life,
            live: None,
        };
        redialer.connected(renewed.last().id());
        (renewed, redialer.run(driver))
    }

    async fn run(mut self, mut driver: Driver) {
        loop {
            let reason = driver.run().await;
            match self.renew(reason).await {
                Ok(next) => driver = next,
                Err(reason) => return self.end(reason),
            }
        }
    }

    fn connected(&mut self, id: ConnectionId) {
        self.live = Some((id, clock::now()));
        self.life.publish(&ClientEvent::Connected { id });
    }

    /// A connection has ended: makes another.
    async fn renew(&mut self, reason: ConnectionError) -> Result<Driver, End> {
        let Some((id, since)) = self.live.take() else {
            return Err(reason);
        };
        let now = clock::now();
        if now.saturating_duration_since(since) >= self.policy.longest_delay {
            self.backoff.reset();
        }
        let going_on = if reason.is_renewable() && self.policy.max_attempts != Some(0) {
            self.renewed.upgrade()
        } else {
            None
        };
        // Before it is told, so that whoever hears of it and calls does not call over what has ended.
        let over = going_on.map(|renewed| {
            renewed.down();
            renewed.ended()
        });
        self.life.disconnected(id, &reason);
        let Some(over) = over else {
            return Err(reason);
        };
        let mut over = pin!(over);
        let until = self
            .policy
            .give_up_after
            .map(|time| now + time.min(MAX_DEADLINE));
        let mut failed = None;
        let mut attempt = 0;
        loop {
            if let Some(reason) = self.over() {
                return Err(reason);
            }
            if self.is_spent(attempt, until) {
                return Err(failed.map_or(reason, ConnectionError::NotRenewed));
            }
            attempt += 1;
            match self
                .attempt(attempt, until, failed.take(), over.as_mut())
                .await
            {
                Attempt::Connected(begun) => {
                    let (connection, driver) = *begun;
                    return self.go_on(connection, driver, reason).await;
                }
                Attempt::Failed(error) if error.is_retryable() => failed = Some(Arc::new(error)),
                Attempt::Failed(error) => {
                    return Err(ConnectionError::NotRenewed(Arc::new(error)));
                }
                Attempt::Over => return Err(self.over().unwrap_or(reason)),
            }
        }
    }

    fn is_spent(&self, attempts: u32, until: Option<Instant>) -> bool {
        self.policy.max_attempts.is_some_and(|max| attempts >= max)
            || until.is_some_and(|until| until <= clock::now())
    }

    /// Pauses, and tries once, unless it is over meanwhile.
    async fn attempt(
        &mut self,
        attempt: u32,
        until: Option<Instant>,
        failed: Option<Arc<ConnectError>>,
        mut over: Pin<&mut impl Future<Output = ()>>,
    ) -> Attempt {
        let mut after = self.backoff.next();
        if let Some(until) = until {
            after = after.min(until.saturating_duration_since(clock::now()));
        }
        self.life.publish(&ClientEvent::Reconnecting {
            attempt,
            after,
            error: failed,
        });
        let dialled = async {
            sleep(after).await;
            self.dialer.dial().await
        };
        let dialled = tokio::select! {
            biased;
            () = &mut over => return Attempt::Over,
            dialled = dialled => dialled,
        };
        match dialled {
            Ok(dialled) => {
                let renewed = Some(Weak::clone(&self.renewed));
                Attempt::Connected(Box::new(self.dialer.begin(dialled, renewed)))
            }
            Err(error) => Attempt::Failed(error),
        }
    }

    /// Hands the new connection to those who call.
    async fn go_on(
        &mut self,
        connection: Connection,
        driver: Driver,
        reason: ConnectionError,
    ) -> Result<Driver, End> {
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
                Err(self.over().unwrap_or(reason))
            }
        }
    }

    /// Why those who call want no other connection.
    fn over(&self) -> Option<ConnectionError> {
        self.renewed.upgrade()?.over()
    }

    fn end(&mut self, reason: ConnectionError) {
        if let Some(renewed) = self.renewed.upgrade() {
            renewed.end(reason.clone());
        }
        if let Some((id, _)) = self.live.take() {
            self.life.disconnected(id, &reason);
        }
        self.life.closed(Some(reason));
    }
}

/// What an attempt came to.
enum Attempt {
    Connected(Box<(Connection, Driver)>),
    Failed(ConnectError),
    /// Nobody wants a connection any more.
    Over,
}

/// Also when the task is dropped with its runtime, or a provider of the application's panics in it.
impl Drop for Redialer {
    fn drop(&mut self) {
        self.end(ConnectionError::Aborted);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a client owns the pauses between its attempts"
)]
async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}
