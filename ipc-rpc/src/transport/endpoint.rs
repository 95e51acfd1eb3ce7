//! Where a server is bound and a client connects.

use std::fmt;
use std::io;
use std::time::Instant;

use super::Io;
use super::local_socket::{self, BindOptions, IntoSocketName, Socket, SocketName};
use super::memory::{Address, MemoryListener};
use crate::clock::{Timekeeper, timeout_at};
use crate::error::{BindError, NameError};
use crate::identity::PeerIdentity;

/// A place of either kind.
#[derive(Clone, Debug)]
#[expect(unnameable_types, reason = "behind a hidden method of a sealed trait")]
pub enum Endpoint {
    Socket(SocketName),
    Memory(Address),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(name) => name.fmt(f),
            Self::Memory(address) => address.fmt(f),
        }
    }
}

impl Endpoint {
    /// Whether nothing but the peers' identities guards it.
    pub(crate) fn is_abstract(&self) -> bool {
        matches!(self, Self::Socket(name) if name.is_abstract())
    }

    pub(crate) fn bind(&self, options: &BindOptions) -> Result<Listener, BindError> {
        match self {
            Self::Socket(name) => local_socket::Listener::bind(name, options)
                .map(|listener| Listener::Socket(Box::new(listener))),
            Self::Memory(address) => address
                .bind(options.policy)
                .map(|listener| Listener::Memory(address.clone(), listener))
                .ok_or_else(|| BindError::AlreadyRunning {
                    name: address.to_string(),
                }),
        }
    }

    /// By whose clock waits for the other side end.
    pub(crate) const fn timekeeper(&self) -> Timekeeper {
        match self {
            Self::Socket(_) => Timekeeper::System,
            Self::Memory(_) => Timekeeper::Runtime,
        }
    }

    pub(crate) async fn connect(&self, deadline: Instant) -> io::Result<Io> {
        match self {
            Self::Socket(name) => Socket::connect(name, deadline).await.map(Io::from),
            Self::Memory(address) => {
                let stream = address.connect().await?;
                Ok(Io::from_stream(stream, PeerIdentity::in_process()))
            }
        }
    }

    /// Connects once a server accepts there. [`TimedOut`](io::ErrorKind::TimedOut): none did until `deadline`.
    pub(crate) async fn connect_when_there(&self, deadline: Instant) -> io::Result<Io> {
        match self {
            Self::Socket(name) => {
                let socket = Socket::connect_when_there(name, deadline).await;
                socket.map(Io::from)
            }
            Self::Memory(address) => {
                let connected = address.connect_when_there();
                let stream = timeout_at(deadline, Timekeeper::Runtime, connected)
                    .await
                    .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
                Ok(Io::from_stream(stream, PeerIdentity::in_process()))
            }
        }
    }
}

/// A bound place of either kind.
#[derive(Debug)]
pub(crate) enum Listener {
    Socket(Box<local_socket::Listener>),
    Memory(Address, MemoryListener),
}

impl Listener {
    /// Cancel safe.
    pub(crate) async fn accept(&self) -> io::Result<Io> {
        match self {
            Self::Socket(listener) => listener.accept().await.map(Io::from),
            Self::Memory(_, listener) => Ok(Io::from_stream(
                listener.accept().await,
                PeerIdentity::in_process(),
            )),
        }
    }

    /// The next client that has connected, if there is one that can be had at this moment.
    pub(crate) fn accept_now(&self) -> Option<Io> {
        match self {
            Self::Socket(listener) => listener.accept_now().map(Io::from),
            Self::Memory(_, listener) => {
                let stream = listener.accept_now()?;
                Some(Io::from_stream(stream, PeerIdentity::in_process()))
            }
        }
    }

    /// Resolves once no client finds this listener any more.
    ///
    /// Cancel safe; for one that waits.
    pub(crate) async fn lost(&self) {
        match self {
            Self::Socket(listener) => listener.lost().await,
            Self::Memory(_, listener) => listener.lost().await,
        }
    }
}

impl Listener {
    /// Listens at a socket that was passed on.
    #[cfg(all(unix, feature = "systemd"))]
    pub(crate) fn adopt(activated: local_socket::Activated) -> Result<Self, BindError> {
        let listener = local_socket::Listener::adopt(activated)?;
        Ok(Self::Socket(Box::new(listener)))
    }

    /// Gives the place back. Returns the clients that have connected and wait to be accepted.
    pub(crate) async fn close(self) -> Vec<Io> {
        match self {
            Self::Socket(listener) => listener.close().into_iter().map(Io::from).collect(),
            Self::Memory(_, listener) => {
                let waiting = listener.close().await.into_iter();
                let peer = PeerIdentity::in_process;
                waiting
                    .map(|stream| Io::from_stream(stream, peer()))
                    .collect()
            }
        }
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(listener) => listener.name().fmt(f),
            Self::Memory(address, _) => address.fmt(f),
        }
    }
}

impl From<Socket> for Io {
    fn from(socket: Socket) -> Self {
        let peer = socket.peer().clone();
        let (reader, writer) = socket.into_split();
        Self {
            reader,
            writer,
            peer,
        }
    }
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` names no place",
    note = "a text is a name in the user's own namespace; a path is given as `SocketName::path(..)?`"
)]
/// What names a place: a text (see [`SocketName::new`](crate::SocketName::new)), a
/// [`SocketName`](crate::SocketName), or a [`memory::Address`](crate::transport::memory::Address).
pub trait IntoEndpoint: sealed::Sealed {
    #[doc(hidden)]
    fn into_endpoint(self) -> Result<Endpoint, NameError>;
}

impl<T: IntoSocketName> IntoEndpoint for T {
    fn into_endpoint(self) -> Result<Endpoint, NameError> {
        self.into_socket_name().map(Endpoint::Socket)
    }
}

mod sealed {
    #[expect(unnameable_types, reason = "that is what seals")]
    pub trait Sealed {}
    impl<T: super::IntoSocketName> Sealed for T {}
    impl Sealed for super::Address {}
    impl Sealed for &super::Address {}
}

impl IntoEndpoint for Address {
    fn into_endpoint(self) -> Result<Endpoint, NameError> {
        Ok(Endpoint::Memory(self))
    }
}

impl IntoEndpoint for &Address {
    fn into_endpoint(self) -> Result<Endpoint, NameError> {
        Ok(Endpoint::Memory(self.clone()))
    }
}
