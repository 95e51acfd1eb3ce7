//! The steps of connecting: reach, check, say hello, hear the verdict.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::auth::PeerPolicy;
use crate::clock::{self, TimedOut, Timekeeper, timeout_at};
use crate::codec::{Codec, CodecError};
use crate::config::Config;
use crate::connection::{Connection, Dispatch, Facts, PeerServices, handshake};
use crate::descriptor::ServiceDescriptor;
use crate::error::{ConnectError, ConnectionError, NameError, ProtocolError};
use crate::event::{ClientEvent, Hub};
use crate::layer::Layers;
use crate::proto::entry;
use crate::proto::handshake::Terms;
use crate::service::{InTasks, Service, Services};
use crate::transport::{Endpoint, Io};
use crate::wire::{AuthPayload, ConnectionId, Hello, MAX_HELLO_LEN, VERSIONS, is_peer_name};

/// How a server is reached.
#[derive(Debug)]
pub(super) enum Route {
    Name(Result<Endpoint, NameError>),
    Stream(Io),
}

impl Route {
    /// By whose clock waits for the server end.
    fn timekeeper(&self) -> Timekeeper {
        match self {
            Self::Name(Ok(endpoint)) => endpoint.timekeeper(),
            Self::Name(Err(_)) => Timekeeper::Runtime,
            Self::Stream(io) => io.reader.timekeeper(),
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

/// What a client brings to its server.
pub(super) struct Plan {
    pub(super) route: Route,
    /// Encoded in each codec, since the choice may still change.
    pub(super) auth: Vec<EncodedAuth>,
    pub(super) codecs: Vec<Codec>,
    pub(super) trust: PeerPolicy,
    pub(super) allow_partial: bool,
    pub(super) config: Config,
    pub(super) events: Arc<Hub<ClientEvent>>,
    /// What the server may call over this connection.
    pub(super) services: Vec<Arc<dyn Service>>,
    /// What the client wants to be called among the server's clients.
    pub(super) peer_name: Option<String>,
    /// Handlers run in tasks of their own, for they may block.
    pub(super) handlers_in_tasks: bool,
}

/// The auth payload in one codec.
pub(super) struct EncodedAuth {
    pub(super) codec: Codec,
    pub(super) bytes: Result<Vec<u8>, CodecError>,
}

/// Makes the connection, and the task that drives it.
pub(super) async fn connect(
    mut plan: Plan,
    service: Option<&'static ServiceDescriptor>,
) -> Result<Connection, ConnectError> {
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(ConnectError::NoRuntime);
    }
    plan.config = plan.config.clamped();
    let events = Arc::clone(&plan.events);
    events.publish(&ClientEvent::Connecting);
    let timeout = plan.config.connect_timeout;
    let deadline = clock::now() + timeout;
    let by = plan.route.timekeeper();
    // Settles the events whichever way this future ends, its drop included.
    let unless_connected = CloseOnDrop(Some(events));
    let name = plan.route.to_string();
    let reached = AtomicBool::new(false);
    let attempt = attempt(plan, service, deadline, &reached);
    let connection = match timeout_at(deadline, by, attempt).await {
        Ok(result) => result?,
        Err(TimedOut) => {
            let reached = reached.into_inner();
            return Err(ConnectError::TimedOut {
                name,
                reached,
                after: timeout,
            });
        }
    };
    unless_connected.disarm();
    Ok(connection)
}

async fn attempt(
    plan: Plan,
    service: Option<&'static ServiceDescriptor>,
    deadline: Instant,
    reached: &AtomicBool,
) -> Result<Connection, ConnectError> {
    let Plan {
        route,
        auth,
        codecs,
        trust,
        allow_partial,
        config,
        events,
        services,
        mut peer_name,
        handlers_in_tasks,
    } = plan;
    let services = Services::new(services, Layers::default());
    if let Some(name) = services.duplicate() {
        return Err(ConnectError::DuplicateService { name });
    }
    if let Some(name) = peer_name.take_if(|name| !is_peer_name(name)) {
        return Err(ConnectError::PeerName { name });
    }
    let terms = Terms {
        codecs: codecs.iter().map(|codec| codec.id()).collect(),
        limits: config.peer_limits(),
        serves: services.entries(),
        calls: service.into_iter().map(entry).collect(),
        allow_partial,
    };
    let preferred = auth
        .into_iter()
        .find(|auth| codecs.first() == Some(&auth.codec));
    let auth = match preferred {
        Some(EncodedAuth { codec, bytes }) => {
            let bytes = bytes.map_err(ConnectError::AuthPayload)?;
            Some(AuthPayload {
                codec: codec.id(),
                bytes,
            })
        }
        None => None,
    };
    let hello = hello(&terms, auth, peer_name)?;
    let Io {
        mut reader,
        mut writer,
        peer,
    } = reach(route, &trust, deadline, &config).await?;
    reached.store(true, Ordering::Relaxed);
    reached.store(true, Ordering::Relaxed);
    let (agreement, read_ahead) =
        handshake::connect(&mut reader, &mut writer, &hello, &terms).await?;
    let codec = Codec::from_id(agreement.codec).ok_or_else(|| {
        ConnectError::Protocol(ProtocolError::Unexpected {
            found: format!("codec {}", agreement.codec),
            expected: "a codec that was offered",
        })
    })?;
    let id = agreement.connection;
    let facts = Facts {
        id,
        codec,
        peer,
        session: Arc::new(()),
        peer_limits: agreement.peer_limits,
        peer_serves: PeerServices::of_server(agreement.peer_serves),
        peer_name: agreement.peer_name,
        config,
    };
    let services: Arc<dyn Dispatch> = if handlers_in_tasks {
        Arc::new(InTasks(services))
    } else {
        Arc::new(services)
    };
    let (connection, driver) = Connection::begin(facts, (reader, writer), read_ahead, services);
    events.publish(&ClientEvent::Connected { id });
    spawn(async move {
        let mut end = EndOnDrop {
            events,
            id,
            reason: None,
        };
        end.reason = Some(driver.run().await);
    });
    Ok(connection)
}

fn hello(
    terms: &Terms,
    auth: Option<AuthPayload>,
    peer_name: Option<String>,
) -> Result<Vec<u8>, ConnectError> {
    let hello = Hello {
        versions: VERSIONS,
        codecs: terms.codecs.clone(),
        allow_partial: terms.allow_partial,
        limits: terms.limits,
        calls: terms.calls.clone(),
        serves: terms.serves.clone(),
        auth,
        peer_name: peer_name.map(Arc::from),
        extensions: Vec::new(),
    };
    let bytes = hello.encode();
    if bytes.len() > MAX_HELLO_LEN {
        return Err(ConnectError::HelloTooLarge {
            size: bytes.len(),
            limit: MAX_HELLO_LEN,
        });
    }
    Ok(bytes)
}

/// Reaches the server and checks whose it is. Nothing has been sent by then.
async fn reach(
    route: Route,
    trust: &PeerPolicy,
    deadline: Instant,
    config: &Config,
) -> Result<Io, ConnectError> {
    let endpoint = match route {
        Route::Stream(io) => return Ok(io),
        Route::Name(endpoint) => endpoint?,
    };
    let io = endpoint.connect(deadline).await.map_err(|source| {
        let name = endpoint.to_string();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                ConnectError::NotRunning { name, source }
            }
            io::ErrorKind::TimedOut => ConnectError::TimedOut {
                name,
                reached: false,
                after: config.connect_timeout,
            },
            _ => ConnectError::Io { name, source },
        }
    })?;
    if !trust.admits(&io.peer) {
        return Err(ConnectError::UntrustedServer {
            name: endpoint.to_string(),
            identity: io.peer,
        });
    }
    Ok(io)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the connection's own task: it ends when the connection does, which its handles see to"
)]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

/// Publishes that a client ended which never was connected.
struct CloseOnDrop(Option<Arc<Hub<ClientEvent>>>);

impl CloseOnDrop {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        if let Some(events) = &self.0 {
            events.publish(&ClientEvent::Closed { reason: None });
        }
    }
}

/// Publishes the end of a connection, also when its task is dropped with its runtime.
struct EndOnDrop {
    events: Arc<Hub<ClientEvent>>,
    id: ConnectionId,
    reason: Option<ConnectionError>,
}

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        let reason = self.reason.take().unwrap_or(ConnectionError::Aborted);
        self.events.publish(&ClientEvent::Disconnected {
            id: self.id,
            reason: reason.clone(),
        });
        self.events.publish(&ClientEvent::Closed {
            reason: Some(reason),
        });
    }
}
