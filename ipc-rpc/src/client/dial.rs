//! The steps of connecting: reach, check, say hello, hear the verdict.

use std::fmt;
use std::io;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::auth::Auth;
use super::plan::Plan;
use crate::auth::PeerPolicy;
use crate::clock::{self, TimedOut, Timekeeper, timeout_at};
use crate::codec::Codec;
use crate::config::Config;
use crate::connection::{
    Connection, Dispatch, Driver, Facts, PeerServices, Renewed, handshake, reach,
};
use crate::error::{ConnectError, NameError, ProtocolError};
use crate::layer::Layers;
use crate::meter::{Handshake, Role};
use crate::proto::entry;
use crate::proto::handshake::{Agreement, Terms};
use crate::service::{InTasks, Services};
use crate::transport::{Endpoint, Io};
use crate::wire::{MAX_DEADLINE, Mode, is_peer_name};

/// How a server is reached.
#[derive(Debug)]
pub(super) enum Route {
    Name(Result<Endpoint, NameError>),
    /// Until it is used, which can be done once.
    Stream(Option<Io>),
}

impl Route {
    /// By whose clock waits for the server end.
    fn timekeeper(&self) -> Timekeeper {
        match self {
            Self::Name(Ok(endpoint)) => endpoint.timekeeper(),
            Self::Name(Err(_)) | Self::Stream(None) => Timekeeper::Runtime,
            Self::Stream(Some(io)) => io.reader.timekeeper(),
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(Ok(endpoint)) => endpoint.fmt(f),
            Self::Name(Err(_)) => f.write_str("no place"),
            Self::Stream(_) => f.write_str("the other end of a stream"),
        }
    }
}

/// What it takes to connect, as often as need be.
pub(super) struct Dialer {
    route: Route,
    /// The server, if it was waited for: it took this, and nothing has been said to it yet.
    there: Option<Io>,
    auth: Auth,
    /// With the codecs in order of preference.
    terms: Terms,
    trust: PeerPolicy,
    /// What the client wants to be called among the server's clients.
    peer_name: Option<String>,
    services: Arc<dyn Dispatch>,
    pub(super) config: Arc<Config>,
}

/// What an attempt is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Auth,
    Reach,
    Shake,
}

/// A server that has welcomed this client.
pub(super) struct Dialled {
    io: Io,
    agreement: Agreement,
    codec: Codec,
    read_ahead: Bytes,
}

impl Dialer {
    /// Checks what can be checked before anything is sent. Boxed, like the plan: it is handed on a few times.
    pub(super) fn new(plan: Box<Plan>) -> Result<Box<Self>, ConnectError> {
        let Plan {
            route,
            auth,
            codecs,
            trust,
            allow_partial,
            config,
            services,
            calls,
            mut peer_name,
            offer,
            handlers_in_tasks,
            ..
        } = *plan;
        let config = Arc::new(config.clamped());
        let services = Services::new(services, Layers::default());
        if let Some(name) = services.duplicate() {
            return Err(ConnectError::DuplicateService { name });
        }
        if let Some(name) = peer_name.take_if(|name| !is_peer_name(name)) {
            return Err(ConnectError::PeerName { name });
        }
        if let Some(problem) = offer.problem() {
            return Err(ConnectError::Offer { problem });
        }
        let terms = Terms {
            codecs: codecs.iter().map(|codec| codec.id()).collect(),
            limits: config.peer_limits(),
            serves: services.entries(),
            calls: calls.into_iter().map(entry).collect(),
            allow_partial,
            offer: offer.into(),
        };
        let services: Arc<dyn Dispatch> = if handlers_in_tasks {
            Arc::new(InTasks(services))
        } else {
            Arc::new(services)
        };
        Ok(Box::new(Self {
            route,
            there: None,
            auth,
            terms,
            trust,
            peer_name,
            services,
            config,
        }))
    }

    /// Whether the server can be reached more than once.
    pub(super) const fn can_dial_again(&self) -> bool {
        matches!(self.route, Route::Name(_))
    }

    /// Offers no other codec from now on.
    pub(super) fn keep_to(&mut self, codec: Codec) {
        self.terms.codecs = vec![codec.id()];
    }

