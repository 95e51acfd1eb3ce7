//! Holding up the peer's requests for a while.

use super::Connection;
use super::shared::{Shared, wake_driver};

/// Who holds up the peer's requests.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pauses {
    connection: bool,
    server: bool,
}

/// On whose behalf a connection pauses: each resumes what it has paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pauser {
    Connection,
    Server,
}

impl Pauses {
    pub(super) const fn any(self) -> bool {
        self.connection || self.server
    }
}

impl Shared {
    pub(super) fn set_paused(&self, by: Pauser, paused: bool) {
        let mut core = self.lock();
        match by {
            Pauser::Connection => core.pauses.connection = paused,
            Pauser::Server => core.pauses.server = paused,
        }
        if !core.pauses.any() {
            wake_driver(core);
        }
    }
}

impl Connection {
    /// Holds up the peer's requests, one-way ones included, until [`resume`](Self::resume): none is dispatched.
    ///
    /// Reading goes on, so that answers, pings and streams get through. Requests that arrive wait in order of arrival, at
    /// most [`Config::max_in_flight`](crate::Config::max_in_flight) of them, in memory and with their arguments: then the
    /// peer's callers wait. Their deadlines pass meanwhile; one that expires, or that its caller gives up, never runs. When this side
    /// [closes](Self::close), or its server shuts down, those that wait are answered with
    /// [`CallError::ShuttingDown`](crate::CallError::ShuttingDown).
    ///
    /// Handlers that run go on, and one may begin that was about to when this is called. Calls of this side are not
    /// concerned.
    pub fn pause(&self) {
        self.shared().set_paused(Pauser::Connection, true);
    }

    /// Dispatches the peer's requests again, those first that wait since [`pause`](Self::pause), in the order in which they
    /// arrived. A pause by [`ServerHandle::pause`](crate::ServerHandle::pause) goes on.
    pub fn resume(&self) {
        self.shared().set_paused(Pauser::Connection, false);
    }

    /// Whether the peer's requests are held up, by [`pause`](Self::pause) or by that of the server.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.shared().lock().pauses.any()
    }

    /// The same on behalf of the server.
    pub(crate) fn set_paused_by_server(&self, paused: bool) {
        self.shared().set_paused(Pauser::Server, paused);
    }

    /// Whether a call or a stream is open in either direction, or one was since this was asked.
    pub(crate) fn has_been_active(&self) -> bool {
        let mut core = self.shared().lock();
        let is_active =
            core.in_flight() > 0 || !core.outgoing.is_empty() || !core.incoming.is_empty();
        // What is open now may have ended at the next look, and counts until then.
        std::mem::replace(&mut core.has_begun, is_active) || is_active
    }
}
