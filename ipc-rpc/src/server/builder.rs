//! What a server is to be.

use std::fmt;
use std::ops::RangeBounds;
use std::sync::Arc;
use std::time::Duration;

use super::idle::Idle;
use super::registry::Registry;
use super::relay::{Relay, RelayRequest};
use super::shutdown::ShutdownKind;
use super::signals::StopSignal;
use super::{Ending, Server};
use crate::auth::{ErasedAuthenticator, IntoAuthenticator, NoAuthenticator, PeerPolicy};
use crate::codec::Codec;
use crate::config::Config;
use crate::error::{BindError, NameError};
use crate::gate;
use crate::layer::{Layer, Layers};
use crate::proto::handshake::Terms;
use crate::service::{Client, Service, ServiceDefinition, Services};
#[cfg(all(unix, feature = "systemd"))]
use crate::transport::Listener;
#[cfg(all(unix, feature = "systemd"))]
use crate::transport::local_socket::Activated;
use crate::transport::local_socket::{BindOptions, BindPolicy};
use crate::transport::{Endpoint, IntoEndpoint};
use crate::wire::{MAX_DEADLINE, Offer};

/// Describes a server; [`bind`](Self::bind) makes it.
#[must_use = "nothing happens before it is bound"]
pub struct ServerBuilder {
    endpoints: Vec<Result<Endpoint, NameError>>,
    services: Vec<Arc<dyn Service>>,
    layers: Layers,
    authenticator: Arc<dyn ErasedAuthenticator>,
    policy: PeerPolicy,
    codecs: Vec<Codec>,
    config: Config,
    options: BindOptions,
    relay: Option<Arc<Relay>>,
    offer: Offer,
    ending: Ending,
    #[cfg(all(unix, feature = "systemd"))]
    activated: Vec<Activated>,
}

impl ServerBuilder {
    pub(super) fn new() -> Self {
        Self {
            endpoints: Vec::new(),
            services: Vec::new(),
            layers: Layers::default(),
            authenticator: Arc::new(NoAuthenticator),
            policy: PeerPolicy::SameUser,
            codecs: Codec::ALL.to_vec(),
            config: Config::default(),
            options: BindOptions::default(),
            relay: None,
            offer: Offer::default(),
            ending: Ending::default(),
            #[cfg(all(unix, feature = "systemd"))]
            activated: Vec::new(),
        }
    }

    /// Binds the server to one more name.
    pub fn also_at(mut self, name: impl IntoEndpoint) -> Self {
        self.endpoints.push(name.into_endpoint());
        self
    }

    /// Takes the sockets that a service manager has passed on.
    #[cfg(all(unix, feature = "systemd"))]
    pub(super) fn at_activated(mut self) -> Result<Self, BindError> {
        self.activated = Activated::take_all()?;
        Ok(self)
    }

    /// Tells the service manager when the server listens (`READY=1`) and when it stops (`STOPPING=1`), as `sd_notify` does,
    /// if this process was started by one that wants to know: it has set `NOTIFY_SOCKET`. Default: it is not told.
    ///
    /// # Platform notes
    ///
    /// Unix only, with the feature `systemd`.
    #[cfg(all(unix, feature = "systemd"))]
    pub fn notify_systemd(mut self) -> Self {
        self.ending.notifies = true;
        self
    }

    /// Serves this service, as `implementation.serve()` makes it. Every service of a server has its own name.
    pub fn service(mut self, service: impl Service) -> Self {
        self.services.push(Arc::new(service));
        self
    }

    /// Passes calls on between its clients: each can reach the others that have a [name](crate::Connect::peer_name), with
    /// [`Connection::client_of`](crate::Connection::client_of), and ask for
    /// [all of them](crate::Connection::named_peers). Default: it does not.
    pub fn relay(self) -> Self {
        self.relay_if(|_| true)
    }

    /// The same for the calls that `policy` allows. It is asked for each call, twice: whether the caller may know of the
    /// other client at all, and whether it may call the service. It runs on the task of the caller's connection and should
    /// not take long.
    ///
    /// [Layers](Self::layer) see a call that is passed on as one of the relay, `ipc-rpc.relay`, and not of the service that is
    /// called. It takes one of the places that the called client has for calls of this server.
    pub fn relay_if(
        mut self,
        policy: impl Fn(&RelayRequest) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.relay = Some(Relay::new(Arc::new(policy)));
        self
    }

    /// Announces a feature that this server has: a word that applications agree on, of 1 to 255 bytes without control characters,
    /// 256 at most. Once a client announces it as well, [`Connection::has_feature`](crate::Connection::has_feature) says so on
    /// both sides. Default: none.
    pub fn feature(mut self, name: impl Into<Arc<str>>) -> Self {
        self.offer.add_feature(name.into());
        self
    }

