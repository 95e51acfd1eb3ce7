//! What a plugin's handles and its task share.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};

use super::attachment::{Attachment, DetachError};
use super::error::LaunchError;
use super::event::{PluginEvent, PluginExit, PluginState};
use super::instance::Instance;
use super::process::Tree;
use crate::config::WhileDown;
use crate::connection::{Connection, Renewed};
use crate::error::ConnectionError;
use crate::event::Hub;

/// What a plugin's handles and its task share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) name: Arc<str>,
    hub: Hub<PluginEvent>,
    state: watch::Sender<PluginState>,
    present: Mutex<Present>,
    orders: mpsc::UnboundedSender<Order>,
    /// What calls go over, from the first connection on.
    link: OnceLock<Arc<Renewed>>,
    while_down: WhileDown,
    /// How many do not want it to be stopped for want of work.
    holds: AtomicUsize,
    /// Whether somebody did since that was asked.
    was_held: AtomicBool,
    /// Whoever restarts it, one after the other.
    pub(super) turn: tokio::sync::Mutex<()>,
}

/// What there is of a plugin at this moment.
#[derive(Debug, Default)]
struct Present {
    tree: Option<Arc<Tree>>,
    connection: Option<Connection>,
    /// Set when it is to end at once: what is started from then on is ended, too.
    is_condemned: bool,
}

/// What a plugin's task is told.
#[derive(Debug)]
pub(super) enum Order {
    /// To end it in order.
    Stop,
    /// To end it at once.
    Kill,
    /// To leave it running, for another host.
    Detach(oneshot::Sender<Result<Attachment, DetachError>>),
    /// To end it in order and start it again.
    Restart(oneshot::Sender<Result<(), LaunchError>>),
}

impl Shared {
    pub(super) fn new(
        name: Arc<str>,
        while_down: WhileDown,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Order>) {
        let (orders, receiver) = mpsc::unbounded_channel();
        let shared = Self {
            name,
            hub: Hub::default(),
            state: watch::Sender::new(PluginState::Down),
            present: Mutex::default(),
            orders,
            link: OnceLock::new(),
            while_down,
            holds: AtomicUsize::new(0),
            was_held: AtomicBool::new(false),
            turn: tokio::sync::Mutex::default(),
        };
        (Arc::new(shared), receiver)
    }

    pub(super) fn order(&self, order: Order) {
        // Nobody listens: it has stopped.
        let _ = self.orders.send(order);
    }

    /// Ends it at once, whatever its task does.
    pub(super) fn kill(&self) {
        self.order(Order::Kill);
        let mut present = self.present();
        present.is_condemned = true;
        if let Some(tree) = &present.tree {
            tree.kill();
        }
    }

    pub(super) fn state(&self) -> PluginState {
        self.state.borrow().clone()
    }

    /// Waits until it has stopped for good.
    pub(super) async fn stopped(&self) -> PluginExit {
        let mut state = self.state.subscribe();
        let is_over = |state: &PluginState| matches!(state, PluginState::Stopped(_));
        match state.wait_for(is_over).await.as_deref() {
            Ok(PluginState::Stopped(exit)) => exit.clone(),
            // The sender is this.
            _ => PluginExit::default(),
        }
    }

    /// The events from now on, and before them those that tell where it stands.
    pub(super) fn events(&self) -> crate::event::Events<PluginEvent> {
        // Under the lock of the state, so that no event is told twice or not at all.
        let state = self.state.borrow();
        self.hub.subscribe(state.replay())
    }

    /// What calls go over. `None`: it never was ready.
    pub(super) fn link(&self) -> Option<&Arc<Renewed>> {
        self.link.get()
    }

    pub(super) fn connection(&self) -> Option<Connection> {
        self.present().connection.clone()
    }

    /// Publishes what has happened, and the state that it leads to.
    pub(super) fn publish(&self, event: &PluginEvent, next: Option<PluginState>) {
        let mut delivered = None;
        self.state.send_modify(|state| {
            if let Some(next) = next {
                *state = next;
            }
            delivered = Some(self.hub.deliver(event));
        });
        if let Some(delivered) = delivered {
            delivered.wake();
        }
    }

    pub(super) fn started(&self, pid: u32, tree: Arc<Tree>) {
        let mut present = self.present();
        if present.is_condemned {
            tree.kill();
        }
        present.tree = Some(tree);
        drop(present);
        tracing::debug!(plugin = %self.name, pid, "plugin started");
        let event = PluginEvent::Started { pid };
        self.publish(&event, Some(PluginState::Starting { pid }));
    }

    pub(super) fn ready(&self, instance: &Instance) {
        let connection = instance.connection();
        self.present().connection = Some(connection.clone());
        let mut is_first = false;
        let link = self.link.get_or_init(|| {
            is_first = true;
            let begin = |_: &_| (connection.clone(), ());
            Renewed::begin(self.while_down, begin).0
        });
        if !is_first {
            // It is over: then it is of no use any more, and its plugin is about to be ended.
            let _ = link.renew(connection.clone());
        }
        let pid = instance.pid();
        self.publish(&PluginEvent::Ready, Some(PluginState::Ready { pid }));
    }

    /// Calls that begin now wait for the next connection.
    pub(super) fn down(&self) {
        if let Some(link) = self.link() {
            link.down();
            link.in_again();
        }
    }

    /// Calls that begin now have the next run started, and wait for it.
    pub(super) fn asleep(&self) {
        if let Some(link) = self.link() {
            link.asleep();
        }
    }

    /// It is not stopped for want of work after all.
    pub(super) fn stay_up(&self, instance: &Instance) {
        if let Some(link) = self.link() {
            let _ = link.renew(instance.connection().clone());
        }
    }

    /// Calls that begin now fail, and those that wait.
    pub(super) fn over(&self) {
        if let Some(link) = self.link() {
            link.end(ConnectionError::LocallyClosed {
                reason: format!("plugin `{}` was stopped", self.name),
            });
        }
    }

    pub(super) fn hold(&self) {
        self.holds.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn let_go(&self) {
        self.was_held.store(true, Ordering::Relaxed);
        self.holds.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether somebody holds it, or did since this was asked.
    pub(super) fn is_held(&self) -> bool {
        let was_held = self.was_held.swap(false, Ordering::Relaxed);
        was_held || self.holds.load(Ordering::Relaxed) > 0
    }

    pub(super) fn exited(&self, exit: &PluginExit) {
        // Before it is told, so that whoever hears of it and calls does not call over what has ended.
        self.down();
        self.forget();
        tracing::debug!(plugin = %self.name, status = ?exit.status, "plugin ended");
        let event = PluginEvent::Exited(exit.clone());
        self.publish(&event, Some(PluginState::Down));
    }

    pub(super) fn forget(&self) {
        let mut present = self.present();
        let gone = (present.tree.take(), present.connection.take());
        drop(present);
        drop(gone);
    }

    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
