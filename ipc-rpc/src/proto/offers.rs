//! What both sides of a connection say of themselves beside their services, and what follows from it.

use std::sync::Arc;

use super::services::version;
use crate::wire::{Offer, ServiceEntry, ServiceVersions};

/// What both sides say. Neither is asked again while the connection lives.
#[derive(Clone, Debug)]
pub(crate) struct Offers {
    pub(crate) ours: Arc<Offer>,
    pub(crate) theirs: Offer,
    /// The services of this side, as the peer was told of them.
    serves: Arc<[ServiceEntry]>,
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
    pub(crate) fn meet(
        ours: &Arc<Offer>,
        theirs: Offer,
        serves: &Arc<[ServiceEntry]>,
    ) -> Option<Box<Self>> {
        let is_silent = ours.is_empty() && theirs.is_empty();
        (!is_silent).then(|| {
            Box::new(Self {
                ours: Arc::clone(ours),
                theirs,
                serves: Arc::clone(serves),
            })
        })
    }

    /// The version of a service as this side serves it, if it does.
    pub(crate) fn served(&self, service: &str) -> Option<u32> {
        version(&self.serves, service)
    }

    /// Whether both have this feature.
    pub(crate) fn have(&self, feature: &str) -> bool {
        self.ours.has(feature) && self.theirs.has(feature)
    }
}

/// The version of a service as the sides have it. Both know what a side that serves it has, by its table.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    /// As this side knows it, whether it serves or calls it.
    pub(crate) here: u32,
    /// As this side serves it, if it does.
    pub(crate) served: Option<u32>,
    /// As the peer has it, if that is known.
    pub(crate) theirs: Option<u32>,
}

/// The version of a service that is agreed on, by what `offers`, ours and theirs, say of it: the one that is served, or the nearest
/// to it that both can do with. So both sides find the same, whoever asks. A side that does not say what it can do with can do
/// with just the version it has, once the other one says. `Ok(None)`: nothing is known of the peer's.
pub(crate) fn common_version(
    offers: (&Offer, &Offer),
    service: &str,
    known: Known,
) -> Result<Option<u32>, NoCommonVersion> {
    let Known {
        here,
        served,
        theirs,
    } = known;
    let (our_range, their_range) = (offers.0.versions_of(service), offers.1.versions_of(service));
    if our_range.is_none() && their_range.is_none() {
        return Ok(theirs.map(|theirs| theirs.min(here)));
    }
    let exactly = |version| ServiceVersions::new(service, &(version..=version));
    let ours = our_range.cloned().unwrap_or_else(|| exactly(here));
    let Some(range) = their_range.cloned().or_else(|| theirs.map(exactly)) else {
        return Ok(None);
    };
    let (oldest, newest) = (ours.oldest.max(range.oldest), ours.newest.min(range.newest));
    if oldest > newest {
        let theirs = range;
        return Err(NoCommonVersion { ours, theirs });
    }
    // Where both serve it, the lower one: each knows both.
    let served = match (served, theirs) {
        (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
        (ours, theirs) => ours.or(theirs),
    };
    Ok(served.map(|served| served.clamp(oldest, newest)))
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
        if let Some(here) = ours(service).or(said) {
            let known = Known {
                here,
                served: None,
                theirs: theirs(service),
            };
            common_version(offers, service, known)?;
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
            offer.set_versions("Speller", &(*oldest..=*newest));
        }
        offer
    }

    #[test]
    fn both_sides_find_the_same_version_which_both_can_do_with() {
        let all = u32::MAX;
        // What the server and the caller can do with, what each of them has, and what comes of it.
        for (server, caller, (served, known), agreed) in [
            (&[(2, 7)][..], &[(1, 3)][..], (7, 3), 3),
            (&[(1, 4)], &[(2, 5)], (4, 5), 4),
            (&[(2, 2)], &[(1, 3)], (7, 3), 2),
            (&[(1, all)], &[(2, all)], (7, 3), 7),
            (&[(1, all)], &[(1, all)], (3, 2), 3),
            (&[(1, 9)], &[(1, 2)], (3, 2), 2),
            (&[(1, 2)], &[(2, 9)], (3, 9), 2),
            (&[(4, 9)], &[(1, 9)], (3, 9), 4),
            // A server that does not say can do with what it has.
            (&[], &[(2, all)], (7, 3), 7),
        ] {
            let (server, caller) = (offer(server), offer(caller));
            let here = Known {
                here: served,
                served: Some(served),
                theirs: None,
            };
            let there = Known {
                here: known,
                served: None,
                theirs: Some(served),
            };
            let found = [
                common_version((&server, &caller), "Speller", here),
                common_version((&caller, &server), "Speller", there),
            ];
            assert_eq!(
                found,
                [Ok(Some(agreed)), Ok(Some(agreed))],
                "{server:?} {caller:?}"
            );
            let judged = judge_versions((&server, &caller), |_| Some(served), |_| Some(known));
            assert_eq!(judged, Ok(()), "{server:?} {caller:?}");
        }
    }

    #[test]
    fn where_neither_says_anything_the_caller_knows_the_older_of_both() {
        let nothing = Offer::default();
        let known = Known {
            here: 3,
            served: None,
            theirs: Some(7),
        };
        let found = common_version((&nothing, &nothing), "Speller", known);
        assert_eq!(found, Ok(Some(3)));
        // A caller that does not say can do with what it knows, which the server is not told.
        let server = offer(&[(1, 3)]);
        assert_eq!(
            common_version((&nothing, &server), "Speller", known),
            Ok(Some(3))
        );
        let here = Known {
            here: 7,
            served: Some(7),
            theirs: None,
        };
        assert_eq!(
            common_version((&server, &nothing), "Speller", here),
            Ok(None)
        );
    }

    #[test]
    fn a_service_that_both_serve_has_one_version_for_both() {
        let both = offer(&[(1, 9)]);
        for (ours, theirs) in [(3, 5), (5, 3)] {
            let known = Known {
                here: ours,
                served: Some(ours),
                theirs: Some(theirs),
            };
            assert_eq!(
                common_version((&both, &both), "Speller", known),
                Ok(Some(3))
            );
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
            let known = Known {
                here: 2,
                served: None,
                theirs: Some(3),
            };
            let apart = common_version((&ours, &theirs), "Speller", known).unwrap_err();
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
        let known = Known {
            here: 3,
            ..Known::default()
        };
        assert_eq!(common_version(offers, "Speller", known), Ok(None));
        assert_eq!(common_version(offers, "Other", known), Ok(None));
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
        let offers = Offers::meet(&ours, feature(&["undo", "later"]), &Arc::default()).unwrap();
        assert!(offers.have("undo") && !offers.have("tabs") && !offers.have("later"));
        assert!(Offers::meet(&Arc::default(), Offer::default(), &Arc::default()).is_none());
    }
}
