//! Why a server could not be bound.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::name::NameError;

/// Why a server could not be bound to its name.
///
/// `Display` tells this one level; the operating system's reason, if there is one, is the
/// [`source`](std::error::Error::source). The wording may change between releases.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// What was given is no socket name.
    #[error("not a socket name")]
    Name(#[from] NameError),
    /// A live server listens at this name already. It was left alone.
    #[error("another server is already listening at `{name}`")]
    AlreadyRunning {
        /// The name, as its server and its clients know it.
        name: String,
    },
    /// A dead server has left its socket file at this name, and
    /// [`BindPolicy::FailIfTaken`](crate::BindPolicy::FailIfTaken) leaves it there.
    #[error("`{path}` is in the way: it is the socket of a dead server", path = .path.display())]
    StaleSocket {
        /// Where the socket file is.
        path: PathBuf,
    },
    /// A live server has the name, and it is of a kind that cannot be taken from one, although
    /// [`BindPolicy::TakeOver`](crate::BindPolicy::TakeOver) was asked for.
    #[error("`{name}` cannot be taken from its live server: {reason}")]
    CannotTakeOver {
        /// The name, as its server and its clients know it.
        name: String,
        /// What keeps it.
        reason: &'static str,
    },
    /// Something that is no socket has the name. It was left alone.
    #[error("`{path}` is in the way: it is a {found}, not a socket", path = .path.display())]
    NotASocket {
        /// Where the socket file was to be.
        path: PathBuf,
        /// What was found there, such as "regular file" or "symbolic link".
        found: &'static str,
    },
    /// A socket file of another user has the name. It was left alone.
    #[error("`{path}` is in the way: it is a socket of user {owner}", path = .path.display())]
    ForeignSocket {
        /// Where the socket file was to be.
        path: PathBuf,
        /// The user id of its owner.
        owner: u32,
    },
    /// Other users could take or replace a socket in this directory.
    #[error("directory `{path}` cannot be trusted: {reason}", path = .path.display())]
    UntrustedDirectory {
        /// The directory that would have held the socket file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another process was in the middle of binding the same name, and did not finish.
    #[error("another process has been binding `{name}` for more than {waited:?}")]
    Busy {
        /// The name that both processes want.
        name: String,
        /// How long this process waited for the other.
        waited: Duration,
    },
    /// The server had so many services in its life that there is no number left for another one.
    #[error("there is no room for another service")]
    TooManyServices,
    /// Two services of the server have one name, and no client could tell them apart.
    #[error("two services are called `{name}`")]
    DuplicateService {
        /// Their name.
        name: &'static str,
    },
    /// The [features](crate::ServerBuilder::feature) or [versions](crate::ServerBuilder::versions) that the server was to announce
    /// are none that can be.
    #[error("{problem}")]
    Offer {
        /// What is wrong with them.
        problem: String,
    },
    /// An abstract socket has no permissions, and the policy admits whoever comes.
    #[error(
        "`{name}` is abstract and open to every user: a `PeerPolicy` has to say who may connect"
    )]
    OpenAbstract {
        /// The name.
        name: String,
    },
    /// No sockets were passed on to this process, or they were taken already.
    #[error("this process was not started by socket activation")]
    NotActivated,
    /// A descriptor that was passed on to this process is not what a server can listen at.
    #[error("descriptor {descriptor}, which was passed on, is no listening Unix stream socket")]
    Activation {
        /// Its number.
        descriptor: usize,
        /// What is wrong with it.
        source: io::Error,
    },
    /// No tokio runtime runs the current thread, so nothing could accept connections.
    #[error("a server can only be bound inside a tokio runtime")]
    NoRuntime,
    /// The operating system refused.
    #[error("cannot {action} `{name}`")]
    Io {
        /// What was attempted, such as "lock" or "listen at".
        action: &'static str,
        /// What it was attempted on: a path, or the name itself.
        name: String,
        /// The operating system's reason.
        source: io::Error,
    },
}

impl BindError {
    /// Whether the name is taken by a server that is alive.
    pub fn is_already_running(&self) -> bool {
        matches!(
            self,
            Self::AlreadyRunning { .. } | Self::CannotTakeOver { .. }
        )
    }
}
