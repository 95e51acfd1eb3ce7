//! Finding servers: whether a name is taken, who has it, which names there are, and waiting for one.

use std::{
    io,
    time::{Duration, SystemTime},
};

use futures_util::{StreamExt, stream};

use super::{
    name::SocketName,
    os,
    socket::{Refusals, Socket},
};
use crate::{
    clock::{self, pause},
    error::FindError,
    wire::MAX_DEADLINE,
};

/// A name that is taken in this user's namespace, as [`SocketName::list`] finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NameEntry {
    /// The name, to be connected to.
    pub name: SocketName,
    /// Whether a server is alive there. `false`: a dead one has left its socket file.
    pub is_alive: bool,
    /// The process that bound the name, by the kernel's word on a connection to it.
    ///
    /// `None` if it is dead, if it was too busy to take a connection, or if the system does not tell (macOS).
    pub pid: Option<u32>,
    /// When the name was bound, by the system's clock. `None` on Windows, which does not tell.
    pub bound_at: Option<SystemTime>,
}

impl NameEntry {
    /// How long ago the name was bound. Zero if the system's clock was set back since.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        let bound_at = self.bound_at?;
        Some(bound_at.elapsed().unwrap_or_default())
    }
}

/// What is at a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sighting {
    Nothing,
    Stale,
    Alive { pid: Option<u32> },
}

impl SocketName {
    /// Whether the name is taken, by a live server or by what a dead one has left.
    ///
    /// By the time this is known it may have changed: to have the name, [bind](crate::ServerBuilder::bind) it, and to
    /// reach whoever has it, connect.
    ///
    /// # Errors
    ///
    /// [`FindError::Io`] if it cannot be looked for.
    ///
    /// # Platform notes
    ///
    /// ## Unix
    ///
    /// Looks for a file, whatever it is. An abstract name is taken only by a live server, which sees a connection that
    /// comes and goes.
    ///
    /// ## Windows
    ///
    /// A pipe is there only as long as its server is alive.
    pub fn exists(&self) -> Result<bool, FindError> {
        os::exists(self).map_err(|source| self.not_looked_for(source))
    }

    /// Whether a server accepts at this name.
    ///
    /// Connects, and says nothing: to a server of this crate that is no client, and no event tells of it.
    ///
    /// # Errors
    ///
    /// [`FindError::Io`] if it cannot be looked for.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Platform notes
    ///
    /// A server that is too busy to take another connection is alive. Elsewhere than on Linux and Windows it cannot be
    /// told from a dead one at once: it gets 0.1 s to take one.
    pub async fn is_alive(&self) -> Result<bool, FindError> {
        has_runtime()?;
        match look(self).await {
            Ok(sighting) => Ok(matches!(sighting, Sighting::Alive { .. })),
            Err(source) => Err(self.not_looked_for(source)),
        }
    }

    /// The names that are taken in this user's namespace, in alphabetical order.
    ///
    /// Each is [asked](Self::is_alive) whether its server is alive, some at a time. What is no socket is not listed, nor
    /// are the lock files of servers that are just starting or ending.
    ///
    /// # Errors
    ///
    /// [`FindError::Io`] if the namespace cannot be read. Where no server has ever been, there is none, which is no
    /// error.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Platform notes
    ///
    /// ## Windows
    ///
    /// Pipes that are named for this user; there is no telling when they were made.
    pub async fn list() -> Result<Vec<NameEntry>, FindError> {
        has_runtime()?;
        let found = os::list().map_err(|source| FindError::Io {
            what: "the names of this user".to_owned(),
            source,
        })?;
        let entries = stream::iter(found).map(|(name, bound_at)| async move {
            let (is_alive, pid) = match look(&name).await {
                Ok(Sighting::Alive { pid }) => (true, pid),
                Ok(Sighting::Stale) => (false, None),
                // It is gone meanwhile, or cannot be asked.
                Ok(Sighting::Nothing) | Err(_) => return None,
            };
            Some(NameEntry {
                name,
                is_alive,
                pid,
                bound_at,
            })
        });
        let entries: Vec<_> = entries.buffer_unordered(PROBES_AT_ONCE).collect().await;
        let mut entries: Vec<_> = entries.into_iter().flatten().collect();
        entries.sort_by_cached_key(|entry| entry.name.to_string());
        Ok(entries)
    }

    /// Waits until a server accepts at this name, at most as long as `timeout`.
    ///
    /// Whatever is or is not there meanwhile is waited out: a directory that is missing, a socket file that a dead
    /// server has left, a server that does not listen yet or has no room for another connection. Connects as
    /// [`is_alive`](Self::is_alive) does. To wait and then talk to it, see
    /// [`Connect::wait_for_server`](crate::Connect::wait_for_server).
    ///
    /// # Errors
    ///
    /// [`FindError::TimedOut`] with what was found last, and at once [`FindError::Io`] for what does not pass by
    /// waiting, such as a directory that cannot be trusted.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Platform notes
    ///
    /// ## Unix
    ///
    /// On Linux the kernel tells of files that come (inotify), and this waits without looking while nothing is there;
    /// elsewhere, and where a user has used up what there is of that, it looks every 0.1 s at most.
    pub async fn wait_for(&self, timeout: Duration) -> Result<(), FindError> {
        has_runtime()?;
        let timeout = timeout.min(MAX_DEADLINE);
        let connected = Socket::connect_when_there(self, clock::now() + timeout).await;
        match connected {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(FindError::TimedOut {
                name: self.to_string(),
                after: timeout,
                source: error,
            }),
            Err(source) => Err(self.not_looked_for(source)),
        }
    }

    fn not_looked_for(&self, source: io::Error) -> FindError {
        FindError::Io {
            what: self.to_string(),
            source,
        }
    }
}

/// Registering a socket outside of a runtime panics.
fn has_runtime() -> Result<(), FindError> {
    match tokio::runtime::Handle::try_current() {
        Ok(_) => Ok(()),
        Err(_) => Err(FindError::NoRuntime),
    }
}

async fn look(name: &SocketName) -> io::Result<Sighting> {
    let mut refusals = Refusals::default();
    loop {
        let connected = match os::Address::find(name) {
            Ok(address) => address.connect().await,
            Err(error) => Err(error),
        };
        return match connected {
            // Whose it is does not matter here; one that cannot be told is alive all the same.
            Ok(stream) => Ok(Sighting::Alive {
                pid: os::identify(&stream).ok().and_then(|peer| peer.pid()),
            }),
            Err(error) if os::is_busy(&error) => Ok(Sighting::Alive { pid: None }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Sighting::Nothing),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                if refusals.are_of_the_dead() {
                    Ok(Sighting::Stale)
                } else {
                    pause(Refusals::PAUSE).await;
                    continue;
                }
            }
            Err(error) => Err(error),
        };
    }
}

/// Each takes a descriptor, which others may need.
const PROBES_AT_ONCE: usize = 16;
