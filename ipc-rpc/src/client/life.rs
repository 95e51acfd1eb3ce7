//! What an application is told of a client's life.

use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

use crate::error::ConnectionError;
use crate::event::{ClientEvent, ClientStatus, Events, Hub, Status};
use crate::wire::ConnectionId;

/// The events of a client, and where it stands.
#[derive(Default)]
pub(super) struct Life {
    events: Hub<ClientEvent>,
    /// Made when somebody asks.
    status: OnceLock<watch::Sender<ClientStatus>>,
}

impl Life {
    pub(super) fn events(&self) -> Events<ClientEvent> {
        self.events.subscribe([])
    }

    pub(super) fn status(&self) -> Status {
        Status::of(
            self.status
                .get_or_init(|| watch::Sender::new(ClientStatus::Connecting)),
        )
    }

    pub(super) fn publish(&self, event: &ClientEvent) {
        // First, so that whoever hears of an event finds the status that it led to.
        if let (Some(status), Some(new)) = (self.status.get(), ClientStatus::behind(event)) {
            status.send_if_modified(|status| std::mem::replace(status, new) != new);
        }
        self.events.publish(event);
    }

    pub(super) fn disconnected(&self, id: ConnectionId, reason: &ConnectionError) {
        self.publish(&ClientEvent::Disconnected {
            id,
            reason: reason.clone(),
        });
    }

    pub(super) fn closed(&self, reason: Option<ConnectionError>) {
        self.publish(&ClientEvent::Closed { reason });
    }

    /// The end of the last connection, and with it the client's.
    pub(super) fn ended(&self, id: ConnectionId, reason: ConnectionError) {
        let event = ClientEvent::Disconnected { id, reason };
        self.publish(&event);
        if let ClientEvent::Disconnected { reason, .. } = event {
            self.closed(Some(reason));
        }
    }
}

/// The life of a client that is not connected yet. Dropped before it is, it publishes that the client has ended.
#[derive(Default)]
pub(super) struct Unconnected {
    life: Arc<Life>,
    disarmed: bool,
}

impl Unconnected {
    pub(super) const fn life(&self) -> &Arc<Life> {
        &self.life
    }

    pub(super) fn disarm(mut self) {
        self.disarmed = true;
    }
}

impl Drop for Unconnected {
    fn drop(&mut self) {
        if !self.disarmed {
            self.life.closed(None);
        }
    }
}
