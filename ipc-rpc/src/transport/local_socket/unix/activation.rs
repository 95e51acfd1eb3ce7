//! Sockets that a service manager has opened and passes on.

use std::env;
use std::io::{self, ErrorKind};
use std::os::unix::net::{SocketAddr, UnixListener};
use std::sync::{Mutex, PoisonError};

use listenfd::ListenFd;

use crate::error::{BindError, NameError};
use crate::transport::local_socket::SocketName;

/// The first descriptor that is passed on.
const FIRST: usize = 3;

/// More than any service has sockets.
const MAX_SOCKETS: usize = 1024;

/// A listening socket that was passed on.
#[derive(Debug)]
pub(crate) struct Activated {
    pub(super) listener: UnixListener,
    name: SocketName,
}

impl Activated {
    /// Takes all that were passed on, once in the life of this process.
    ///
    /// # Errors
    ///
    /// [`BindError::NotActivated`] if there are none for this process, [`BindError::Activation`] if one of them is not what
    /// it should be.
    pub(crate) fn take_all() -> Result<Vec<Self>, BindError> {
        // Whoever takes them removes the variables, and nobody is to do so between these looks at them.
        static ONE_BY_ONE: Mutex<()> = Mutex::new(());
        let _alone = ONE_BY_ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let variable = |name| env::var(name).ok();
        let own = std::process::id().to_string();
        if variable("LISTEN_PID") != Some(own) || variable("LISTEN_FDS_FIRST_FD").is_some() {
            // Meant for another process, whose child this one may be, or not by this protocol.
            return Err(BindError::NotActivated);
        }
        let count = variable("LISTEN_FDS").and_then(|count| count.parse().ok());
        let Some(count @ 1..=MAX_SOCKETS) = count else {
            return Err(BindError::NotActivated);
        };
        let mut passed_on = ListenFd::from_env();
        (0..count)
            .map(|index| {
                take(&mut passed_on, index).map_err(|source| BindError::Activation {
                    descriptor: FIRST + index,
                    source,
                })
            })
            .collect()
    }

    pub(crate) const fn name(&self) -> &SocketName {
        &self.name
    }
}

/// Checks the kind of the socket, and that children do not inherit it, before it is owned.
fn take(passed_on: &mut ListenFd, index: usize) -> io::Result<Activated> {
    let listener = passed_on
        .take_unix_listener(index)?
        .ok_or(ErrorKind::NotFound)?;
    if !listens(&listener)? {
        let what = "a Unix socket that does not listen";
        return Err(io::Error::new(ErrorKind::InvalidInput, what));
    }
    let name = name(&listener.local_addr()?)?;
    Ok(Activated { listener, name })
}

#[cfg(not(target_vendor = "apple"))]
fn listens(socket: &UnixListener) -> io::Result<bool> {
    Ok(rustix::net::sockopt::socket_acceptconn(socket)?)
}

/// Nothing that can be asked here tells.
#[cfg(target_vendor = "apple")]
fn listens(_: &UnixListener) -> io::Result<bool> {
    Ok(true)
}

fn name(address: &SocketAddr) -> io::Result<SocketName> {
    let name = match address.as_pathname() {
        Some(path) => SocketName::path(path),
        None => abstract_name(address)?,
    };
    name.map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn abstract_name(address: &SocketAddr) -> io::Result<Result<SocketName, NameError>> {
    #[cfg(target_os = "android")]
    use std::os::android::net::SocketAddrExt;
    #[cfg(target_os = "linux")]
    use std::os::linux::net::SocketAddrExt;

    let name = address.as_abstract_name();
    let name = name.and_then(|name| std::str::from_utf8(name).ok());
    name.map(SocketName::abstract_).ok_or_else(no_name)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn abstract_name(_: &SocketAddr) -> io::Result<Result<SocketName, NameError>> {
    Err(no_name())
}

fn no_name() -> io::Error {
    let what = "a socket that has neither a path nor an abstract name in UTF-8";
    io::Error::new(ErrorKind::InvalidInput, what)
}
