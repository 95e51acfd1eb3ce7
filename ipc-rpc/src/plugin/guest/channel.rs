//! How a plugin finds its host.

use std::io::{self, BufRead, Read};
use std::time::Duration;

use crate::auth::PeerPolicy;
use crate::clock;
use crate::plugin::error::GuestError;
use crate::plugin::gate::{Credentials, INHERITED, MAX_LINE, NAMED, Token, VARIABLE, read_line};
#[cfg(unix)]
use crate::transport::local_socket::inherited;
use crate::transport::local_socket::{Socket, SocketName};

/// A socket to the host, and what is to be shown there.
pub(super) struct Channel {
    pub(super) socket: Socket,
    pub(super) credentials: Credentials,
}

impl Channel {
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
        Ok(socket.map(|socket| Self {
            socket,
            credentials: Credentials { token: Vec::new() },
        }))
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
        Ok(Self {
            socket,
            credentials: token.into_credentials(),
        })
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
