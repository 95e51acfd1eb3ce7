//! Accepting raw streams at a name.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{SelectAll, select_all};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::admission::Door;
use super::event::ListenerEvent;
use super::stream::Stream;
use super::terms::terms;
use crate::auth::{ErasedAuthenticator, IntoAuthenticator, NoAuthenticator, PeerPolicy};
use crate::clock::{self, Timekeeper, timeout_at};
use crate::config::Config;
use crate::error::{AcceptError, BindError, NameError};
use crate::event::{Events, Hub};
use crate::gate::{self, Gate};
use crate::transport::local_socket::{BindOptions, BindPolicy};
use crate::transport::{Endpoint, IntoEndpoint, Io};
use crate::wire::{MAX_DEADLINE, Mode};

/// A name where raw streams are accepted. Dropped, it gives the name back, and ends what shakes hands or was not handed
/// out yet; the streams that it has handed out live on.
pub struct Listener {
    door: Arc<Door>,
    names: Vec<String>,
    timekeeper: Timekeeper,
    incoming: SelectAll<Pin<Box<dyn futures_util::Stream<Item = Io> + Send>>>,
    /// Clients that shake hands, or are turned away, or wait to be handed out.
    clients: JoinSet<Option<Stream>>,
}

impl Listener {
    /// Describes a listener that is to be bound to this name.
    pub fn builder(name: impl IntoEndpoint) -> ListenerBuilder {
        ListenerBuilder::new().also_at(name)
    }

    /// Binds this name, for clients of the same user that need no further check. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// As [`ListenerBuilder::bind`].
    pub fn bind(name: impl IntoEndpoint) -> Result<Self, BindError> {
        Self::builder(name).bind()
    }

    /// Waits for the next client that is admitted.
    ///
    /// Clients shake hands in tasks beside each other and are handed out as they are done: one that says nothing, or
    /// whose check takes long, holds up no other. Those that are turned away are told to the [events](Self::events) and
    /// to nobody else. New clients are taken in while this is waited for; those that come meanwhile wait in the system's
    /// queue.
    ///
    /// # Errors
    ///
    /// [`AcceptError::NamesLost`] once no name leads here any more and all who had come before are handed out; from then
    /// on always. No client can bring an error about: `while let Ok(stream) = listener.accept().await` is a whole server.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no client is lost, and none begins its handshake anew.
    pub async fn accept(&mut self) -> Result<Stream, AcceptError> {
        loop {
            let (door, names) = (&self.door, self.names.len());
            let all_lost = poll_fn(|_| {
                // Told by what is polled before this, in the same task.
                if door.lost.load(Ordering::Relaxed) >= names {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            });
            tokio::select! {
                biased;
                Some(client) = self.clients.join_next() => {
                    if let Ok(Some(stream)) = client {
                        return Ok(stream);
                    }
                }
                Some(io) = self.incoming.next() => {
                    let admission = Arc::clone(&self.door).admit(io);
                    self.clients.spawn(admission);
                }
                () = all_lost, if self.clients.is_empty() => {
                    let names = self.names.join(", ");
                    return Err(AcceptError::NamesLost { names });
                }
            }
        }
    }

    /// The same for at most as long as `time`. `None`: no client came.
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept).
    ///
    /// # Cancel safety
    ///
    /// As [`accept`](Self::accept).
    pub async fn accept_timeout(&mut self, time: Duration) -> Result<Option<Stream>, AcceptError> {
        let until = clock::now() + time.min(MAX_DEADLINE);
        let by = self.timekeeper;
        match timeout_at(until, by, self.accept()).await {
            Ok(accepted) => accepted.map(Some),
            Err(clock::TimedOut) => Ok(None),
        }
    }

    /// What happens from now on beside the streams that are handed out: who is turned away, and what fails.
    pub fn events(&self) -> Events<ListenerEvent> {
        self.door.events.subscribe([])
    }

