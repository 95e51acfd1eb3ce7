//! Who is let in, by whose word, and what is never told.

mod checks;
#[cfg(unix)]
mod raw;
mod secrets;

use ipc_rpc::{AuthHello, Authenticator, RejectReason, Rejection, ServerEvent};
use support::Stage;

/// Knows two users by their passwords.
pub(crate) struct Doorman;

impl Authenticator for Doorman {
    type Payload = String;
    type Session = String;

    async fn authenticate(&self, hello: AuthHello<String>) -> Result<String, Rejection> {
        match hello.payload.as_str() {
            "sesame" => Ok("ali".to_owned()),
            "kassim" => Ok("baba".to_owned()),
            _ => Err(Rejection::new(42, "no such password")),
        }
    }
}

/// Waits until a client is turned away; errors before that are passed over.
pub(crate) async fn rejected(stage: &mut Stage) -> RejectReason {
    loop {
        match stage.events.next().await {
            Some(ServerEvent::Rejected { reason, .. }) => return reason,
            Some(ServerEvent::Error { .. }) => {}
            other => panic!("{other:?} where a client was to be turned away"),
        }
    }
}
