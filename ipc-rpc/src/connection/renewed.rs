//! A connection that is followed by another when it has ended.
//!
//! This holds whichever connection there is, for those who call over it, and knows nothing of how the next one is made: that
//! is the business of whoever renews it, a client that connects again or a host that starts its plugin again.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Instant;

#[cfg(feature = "plugin")]
use futures_util::FutureExt;
#[cfg(feature = "plugin")]
use tokio::sync::Notify;
use tokio::sync::watch;

use super::call::CallEnd;
use super::{Connection, Shared};
use crate::codec::Codec;
use crate::config::WhileDown;
use crate::error::ConnectionError;

/// One connection after another, as those who call share it. When the last of them is gone, so is the connection.
pub(crate) struct Renewed {
    codec: Codec,
    while_down: WhileDown,
    stage: watch::Sender<Stage>,
    /// Told of calls while there is no connection because nobody has needed one.
    #[cfg(feature = "plugin")]
    calls: Notify,
}

struct Stage {
    /// Counts the connections.
    epoch: u64,
    /// The last that there was. It may have ended, also when that is not noted yet.
    connection: Connection,
    state: State,
}

enum State {
    Up,
    /// Another one is being made, or none for the time being: then it is waited for in vain.
    Down {
        in_vain: bool,
    },
    /// None is being made, for nobody needs one. Whoever does waits, and has one made.
    #[cfg(feature = "plugin")]
    Asleep,
    /// There will be no other.
    Over(ConnectionError),
}

impl Renewed {
    /// Begins with a first connection, which `begin` makes.
    pub(crate) fn begin<T>(
        while_down: WhileDown,
        begin: impl FnOnce(&Weak<Self>) -> (Connection, T),
    ) -> (Arc<Self>, T) {
        let mut rest = None;
        let renewed = Arc::new_cyclic(|renewed| {
            let (connection, more) = begin(renewed);
            rest = Some(more);
            Self {
                codec: connection.codec(),
                while_down,
                stage: watch::Sender::new(Stage {
                    epoch: 0,
                    connection,
                    state: State::Up,
                }),
                #[cfg(feature = "plugin")]
                calls: Notify::new(),
            }
        });
        // `new_cyclic` has called the closure, which is the only place that could have left it empty.
        (renewed, rest.expect("the closure ran"))
    }

    /// The codec of all its connections.
    pub(crate) const fn codec(&self) -> Codec {
        self.codec
    }

    /// Whether calls wait while another connection is being made.
    pub(crate) fn has_calls_wait(&self) -> bool {
        #[cfg(feature = "plugin")]
        if matches!(self.stage.borrow().state, State::Asleep) {
            return true;
        }
        self.while_down == WhileDown::Wait
    }

    /// The last connection that there was, which may have ended.
    pub(crate) fn last(&self) -> Connection {
        self.stage.borrow().connection.clone()
    }

    /// Notes that the connection has ended and another is being made.
    pub(crate) fn down(&self) {
        self.stage.send_if_modified(|stage| {
            let was_up = matches!(stage.state, State::Up);
            if was_up {
                stage.state = State::Down { in_vain: false };
            }
            was_up
        });
    }

    /// Notes that the connection has ended and that no other is being made until further notice, so that nobody waits for one.
    #[cfg(feature = "plugin")]
    pub(crate) fn out(&self) {
        self.stage.send_if_modified(|stage| {
            let goes_on = !matches!(stage.state, State::Over(_));
            if goes_on {
                stage.state = State::Down { in_vain: true };
            }
            goes_on
        });
    }

    /// Notes that the connection ends because nobody needs it. Whoever does from now on is [waited for](Self::wanted), and waits
    /// for the next one.
    #[cfg(feature = "plugin")]
    pub(crate) fn asleep(&self) {
        // Calls of the time before have got their connection.
        let _ = self.calls.notified().now_or_never();
        self.stage.send_if_modified(|stage| {
            let goes_on = !matches!(stage.state, State::Over(_));
            if goes_on {
                stage.state = State::Asleep;
            }
            goes_on
        });
    }

    /// Notes that the next connection is waited for as any other, since it takes longer than it should.
    #[cfg(feature = "plugin")]
    pub(crate) fn awake(&self) {
        self.stage.send_if_modified(|stage| {
            let was_asleep = matches!(stage.state, State::Asleep);
            if was_asleep {
                stage.state = State::Down { in_vain: false };
            }
            was_asleep
        });
    }

