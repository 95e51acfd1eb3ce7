//! What the peer serves, which may change while the connection lives.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Notify;

use crate::wire::ServiceEntry;

/// The peer's table of services. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct PeerServices(Arc<Table>);

#[derive(Debug)]
struct Table {
    services: RwLock<Arc<[ServiceEntry]>>,
    changed: Notify,
    /// Counts the changes, so that it costs nothing to see that there was none.
    version: AtomicU32,
    may_change: bool,
}

impl PeerServices {
    /// The table that a server told in its welcome. It may tell another one later.
    pub(crate) fn of_server(services: Arc<[ServiceEntry]>) -> Self {
        Self::new(services, true)
    }

    /// The table that a client told in its hello.
    pub(crate) fn of_client(services: Arc<[ServiceEntry]>) -> Self {
        Self::new(services, false)
    }

    fn new(services: Arc<[ServiceEntry]>, may_change: bool) -> Self {
        Self(Arc::new(Table {
            services: RwLock::new(services),
            changed: Notify::new(),
            version: AtomicU32::new(0),
            may_change,
        }))
    }

    /// Whether the peer may tell another one.
    pub(super) fn may_change(&self) -> bool {
        self.0.may_change
    }

    pub(crate) fn get(&self) -> Arc<[ServiceEntry]> {
        let services = self.0.services.read();
        Arc::clone(&services.unwrap_or_else(PoisonError::into_inner))
    }

    /// Which table it is. To be asked before [`get`](Self::get): a newer one may then be looked at once more than need be,
    /// and none is missed.
    pub(crate) fn version(&self) -> u32 {
        self.0.version.load(Ordering::Acquire)
    }

    /// Waits for a table that is `wanted`, which may be this one.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub(super) async fn wait_for(&self, wanted: impl Fn(&[ServiceEntry]) -> bool) {
        loop {
            // It is told of what happens from now on.
            let changed = self.0.changed.notified();
            if wanted(&self.get()) {
                return;
            }
            changed.await;
        }
    }

    /// The peer told another one. Wakes those who wait for it: not under the lock.
    pub(super) fn set(&self, services: Vec<ServiceEntry>) {
        let services = services.into();
        let place = self.0.services.write();
        let old = std::mem::replace(
            &mut *place.unwrap_or_else(PoisonError::into_inner),
            services,
        );
        self.0.version.fetch_add(1, Ordering::Release);
        self.0.changed.notify_waiters();
        drop(old);
    }
}

impl Default for PeerServices {
    fn default() -> Self {
        Self::of_client(Arc::default())
    }
}
