//! Waiting for a server to be there, before anything is said to it.

use std::time::Duration;

use super::connect::Route;
use crate::clock;
use crate::error::ConnectError;
use crate::wire::MAX_DEADLINE;

/// Waits until the server accepts, and keeps the stream that it accepted. A stream that is there already is not waited
/// for.
///
/// Whose the server is has not been looked at by then.
pub(super) async fn reached(route: Route, patience: Duration) -> Result<Route, ConnectError> {
    let endpoint = match route {
        Route::Name(endpoint) => endpoint?,
        there => return Ok(there),
    };
    let patience = patience.min(MAX_DEADLINE);
    let deadline = clock::now() + patience;
    match endpoint.connect_when_there(deadline).await {
        Ok(io) => Ok(Route::Reached(endpoint, io)),
        Err(source) => {
            let name = endpoint.to_string();
            Err(ConnectError::unreachable(name, source, patience))
        }
    }
}
