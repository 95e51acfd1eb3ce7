//! An application that launches plugins.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures_util::future::join_all;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::command::Command;
use super::error::LaunchError;
use super::handle::Plugin;
use super::instance::{Instance, Spec};
use super::supervisor::{Order, Shared, supervise};
use crate::layer::{Layer, Layers};
use crate::service::{Client, Service, ServiceDefinition};

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
}

struct HostShared {
    services: Vec<Arc<dyn Service>>,
    layers: Layers,
    plugins: Mutex<Plugins>,
}

#[derive(Default)]
struct Plugins {
    known: Vec<Weak<Shared>>,
    /// Those of the plugins. Dropped with the host.
    tasks: JoinSet<()>,
    /// Set when the host shuts down: what becomes ready now does not stay.
    is_closing: bool,
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
    pub async fn launch<C: Client>(&self, command: Command) -> Result<Plugin<C>, LaunchError> {
        let spec = self.spec(command, C::Definition::DESCRIPTOR);
        let (shared, orders) = Shared::new(Arc::clone(&spec.command.name), spec.command.while_down);
        let instance = Instance::start(&spec, |pid, tree| shared.started(pid, tree)).await?;
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
            wanted,
            codec: None,
        }
    }

    /// [Shuts down](Plugin::shutdown) all plugins at once and waits until they are gone. None is launched any more.
    ///
    /// # Cancel safety
    ///
    /// Once polled, they are shut down whether that is waited for or not.
    pub async fn shutdown(&self) {
        let plugins: Vec<_> = {
            let mut plugins = self.shared.plugins();
            plugins.is_closing = true;
            plugins.known.iter().filter_map(Weak::upgrade).collect()
        };
        for plugin in &plugins {
            plugin.order(Order::Stop);
        }
        join_all(plugins.iter().map(|plugin| plugin.stopped())).await;
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

    /// The host.
    #[must_use]
    pub fn build(self) -> Host {
        Host {
            shared: Arc::new(HostShared {
                services: self.services,
                layers: self.layers,
                plugins: Mutex::default(),
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
        if plugins.is_closing {
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
