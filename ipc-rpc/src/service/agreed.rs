//! What both sides of a connection have agreed on beside their services.

use super::{Client, ServiceDefinition};
use crate::connection::Connection;
use crate::descriptor::ServiceDescriptor;
use crate::proto::{Known, NoCommonVersion, common_version};
use crate::wire::Offer;

impl Connection {
    /// Whether both sides have announced this feature, with [`Connect::feature`](crate::Connect::feature) and
    /// [`ServerBuilder::feature`](crate::ServerBuilder::feature).
    #[must_use]
    pub fn has_feature(&self, name: &str) -> bool {
        let offers = self.shared().facts.offers.as_deref();
        offers.is_some_and(|offers| offers.have(name))
    }

    /// The version of a service that was agreed on, whichever side serves it: the one that is served or, where ranges are stated
    /// with [`Connect::versions`](crate::Connect::versions) and [`ServerBuilder::versions`](crate::ServerBuilder::versions), the
    /// nearest to it in both. Then both sides are told the same.
    ///
    /// Where neither says anything of it, the caller is told the lower one of the versions that the two have. `None`: nothing is
    /// known of the peer's, or there is no version in common, which only [`allow_partial`](crate::Connect::allow_partial) lets
    /// pass.
    #[must_use]
    pub fn service_version<C: Client>(&self) -> Option<u32> {
        self.agree_on(C::Definition::DESCRIPTOR).ok().flatten()
    }

    /// The same of the service as it is known here.
    pub(crate) fn agree_on(
        &self,
        known: &ServiceDescriptor,
    ) -> Result<Option<u32>, NoCommonVersion> {
        let facts = &self.shared().facts;
        let services = facts.peer_serves.get();
        let served = services.iter().find(|served| &*served.name == known.name);
        let theirs = served.map(|served| served.version);
        let nothing = Offer::default();
        let (offers, served) = match facts.offers.as_deref() {
            Some(offers) => ((&*offers.ours, &offers.theirs), offers.served(known.name)),
            None => ((&nothing, &nothing), None),
        };
        let here = known.version;
        let versions = Known {
            here,
            served,
            theirs,
        };
        common_version(offers, known.name, versions)
    }
}