    /// The versions of a service that this server can do with, whether it serves or calls it, as
    /// `#[ipc_service(version = …)]` gives them. A client with which it has none in common is refused with
    /// [`RefusalReason::ServiceMismatch`](crate::RefusalReason::ServiceMismatch), which names the ranges of both; a client that
    /// does not say can do with just the version that it has. With others
    /// [`Connection::service_version`](crate::Connection::service_version) tells what was agreed on. Default: what counts are the
    /// signatures of methods.
    pub fn versions<C: Client>(mut self, versions: impl RangeBounds<u32>) -> Self {
        let name = C::Definition::DESCRIPTOR.name;
        self.offer.set_versions(name, &versions);
        self
    }

    /// What it says of itself beside its services, all at once.
    #[cfg(feature = "plugin")]
    pub(crate) fn offer(mut self, offer: Offer) -> Self {
        self.offer = offer;
        self
    }

    /// Asks this authenticator about every client, or this closure. Default: none. Then
    /// whoever the [policy](Self::admit) lets through is admitted, and a client that shows a payload is refused.
    pub fn authenticate<M>(mut self, authenticator: impl IntoAuthenticator<M>) -> Self {
        self.authenticator = Arc::new(authenticator.into_authenticator());
        self
    }

    /// Which clients may speak at all, by the kernel's word on who they are; others are refused before a byte of
    /// theirs is read. Default: [`PeerPolicy::SameUser`].
    ///
    /// # Platform notes
    ///
    /// ## Unix
    ///
    /// Clients of another user also need a way to the socket: a name by
    /// [`SocketName::path`](crate::SocketName::path) in a directory they may enter, and a
    /// [`socket_mode`](Self::socket_mode) that lets them write.
    ///
    /// ## Windows
    ///
    /// With another policy than the default the pipe lets every local user read and write; none but this user can
    /// create instances of it.
    pub fn admit(mut self, policy: PeerPolicy) -> Self {
        self.options.for_others = !matches!(policy, PeerPolicy::SameUser);
        self.policy = policy;
        self
    }

    /// Puts user code around every call. Layers added first see a call first.
    pub fn layer(mut self, layer: impl Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// All of these at once, those that were added before included.
    #[cfg(feature = "plugin")]
    pub(crate) fn layers(mut self, layers: Layers) -> Self {
        self.layers = layers;
        self
    }

    /// Takes this codec and no other. Default: all of them, as the client prefers.
    pub fn codec(mut self, codec: Codec) -> Self {
        self.codecs = vec![codec];
        self
    }

    /// Admitted connections at once; a further client is refused with
    /// [`RefusalReason::ServerFull`](crate::RefusalReason::ServerFull). Default: 4,096.
    pub fn max_connections(mut self, count: usize) -> Self {
        self.config.max_connections = count;
        self
    }

    /// How long a client's hello and its check may take in total. Default: 10 s.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.config.handshake_timeout = timeout;
        self
    }

    /// How long each connection asks its socket for a request before it sleeps; see [`Config::busy_poll`] for what that
    /// gains and costs. Default: not at all.
    pub fn busy_poll(mut self, time: Duration) -> Self {
        self.config.busy_poll = time;
        self
    }

    /// Pings a client from which nothing has come for `interval`, and ends its connection with
    /// [`ConnectionError::PingTimeout`](crate::ConnectionError::PingTimeout) if nothing comes for another `timeout`; see
    /// [`Config::ping_interval`]. Default: a silent client is left alone.
    pub fn keep_alive(mut self, interval: Duration, timeout: Duration) -> Self {
        self.config.ping_interval = Some(interval);
        self.config.ping_timeout = timeout;
        self
    }

    /// Sets all limits and times at once, those that were set before included: call it first.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// What to do about whoever has one of the names already. Default: [`BindPolicy::ReclaimStale`].
    pub fn bind_policy(mut self, policy: BindPolicy) -> Self {
        self.options.policy = policy;
        self
    }

