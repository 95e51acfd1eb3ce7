//! What the peer serves, which may change while the connection lives.

use std::sync::Arc;

use tokio::sync::watch;

use crate::wire::ServiceEntry;

/// The peer's table of services. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct PeerServices(Arc<watch::Sender<Arc<[ServiceEntry]>>>);

impl PeerServices {
    /// The table that the peer told in its handshake.
    pub(crate) fn new(services: Vec<ServiceEntry>) -> Self {
        Self(Arc::new(watch::Sender::new(services.into())))
    }

    pub(crate) fn get(&self) -> Arc<[ServiceEntry]> {
        Arc::clone(&self.0.borrow())
    }

    pub(super) fn watch(&self) -> watch::Receiver<Arc<[ServiceEntry]>> {
        self.0.subscribe()
    }

    /// The peer told another one. Wakes those who wait for it: not under the lock.
    pub(super) fn set(&self, services: Vec<ServiceEntry>) {
        self.0.send_replace(services.into());
    }
}

impl Default for PeerServices {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}
