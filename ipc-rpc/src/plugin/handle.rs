//! An application's hold on one plugin.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::attachment::{Attachment, DetachError};
use super::error::LaunchError;
use super::event::{PluginEvent, PluginExit, PluginState};
use super::shared::{Order, Shared};
use crate::connection::Connection;
use crate::event::Events;
use crate::service::{Client, Lane, ServiceDefinition};

/// A plugin that was [launched](super::Host::launch). Its clones are the same plugin; when the last one is dropped, the plugin is
/// killed. To end it in order, [shut it down](Self::shutdown) first.
pub struct Plugin<C> {
    owner: Arc<Owner>,
    client: PhantomData<fn() -> C>,
}

/// Keeps a plugin from being stopped for want of work, until it is dropped: made by [`Plugin::hold`].
#[must_use = "the plugin is held for as long as this is"]
pub struct Hold(Arc<Shared>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.let_go();
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hold").field(&self.0.name).finish()
    }
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

    /// The version of its service that was agreed on: the one that the plugin serves, or the nearest to it that
    /// both sides can do with, as [`Command::versions`](super::Command::versions) and [`Guest::versions`](super::Guest::versions)
    /// say; if neither says so, the highest that both know. `None`: it is not connected at this moment.
    #[must_use]
    pub fn service_version(&self) -> Option<u32> {
        self.connection()?.service_version::<C>()
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

    /// Whether it has this feature as well as the [host](super::HostBuilder::feature). `false` while it is not connected.
    #[must_use]
    pub fn has_feature(&self, name: &str) -> bool {
        self.connection()
            .is_some_and(|connection| connection.has_feature(name))
    }

    /// Keeps it from [being stopped for want of work](super::Command::idle_stop) until what is returned is dropped: for a host that
    /// has left something with it, and does without calls for a while. One that is stopped by then, or just being stopped, stays so
    /// until it is called.
    pub fn hold(&self) -> Hold {
        self.shared().hold();
        Hold(Arc::clone(&self.owner.0))
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

    /// Leaves it running for another host, which [attaches](super::Host::attach) to it with what is returned: for hosts that are
    /// replaced without an interruption. No call begins any more and those in flight may finish; then this is a plugin that has
    /// stopped, of which no exit is known. It waits for as long as [it is willing to](super::Guest::reattachable), and then ends.
    ///
    /// # Errors
    ///
    /// [`DetachError`]; it goes on as it was, unless it ends meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it has resolved, the plugin stays this host's: it goes on, or ends if it was told already that another one
    /// comes. Whoever drops the plugin or the host meanwhile ends it.
    ///
    /// # Platform notes
    ///
    /// Linux only: elsewhere it fails with [`DetachError::Unsupported`].
    pub async fn detach(&self) -> Result<Attachment, DetachError> {
        let (reply, replied) = oneshot::channel();
        self.shared().order(Order::Detach(reply));
        let left = replied.await.unwrap_or(Err(DetachError::NotRunning))?;
        self.shared().stopped().await;
        Ok(left)
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
