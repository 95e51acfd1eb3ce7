//! One run of a plugin's program, from its start to its end.

mod starting;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::attachment::{Attachment, DetachError};
use super::checksum;
use super::command::{Command, HealthCheck};
use super::error::LaunchError;
use super::event::PluginExit;
use super::gate::{Gate, Watch};
use super::output::Output;
#[cfg(target_os = "linux")]
use super::parting::{can_part, part};
#[cfg(target_os = "linux")]
use super::process;
use super::process::{Process, Tree};
use crate::clock::{self, Timekeeper, timeout_at};
use crate::codec::Codec;
use crate::connection::Connection;
use crate::descriptor::ServiceDescriptor;
use crate::error::{CallError, ConnectionError};
use crate::layer::Layers;
use crate::server::{Idle, Idleness, ServerBuilder, ServerHandle, ShutdownKind};
use crate::service::Service;
use crate::wire::Offer;
use starting::Starting;
pub(super) use starting::misfit;

/// How long a plugin that has ended its connection may take to end as well.
const TO_FOLLOW: Duration = Duration::from_secs(2);

/// How long one that was told goodbye may at least take.
const TO_LEAVE: Duration = Duration::from_millis(500);

/// How long the kernel may take to end what was killed. It takes milliseconds, but for a process that waits for a broken device.
const TO_DIE: Duration = Duration::from_secs(5);

/// What is to run.
#[derive(Clone)]
pub(super) struct Spec {
    pub(super) command: Command,
    /// What the host serves to it.
    pub(super) services: Vec<Arc<dyn Service>>,
    pub(super) layers: Layers,
    /// What the host says of itself beside them.
    pub(super) offer: Offer,
    /// What it is to serve.
    pub(super) wanted: &'static ServiceDescriptor,
    /// The codec of the first run, which clients have been made for. `None`: there was none yet.
    pub(super) codec: Option<Codec>,
}

/// A program that runs and is connected.
#[derive(Debug)]
pub(super) struct Instance {
    process: Process,
    connection: Connection,
    output: Output,
    handle: ServerHandle,
    /// Drives the connection. Dropped with this.
    server: JoinSet<()>,
    grace: Duration,
    health: Option<HealthCheck>,
    idle: Option<Duration>,
}

/// What becomes an instance.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin<'a> {
    Program,
    /// What another host has left.
    Running(&'a Attachment),
}

/// Why a run is over.
#[derive(Debug)]
pub(super) enum End {
    /// The program has ended.
    Exited,
    /// The connection has, in this way.
    Disconnected(ConnectionError),
    /// It does not answer any more.
    Silent,
    /// It has had nothing to do for long enough.
    Idle,
}

/// Why there is no instance.
#[derive(Debug)]
pub(super) enum NotStarted {
    Failed(LaunchError),
    /// Nobody wanted it any more, and this is how what was started has ended. `None`: nothing was.
    Cancelled(Option<PluginExit>),
}

impl Spec {
    /// Has a server serve what the host serves to the plugin, and nobody else.
    pub(super) fn serve(&self, server: ServerBuilder, gate: Arc<Gate>) -> ServerBuilder {
        let mut offer = self.offer.clone();
        if let Some(versions) = &self.command.versions {
            offer.set_versions(self.wanted.name, versions);
        }
        let server = server.authenticate(Watch(gate)).offer(offer);
        let server = server.layers(self.layers.clone());
        let services = self.services.iter().map(Arc::clone);
        services.fold(server, ServerBuilder::service)
    }

    /// It was not ready in time, before it was there.
    fn timed_out(&self) -> LaunchError {
        LaunchError::Timeout {
            name: self.command.name.to_string(),
            after: self.command.start_timeout,
            stderr_tail: String::new(),
            stdout_tail: String::new(),
        }
    }
}

impl From<LaunchError> for NotStarted {
    fn from(error: LaunchError) -> Self {
        Self::Failed(error)
    }
}

