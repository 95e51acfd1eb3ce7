//! The way to a server, up to where the first byte would be sent.

use std::time::{Duration, Instant};

use crate::auth::PeerPolicy;
use crate::clock;
use crate::error::ConnectError;
use crate::transport::{Endpoint, Io};

/// Waits until a server accepts, at most as long as `patience`. Whose it is has not been looked at by then.
pub(crate) async fn wait(endpoint: &Endpoint, patience: Duration) -> Result<Io, ConnectError> {
    endpoint
        .connect_when_there(clock::now() + patience)
        .await
        .map_err(|source| ConnectError::unreachable(endpoint.to_string(), source, patience))
}

/// Reaches the server, unless it is taken from `there`, and checks whose it is. Nothing has been sent by then.
///
/// `timeout` is what the error says of how long it may take; `deadline` is what counts.
pub(crate) async fn reach(
    endpoint: &Endpoint,
    there: &mut Option<Io>,
    trust: &PeerPolicy,
    deadline: Instant,
    timeout: Duration,
) -> Result<Io, ConnectError> {
    let io = match there.take() {
        Some(io) => io,
        None => endpoint
            .connect(deadline)
            .await
            .map_err(|source| ConnectError::unreachable(endpoint.to_string(), source, timeout))?,
    };
    if !trust.admits(&io.peer) {
        return Err(ConnectError::UntrustedServer {
            name: endpoint.to_string(),
            identity: io.peer,
        });
    }
    Ok(io)
}
