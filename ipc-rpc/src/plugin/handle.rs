//! An application's hold on one plugin.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::error::LaunchError;
use super::event::{PluginEvent, PluginExit, PluginState};
use super::supervisor::{Order, Shared};
use crate::connection::Connection;
use crate::event::Events;
use crate::service::{Client, Fit, Lane, ServiceDefinition};

/// A plugin that was [launched](super::Host::launch). Its clones are the same plugin; when the last one is dropped, the plugin is
/// killed. To end it in order, [shut it down](Self::shutdown) first.
pub struct Plugin<C> {
    owner: Arc<Owner>,
    client: PhantomData<fn() -> C>,
}

struct Owner(Arc<Shared>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.kill();
    }
}

impl<C: Client> Plugin<C> {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            owner: Arc::new(Owner(shared)),
            client: PhantomData,
        }
    }

    /// A client of what the plugin serves. It outlives the plugin's restarts.
    ///
    /// A call that is made while the plugin is down waits until it is up again, for as long as the call may take, or fails at
    /// once: as [`Command::while_down`](super::Command::while_down) says. When a plugin ends in the middle of a call, that fails,
    /// and [`CallError::outcome`](crate::CallError::outcome) tells whether it may have run; only what certainly did not, and what
    /// `#[ipc(idempotent)]` allows, is sent again. A plugin that has failed or stopped fails calls at once.
    #[must_use]
    pub fn client(&self) -> C {
        self.client_of()
    }

    /// The highest version of its service that both sides know. `None`: it is not connected at this moment.
    #[must_use]
    pub fn service_version(&self) -> Option<u32> {
        let known = C::Definition::DESCRIPTOR;
        match Fit::of(&self.connection()?, known) {
            Fit::Same { version } => Some(version.min(known.version)),
            Fit::Differs(_) | Fit::Missing => None,
        }
    }

    /// A client of another service of the plugin's.
    #[must_use]
    pub fn client_of<D: Client>(&self) -> D {
        match self.shared().link() {
            Some(link) => D::from_lane(Lane::over(Arc::clone(link), D::Definition::DESCRIPTOR)),
            // Whoever has a plugin has one that was ready.
            None => Connection::to_nobody().client(),
        }
    }
}

impl<C> Plugin<C> {
    fn shared(&self) -> &Shared {
        &self.owner.0
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared().name
    }

    /// The process id of its program. `None`: it does not run at this moment.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.shared().state().pid()
    }

    /// What it does at this moment.
    #[must_use]
    pub fn state(&self) -> PluginState {
        self.shared().state()
    }

    /// Its events, those first that tell where it stands: of one that is ready `Started` and `Ready`.
    #[must_use]
    pub fn events(&self) -> Events<PluginEvent> {
        self.shared().events()
    }

    /// Its connection. `None`: it has none at this moment.
    #[must_use]
    pub fn connection(&self) -> Option<Connection> {
        self.shared().connection()
    }

    /// Ends it in order and waits until it is gone, with everything that it has started.
    ///
    /// No call begins any more and those in flight may finish, for [`Command::shutdown_grace`](super::Command::shutdown_grace) at
    /// most; it is told goodbye, upon which it ends as a rule. If not, it is sent a `SIGTERM`, and killed after as long again. Does
    /// nothing to one that has stopped; several at once wait for the same end.
    ///
    /// # Cancel safety
    ///
    /// Once polled, it is shut down whether that is waited for or not.
    ///
    /// # Platform notes
    ///
    /// ## Windows
    ///
    /// There is no signal: one that does not end by the goodbye is killed.
    pub async fn shutdown(&self) -> PluginExit {
        self.shared().order(Order::Stop);
        self.shared().stopped().await
    }

    /// Ends it at once, with everything that it has started, and waits until it is gone.
    ///
    /// # Cancel safety
    ///
    /// As [`shutdown`](Self::shutdown).
    pub async fn kill(&self) -> PluginExit {
        self.shared().kill();
        self.shared().stopped().await
    }

    /// Shuts it down and launches it again; also one that has [failed](PluginState::Failed), whose budget is full again then. Does
    /// not count as one of its own restarts, but a start that fails does. Several at once restart it one after the other, each of
    /// them.
    ///
    /// # Errors
    ///
    /// Those of [`Host::launch`](super::Host::launch), of which the restart policy says what follows;
    /// [`LaunchError::HostGone`] if it has stopped, or is stopped meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Once it is its turn, it is restarted whether that is waited for or not.
    pub async fn restart(&self) -> Result<(), LaunchError> {
        let shared = self.shared();
        let _turn = shared.turn.lock().await;
        let (reply, replied) = oneshot::channel();
        shared.order(Order::Restart(reply));
        replied.await.unwrap_or(Err(LaunchError::HostGone))
    }
}

impl<C> Clone for Plugin<C> {
    fn clone(&self) -> Self {
        Self {
            owner: Arc::clone(&self.owner),
            client: PhantomData,
        }
    }
}

impl<C> fmt::Debug for Plugin<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin")
            .field("name", &self.name())
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
