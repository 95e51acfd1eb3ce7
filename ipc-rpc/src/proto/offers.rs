//! What both sides of a connection say of themselves beside their services, and what follows from it.

use std::sync::Arc;

use crate::wire::{Offer, ServiceVersions};

/// What both sides say. Neither is asked again while the connection lives.
#[derive(Clone, Debug)]
pub(crate) struct Offers {
    pub(crate) ours: Arc<Offer>,
    pub(crate) theirs: Offer,
}

/// Two ranges of versions of a service without one in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoCommonVersion {
    pub(crate) ours: ServiceVersions,
    pub(crate) theirs: ServiceVersions,
}

impl NoCommonVersion {
    /// In words, with what the two sides are called.
    pub(crate) fn told(&self, us: &str, them: &str) -> String {
        let Self { ours, theirs } = self;
        format!(
            "of service `{}` {us} can do with {ours}, {them} with {theirs}; use releases of both that share a version",
            ours.service.escape_debug()
        )
    }
}

impl Offers {
    /// `None`: neither says anything.
    pub(crate) fn meet(ours: &Arc<Offer>, theirs: Offer) -> Option<Box<Self>> {
        let is_silent = ours.is_empty() && theirs.is_empty();
        (!is_silent).then(|| {
            Box::new(Self {
                ours: Arc::clone(ours),
                theirs,
            })
        })
    }

    /// Whether both have this feature.
    pub(crate) fn have(&self, feature: &str) -> bool {
        self.ours.has(feature) && self.theirs.has(feature)
    }
}

/// The highest version of a service that both sides can do with, as `offers` says in that order. `known` is the version that
/// this side has of it, `theirs` the one that the peer has, if that is known. A side that does not say what it can do with can
/// do with just the version it has, once the other one says. `Ok(None)`: nothing is known of the peer's.
pub(crate) fn common_version(
    offers: (&Offer, &Offer),
    service: &str,
    known: u32,
    theirs: Option<u32>,
) -> Result<Option<u32>, NoCommonVersion> {
    let both_known = theirs.map_or(known, |theirs| theirs.min(known));
    let (our_range, their_range) = (offers.0.versions_of(service), offers.1.versions_of(service));
    if our_range.is_none() && their_range.is_none() {
        return Ok(theirs.map(|_| both_known));
    }
    let exactly = |version| ServiceVersions::new(service, &(version..=version));
    let ours = our_range.cloned().unwrap_or_else(|| exactly(known));
    let Some(theirs) = their_range.cloned().or_else(|| theirs.map(exactly)) else {
        return Ok(None);
    };
    let (oldest, newest) = (
        ours.oldest.max(theirs.oldest),
        ours.newest.min(theirs.newest),
    );
    if oldest > newest {
        return Err(NoCommonVersion { ours, theirs });
    }
    Ok(Some(both_known.clamp(oldest, newest)))
}

