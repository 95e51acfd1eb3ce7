//! Unix sockets.
//!
//! Made by `interprocess`; where their files lie, who may have put them there and when they go is
//! decided here. Everything about files happens relative to a directory that was opened first and
//! checked by its descriptor.

use std::{fmt, io, os::unix::net::UnixListener as StdListener, path::PathBuf};

use interprocess::local_socket::ListenerNonblockingMode;
#[cfg(any(target_os = "linux", target_os = "android"))]
use interprocess::{
    local_socket::{ListenerOptions, ToNsName},
    os::unix::{local_socket::AbstractNsUdSocket, uds_local_socket as uds},
};

use self::{
    directory::DirectoryError,
    namespace::Environment,
    socket_file::{Place, SocketFile},
    stream::Listening,
};
#[cfg(any(target_os = "linux", target_os = "android"))]
use super::BindPolicy;
use super::{
    listener::BindOptions,
    name::{Kind, SocketName},
};
use crate::{error::BindError, identity::PeerIdentity};

#[cfg(feature = "systemd")]
mod activation;
mod directory;
mod find;
#[cfg(feature = "plugin")]
pub(crate) mod inherited;
mod lock;
mod namespace;
mod socket_file;
mod stream;
mod watch;

#[cfg(test)]
mod tests;

#[cfg(feature = "systemd")]
pub(crate) use activation::Activated;
pub(super) use find::{exists, list};
pub(super) use stream::{Stream, split};
pub(super) use watch::Watch;
#[cfg(feature = "plugin")]
pub(super) use watch::path_of;

/// A listening socket, and its file if it has one.
#[derive(Debug)]
pub(super) struct Listener {
    // Goes first: as long as the socket listens, its inode cannot become another file's.
    file: Option<SocketFile>,
    listener: Listening,
    /// Whether it is not this process's alone: it listens on, and who waits is the next one's.
    is_shared: bool,
}

impl Listener {
    /// `listener` does not block.
    fn new(file: Option<SocketFile>, listener: StdListener, is_shared: bool) -> io::Result<Self> {
        match Listening::new(listener) {
            Ok(listener) => Ok(Self {
                file,
                listener,
                is_shared,
            }),
            Err((listener, error)) => {
                // In the order in which a listener goes.
                drop(file);
                drop(listener);
                Err(error)
            }
        }
    }

    pub(super) async fn accept(&self) -> io::Result<Stream> {
        self.listener.accept().await
    }

    /// Asks the system, whatever the runtime has heard of it.
    pub(super) fn accept_now(&self) -> Option<Stream> {
        loop {
            if let Some(stream) = self.listener.accept_now().ok()? {
                return Some(stream);
            }
        }
    }

    /// Resolves once no client finds this listener any more. An abstract name cannot be lost.
    pub(super) async fn lost(&self) {
        match &self.file {
            Some(file) => file.lost().await,
            None => std::future::pending().await,
        }
    }

    /// Gives the name back, and returns the clients that wait.
    pub(super) fn close(self) -> Vec<Stream> {
        if self.is_shared {
            return Vec::new();
        }
        drop(self.file);
        // From here on nobody joins them: Linux refuses whoever has found the name before it was gone. Elsewhere a moment is
        // left in which one would be lost.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let _ = rustix::net::shutdown(&self.listener, rustix::net::Shutdown::Read);
        let mut waiting = Vec::new();
        loop {
            // The runtime may not have heard of them yet, so they are asked for without it.
            match self.listener.accept_now() {
                Ok(client) => waiting.extend(client),
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                // There is none, and it does not wait for any; or the system is short of something, and they are not told.
                Err(error) => {
                    let is_none = matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::InvalidInput
                    );
                    if !is_none {
                        tracing::warn!(%error, "clients that wait to be accepted are not told that the server stops");
                    }
                    return waiting;
                }
            }
        }
    }
}

/// Where a client finds a server.
#[derive(Debug)]
pub(super) struct Address {
    /// An abstract name starts with a NUL.
    path: PathBuf,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display().to_string().escape_debug())
    }
}