    /// Waits until somebody calls while this is [asleep](Self::asleep).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    #[cfg(feature = "plugin")]
    pub(crate) async fn wanted(&self) {
        self.calls.notified().await;
    }

    /// Notes that another connection is being made after all.
    #[cfg(feature = "plugin")]
    pub(crate) fn in_again(&self) {
        self.stage.send_if_modified(|stage| {
            let was_out = matches!(stage.state, State::Down { in_vain: true });
            if was_out {
                stage.state = State::Down { in_vain: false };
            }
            was_out
        });
    }

    /// Goes on with another connection. `Err`: this is over, and the connection is of no use.
    pub(crate) fn renew(&self, connection: Connection) -> Result<(), Connection> {
        // The one before is dropped behind the lock of the stage: the last handle of a connection does things.
        let mut other = connection;
        let renewed = self.stage.send_if_modified(|stage| {
            if matches!(stage.state, State::Over(_)) {
                return false;
            }
            std::mem::swap(&mut stage.connection, &mut other);
            stage.epoch += 1;
            stage.state = State::Up;
            true
        });
        if renewed { Ok(()) } else { Err(other) }
    }

    /// There will be no other connection. The first reason counts.
    pub(crate) fn end(&self, reason: ConnectionError) {
        self.stage.send_if_modified(|stage| {
            let first = !matches!(stage.state, State::Over(_));
            if first {
                stage.state = State::Over(reason);
            }
            first
        });
    }

    /// Why there will be no other connection. `None`: there may be.
    pub(crate) fn end_reason(&self) -> Option<ConnectionError> {
        match &self.stage.borrow().state {
            State::Over(reason) => Some(reason.clone()),
            _ => None,
        }
    }

    /// Waits until there is to be no other connection, or nobody calls any more; for who makes the next one.
    pub(crate) fn unwanted(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stage = self.stage.subscribe();
        async move {
            let _ = stage
                .wait_for(|stage| matches!(stage.state, State::Over(_)))
                .await;
        }
    }

    /// The connection there is, or the next one, with its number. One by the number `failed` is none.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub(crate) async fn current(
        &self,
        failed: Option<u64>,
        deadline: Option<Instant>,
    ) -> Result<(u64, Connection), CallEnd> {
        if let Some(found) = self.look(failed) {
            return found;
        }
        let mut stage = self.stage.subscribe();
        let next = async {
            loop {
                if let Some(found) = self.look(failed) {
                    return found;
                }
                // Fails when the sender is gone, which this value holds.
                let _ = stage.changed().await;
            }
        };
        let Some(deadline) = deadline else {
            return next.await;
        };
        // By the connection's own runtime, since whoever calls need not be in one.
        let next = self.last().shared().timeout_at(deadline, next);
        next.await.unwrap_or(Err(CallEnd::DeadlineExceeded))
    }

    /// The connection there is, or why there is none. `None`: another one is to be waited for.
    fn look(&self, failed: Option<u64>) -> Option<Result<(u64, Connection), CallEnd>> {
        let stage = self.stage.borrow();
        match &stage.state {
            State::Over(reason) => Some(Err(CallEnd::Connection(reason.clone()))),
            State::Up if failed.is_none_or(|failed| failed < stage.epoch) => {
                Some(Ok((stage.epoch, stage.connection.clone())))
            }
            #[cfg(feature = "plugin")]
            State::Asleep => {
                self.calls.notify_one();
                None
            }
            State::Down { in_vain: true } => {
                Some(Err(CallEnd::Connection(stage.connection.reason())))
            }
            State::Up | State::Down { in_vain: false } => match self.while_down {
                WhileDown::Wait => None,
                WhileDown::Fail => Some(Err(CallEnd::Connection(stage.connection.reason()))),
            },
        }
    }
}

impl Shared {
    /// What goes on with another connection when this one has ended, while somebody calls over it.
    pub(super) fn renewed(&self) -> Option<Arc<Renewed>> {
        self.facts.renewed.as_ref()?.upgrade()
    }

    /// Has no other connection follow, and returns the last: this one, or one that followed it.
    pub(super) fn end_renewal(
        self: &Arc<Self>,
        reason: impl FnOnce() -> ConnectionError,
    ) -> Arc<Self> {
        match self.renewed() {
            Some(renewed) => {
                renewed.end(reason());
                Arc::clone(renewed.last().shared())
            }
            None => Arc::clone(self),
        }
    }
}

impl fmt::Debug for Renewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewed")
            .field("connection", &self.stage.borrow().connection)
            .finish_non_exhaustive()
    }
}
