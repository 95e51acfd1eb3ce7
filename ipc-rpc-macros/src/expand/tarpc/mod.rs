//! Items for services in tarpc's form: what `#[tarpc::service]` 0.38 generates, under the same
//! names.
//!
//! Differences: the futures of the trait's methods are `Send`, and a response of another method is
//! an error instead of a panic. The server can be driven by our own connections, too.

mod client;
mod server;

pub(super) use self::client::{client, client_method};
pub(super) use self::server::server;
