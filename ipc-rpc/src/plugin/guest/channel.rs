//! How a plugin finds its host.

use std::io::{self, BufRead, Read};
use std::time::Duration;

#[cfg(unix)]
use super::watchdog::Watchdog;
use crate::auth::PeerPolicy;
use crate::clock;
use crate::plugin::error::GuestError;
use crate::plugin::gate::{Credentials, INHERITED, MAX_LINE, NAMED, Token, VARIABLE, read_line};
use crate::transport::Io;
#[cfg(unix)]
use crate::transport::local_socket::inherited;
use crate::transport::local_socket::{Socket, SocketName};

/// The way to the host, and what is to be shown there.
pub(super) struct Channel {
    pub(super) io: Io,
    /// Ends this process if the host goes without a word.
    #[cfg(unix)]
    pub(super) watchdog: Watchdog,
    pub(super) credentials: Credentials,
}

impl Channel {
    fn over(socket: Socket, credentials: Credentials) -> Result<Self, GuestError> {
        Ok(Self {
            #[cfg(unix)]
            watchdog: Watchdog::start(&socket)?,
            io: Io::from(socket),
            credentials,
        })
    }

    /// `None`: nobody has started this process as a plugin.
    pub(super) async fn take(timeout: Duration) -> Result<Option<Self>, GuestError> {
        let Some(kind) = std::env::var_os(VARIABLE) else {
            return Ok(None);
        };
        match kind.to_str() {
            Some(INHERITED) => Self::inherited(),
            Some(NAMED) => Self::named(timeout).await,
            _ => Err(failed("use the channel that the host offers")(
                io::Error::new(
                    io::ErrorKind::Unsupported,
                    format!("{VARIABLE} is {kind:?}, which this version does not know"),
                ),
            )),
        }
    }

    #[cfg(unix)]
    fn inherited() -> Result<Option<Self>, GuestError> {
        let socket = inherited::take_stdin().map_err(failed("take the channel to the host"))?;
        let credentials = Credentials { token: Vec::new() };
        socket
            .map(|socket| Self::over(socket, credentials))
            .transpose()
    }

    #[cfg(not(unix))]
    fn inherited() -> Result<Option<Self>, GuestError> {
        Ok(None)
    }

    async fn named(timeout: Duration) -> Result<Option<Self>, GuestError> {
        let deadline = clock::now() + timeout;
        // On a thread that may block, and which ends with the host: then the input ends.
        let line = tokio::task::spawn_blocking(first_line).await;
        let line = line.map_err(io::Error::other).flatten();
        let line = line.map_err(failed("read what the host says"))?;
        let Some((name, token)) = read_line(&line) else {
            return Ok(None);
        };
        Self::connect(&name, token, deadline).await.map(Some)
    }

    async fn connect(
        name: &SocketName,
        token: Token,
        deadline: std::time::Instant,
    ) -> Result<Self, GuestError> {
        let socket = Socket::connect(name, deadline).await;
        let socket = socket.map_err(failed("reach the host"))?;
        if !PeerPolicy::SameUser.admits(socket.peer()) {
            let stranger = format!("it belongs to another user: {}", socket.peer());
            let error = io::Error::new(io::ErrorKind::PermissionDenied, stranger);
            return Err(failed("trust the host")(error));
        }
        Self::over(socket, token.into_credentials())
    }
}

fn first_line() -> io::Result<String> {
    let mut line = String::new();
    let limit = u64::try_from(MAX_LINE).unwrap_or(u64::MAX);
    io::stdin().lock().take(limit).read_line(&mut line)?;
    Ok(line)
}

fn failed(action: &'static str) -> impl FnOnce(io::Error) -> GuestError {
    move |source| GuestError::Io { action, source }
}
