//! What a client says of itself beside its services.

use std::ops::RangeBounds;
use std::sync::Arc;

use super::builder::Connect;
use crate::service::{Client, ServiceDefinition};
#[cfg(feature = "plugin")]
use crate::wire::Offer;

impl<C> Connect<C> {
    /// Announces a feature that this client has: a word that applications agree on, of 1 to 255 bytes without control characters,
    /// 256 at most. Once the server announces it as well, [`Connection::has_feature`](crate::Connection::has_feature) says so on
    /// both sides. Default: none.
    pub fn feature(mut self, name: impl Into<Arc<str>>) -> Self {
        self.plan.offer.add_feature(name.into());
        self
    }

    /// The versions of a service that this client can do with, whether it calls or serves it, as
    /// `#[ipc_service(version = …)]` gives them. Connecting to a server with which it has none in common fails with
    /// [`RefusalReason::ServiceMismatch`](crate::RefusalReason::ServiceMismatch), and the message names the ranges of both; a
    /// server that does not say can do with just the version that it has. With others
    /// [`Connection::service_version`](crate::Connection::service_version) tells what was agreed on. Default: what counts are the
    /// signatures of methods.
    ///
    /// With [`allow_partial`](Self::allow_partial) nothing is refused for this.
    pub fn versions<S: Client>(mut self, versions: impl RangeBounds<u32>) -> Self {
        let name = S::Definition::DESCRIPTOR.name;
        self.plan.offer.set_versions(name, &versions);
        self
    }

    /// All of it at once.
    #[cfg(feature = "plugin")]
    pub(crate) fn offer(mut self, offer: Offer) -> Self {
        self.plan.offer = offer;
        self
    }
}
