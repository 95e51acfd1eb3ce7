//! Whether a peer serves what this side wants to call, for whoever wants to know before the first call.

use crate::connection::Connection;
use crate::descriptor::ServiceDescriptor;
use crate::proto::{entry, mismatch};

/// How a service of the peer stands with what is known of it here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Every method that both have is the same.
    Same,
    /// Methods differ; said in words, with the versions of both.
    Differs(String),
    /// The peer does not serve it.
    Missing,
}

impl Fit {
    pub(crate) fn of(connection: &Connection, wanted: &ServiceDescriptor) -> Self {
        let services = connection.shared().facts.peer_serves.get();
        let served = services.iter().find(|served| &*served.name == wanted.name);
        match served.map(|served| mismatch(&entry(wanted), served)) {
            None => Self::Missing,
            Some(None) => Self::Same,
            Some(Some(difference)) => Self::Differs(difference),
        }
    }
}