impl Instance {
    /// Starts the program and waits until it is ready. Says when it is started. When it fails or `cancel` is done, what was started
    /// is gone when this returns; dropped, it ends it without waiting for that.
    pub(super) async fn start(
        spec: &Spec,
        from: Origin<'_>,
        started: impl FnOnce(u32, Arc<Tree>),
        cancel: impl Future<Output = ()>,
    ) -> Result<Self, NotStarted> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(LaunchError::NoRuntime.into());
        }
        let deadline = clock::now() + spec.command.start_timeout;
        tokio::pin!(cancel);
        let mut starting = match from {
            Origin::Program => {
                let checked = tokio::select! {
                    biased;
                    () = &mut cancel => return Err(NotStarted::Cancelled(None)),
                    checked = until(deadline, checksum::check(&spec.command)) => checked,
                };
                checked.ok_or_else(|| spec.timed_out())??;
                Starting::start(spec).await?
            }
            Origin::Running(attachment) => Starting::attach(spec, attachment, deadline)?,
        };
        started(starting.process.pid(), starting.process.tree());
        let connected = tokio::select! {
            // What ends because it is not wanted any more has not failed.
            biased;
            () = cancel => return Err(NotStarted::Cancelled(Some(starting.cancel().await))),
            connected = until(deadline, starting.connection(spec)) => connected,
        };
        let connection = match connected {
            Some(Ok(connection)) => connection,
            Some(Err(failure)) => return Err(starting.give_up(spec, failure).await.into()),
            None => {
                let timeout = starting::Failure::Timeout;
                return Err(starting.give_up(spec, timeout).await.into());
            }
        };
        // Nobody else is to come.
        starting.handle.stop_listening();
        starting.take_over(spec)?;
        Ok(Self {
            process: starting.process,
            connection,
            output: starting.output,
            handle: starting.handle,
            server: starting.server,
            grace: spec.command.grace,
            health: spec.command.health,
            idle: spec.command.idle,
        })
    }

    pub(super) const fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) const fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Waits for its end. Cancel safe.
    pub(super) async fn watch(
        &mut self,
        unhealthy: impl FnMut(Duration),
        is_held: impl Fn() -> bool,
    ) -> End {
        tokio::select! {
            _ = self.process.ended() => End::Exited,
            reason = self.connection.closed() => End::Disconnected(reason),
            () = silence(&self.connection, self.health, unhealthy) => End::Silent,
            () = idleness(&self.connection, self.idle, is_held) => End::Idle,
        }
    }

    /// Clears up behind a run that is over.
    pub(super) async fn collect(mut self, end: End) -> PluginExit {
        if let End::Disconnected(reason) = end {
            // What has said goodbye is given the time that one has which is told; what has lost its connection is of no use any more.
            let patience = match reason.is_clean() {
                true => self.grace,
                false => TO_FOLLOW,
            };
            self.leave(clock::now() + patience).await;
        }
        self.bury().await
    }

    /// Ends it in order: no call begins any more, those in flight may finish, then it is told, asked by a signal, and killed.
    pub(super) async fn shut_down(mut self) -> PluginExit {
        let deadline = clock::now() + self.grace;
        // A little longer, for the server to end the connection when the grace is over.
        let told = self.handle.shutdown(self.grace);
        let _ = until(deadline + TO_LEAVE, told).await;
        self.leave(deadline.max(clock::now() + TO_LEAVE)).await;
        self.bury().await
    }

    /// Has it wait for another host, should this one [say so long](Self::say_so_long). Until then it goes on as it was.
    #[cfg(target_os = "linux")]
    pub(super) async fn part(&self, name: &str) -> Result<Attachment, DetachError> {
        if !can_part(&self.connection) {
            return Err(DetachError::NotReattachable);
        }
        let failed = |reason: String| DetachError::Failed { reason };
        let pid = self.pid();
        let started = process::started(pid).map_err(|error| failed(error.to_string()))?;
        let context = crate::context::with_timeout(self.grace.max(TO_LEAVE));
        let meeting = part(&self.connection, context).await;
        let meeting = meeting.map_err(DetachError::Call)?.map_err(failed)?;
        if meeting.pid != pid {
            let reason = "it runs behind a program that has not become it, as by `exec`";
            return Err(failed(reason.to_owned()));
        }
        Ok(Attachment::new(name.to_owned(), pid, started, meeting))
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) async fn part(&self, _: &str) -> Result<Attachment, DetachError> {
        Err(DetachError::Unsupported)
    }

    /// Tells it that another host will come, once calls in flight are done or their time is up, and reads what it says until it
    /// falls silent.
    pub(super) async fn say_so_long(mut self) -> Self {
        let told = self
            .handle
            .shutdown_as(ShutdownKind::Restarting, self.grace);
        let _ = until(clock::now() + self.grace + TO_LEAVE, told).await;
        self.output.finish().await;
        self
    }

    /// Leaves it to the host that comes next.
    pub(super) fn let_go(self) {
        #[cfg(target_os = "linux")]
        self.process.tree().let_go();
    }

    /// Waits until it has ended by itself, and asks it by a signal if it has not until then.
    async fn leave(&mut self, deadline: Instant) {
        if until(deadline, self.process.ended()).await.is_none() {
            self.process.tree().terminate();
            let _ = until(clock::now() + self.grace, self.process.ended()).await;
        }
    }

    /// Ends it at once, if it has not ended by itself.
    pub(super) async fn bury(mut self) -> PluginExit {
        self.process.tree().kill();
        let status = until(clock::now() + TO_DIE, self.process.ended()).await;
        // So that what is pending fails for what has happened, and not for this side's clearing up.
        let reason = until(clock::now() + TO_LEAVE, self.connection.closed()).await;
        self.output.finish().await;
        self.server.abort_all();
        let status = status.flatten();
        // Of a stranger's child the goodbye alone is known.
        let is_strangers = self.process.is_strangers();
        let is_clean = reason.is_some_and(|reason| reason.is_clean())
            && status.map_or(is_strangers, |status| status.success());
        PluginExit {
            status,
            is_clean,
            stderr_tail: self.output.stderr_tail().into(),
        }
    }
}

/// Resolves when the plugin has had nothing to do for so long.
async fn idleness(connection: &Connection, after: Option<Duration>, is_held: impl Fn() -> bool) {
    let Some(after) = after else {
        return std::future::pending().await;
    };
    let mut idleness = Idleness::new(Some((Idle::NoCalls, after)), clock::now());
    loop {
        idleness.is_to_look().await;
        let is_used = connection.has_been_active() | is_held();
        if idleness.look(is_used, clock::now()) {
            return;
        }
    }
}

/// Resolves when two pings in a row got no answer.
async fn silence(
    connection: &Connection,
    check: Option<HealthCheck>,
    mut unhealthy: impl FnMut(Duration),
) {
    let Some(check) = check else {
        return std::future::pending().await;
    };
    let mut is_suspect = false;
    loop {
        if !is_suspect {
            sleep(check.interval).await;
        }
        match connection.ping().await {
            Ok(_) => is_suspect = false,
            // The connection is ending, which others see to.
            Err(CallError::Connection { .. }) => return std::future::pending().await,
            Err(_) if is_suspect => return,
            Err(_) => {
                // Once more at least: this process may have slept as well.
                is_suspect = true;
                unhealthy(check.timeout);
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "owns the pauses between pings")]
async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}

/// `None`: it was not done in time.
async fn until<F: Future>(deadline: Instant, future: F) -> Option<F::Output> {
    timeout_at(deadline, Timekeeper::Runtime, future).await.ok()
}
