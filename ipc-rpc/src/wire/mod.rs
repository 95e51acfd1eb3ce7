//! What peers say to each other: the layout of every byte on the wire, and nothing that acts on it.
//!
//! A connection begins with one [`hello`] and one verdict (welcome or refusal), each with a frozen
//! layout of its own. After a welcome only frames follow: a [`Header`] of fixed size, a body, and an
//! optional side part. `docs/protocol.md` is the contract; this module is its implementation, and the
//! byte fixtures in the tests hold the two together.
//!
//! Integers are little-endian. Nothing here reads a clock, a socket or a configuration.

mod cursor;
mod failure;
mod goodbye;
mod header;
mod hello;
mod id;
mod mode;
mod name;
mod offer;
mod peer_name;
mod route;
mod stream;
mod table;
#[cfg(test)]
mod tests;
mod trace;
mod verdict;

pub(crate) use cursor::Malformed;
pub(crate) use failure::{CallFailure, FailureCode};
pub(crate) use goodbye::{Goodbye, GoodbyeCode};
pub(crate) use header::{Flags, HEADER_LEN, Header, Kind, MAX_DEADLINE};
pub(crate) use hello::{AuthPayload, Hello, MAX_HELLO_LEN, PeerLimits, VersionRange};
pub use id::ConnectionId;
pub(crate) use id::RequestId;
pub(crate) use mode::Mode;
pub(crate) use offer::{Offer, ServiceVersions};
pub(crate) use peer_name::{TAG as PEER_NAME_TAG, is_peer_name};
pub(crate) use route::Route;
pub(crate) use stream::{
    Credit, MAX_PACKED_LEN, StreamCode, StreamId, StreamReason, pack_behind, packed_len,
    put_packed_len, take_packed,
};
pub(crate) use table::{
    HashKind, MethodEntry, ServiceEntry, decode_services, encode_services, share,
};
pub use trace::TraceContext;
pub(crate) use verdict::{MAX_VERDICT_LEN, Refusal, RefusalCode, Verdict, Welcome};

pub(crate) use hello::{PRELUDE_LEN, Prelude, PreludeKind};

/// The versions of this protocol that this crate speaks.
pub(crate) const VERSIONS: VersionRange = VersionRange {
    oldest: 1,
    newest: 1,
};