    /// Waits until the server accepts. A stream that is there already is not waited for.
    ///
    /// Whose the server is has not been looked at by then.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives the wait up.
    pub(super) async fn wait(&mut self, patience: Duration) -> Result<(), ConnectError> {
        let Route::Name(endpoint) = &self.route else {
            return Ok(());
        };
        let endpoint = endpoint.as_ref().map_err(NameError::clone)?;
        self.there = Some(reach::wait(endpoint, patience.min(MAX_DEADLINE)).await?);
        Ok(())
    }

    /// Connects, within the time that it may take, and not later than `until`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the attempt.
    pub(super) async fn dial(&mut self, until: Option<Instant>) -> Result<Dialled, ConnectError> {
        let now = clock::now();
        let deadline = now + self.config.connect_timeout;
        let deadline = until.map_or(deadline, |until| until.min(deadline));
        let by = self.route.timekeeper();
        let mut step = Step::Auth;
        let _shaking_hands = Handshake::begin(Role::Client);
        match timeout_at(deadline, by, self.attempt(deadline, &mut step)).await {
            Ok(result) => result,
            Err(TimedOut) => {
                let after = deadline.saturating_duration_since(now);
                Err(match step {
                    Step::Auth => ConnectError::AuthNotProvided { after },
                    Step::Reach | Step::Shake => ConnectError::TimedOut {
                        name: self.route.to_string(),
                        reached: step == Step::Shake,
                        after,
                    },
                })
            }
        }
    }

    async fn attempt(
        &mut self,
        deadline: Instant,
        step: &mut Step,
    ) -> Result<Dialled, ConnectError> {
        let auth = self.auth.payload(self.terms.codecs.first()).await?;
        *step = Step::Reach;
        let peer_name = self.peer_name.as_deref();
        let hello = handshake::hello(&self.terms, Mode::Frames, auth, peer_name)?;
        let mut io = match &mut self.route {
            // Of a stream that was handed in, whoever did so knows whose it is.
            Route::Stream(io) => io.take().ok_or_else(|| ConnectError::NotRunning {
                name: "the other end of a stream".to_owned(),
                source: io::ErrorKind::NotConnected.into(),
            })?,
            Route::Name(endpoint) => {
                let endpoint = endpoint.as_ref().map_err(NameError::clone)?;
                let timeout = self.config.connect_timeout;
                reach::reach(endpoint, &mut self.there, &self.trust, deadline, timeout).await?
            }
        };
        *step = Step::Shake;
        let shaken = handshake::connect(&mut io.reader, &mut io.writer, &hello, &self.terms).await;
        let (agreement, read_ahead) = shaken?;
        let codec = Codec::from_id(agreement.codec).ok_or_else(|| {
            ConnectError::Protocol(ProtocolError::Unexpected {
                found: format!("codec {}", agreement.codec),
                expected: "a codec that was offered",
            })
        })?;
        Ok(Dialled {
            io,
            agreement,
            codec,
            read_ahead,
        })
    }

    /// Begins the connection's life. It lives as long as the driver is run.
    pub(super) fn begin(
        &self,
        dialled: Dialled,
        renewed: Option<Weak<Renewed>>,
    ) -> (Connection, Driver) {
        let Dialled {
            io,
            agreement,
            codec,
            read_ahead,
        } = dialled;
        let facts = Facts {
            id: agreement.connection,
            codec,
            peer: io.peer,
            session: Arc::new(()),
            peer_limits: agreement.peer_limits,
            peer_serves: PeerServices::of_server(agreement.peer_serves),
            peer_name: agreement.peer_name,
            offers: agreement.offers,
            config: Arc::clone(&self.config),
            renewed,
        };
        let services = Arc::clone(&self.services);
        Connection::begin(facts, (io.reader, io.writer), read_ahead, services)
    }
}

// Elsewhere the same things have other sizes.
#[cfg(all(test, target_os = "linux", target_pointer_width = "64"))]
mod tests {
    use super::*;

    /// Beyond 1,032 bytes the allocator of glibc does not keep memory at hand, and all that a future holds is moved each time
    /// that it is handed on.
    #[test]
    fn what_connecting_holds_is_small() {
        let plan = || Connection::connect("calculator").plan;
        let connecting = super::super::connect::connect(plan(), Default::default());
        let size = size_of_val(&connecting);
        assert!(size <= 960, "{size}");
        let mut dialer = Dialer::new(plan()).unwrap();
        let size = size_of_val(&dialer.dial(None));
        assert!(size <= 768, "{size}");
    }
}
