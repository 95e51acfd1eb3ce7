//! An application that launches plugins.

use std::fmt;
use std::ops::RangeBounds;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::attachment::Attachment;
use super::command::Command;
use super::error::LaunchError;
use super::handle::Plugin;
use super::instance::{Instance, NotStarted, Origin, Spec};
use super::shared::{Order, Shared};
use super::supervisor::supervise;
use crate::clock::{self, Timekeeper, timeout_at};
use crate::layer::{Layer, Layers};
use crate::service::{Client, Service, ServiceDefinition};
use crate::wire::Offer;

/// How long a launch under way may take to give up. It takes no longer, unless nobody polls it.
const TO_GIVE_UP: Duration = Duration::from_secs(10);

/// Launches plugins, and serves them what the application offers. Its clones are the same host; when the last one is dropped, all
/// its plugins are killed.
///
/// A handler of the host's learns which plugin calls by `ctx.session::<plugin::Caller>()`, and calls it back by `ctx.peer()`.
#[derive(Clone)]
pub struct Host {
    shared: Arc<HostShared>,
}

/// Describes a [`Host`] that serves several services, or none.
#[must_use = "nothing is there before it is built"]
#[derive(Default)]
pub struct HostBuilder {
    services: Vec<Arc<dyn Service>>,
    layers: Layers,
    offer: Offer,
}

struct HostShared {
    services: Vec<Arc<dyn Service>>,
    layers: Layers,
    offer: Offer,
    plugins: Mutex<Plugins>,
    /// Set when the host shuts down: nothing is started any more, and what becomes ready now does not stay.
    is_closing: watch::Sender<bool>,
    /// Launches under way.
    pending: watch::Sender<usize>,
}

#[derive(Default)]
struct Plugins {
    known: Vec<Weak<Shared>>,
    /// Those of the plugins. Dropped with the host.
    tasks: JoinSet<()>,
}

/// A launch under way, for as long as this is there.
struct Pending<'a>(&'a watch::Sender<usize>);

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Host {
    /// A host that serves this to its plugins, as `implementation.serve()` makes it.
    #[must_use]
    pub fn new(service: impl Service) -> Self {
        Self::builder().serve(service).build()
    }

    /// Describes a host.
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// Starts a program, and waits until it is connected and serves what `C` calls.
    ///
    /// From then on it is supervised: what happens to it is told by [`Plugin::events`], and when it ends it is started again as its
    /// [`RestartPolicy`](super::RestartPolicy) says.
    ///
    /// # Errors
    ///
    /// Each way in which launching can fail is a variant of [`LaunchError`]. Whatever was started is gone by then, with everything
    /// that it had started itself, and nothing is tried again.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends what was started.
    ///
    /// # Platform notes
    ///
    /// ## Unix
    ///
    /// The ends of children are this crate's and the runtime's to hear of: an application that ignores `SIGCHLD`, or waits for children
    /// that it has not started itself, takes the exit status from them, and with it what holds for the processes that a plugin has
    /// started.
    pub async fn launch<C: Client>(&self, command: Command) -> Result<Plugin<C>, LaunchError> {
        self.take_on(Origin::Program, command).await
    }

    /// Goes on with a plugin that another host has [left running](Plugin::detach), and supervises it from then on as one that was
    /// launched. `command` says how it is to be treated, and what is started when it has ended; its program has to be the very file
    /// that the plugin runs, named by its path; of a script that cannot be told, and is not looked at.
    ///
    /// The process is the one that was left, told from any later one of its id by when it was started; that it waits is proved by
    /// who listens at its place, and that this host may attach by a token which works once. Versions are looked at as those of any
    /// plugin. How it ends is not told by the system, since it is another process's child, and what it has started is ended with it
    /// only if this host ends it.
    ///
    /// # Errors
    ///
    /// [`LaunchError::NotRunning`], [`LaunchError::OtherProgram`], and those of [`launch`](Self::launch). No process is ended for
    /// them: it may be another host's by now. A plugin that was told of a misfit ends by itself; one that was not reached waits on.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the connection. If there was one by then, the plugin ends by itself.
    ///
    /// # Platform notes
    ///
    /// Linux only, 5.3 and later: elsewhere it fails with [`LaunchError::Io`].
    pub async fn attach<C: Client>(
        &self,
        attachment: &Attachment,
        command: Command,
    ) -> Result<Plugin<C>, LaunchError> {
        self.take_on(Origin::Running(attachment), command).await
    }

    async fn take_on<C: Client>(
        &self,
        from: Origin<'_>,
        command: Command,
    ) -> Result<Plugin<C>, LaunchError> {
        let _pending = self.shared.begin()?;
        let spec = self.spec(command, C::Definition::DESCRIPTOR);
        let (shared, orders) = Shared::new(Arc::clone(&spec.command.name), spec.command.while_down);
        let started = |pid, tree| shared.started(pid, tree);
        let instance = match Instance::start(&spec, from, started, self.shared.closing()).await {
            Ok(instance) => instance,
            Err(NotStarted::Failed(error)) => return Err(error),
            Err(NotStarted::Cancelled(_)) => return Err(LaunchError::HostGone),
        };
        shared.ready(&instance);
        let supervised = Supervised {
            shared: Arc::clone(&shared),
            spec,
            orders,
        };
        if let Err(instance) = self.shared.keep(supervised, instance) {
            instance.shut_down().await;
            return Err(LaunchError::HostGone);
        }
        Ok(Plugin::new(shared))
    }

    pub(super) fn spec(
        &self,
        command: Command,
        wanted: &'static crate::descriptor::ServiceDescriptor,
    ) -> Spec {
        Spec {
            command,
            services: self.shared.services.clone(),
            layers: self.shared.layers.clone(),
            offer: self.shared.offer.clone(),
            wanted,
            codec: None,
        }
    }

    /// [Shuts down](Plugin::shutdown) all plugins at once and waits until they are gone. None is launched any more, and launches
    /// under way fail with [`LaunchError::HostGone`]; one whose future nobody polls is waited for 10 s at most.
    ///
    /// # Cancel safety
    ///
    /// Once polled, they are shut down whether that is waited for or not.
    pub async fn shutdown(&self) {
        let plugins: Vec<_> = {
            let plugins = self.shared.plugins();
            self.shared.is_closing.send_replace(true);
            plugins.known.iter().filter_map(Weak::upgrade).collect()
        };
        for plugin in &plugins {
            plugin.order(Order::Stop);
        }
        tokio::join!(
            join_all(plugins.iter().map(|plugin| plugin.stopped())),
            self.shared.nothing_pending(),
        );
    }
}

