//! Every error of this crate: one type for each thing that a caller does.
//!
//! `Display` says one thing once, in lower case; what lies beneath is the `source()`.

mod accept;
mod bind;
mod call;
mod claim;
mod connect;
mod connection;
mod find;
mod name;
mod protocol;
mod rejection;
mod stream;

pub use accept::AcceptError;
pub use bind::BindError;
pub use call::{CallError, CallOutcome};
pub use claim::ClaimError;
pub use connect::{ConnectError, RefusalReason};
pub use connection::{ConnectionError, PeerClose};
pub use find::FindError;
pub use name::NameError;
pub use protocol::ProtocolError;
pub use rejection::Rejection;
pub use stream::{StreamError, SubscriptionError};
