//! Making a connection, and the task that drives it.

use std::sync::Arc;

use super::dial::Dialer;
use super::life::{Life, Unconnected};
use super::plan::Plan;
use super::redial::Redialer;
use crate::connection::{Connection, Renewed};
use crate::error::{ConnectError, ConnectionError};
use crate::event::ClientEvent;
use crate::wire::ConnectionId;

/// A connection, and what goes on with others behind it, if something does: that is held until somebody calls over it.
pub(super) struct Established {
    pub(super) connection: Connection,
    pub(super) _renewed: Option<Arc<Renewed>>,
}

/// Makes the connection, and the task that drives it.
///
/// `unless_connected` tells the end whichever way this future ends, its drop included.
pub(super) async fn connect(
    mut plan: Box<Plan>,
    unless_connected: Unconnected,
) -> Result<Established, ConnectError> {
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(ConnectError::NoRuntime);
    }
    let life = Arc::clone(unless_connected.life());
    let reconnect = plan.reconnect.take();
    life.publish(&ClientEvent::Connecting);
    let patience = plan.patience;
    let mut dialer = Dialer::new(plan)?;
    if let Some(patience) = patience {
        dialer.wait(patience).await?;
    }
    let dialled = dialer.dial(None).await?;
    unless_connected.disarm();
    if let Some(policy) = reconnect.filter(|_| dialer.can_dial_again()) {
        let (renewed, task) = Redialer::begin(dialer, dialled, policy, life);
        spawn(task);
        return Ok(Established {
            connection: renewed.last(),
            _renewed: Some(renewed),
        });
    }
    let (connection, driver) = dialer.begin(dialled, None);
    let id = connection.id();
    life.publish(&ClientEvent::Connected { id });
    let end = EndOnDrop {
        life,
        id,
        reason: None,
    };
    spawn(driver.until(end, |end, reason| end.reason = Some(reason)));
    Ok(Established {
        connection,
        _renewed: None,
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the connection's own task: it ends when the connection does, which its handles see to"
)]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

/// Publishes the end of a connection, also when its task is dropped with its runtime.
struct EndOnDrop {
    life: Arc<Life>,
    id: ConnectionId,
    reason: Option<ConnectionError>,
}

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        let reason = self.reason.take().unwrap_or(ConnectionError::Aborted);
        self.life.ended(self.id, reason);
    }
}
