//! Numbers that name things.

use std::fmt;

/// Names a connection within its server. Assigned by the server in its welcome, never reused while the
/// server lives, and not a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(u64);

impl ConnectionId {
    pub(crate) const fn new(id: u64) -> Self {
        Self(id)
    }

    /// The number itself, for logs and maps.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names a request in flight: a slot in the caller's table of pending calls, and the generation of that
/// slot.
///
/// The slot is below the number of requests that the receiver allows at once, so both ends keep their
/// tables as arrays and neither hashes. The generation makes a late response to an earlier user of the
/// slot recognisable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RequestId(u64);

impl RequestId {
    pub(crate) const fn new(slot: u32, generation: u32) -> Self {
        Self(((generation as u64) << 32) | slot as u64)
    }

    pub(crate) const fn from_wire(id: u64) -> Self {
        Self(id)
    }

    pub(crate) const fn to_wire(self) -> u64 {
        self.0
    }

    pub(crate) const fn slot(self) -> usize {
        (self.0 & u32::MAX as u64) as usize
    }

    pub(crate) const fn generation(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.slot(), self.generation())
    }
}
