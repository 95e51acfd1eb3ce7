//! The task of a plugin: starts it again when it has ended, ends it when it is told to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use super::error::LaunchError;
use super::event::{PluginEvent, PluginExit, PluginState};
use super::instance::{End, Instance, NotStarted, Spec};
use super::process::Tree;
use super::restart::Budget;
use crate::clock;
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
    fn publish(&self, event: &PluginEvent, next: Option<PluginState>) {
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
    fn down(&self) {
        if let Some(link) = self.link() {
            link.down();
            link.in_again();
        }
    }

    /// Calls that begin now have the next run started, and wait for it.
    fn asleep(&self) {
        if let Some(link) = self.link() {
            link.asleep();
        }
    }

    /// Calls that begin now fail, and those that wait.
    fn over(&self) {
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
        self.holds.fetch_sub(1, Ordering::Relaxed);
    }

    fn is_held(&self) -> bool {
        self.holds.load(Ordering::Relaxed) > 0
    }

    fn exited(&self, exit: &PluginExit) {
        // Before it is told, so that whoever hears of it and calls does not call over what has ended.
        self.down();
        self.forget();
        tracing::debug!(plugin = %self.name, status = ?exit.status, "plugin ended");
        let event = PluginEvent::Exited(exit.clone());
        self.publish(&event, Some(PluginState::Down));
    }

    fn forget(&self) {
        let mut present = self.present();
        let gone = (present.tree.take(), present.connection.take());
        drop(present);
        drop(gone);
    }

    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Supervises a plugin that is ready until it has stopped for good.
///
/// No `async fn`: whoever waits for the end is to be settled also when this is dropped before it was polled at all.
pub(super) fn supervise(
    shared: Arc<Shared>,
    mut spec: Spec,
    first: Instance,
    orders: mpsc::UnboundedReceiver<Order>,
) -> impl Future<Output = ()> + Send + use<> {
    let end = EndOnDrop {
        shared: Arc::clone(&shared),
        exit: PluginExit::default(),
    };
    spec.codec = Some(first.connection().codec());
    let supervisor = Supervisor {
        budget: Budget::new(spec.command.restart.clone()),
        shared,
        spec,
        orders,
        end,
    };
    let first = Phase::Up(Box::new(first));
    async move { supervisor.run(first).await }
}

type Reply = oneshot::Sender<Result<(), LaunchError>>;

enum Phase {
    Up(Box<Instance>),
    /// To be started after a pause.
    Down {
        pause: Duration,
        reply: Option<Reply>,
    },
    Failed,
    /// Until somebody calls.
    Idle,
    Over,
}

/// What follows on the end of a run.
enum Then {
    Obey(Option<Order>),
    /// It ended by itself.
    Judge,
    Idle,
}

struct Supervisor {
    shared: Arc<Shared>,
    spec: Spec,
    orders: mpsc::UnboundedReceiver<Order>,
    budget: Budget,
    /// Knows how the last run has ended, and says so in the end. Dropped last.
    end: EndOnDrop,
}

impl Supervisor {
    async fn run(mut self, mut phase: Phase) {
        loop {
            phase = match phase {
                Phase::Up(instance) => self.up(*instance).await,
                Phase::Down { pause, reply } => self.down(pause, reply).await,
                Phase::Failed => self.failed().await,
                Phase::Idle => self.idle().await,
                Phase::Over => break,
            };
        }
    }

    async fn up(&mut self, mut instance: Instance) -> Phase {
        let shared = &self.shared;
        let unhealthy = |after| shared.publish(&PluginEvent::Unhealthy { after }, None);
        let (exit, then) = tokio::select! {
            // An end that was asked for is not one that counts.
            biased;
            order = self.orders.recv() => match order {
                Some(order @ Order::Restart(_)) => {
                    shared.down();
                    (instance.shut_down().await, Then::Obey(Some(order)))
                }
                Some(Order::Stop) => {
                    shared.over();
                    (instance.shut_down().await, Then::Obey(Some(Order::Stop)))
                }
                Some(Order::Kill) | None => {
                    shared.over();
                    (instance.bury().await, Then::Obey(Some(Order::Kill)))
                }
            },
            end = instance.watch(unhealthy, || shared.is_held()) => match end {
                End::Idle => {
                    // Whoever calls from now on has the next one started.
                    shared.asleep();
                    (instance.shut_down().await, Then::Idle)
                }
                end => (instance.collect(end).await, Then::Judge),
            },
        };
        let is_clean = exit.is_clean;
        self.exited(exit);
        match then {
            Then::Obey(order) => Self::instead(order),
            Then::Idle => Phase::Idle,
            // It was done.
            Then::Judge if is_clean => Phase::Over,
            Then::Judge => {
                let status = self.end.exit.status;
                tracing::warn!(plugin = %self.shared.name, ?status, "plugin ended unexpectedly");
                self.again()
            }
        }
    }

    fn exited(&mut self, exit: PluginExit) {
        self.shared.exited(&exit);
        self.end.exit = exit;
    }

    async fn down(&mut self, pause: Duration, mut reply: Option<Reply>) -> Phase {
        let (orders, shared) = (&mut self.orders, &self.shared);
        tokio::select! {
            biased;
            order = orders.recv() => return Self::instead(order),
            () = sleep(pause) => {}
        }
        let mut order = None;
        let cancel = async { order = orders.recv().await };
        let started = |pid, tree| shared.started(pid, tree);
        match Instance::start(&self.spec, started, cancel).await {
            Ok(instance) => {
                self.shared.ready(&instance);
                if let Some(reply) = reply.take() {
                    let _ = reply.send(Ok(()));
                }
                Phase::Up(Box::new(instance))
            }
            Err(NotStarted::Cancelled(exit)) => {
                self.exited(exit);
                Self::instead(order)
            }
            Err(NotStarted::Failed(error)) => {
                self.shared.forget();
                if let Some(link) = self.shared.link() {
                    link.awake();
                }
                tracing::warn!(plugin = %self.shared.name, error = &error as &dyn std::error::Error, "plugin did not start again");
                let reason = with_sources(&error).into();
                let event = PluginEvent::StartFailed { reason };
                self.shared.publish(&event, Some(PluginState::Down));
                if let Some(reply) = reply.take() {
                    let _ = reply.send(Err(error));
                }
                self.again()
            }
        }
    }

    /// What follows on an order, once the plugin is down.
    fn instead(order: Option<Order>) -> Phase {
        match order {
            Some(Order::Restart(reply)) => Phase::Down {
                pause: Duration::ZERO,
                reply: Some(reply),
            },
            Some(Order::Stop | Order::Kill) | None => Phase::Over,
        }
    }

    async fn idle(&mut self) -> Phase {
        tracing::debug!(plugin = %self.shared.name, "plugin stopped for want of work");
        let Some(link) = self.shared.link() else {
            // Whatever was idle was ready before.
            return Phase::Over;
        };
        self.shared
            .publish(&PluginEvent::Idle, Some(PluginState::Idle));
        tokio::select! {
            biased;
            order = self.orders.recv() => Self::instead(order),
            () = link.wanted() => Phase::Down { pause: Duration::ZERO, reply: None },
        }
    }

    async fn failed(&mut self) -> Phase {
        match self.orders.recv().await {
            order @ Some(Order::Restart(_)) => {
                self.budget = Budget::new(self.spec.command.restart.clone());
                self.shared.down();
                Self::instead(order)
            }
            order => Self::instead(order),
        }
    }

    /// Whether there is another try.
    fn again(&mut self) -> Phase {
        match self.budget.draw(clock::now()) {
            Some((attempt, after)) => {
                let event = PluginEvent::Restarting { attempt, after };
                self.shared.publish(&event, Some(PluginState::Down));
                Phase::Down {
                    pause: after,
                    reply: None,
                }
            }
            None => {
                tracing::error!(plugin = %self.shared.name, "plugin ended too often and stays down");
                if let Some(link) = self.shared.link() {
                    link.out();
                }
                self.shared
                    .publish(&PluginEvent::Failed, Some(PluginState::Failed));
                Phase::Failed
            }
        }
    }
}

/// Settles whoever waits for the end, also when the task is dropped with its host or its runtime.
struct EndOnDrop {
    shared: Arc<Shared>,
    exit: PluginExit,
}

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.shared.over();
        self.shared.forget();
        let state = PluginState::Stopped(std::mem::take(&mut self.exit));
        self.shared.publish(&PluginEvent::Stopped, Some(state));
    }
}

/// An error and what lies beneath it, in one line.
pub(super) fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

#[expect(
    clippy::disallowed_methods,
    reason = "owns the pauses between restarts"
)]
async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}