    /// The names that it is bound to, as they are shown to users.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.door.events.publish(&ListenerEvent::Closed);
    }
}

/// Describes a [`Listener`]; [`bind`](Self::bind) makes it.
#[must_use = "nothing happens before it is bound"]
pub struct ListenerBuilder {
    endpoints: Vec<Result<Endpoint, NameError>>,
    authenticator: Arc<dyn ErasedAuthenticator>,
    policy: PeerPolicy,
    config: Config,
    options: BindOptions,
}

impl ListenerBuilder {
    fn new() -> Self {
        Self {
            endpoints: Vec::new(),
            authenticator: Arc::new(NoAuthenticator),
            policy: PeerPolicy::SameUser,
            config: Config::default(),
            options: BindOptions::default(),
        }
    }

    /// Binds the listener to one more name: [`accept`](Listener::accept) hands out the clients of all.
    pub fn also_at(mut self, name: impl IntoEndpoint) -> Self {
        self.endpoints.push(name.into_endpoint());
        self
    }

    /// Asks this authenticator about every client, or this closure; see
    /// [`ServerBuilder::authenticate`](crate::ServerBuilder::authenticate). Default: none.
    pub fn authenticate<M>(mut self, authenticator: impl IntoAuthenticator<M>) -> Self {
        self.authenticator = Arc::new(authenticator.into_authenticator());
        self
    }

    /// Which clients may speak at all, by the kernel's word on who they are; see
    /// [`ServerBuilder::admit`](crate::ServerBuilder::admit). Default: [`PeerPolicy::SameUser`].
    pub fn admit(mut self, policy: PeerPolicy) -> Self {
        self.options.for_others = !matches!(policy, PeerPolicy::SameUser);
        self.policy = policy;
        self
    }

    /// What to do about whoever has one of the names already. Default: [`BindPolicy::ReclaimStale`].
    pub fn bind_policy(mut self, policy: BindPolicy) -> Self {
        self.options.policy = policy;
        self
    }

    /// The permissions of the socket file. Default: 0600. Has no effect on Windows.
    pub fn socket_mode(mut self, mode: u32) -> Self {
        self.options.mode = Some(mode);
        self
    }

    /// Streams of this listener at once, from admitted to dropped; a further client is refused with
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

    /// Sets the limits of handshakes and connections at once, those that were set before included: call it first. What
    /// is about calls and streams of items means nothing here.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Binds all names. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// As [`ServerBuilder::bind`](crate::ServerBuilder::bind).
    pub fn bind(self) -> Result<Listener, BindError> {
        let endpoints = gate::checked(self.endpoints, &self.policy)?;
        let config = self.config.clamped();
        let listeners = gate::bind(&endpoints, &self.options)?;
        let places = config.max_connections.min(Semaphore::MAX_PERMITS);
        let door = Arc::new(Door {
            gate: Gate::new(Mode::Raw, &config, self.policy, self.authenticator),
            terms: Arc::new(terms(&config)),
            places: Arc::new(Semaphore::new(places)),
            events: Hub::default(),
            patience: config.handshake_timeout,
            next_id: AtomicU64::new(1),
            lost: AtomicUsize::new(0),
        });
        let names = listeners.iter().map(ToString::to_string).collect();
        let incoming = listeners.into_iter().map(|listener| {
            let door = Arc::clone(&door);
            gate::incoming(Arc::new(listener), move |error| door.tell(error))
        });
        let is_memory = |endpoint: &Endpoint| endpoint.timekeeper() == Timekeeper::Runtime;
        Ok(Listener {
            names,
            timekeeper: if endpoints.iter().all(is_memory) {
                Timekeeper::Runtime
            } else {
                Timekeeper::System
            },
            incoming: select_all(incoming),
            clients: JoinSet::new(),
            door,
        })
    }
}

impl fmt::Debug for ListenerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenerBuilder")
            .field("endpoints", &self.endpoints)
            .field("policy", &self.policy)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