impl HostBuilder {
    /// Serves this to all plugins as well. Two services of one name are an error when a plugin is launched.
    pub fn serve(mut self, service: impl Service) -> Self {
        self.services.push(Arc::new(service));
        self
    }

    /// Puts user code around every call of a plugin's. Layers added first see a call first.
    pub fn layer(mut self, layer: impl Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// Announces a feature that the host has to all plugins: a word that both agree on. What a plugin announces as well,
    /// [`Plugin::has_feature`](super::Plugin::has_feature) says, and at the plugin
    /// [`Connection::has_feature`](crate::Connection::has_feature). Names are those of
    /// [`ServerBuilder::feature`](crate::ServerBuilder::feature); one that is none is an error when a plugin is launched.
    pub fn feature(mut self, name: impl Into<Arc<str>>) -> Self {
        self.offer.add_feature(name.into());
        self
    }

    /// The versions of one of its services that the host can do with. A plugin that
    /// [says what it can do with](super::Guest::versions), or [requires](super::Guest::requires) the service, and has none in
    /// common is not launched; of the others the one that is served counts, or the nearest to it. Default: what counts are the signatures of methods.
    pub fn versions<C: Client>(mut self, versions: impl RangeBounds<u32>) -> Self {
        let name = C::Definition::DESCRIPTOR.name;
        self.offer.set_versions(name, &versions);
        self
    }

    /// The host.
    #[must_use]
    pub fn build(self) -> Host {
        Host {
            shared: Arc::new(HostShared {
                services: self.services,
                layers: self.layers,
                offer: self.offer,
                plugins: Mutex::default(),
                is_closing: watch::Sender::new(false),
                pending: watch::Sender::new(0),
            }),
        }
    }
}

/// What a plugin's task is made of.
struct Supervised {
    shared: Arc<Shared>,
    spec: Spec,
    orders: mpsc::UnboundedReceiver<Order>,
}

impl HostShared {
    /// Counts a launch, if there may be one.
    fn begin(&self) -> Result<Pending<'_>, LaunchError> {
        // Either a shutdown waits for this, or this sees that there was one.
        let _plugins = self.plugins();
        if *self.is_closing.borrow() {
            return Err(LaunchError::HostGone);
        }
        self.pending.send_modify(|count| *count += 1);
        Ok(Pending(&self.pending))
    }

    async fn closing(&self) {
        // The sender is this.
        let _ = self.is_closing.subscribe().wait_for(|is| *is).await;
    }

    /// Waits until no launch is under way.
    async fn nothing_pending(&self) {
        let mut pending = self.pending.subscribe();
        let none = pending.wait_for(|count| *count == 0);
        let _ = timeout_at(clock::now() + TO_GIVE_UP, Timekeeper::Runtime, none).await;
    }

    /// Supervises a plugin that is ready from now on. Gives it back if the host is shutting down.
    #[expect(
        clippy::result_large_err,
        reason = "it is no error of anybody's, and moved once"
    )]
    fn keep(&self, plugin: Supervised, instance: Instance) -> Result<(), Instance> {
        let Supervised {
            shared,
            spec,
            orders,
        } = plugin;
        let mut plugins = self.plugins();
        if *self.is_closing.borrow() {
            return Err(instance);
        }
        plugins.known.retain(|plugin| plugin.strong_count() > 0);
        plugins.known.push(Arc::downgrade(&shared));
        while plugins.tasks.try_join_next().is_some() {}
        plugins
            .tasks
            .spawn(supervise(shared, spec, instance, orders));
        Ok(())
    }

    /// No user code runs under this lock.
    fn plugins(&self) -> MutexGuard<'_, Plugins> {
        self.plugins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for HostShared {
    fn drop(&mut self) {
        let plugins = self
            .plugins
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        // At once, and not when the runtime comes to drop the tasks.
        for plugin in plugins.known.iter().filter_map(Weak::upgrade) {
            plugin.kill();
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

impl fmt::Debug for HostBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostBuilder").finish_non_exhaustive()
    }
}