    /// Stops the server when nobody has used it for this long: [`run`](Server::run) ends as after a shutdown, with
    /// [`ShutdownCause::Idle`](crate::ShutdownCause::Idle). Default: it never does.
    ///
    /// What counts as use says [`idle_when`](Self::idle_when). The server is looked at eight times within that time, and so
    /// ends up to an eighth of it later. A client that connects at that very moment is served, or refused with
    /// [`RefusalReason::ShuttingDown`](crate::RefusalReason::ShuttingDown).
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.ending.idle_timeout = Some(timeout.clamp(Duration::from_millis(1), MAX_DEADLINE));
        self
    }

    /// When the server counts as idle. Default: [`Idle::NoClients`].
    pub fn idle_when(mut self, idle: Idle) -> Self {
        self.ending.idle = idle;
        self
    }

    /// Stops the server when one of these signals arrives, as after [`run_until`](Server::run_until): calls in flight may
    /// finish. A second one cuts that short. Default: none; [`StopSignal::USUAL`] is what usually ends a process.
    ///
    /// They are listened for while the server runs. Afterwards they do again what they did before.
    ///
    /// # Platform notes
    ///
    /// ## Unix
    ///
    /// What a signal did before is known on Linux alone, elsewhere it is taken for the default: one that is ignored, as
    /// by `nohup`, stays so there, and one that another part of this process handles is handled by both. A handler cannot be
    /// taken out of a process safely. The one that stays ends the process as the default does, unless a server runs: also
    /// if another part of the process begins to listen for that signal later.
    ///
    /// ## Windows
    ///
    /// The events of the console; [`StopSignal::Close`] and [`StopSignal::Shutdown`] leave a process some seconds.
    pub fn stop_on_signals(mut self, signals: impl IntoIterator<Item = StopSignal>) -> Self {
        // Watched once each: a signal that is named twice would be taken for a second one.
        self.ending.signals.clear();
        for signal in signals {
            if !self.ending.signals.contains(&signal) {
                self.ending.signals.push(signal);
            }
        }
        self
    }

    /// What clients are told when the server stops by itself: for a signal, for being idle, or because what
    /// [`run_until`](Server::run_until) was given has resolved. Default: [`ShutdownKind::Final`].
    pub fn stop_as(mut self, kind: ShutdownKind) -> Self {
        self.ending.kind = kind;
        self
    }

    /// The permissions of the socket file. Default: 0600.
    ///
    /// # Platform notes
    ///
    /// ## Windows
    ///
    /// Has no effect.
    pub fn socket_mode(mut self, mode: u32) -> Self {
        self.options.mode = Some(mode);
        self
    }

    /// Binds all names. Must be called within a tokio runtime.
    ///
    /// What a dead server left behind under a name is cleared away, and a live one is not displaced, unless a
    /// [`bind_policy`](Self::bind_policy) says otherwise.
    ///
    /// # Errors
    ///
    /// [`BindError::AlreadyRunning`] if a server is alive under a name, and whatever else stands in the way of
    /// one of the names. Then none is bound; a name that was [taken over](BindPolicy::TakeOver) before that is free.
    pub fn bind(self) -> Result<Server, BindError> {
        let endpoints = gate::checked(self.endpoints, &self.policy)?;
        #[cfg(all(unix, feature = "systemd"))]
        if matches!(self.policy, PeerPolicy::AnyUser)
            && let Some(open) = self
                .activated
                .iter()
                .map(Activated::name)
                .find(|name| name.is_abstract())
        {
            let name = open.to_string();
            return Err(BindError::OpenAbstract { name });
        }
        let config = self.config.clamped();
        let mut services = self.services;
        if let Some(relay) = &self.relay {
            services.push(Arc::new(Arc::clone(relay)));
        }
        let services = Services::new(services, self.layers);
        if let Some(name) = services.duplicate() {
            return Err(BindError::DuplicateService { name });
        }
        if let Some(problem) = self.offer.problem() {
            return Err(BindError::Offer { problem });
        }
        let terms = Terms {
            codecs: self.codecs.iter().map(|codec| codec.id()).collect(),
            limits: config.peer_limits(),
            serves: services.entries(),
            calls: Vec::new(),
            allow_partial: false,
            offer: self.offer.into(),
        };
        let (registry, streams) = Registry::new(
            config,
            terms,
            Arc::new(services),
            self.authenticator,
            self.policy,
        );
        // Those bound so far are released again if a later one fails.
        let listeners = gate::bind(&endpoints, &self.options)?;
        #[cfg(all(unix, feature = "systemd"))]
        let listeners = {
            let adopted = self.activated.into_iter().map(Listener::adopt);
            let mut listeners = listeners;
            listeners.extend(adopted.collect::<Result<Vec<_>, _>>()?);
            listeners
        };
        let registry = Arc::new(registry);
        if let Some(relay) = &self.relay {
            relay.belongs_to(&registry);
        }
        Ok(Server::new(registry, listeners, streams, self.ending))
    }
}

impl fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("endpoints", &self.endpoints)
            .field("policy", &self.policy)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