/// Whether there is a common version of each service that either side speaks of, as far as both can be known. `ours` and
/// `theirs` tell the version that a side has of a service.
pub(crate) fn judge_versions(
    offers: (&Offer, &Offer),
    ours: impl Fn(&str) -> Option<u32>,
    theirs: impl Fn(&str) -> Option<u32>,
) -> Result<(), NoCommonVersion> {
    for spoken_of in offers.0.versions.iter().chain(&offers.1.versions) {
        let service = &*spoken_of.service;
        let said = offers.0.versions_of(service).map(|ours| ours.newest);
        if let Some(known) = ours(service).or(said) {
            common_version(offers, service, known, theirs(service))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(ranges: &[(u32, u32)]) -> Offer {
        let mut offer = Offer::default();
        for (oldest, newest) in ranges {
            offer.set_versions(ServiceVersions::new("Speller", &(*oldest..=*newest)));
        }
        offer
    }

    #[test]
    fn the_highest_version_in_both_ranges_is_agreed_on() {
        let all = u32::MAX;
        for (ours, theirs, (known, their_version), agreed) in [
            // Neither says: the older one of the two.
            (&[][..], &[][..], (3, Some(7)), 3),
            (&[(1, 3)], &[(2, 7)], (3, Some(7)), 3),
            (&[(2, 5)], &[(1, 4)], (5, Some(4)), 4),
            (&[(1, 3)], &[(2, 2)], (3, Some(7)), 2),
            (&[(2, all)], &[(1, all)], (3, Some(7)), 3),
            // A side that does not say can do with what it has.
            (&[(2, all)], &[], (3, Some(7)), 7),
            (&[], &[(1, 3)], (3, Some(9)), 3),
            (&[(1, 4)], &[(3, 6)], (4, None), 4),
        ] {
            let (ours, theirs) = (offer(ours), offer(theirs));
            let found = common_version((&ours, &theirs), "Speller", known, their_version);
            assert_eq!(found, Ok(Some(agreed)), "{ours:?} {theirs:?} {known}");
            let judged = judge_versions((&ours, &theirs), |_| Some(known), |_| their_version);
            assert_eq!(judged, Ok(()), "{ours:?} {theirs:?}");
        }
    }

    #[test]
    fn ranges_without_a_version_in_common_are_told_with_both() {
        for (ours, theirs, text) in [
            (
                &[(1, 3)][..],
                &[(4, 9)][..],
                "we can do with versions 1 to 3, they with versions 4 to 9",
            ),
            (
                &[(4, u32::MAX)],
                &[],
                "we can do with version 4 and later ones, they with version 3",
            ),
            (
                &[],
                &[(9, 9)],
                "we can do with version 2, they with version 9",
            ),
            (
                &[(2, 1)],
                &[(1, 9)],
                "we can do with no version, they with versions 1 to 9",
            ),
        ] {
            let (ours, theirs) = (offer(ours), offer(theirs));
            let apart = common_version((&ours, &theirs), "Speller", 2, Some(3)).unwrap_err();
            let told = apart.told("we", "they");
            assert!(told.contains(text) && told.contains("`Speller`"), "{told}");
            let judged = judge_versions((&ours, &theirs), |_| Some(2), |_| Some(3));
            assert_eq!(judged, Err(apart));
        }
    }

    #[test]
    fn of_a_service_that_the_peer_neither_has_nor_speaks_of_nothing_is_known() {
        let (ours, theirs) = (offer(&[(1, 3)]), Offer::default());
        let offers = (&ours, &theirs);
        assert_eq!(common_version(offers, "Speller", 3, None), Ok(None));
        assert_eq!(common_version(offers, "Other", 3, None), Ok(None));
        assert_eq!(judge_versions(offers, |_| None, |_| None), Ok(()));
    }

    #[test]
    fn a_range_of_any_form_is_one_of_both_ends() {
        let ends = |versions: ServiceVersions| (versions.oldest, versions.newest);
        assert_eq!(ends(ServiceVersions::new("S", &(2..=3))), (2, 3));
        assert_eq!(ends(ServiceVersions::new("S", &(2..4))), (2, 3));
        assert_eq!(ends(ServiceVersions::new("S", &(2..))), (2, u32::MAX));
        assert_eq!(ends(ServiceVersions::new("S", &..)), (0, u32::MAX));
        let none = ServiceVersions::new("S", &(..0));
        assert!(none.oldest > none.newest);
    }

    #[test]
    fn a_feature_counts_once_both_sides_have_it() {
        let feature = |names: &[&str]| Offer {
            features: names.iter().map(|name| Arc::from(*name)).collect(),
            versions: Vec::new(),
        };
        let ours = Arc::new(feature(&["tabs", "undo"]));
        let offers = Offers::meet(&ours, feature(&["undo", "later"])).unwrap();
        assert!(offers.have("undo") && !offers.have("tabs") && !offers.have("later"));
        assert!(Offers::meet(&Arc::default(), Offer::default()).is_none());
    }
}
