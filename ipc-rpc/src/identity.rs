//! Who is at the other end of a connection.

use std::fmt;
use std::sync::Arc;

/// What the kernel says of the process at the other end of a connection.
///
/// Nothing in here was sent by the peer, so nothing in here can be forged by it. The facts are
/// those of the moment of connecting: a peer that changes its user afterwards, or hands its socket
/// to another process, keeps the identity it connected with.
///
/// # Platform notes
///
/// ## Unix
///
/// User and group are the effective ones. The pid is missing on macOS.
///
/// ## Windows
///
/// The user is known by its security identifier: on the server's side that of the client's process, on the client's
/// side that of the pipe's owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerIdentity {
    pid: Option<u32>,
    uid: Option<u32>,
    gid: Option<u32>,
    sid: Option<Arc<str>>,
    same_user: bool,
}

impl PeerIdentity {
    /// Describes this very process, which is its own peer over an in-memory connection.
    pub(crate) fn in_process() -> Self {
        Self {
            pid: Some(std::process::id()),
            #[cfg(unix)]
            uid: Some(rustix::process::geteuid().as_raw()),
            #[cfg(unix)]
            gid: Some(rustix::process::getegid().as_raw()),
            #[cfg(not(unix))]
            uid: None,
            #[cfg(not(unix))]
            gid: None,
            sid: None,
            same_user: true,
        }
    }

    /// Describes a peer by the credentials that the kernel recorded for its socket.
    #[cfg(unix)]
    pub(crate) fn from_credentials(pid: Option<u32>, uid: u32, gid: Option<u32>) -> Self {
        Self {
            pid,
            uid: Some(uid),
            gid,
            sid: None,
            same_user: uid == rustix::process::geteuid().as_raw(),
        }
    }

    /// Describes the peer of a named pipe.
    ///
    /// `same_user` is for the caller to prove; what cannot be told is `false`.
    #[cfg(windows)]
    pub(crate) fn from_pipe(pid: u32, sid: Option<Arc<str>>, same_user: bool) -> Self {
        Self {
            pid: Some(pid),
            uid: None,
            gid: None,
            sid,
            same_user,
        }
    }

    /// The peer's process id, where the platform tells it.
    ///
    /// For logs only: by the time it is looked up, the peer may be gone and its id another's.
    pub fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// The peer's effective user id. `None` on Windows.
    pub fn uid(&self) -> Option<u32> {
        self.uid
    }

    /// The peer's effective group id. `None` on Windows.
    pub fn gid(&self) -> Option<u32> {
        self.gid
    }

    /// The security identifier of the peer's user, `S-1-5-21-…`. `None` except on Windows, and there if it cannot
    /// be told.
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// Whether the peer is known to run as the same user as this process.
    ///
    /// `false` as well when it cannot be told.
    pub fn is_same_user(&self) -> bool {
        self.same_user
    }
}

impl fmt::Display for PeerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "process {pid}")?,
            None => f.write_str("a process")?,
        }
        match (self.uid, &self.sid) {
            (Some(uid), _) => write!(f, " of user {uid}"),
            (None, Some(sid)) => write!(f, " of user {sid}"),
            (None, None) if self.same_user => f.write_str(" of this user"),
            (None, None) => f.write_str(" of a user that cannot be told"),
        }
    }
}
