//! Where a client stands.

use tokio::sync::watch;

use super::ClientEvent;

/// Where a client stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientStatus {
    /// It was not connected yet, and is about to be or waits to be awaited.
    Connecting,
    /// It is connected.
    Connected,
    /// Its connection has ended. What comes next is not decided yet.
    Disconnected,
    /// Its connection has ended, and it [connects again](crate::Connect::reconnect).
    Reconnecting,
    /// It has ended for good.
    Closed,
}

impl ClientStatus {
    /// Where a client stands behind this event. `None`: where it stood.
    pub(crate) const fn behind(event: &ClientEvent) -> Option<Self> {
        match event {
            ClientEvent::Connecting => Some(Self::Connecting),
            ClientEvent::Connected { .. } => Some(Self::Connected),
            ClientEvent::Disconnected { .. } => Some(Self::Disconnected),
            ClientEvent::Reconnecting { .. } => Some(Self::Reconnecting),
            ClientEvent::Closed { .. } => Some(Self::Closed),
            ClientEvent::Missed { .. } => None,
        }
    }
}

/// Watches where a client stands. Unlike [`Events`](crate::Events) it tells the latest only, and misses nothing that still holds.
#[derive(Clone, Debug)]
pub struct Status {
    status: watch::Receiver<ClientStatus>,
}

impl Status {
    pub(crate) fn of(status: &watch::Sender<ClientStatus>) -> Self {
        Self {
            status: status.subscribe(),
        }
    }

    /// Where the client stands.
    #[must_use]
    pub fn get(&mut self) -> ClientStatus {
        *self.status.borrow_and_update()
    }

    /// Waits until the client stands elsewhere than when this was last asked, and returns where. `None`: it has ended, and
    /// that was told.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn changed(&mut self) -> Option<ClientStatus> {
        self.status.changed().await.ok()?;
        Some(*self.status.borrow_and_update())
    }

    /// Waits until the client stands there. `false`: it has ended, and never will.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn until(&mut self, status: ClientStatus) -> bool {
        let there = |now: &ClientStatus| *now == status || *now == ClientStatus::Closed;
        let found = self.status.wait_for(there).await;
        found.is_ok_and(|found| *found == status)
    }
}
