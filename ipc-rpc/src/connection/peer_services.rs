//! What the peer serves, which may change while the connection lives.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::watch;

use crate::wire::ServiceEntry;

/// The peer's table of services. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct PeerServices(Arc<Table>);

#[derive(Debug)]
struct Table {
    services: watch::Sender<Arc<[ServiceEntry]>>,
    /// Counts the changes, so that it costs nothing to see that there was none.
    version: AtomicU32,
    may_change: bool,
}

impl PeerServices {
    /// The table that a server told in its welcome. It may tell another one later.
    pub(crate) fn of_server(services: Vec<ServiceEntry>) -> Self {
        Self::new(services, true)
    }

    /// The table that a client told in its hello.
    pub(crate) fn of_client(services: Vec<ServiceEntry>) -> Self {
        Self::new(services, false)
    }

    fn new(services: Vec<ServiceEntry>, may_change: bool) -> Self {
        Self(Arc::new(Table {
            services: watch::Sender::new(services.into()),
            version: AtomicU32::new(0),
            may_change,
        }))
    }

    /// Whether the peer may tell another one.
    pub(super) fn may_change(&self) -> bool {
        self.0.may_change
    }

    pub(crate) fn get(&self) -> Arc<[ServiceEntry]> {
        Arc::clone(&self.0.services.borrow())
    }

    /// Which table it is. To be asked before [`get`](Self::get): a newer one may then be looked at once more than need be,
    /// and none is missed.
    pub(crate) fn version(&self) -> u32 {
        self.0.version.load(Ordering::Acquire)
    }

    pub(super) fn watch(&self) -> watch::Receiver<Arc<[ServiceEntry]>> {
        self.0.services.subscribe()
    }

    /// The peer told another one. Wakes those who wait for it: not under the lock.
    pub(super) fn set(&self, services: Vec<ServiceEntry>) {
        self.0.services.send_replace(services.into());
        self.0.version.fetch_add(1, Ordering::Release);
    }
}

impl Default for PeerServices {
    fn default() -> Self {
        Self::of_client(Vec::new())
    }
}
