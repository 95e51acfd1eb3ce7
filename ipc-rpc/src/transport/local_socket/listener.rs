//! Binding a name and accepting connections at it.

use std::io;

use super::{name::SocketName, os, socket::Socket};
use crate::error::BindError;

/// What a server does about whoever has its name already.
///
/// None of them touches what is no socket of this user: a regular file, a symbolic link or somebody else's socket in the
/// way is an error of its own.
///
/// # Platform notes
///
/// A pipe, an abstract name and a [`memory::Address`](crate::transport::memory::Address) are free the moment their
/// server is gone. Nothing stale is left there, so the first two are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BindPolicy {
    /// Fails if anything at all is at the name: [`BindError::AlreadyRunning`] if a server is alive there,
    /// [`BindError::StaleSocket`] if a dead one has left its socket file. For those who want to know of every crash.
    FailIfTaken,
    /// Clears away what a dead server has left, and fails with [`BindError::AlreadyRunning`] if a server is alive. The
    /// default: a crash never keeps the next server from starting.
    #[default]
    ReclaimStale,
    /// Takes the name from whoever has it, a live server included.
    ///
    /// The server that is robbed is not asked. It keeps its connections, and is told by
    /// [`ServerError::NameLost`](crate::ServerError::NameLost); clients that connect from now on find the new one, and for
    /// an instant in between nobody. Of several that take over at once the last one has the name.
    ///
    /// # Platform notes
    ///
    /// ## Unix
    ///
    /// A name of the abstract namespace belongs to its socket and cannot be taken from a live server:
    /// [`BindError::CannotTakeOver`].
    ///
    /// ## Windows
    ///
    /// Nor can a pipe.
    TakeOver,
}

/// How a name is bound.
#[derive(Clone, Debug, Default)]
pub(crate) struct BindOptions {
    /// What to do about whoever has the name.
    pub(crate) policy: BindPolicy,
    /// The permissions of a Unix socket file; a process that may not write to it cannot connect.
    /// Ignored for abstract names and on Windows. Default: `0o600`, this user only.
    pub(crate) mode: Option<u32>,
    /// Whether other users may connect, as far as the system has a say. Ignored where `mode` says it.
    pub(crate) for_others: bool,
}

/// A name that this process listens at.
///
/// Dropping it gives the name back. A socket file goes with it, unless the file has meanwhile been
/// replaced by another's.
#[derive(Debug)]
pub(crate) struct Listener {
    name: SocketName,
    listener: os::Listener,
}

impl Listener {
    /// Binds `name` and listens at once, with the longest queue the system gives.
    ///
    /// What becomes of whoever has the name is for the options' policy to say. Blocks while another
    /// process is binding the same name, which takes that process less than a millisecond unless it
    /// is stopped in the middle of it.
    ///
    /// # Errors
    ///
    /// See [`BindError`]. Whatever was in the way has been left as it was.
    pub(crate) fn bind(name: &SocketName, options: &BindOptions) -> Result<Self, BindError> {
        // Registering a socket outside of a runtime panics, after its file has been created.
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(BindError::NoRuntime);
        }
        Ok(Self {
            name: name.clone(),
            listener: os::bind(name, options)?,
        })
    }

    /// Listens at a socket that was passed on. It is not given back: whoever opened it has it on.
    ///
    /// # Errors
    ///
    /// There is no runtime, or it does not take the socket.
    #[cfg(all(unix, feature = "systemd"))]
    pub(crate) fn adopt(activated: os::Activated) -> Result<Self, BindError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(BindError::NoRuntime);
        }
        let name = activated.name().clone();
        let listener = os::adopt(activated)?;
        Ok(Self { name, listener })
    }

    /// Waits for the next client.
    ///
    /// # Errors
    ///
    /// None of them ends the listener. After one that [`is_transient`] the next client may be
    /// waiting already; after any other, resources have to come free first.
    ///
    /// # Cancel safety
    ///
    /// No client is lost when the future is dropped.
    pub(crate) async fn accept(&self) -> io::Result<Socket> {
        let stream = self.listener.accept().await?;
        Socket::identify(stream).map_err(unidentified)
    }

    /// Returns a client that has connected, if there is one that can be had at this moment.
    pub(crate) fn accept_now(&self) -> Option<Socket> {
        loop {
            // One that cannot be identified is passed over.
            if let Ok(socket) = Socket::identify(self.listener.accept_now()?) {
                return Some(socket);
            }
        }
    }

    /// Resolves once the name does not lead here any more: it was taken over, or its file was removed.
    /// Connections that are there, or wait to be accepted, are not concerned.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub(crate) async fn lost(&self) {
        self.listener.lost().await;
    }

    /// Gives the name back. Returns the clients that have connected and wait to be accepted: they would wait for a
    /// verdict, and find that nobody was there.
    pub(crate) fn close(self) -> Vec<Socket> {
        let waiting = self.listener.close().into_iter();
        waiting
            .filter_map(|stream| Socket::identify(stream).ok())
            .collect()
    }

    pub(crate) fn name(&self) -> &SocketName {
        &self.name
    }
}

/// Whether an error of [`Listener::accept`] concerns one client only, so that the next call may
/// succeed at once.
///
/// Every other error is a lack of something that all clients need, such as file descriptors. The
/// client still waits in the queue then, so calling again at once would fail again at once.
pub(crate) fn is_transient(error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::ConnectionAborted
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::Interrupted => true,
        // A security module may refuse a client in the middle of accepting it.
        io::ErrorKind::PermissionDenied => cfg!(unix),
        // A pipe whose client has left again.
        io::ErrorKind::BrokenPipe => cfg!(windows),
        _ => false,
    }
}

/// One client that cannot be identified is that client's end, not the listener's. Whatever the
/// reason was, it must not look like a lack of resources.
fn unidentified(reason: io::Error) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn lack_of_descriptors_or_memory_is_not_transient() {
        use rustix::io::Errno;

        for errno in [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM] {
            assert!(!is_transient(&errno.into()), "{errno}");
        }
        for errno in [
            Errno::CONNABORTED,
            Errno::INTR,
            Errno::PERM,
            Errno::CONNRESET,
        ] {
            assert!(is_transient(&errno.into()), "{errno}");
        }
    }

    #[test]
    fn a_client_that_cannot_be_identified_is_transient_whatever_the_reason() {
        for kind in [
            io::ErrorKind::Unsupported,
            io::ErrorKind::InvalidData,
            io::ErrorKind::Other,
        ] {
            assert!(!is_transient(&kind.into()), "{kind}");
            assert!(is_transient(&unidentified(kind.into())), "{kind}");
        }
    }

    #[test]
    fn binding_outside_of_a_runtime_is_an_error() {
        let error = Listener::bind(&SocketName::unique(), &BindOptions::default()).unwrap_err();
        assert!(matches!(error, BindError::NoRuntime), "{error:?}");
    }
}
