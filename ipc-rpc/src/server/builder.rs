//! What a server is to be.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::registry::Registry;
use super::relay::{Relay, RelayRequest};
use super::{EndOnDrop, Server};
use crate::auth::{ErasedAuthenticator, IntoAuthenticator, NoAuthenticator, PeerPolicy};
use crate::codec::Codec;
use crate::config::Config;
use crate::error::{BindError, NameError};
use crate::layer::{Layer, Layers};
use crate::proto::handshake::Terms;
use crate::service::{Service, Services};
use crate::transport::local_socket::BindOptions;
use crate::transport::{Endpoint, IntoEndpoint};

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
        }
    }

    /// Binds the server to one more name.
    pub fn also_at(mut self, name: impl IntoEndpoint) -> Self {
        self.endpoints.push(name.into_endpoint());
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

    /// Sets all limits and times at once, those that were set before included: call it first.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
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
    /// What a dead server left behind under a name is cleared away; a live one is never displaced.
    ///
    /// # Errors
    ///
    /// [`BindError::AlreadyRunning`] if a server is alive under a name, and whatever else stands in the way of
    /// one of the names. Then none is bound.
    pub fn bind(self) -> Result<Server, BindError> {
        let endpoints = self.endpoints.into_iter().collect::<Result<Vec<_>, _>>()?;
        if matches!(self.policy, PeerPolicy::AnyUser)
            && let Some(open) = endpoints.iter().find(|endpoint| endpoint.is_abstract())
        {
            return Err(BindError::OpenAbstract {
                name: open.to_string(),
            });
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
        let terms = Terms {
            codecs: self.codecs.iter().map(|codec| codec.id()).collect(),
            limits: config.peer_limits(),
            serves: services.entries(),
            calls: Vec::new(),
            allow_partial: false,
        };
        let (registry, streams) = Registry::new(
            config,
            terms,
            Arc::new(services),
            self.authenticator,
            self.policy,
        );
        // Those bound so far are released again if a later one fails.
        let listeners = endpoints
            .iter()
            .map(|endpoint| endpoint.bind(&self.options))
            .collect::<Result<Vec<_>, _>>()?;
        let registry = Arc::new(registry);
        if let Some(relay) = &self.relay {
            relay.belongs_to(&registry);
        }
        Ok(Server {
            end: EndOnDrop(Arc::clone(&registry)),
            registry,
            listeners,
            streams,
        })
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
