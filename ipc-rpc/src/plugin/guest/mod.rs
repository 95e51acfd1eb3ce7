//! What a plugin's `main` calls.

mod channel;
mod staying;
#[cfg(unix)]
mod watchdog;

use std::fmt;
use std::io::Write;
use std::ops::RangeBounds;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::error::GuestError;
use super::gate::Credentials;
use super::parting::Staying;
use super::supervisor::with_sources;
use crate::client::Connect;
use crate::clock;
use crate::config::{Config, WhileDown};
use crate::connection::{Connection, Renewed};
use crate::descriptor::ServiceDescriptor;
use crate::error::{ConnectionError, PeerClose};
use crate::service::{Client, Lane, Service, ServiceDefinition};
use crate::transport::Io;
use crate::wire::{MAX_DEADLINE, Offer};
use channel::Channel;
use staying::Patience;

/// Generous: a host that starts many plugins at once is busy, and gives a start up by itself.
const TO_CONNECT: Duration = Duration::from_secs(60);

/// Serves this to the host that has started this process, until that says goodbye: what the `main` of a plugin returns.
///
/// ```no_run
/// # use ipc_rpc::{Context, ipc_service, plugin};
/// # #[ipc_service]
/// # pub trait Speller { async fn check(&self, ctx: Context, word: String) -> bool; }
/// # struct English;
/// # impl Speller for English { async fn check(&self, _: Context, _: String) -> bool { true } }
/// #[tokio::main]
/// async fn main() -> std::process::ExitCode {
///     plugin::run(English.serve()).await
/// }
/// ```
///
/// What goes wrong is written to the standard error, which the host reads, and makes the exit code one of a failure; so is, for a
/// user who has started the plugin by hand, what it is. [`Guest`] does the same and leaves that to its caller.
///
/// Call it first of all: the standard input is the host's, and what is started before inherits it.
///
/// When the host is gone without a goodbye, the process is ended two seconds later if it has not ended by itself, whatever its
/// threads do.
///
/// # Cancel safety
///
/// Dropping the future ends the connection. From then on this crate does not end the process; the host does.
pub async fn run(service: impl Service) -> ExitCode {
    Guest::new().serve(service).run_to_exit_code().await
}

/// The same for a service that calls the host by itself, and not only the one whose call it is serving.
///
/// ```no_run
/// # use ipc_rpc::{Context, ipc_service, plugin};
/// # #[ipc_service]
/// # pub trait Speller { async fn check(&self, ctx: Context, word: String) -> bool; }
/// # #[ipc_service]
/// # pub trait Editor { async fn language(&self, ctx: Context) -> String; }
/// # struct English { editor: EditorClient }
/// # impl Speller for English { async fn check(&self, _: Context, _: String) -> bool { true } }
/// #[tokio::main]
/// async fn main() -> std::process::ExitCode {
///     plugin::run_with(|host| English { editor: host.client() }.serve()).await
/// }
/// ```
///
/// `make` runs before the plugin is connected, since what it serves is part of the handshake. Calls that are made from then on wait
/// until it is.
///
/// # Cancel safety
///
/// As [`run`].
pub async fn run_with<S: Service>(make: impl FnOnce(HostHandle) -> S) -> ExitCode {
    Guest::new().serve_with(make).run_to_exit_code().await
}

/// The same for a process that wants to say more than what it serves.
///
/// ```no_run
/// # use ipc_rpc::{Context, ipc_service, plugin};
/// # #[ipc_service]
/// # pub trait Speller { async fn check(&self, ctx: Context, word: String) -> bool; }
/// # #[ipc_service]
/// # pub trait Editor { async fn language(&self, ctx: Context) -> String; }
/// # struct English;
/// # impl Speller for English { async fn check(&self, _: Context, _: String) -> bool { true } }
/// # async fn example() -> Result<(), plugin::GuestError> {
/// plugin::Guest::new()
///     .of("the editor")
///     .serve(English.serve())
///     .requires::<EditorClient>()
///     .run()
///     .await
/// # }
/// ```
#[must_use = "nothing happens before it is run"]
pub struct Guest {
    host: String,
    services: Vec<Arc<dyn Service>>,
    required: Vec<&'static ServiceDescriptor>,
    offer: Offer,
    config: Config,
    /// What the services call the host over, once it is connected. `None`: they do not.
    link: Option<EndOnDrop>,
    /// Whether it waits for another host when one has left it running.
    patience: Option<Arc<Patience>>,
    /// Whether the last host has left it for another one.
    is_left: bool,
}

