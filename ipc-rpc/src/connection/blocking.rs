//! A connection for threads without a runtime.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Connection, Shared};
use crate::blocking::block_on;
use crate::clock::{self, Timekeeper, timeout_at};
use crate::error::{CallError, ConnectionError};
use crate::identity::PeerIdentity;
use crate::wire::ConnectionId;

/// A [`Connection`] whose methods block the calling thread where those of the other wait.
///
/// Its clones are the same connection. When the last handle is dropped, the blocking clients on it included, the connection
/// is closed in order, and the drop waits until it has ended, for a second at most: so what was sent arrives, also if the
/// process ends next.
pub struct BlockingConnection {
    connection: Connection,
    /// Dropped behind the connection.
    end: Option<OrderlyEnd>,
}

impl BlockingConnection {
    pub(crate) const fn new(connection: Connection) -> Self {
        Self {
            connection,
            end: None,
        }
    }

    /// The same connection for asynchronous code.
    #[must_use]
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The connection's id, the same on both sides.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.connection.id()
    }

    /// What the kernel says of the process at the other end, as it was when the connection began.
    #[must_use]
    pub fn peer_identity(&self) -> &PeerIdentity {
        self.connection.peer_identity()
    }

    /// The names of the services that the peer serves at this moment.
    #[must_use]
    pub fn peer_services(&self) -> Vec<String> {
        self.connection.peer_services()
    }

    /// Asks the peer for a sign of life, and returns how long it took to come.
    ///
    /// # Errors
    ///
    /// As [`Connection::ping`].
    pub fn ping(&self) -> Result<Duration, CallError> {
        block_on(self.connection.ping())
    }

    /// The same with bytes that go there and come back.
    ///
    /// # Errors
    ///
    /// As [`Connection::ping_with`].
    pub fn ping_with(&self, payload: &[u8]) -> Result<Duration, CallError> {
        block_on(self.connection.ping_with(payload))
    }

    /// Ends the connection in order and returns when it has ended, as [`Connection::close`] does: whether this call began
    /// it.
    pub fn close(&self, reason: impl Into<String>) -> bool {
        block_on(self.connection.close(reason))
    }

    /// Ends the connection at once, without a word to the peer, and fails everything pending, the calls of other threads
    /// included.
    pub fn abort(&self) {
        self.connection.abort();
    }

    /// Waits until the connection has ended, and returns why.
    pub fn closed(&self) -> ConnectionError {
        block_on(self.connection.closed())
    }

    /// Whether the connection has ended.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.connection.is_closed()
    }
}

impl Clone for BlockingConnection {
    fn clone(&self) -> Self {
        Self::new(self.connection.clone())
    }
}

impl Drop for BlockingConnection {
    fn drop(&mut self) {
        self.end = Some(OrderlyEnd::of(&self.connection));
    }
}

impl fmt::Debug for BlockingConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BlockingConnection")
            .field(&self.connection)
            .finish()
    }
}

/// Waits for the end of a connection whose last handle was dropped, when it is dropped itself. It is none.
pub(crate) struct OrderlyEnd(Arc<Shared>);

impl OrderlyEnd {
    pub(crate) fn of(connection: &Connection) -> Self {
        Self(Arc::clone(connection.shared()))
    }
}

impl Drop for OrderlyEnd {
    fn drop(&mut self) {
        if self.0.handles.load(Ordering::Acquire) > 0 {
            return;
        }
        let end = self.0.ended.wait();
        // Beyond it the peer takes nothing, or one of its calls is still being served.
        let _ = block_on(timeout_at(
            clock::now() + LAST_WORDS,
            Timekeeper::System,
            end,
        ));
    }
}

/// How long the drop of the last handle waits for the end of its connection.
const LAST_WORDS: Duration = Duration::from_secs(1);
