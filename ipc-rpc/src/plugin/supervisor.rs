//! The task of a plugin: starts it again when it has ended, ends it when it is told to.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::attachment::{Attachment, DetachError};
use super::error::LaunchError;
use super::event::{PluginEvent, PluginExit, PluginState};
use super::instance::{End, Instance, NotStarted, Origin, Spec};
use super::restart::Budget;
use super::shared::{Order, Shared};
use crate::clock;

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
type Detached = Result<Attachment, DetachError>;

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
                Some(Order::Detach(reply)) => return self.detach(instance, reply).await,
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
                    // Whoever calls from now on has the next one started, and whoever did since it was looked at keeps this one.
                    shared.asleep();
                    if instance.connection().has_been_active() || shared.is_held() {
                        shared.stay_up(&instance);
                        return Phase::Up(Box::new(instance));
                    }
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

    /// Leaves it running for another host, if it can be.
    async fn detach(&self, instance: Instance, reply: oneshot::Sender<Detached>) -> Phase {
        let shared = &self.shared;
        let attachment = match instance.part(&shared.name).await {
            Ok(attachment) if !reply.is_closed() => attachment,
            // Nobody would ever find it.
            Ok(_) => return Phase::Up(Box::new(instance)),
            Err(error) => {
                let _ = reply.send(Err(error));
                return Phase::Up(Box::new(instance));
            }
        };
        shared.over();
        let instance = instance.say_so_long().await;
        shared.forget();
        // Nothing comes between these two: who is told has it, and who has gone leaves it to this host to end.
        match reply.send(Ok(attachment)) {
            Ok(()) => instance.let_go(),
            Err(_) => drop(instance.bury().await),
        }
        Phase::Over
    }

    fn exited(&mut self, exit: PluginExit) {
        self.shared.exited(&exit);
        self.end.exit = exit;
    }

    async fn down(&mut self, pause: Duration, mut reply: Option<Reply>) -> Phase {
        let (orders, shared) = (&mut self.orders, &self.shared);
        tokio::select! {
            biased;
            order = next(orders) => return Self::instead(order),
            () = sleep(pause) => {}
        }
        let mut order = None;
        let cancel = async { order = next(orders).await };
        let started = |pid, tree| shared.started(pid, tree);
        match Instance::start(&self.spec, Origin::Program, started, cancel).await {
            Ok(instance) => {
                self.shared.ready(&instance);
                if let Some(reply) = reply.take() {
                    let _ = reply.send(Ok(()));
                }
                Phase::Up(Box::new(instance))
            }
            Err(NotStarted::Cancelled(exit)) => {
                if let Some(exit) = exit {
                    self.exited(exit);
                }
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
            // One that is down is not left running: `next` has said so.
            Some(Order::Stop | Order::Kill | Order::Detach(_)) | None => Phase::Over,
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
            order = next(&mut self.orders) => Self::instead(order),
            () = link.wanted() => Phase::Down { pause: Duration::ZERO, reply: None },
        }
    }

    async fn failed(&mut self) -> Phase {
        match next(&mut self.orders).await {
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

/// The next order for a plugin that is down. One that is to be left running cannot be then, and stays as it is. Cancel safe.
async fn next(orders: &mut mpsc::UnboundedReceiver<Order>) -> Option<Order> {
    loop {
        match orders.recv().await {
            Some(Order::Detach(reply)) => {
                let _ = reply.send(Err(DetachError::NotRunning));
            }
            order => return order,
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