impl Address {
    /// Looks a name up without creating anything.
    pub(super) fn find(name: &SocketName) -> io::Result<Self> {
        let path = match name.kind() {
            Kind::User(file_name) => Environment::of_process()
                .open_directory()?
                .path()
                .join(file_name),
            Kind::Path(path) => path.clone(),
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Kind::Abstract(text) => PathBuf::from(format!("\0{text}")),
        };
        Ok(Self { path })
    }

    /// Tries once. `interprocess` would take a full queue for a connection.
    pub(super) async fn connect(&self) -> io::Result<Stream> {
        stream::connect(&self.path).await
    }
}

impl From<DirectoryError> for BindError {
    fn from(error: DirectoryError) -> Self {
        match error {
            DirectoryError::Untrusted { path, reason } => Self::UntrustedDirectory { path, reason },
            DirectoryError::Io { path, source } => Self::Io {
                action: "open directory",
                name: path.display().to_string(),
                source,
            },
        }
    }
}

impl From<DirectoryError> for io::Error {
    fn from(error: DirectoryError) -> Self {
        let kind = match &error {
            DirectoryError::Untrusted { .. } => io::ErrorKind::PermissionDenied,
            DirectoryError::Io { source, .. } => source.kind(),
        };
        Self::new(kind, BindError::from(error))
    }
}

pub(super) fn bind(name: &SocketName, options: &BindOptions) -> Result<Listener, BindError> {
    let place = match name.kind() {
        Kind::User(file_name) => {
            let directory = Environment::of_process().create_directory()?;
            Place::new(name, directory, file_name)
        }
        Kind::Path(path) => Place::at_path(name, path)?,
        #[cfg(any(target_os = "linux", target_os = "android"))]
        Kind::Abstract(text) => return bind_abstract(name, text, options.policy),
    };
    let mode = options.mode.unwrap_or(DEFAULT_MODE);
    let (file, listener) = place.bind(mode, options.policy)?;
    Listener::new(Some(file), listener, false).map_err(|error| unlistened(name, error))
}

fn unlistened(name: &SocketName, source: io::Error) -> BindError {
    BindError::Io {
        action: "listen at",
        name: name.to_string(),
        source,
    }
}

/// Listens where somebody else has bound. What that is called, and whether it has a file, is not this process's business.
#[cfg(feature = "systemd")]
pub(super) fn adopt(activated: Activated) -> Result<Listener, BindError> {
    let name = activated.name().clone();
    let listener = activated.listener;
    let settled = listener.set_nonblocking(true);
    settled
        .and_then(|()| Listener::new(None, listener, true))
        .map_err(|error| unlistened(&name, error))
}

/// The kernel decides alone: an abstract name is taken exactly as long as its socket lives.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn bind_abstract(name: &SocketName, text: &str, policy: BindPolicy) -> Result<Listener, BindError> {
    let listener = text.to_ns_name::<AbstractNsUdSocket>().and_then(|ns_name| {
        let options = ListenerOptions::new().name(ns_name);
        let listener: uds::Listener = options.nonblocking(ACCEPTS).create_sync_as()?;
        Listener::new(None, listener.into(), false)
    });
    match listener {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let name = name.to_string();
            Err(match policy {
                BindPolicy::TakeOver => BindError::CannotTakeOver {
                    name,
                    reason: "an abstract name belongs to its socket",
                },
                _ => BindError::AlreadyRunning { name },
            })
        }
        Err(source) => Err(unlistened(name, source)),
    }
}

/// Whether the server's queue was full. On some systems it looks like no server at all instead.
pub(super) fn is_busy(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

pub(super) fn identify(stream: &Stream) -> io::Result<PeerIdentity> {
    let credentials = stream.peer_creds()?;
    let uid = credentials.euid().ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::Unsupported,
            "the system does not tell the peer's user",
        )
    })?;
    let pid = credentials.pid().and_then(|pid| u32::try_from(pid).ok());
    Ok(PeerIdentity::from_credentials(pid, uid, credentials.egid()))
}

const DEFAULT_MODE: u32 = 0o600;

/// A listener that does not block. What it accepts is this crate's to set up.
const ACCEPTS: ListenerNonblockingMode = ListenerNonblockingMode::Accept;