impl Default for Guest {
    fn default() -> Self {
        Self::new()
    }
}

impl Guest {
    /// A plugin that serves nothing yet.
    pub fn new() -> Self {
        let config = Config {
            connect_timeout: TO_CONNECT,
            ..Config::default()
        };
        Self {
            host: "another program".to_owned(),
            services: Vec::new(),
            required: Vec::new(),
            offer: Offer::default(),
            config,
            link: None,
            patience: None,
            is_left: false,
        }
    }

    /// Whose plugin it is, for whoever starts it by hand. Default: "another program".
    pub fn of(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// Serves this to the host as well.
    pub fn serve(mut self, service: impl Service) -> Self {
        self.services.push(Arc::new(service));
        self
    }

    /// The same for a service that calls the host by itself: see [`run_with`].
    pub fn serve_with<S: Service>(mut self, make: impl FnOnce(HostHandle) -> S) -> Self {
        let link = self
            .link
            .get_or_insert_with(|| EndOnDrop(HostHandle::new()));
        self.services.push(Arc::new(make(link.0.clone())));
        self
    }

    /// Is of no use without this service of the host's, as it is known here: a host whose methods differ, or which does not serve
    /// it, does not launch it, and both say why. Default: calls find out one by one.
    pub fn requires<C: Client>(mut self) -> Self {
        self.required.push(C::Definition::DESCRIPTOR);
        self
    }

    /// The versions of a service, one of its own or of the host's, that this plugin can do with, as
    /// `#[ipc_service(version = …)]` gives them. Agreed on is the one that is served, or the nearest to it that both
    /// sides can do with, and [`Connection::service_version`](crate::Connection::service_version) tells which that is; without one the plugin is not
    /// launched, and both sides say why. Default: of a host that says what it can do with, just the version that is known here;
    /// else what counts are the signatures of methods.
    pub fn versions<C: Client>(mut self, versions: impl RangeBounds<u32>) -> Self {
        let name = C::Definition::DESCRIPTOR.name;
        self.offer.set_versions(name, &versions);
        self
    }

    /// Announces a feature that this plugin has: a word that both agree on, as
    /// [`Connect::feature`](crate::Connect::feature) does. What the host announces as well,
    /// [`Connection::has_feature`](crate::Connection::has_feature) says.
    pub fn feature(mut self, name: impl Into<Arc<str>>) -> Self {
        self.offer.add_feature(name.into());
        self
    }

    /// Lets a host [leave it running](super::Plugin::detach), and waits for another one for so long: for hosts that are replaced
    /// without an interruption. What it prints from then on is lost, since nobody reads it. Default: it ends with its host.
    ///
    /// A host that goes without having left it takes it along all the same.
    ///
    /// # Platform notes
    ///
    /// Hosts can do so on Linux only.
    pub fn reattachable(mut self, patience: Duration) -> Self {
        self.patience = Some(Patience::new(patience.min(MAX_DEADLINE)));
        self
    }

    /// Limits and times of the connection, those that were set before included.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Serves until the host says goodbye.
    ///
    /// # Errors
    ///
    /// [`GuestError::ByHand`] if nobody has started this process as a plugin; the others say why the host does not want it, or that
    /// it is gone.
    ///
    /// # Cancel safety
    ///
    /// As [`run`].
    pub async fn run(mut self) -> Result<(), GuestError> {
        self.config = self.config.clamped();
        let Some(mut channel) = Channel::take(self.config.connect_timeout).await? else {
            return Err(GuestError::ByHand(self.about_itself()));
        };
        loop {
            let Channel {
                io,
                #[cfg(unix)]
                watchdog,
                credentials,
            } = channel;
            let ended = self.run_over(io, credentials).await;
            let place = self.patience.as_ref().and_then(|patience| {
                let place = patience.take()?;
                // Only a host that says so leaves it: with one that shuts down, or is gone, it goes.
                self.is_left.then_some((place, patience.time()))
            });
            let Some((place, patience)) = place else {
                #[cfg(unix)]
                if let Err(GuestError::Lost(_)) = &ended {
                    watchdog::end_children();
                    watchdog.lost();
                }
                return ended;
            };
            // Before the host sees the end of the channel, and reads no longer.
            #[cfg(unix)]
            watchdog::fall_silent();
            #[cfg(unix)]
            let timekeeper = watchdog::Timekeeper::start(patience)?;
            #[cfg(unix)]
            drop(watchdog);
            let Some(next) = place.wait(clock::now() + patience).await else {
                // Nobody wants it any more, nor what it has started.
                #[cfg(unix)]
                watchdog::end_children();
                return Ok(());
            };
            #[cfg(unix)]
            timekeeper.stop();
            channel = next;
        }
    }

    /// The same for the end of a `main`: what goes wrong is written to the standard error, as [`run`] does.
    ///
    /// # Cancel safety
    ///
    /// As [`run`].
    pub async fn run_to_exit_code(self) -> ExitCode {
        report(self.run().await)
    }

    /// The same over a channel that is there already.
    pub(super) async fn run_over(
        &mut self,
        io: Io,
        credentials: Credentials,
    ) -> Result<(), GuestError> {
        let mut connect = Connect::<Connection>::through(io)
            .config(self.config.clone())
            .offer(self.offer.clone())
            .auth(&credentials);
        for service in &self.services {
            connect = connect.serve(Arc::clone(service));
        }
        if let Some(patience) = &self.patience {
            connect = connect.serve(Staying(Arc::clone(patience)));
        }
        for service in &self.required {
            connect = connect.calls(service);
        }
        if let Some(EndOnDrop(host)) = &self.link {
            // Clients were made for it already.
            connect = connect.codec(host.link.codec());
        }
        let connection = connect.await?;
        self.is_left = false;
        if let Some(EndOnDrop(host)) = &self.link {
            let _ = host.link.renew(connection.clone());
        }
        let ended = connection.closed().await;
        if let Some(EndOnDrop(host)) = &self.link {
            host.link.down();
        }
        self.is_left = matches!(
            &ended,
            ConnectionError::PeerClosed(PeerClose {
                restarting: true,
                ..
            })
        );
        match ended {
            // A service that ends its own connection is done.
            ConnectionError::LocallyClosed { .. } => Ok(()),
            ConnectionError::PeerClosed(PeerClose {
                shutting_down: true,
                ..
            }) => Ok(()),
            ConnectionError::PeerClosed(PeerClose { reason, .. }) => {
                Err(GuestError::TurnedAway { reason })
            }
            lost => Err(GuestError::Lost(lost)),
        }
    }

    /// What a user who runs it by hand is told.
    fn about_itself(&self) -> String {
        let names = self
            .services
            .iter()
            .map(|service| service.descriptor().name);
        let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
        format!(
            "this is a plugin of {}, which starts it by itself: it serves {} and does nothing else",
            self.host,
            if names.is_empty() {
                "nothing".to_owned()
            } else {
                names.join(", ")
            }
        )
    }
}

/// A plugin's way to its host, for a service that calls it by itself: [`run_with`] hands it out.
#[derive(Clone)]
pub struct HostHandle {
    link: Arc<Renewed>,
}

impl HostHandle {
    /// To nobody, until there is a connection.
    fn new() -> Self {
        let nobody = |_: &_| (Connection::to_nobody(), ());
        let (link, ()) = Renewed::begin(WhileDown::Wait, nobody);
        link.down();
        Self { link }
    }

    /// A client of one of the host's services. Calls wait until the plugin is connected, and fail when it is not any more.
    #[must_use]
    pub fn client<C: Client>(&self) -> C {
        C::from_lane(Lane::over(
            Arc::clone(&self.link),
            C::Definition::DESCRIPTOR,
        ))
    }

    /// The connection. `None`: there is none yet, or it has ended.
    #[must_use]
    pub fn connection(&self) -> Option<Connection> {
        let connection = self.link.last();
        (!connection.is_closed()).then_some(connection)
    }
}

impl fmt::Debug for HostHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HostHandle")
            .field(&self.connection())
            .finish()
    }
}

/// Fails the calls that wait, whichever way the plugin ends.
struct EndOnDrop(HostHandle);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.link.end(ConnectionError::Aborted);
    }
}

impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guest")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

fn report(result: Result<(), GuestError>) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    // Whoever reads it may be gone.
    let _ = writeln!(std::io::stderr(), "{}", with_sources(&error));
    ExitCode::FAILURE
}
