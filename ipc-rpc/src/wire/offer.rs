//! What a side says of itself beside its services: extensions of hello and welcome.

use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use super::cursor::{Malformed, Reader, Write};
use super::hello::Extension;

/// The tag of the versions of services that a side can do with.
pub(super) const VERSIONS_TAG: u16 = 3;

/// The tag of the features that a side has.
pub(super) const FEATURES_TAG: u16 = 4;

/// Entries of either kind at most: a peer that says more is one that means harm.
const MAX_ENTRIES: usize = 256;

/// Bytes of a feature's name at most.
const MAX_FEATURE_LEN: usize = 255;

/// What a side says of itself beside its services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) versions: Vec<ServiceVersions>,
    pub(crate) features: Vec<Arc<str>>,
}

/// The versions of a service that a side can do with, whether it serves or calls it; both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceVersions {
    pub(crate) service: Arc<str>,
    pub(crate) oldest: u32,
    pub(crate) newest: u32,
}

/// Whether a feature may be called this: whoever has it may show it in one line of a log.
fn is_feature(name: &str) -> bool {
    (1..=MAX_FEATURE_LEN).contains(&name.len()) && !name.contains(char::is_control)
}

impl ServiceVersions {
    pub(crate) fn new(service: &str, versions: &impl RangeBounds<u32>) -> Self {
        let oldest = match versions.start_bound() {
            Bound::Included(from) => *from,
            Bound::Excluded(before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let newest = match versions.end_bound() {
            Bound::Included(to) => Some(*to),
            Bound::Excluded(behind) => behind.checked_sub(1),
            Bound::Unbounded => Some(u32::MAX),
        };
        // A range up to nothing has no version in common with any.
        let (oldest, newest) = newest.map_or((1, 0), |newest| (oldest, newest));
        Self {
            service: service.into(),
            oldest,
            newest,
        }
    }
}

impl Offer {
    /// Says these of a service, instead of what was said of it before.
    pub(crate) fn set_versions(&mut self, service: &str, versions: &impl RangeBounds<u32>) {
        self.versions.retain(|other| &*other.service != service);
        self.versions.push(ServiceVersions::new(service, versions));
    }

    /// Why it cannot be told to a peer, if so.
    pub(crate) fn problem(&self) -> Option<String> {
        if let Some(name) = self.features.iter().find(|name| !is_feature(name)) {
            return Some(format!(
                "a feature's name has 1 to {MAX_FEATURE_LEN} bytes and no control characters, unlike {name:?}"
            ));
        }
        let count = self.versions.len().max(self.features.len());
        (count > MAX_ENTRIES).then(|| {
            format!("{count} features or ranges of versions, at most {MAX_ENTRIES} can be told")
        })
    }

    pub(crate) fn add_feature(&mut self, name: Arc<str>) {
        if !self.has(&name) {
            self.features.push(name);
        }
    }

    /// Not critical: who does not know of them does with what the tables of services say.
    pub(super) fn to_extensions(&self) -> impl Iterator<Item = Extension> {
        let extension = |tag, count: usize, write: &dyn Fn(&mut Vec<u8>)| {
            (count > 0).then(|| {
                let mut value = Vec::new();
                value.put_u16(u16::try_from(count).unwrap_or(u16::MAX));
                write(&mut value);
                Extension {
                    tag,
                    critical: false,
                    value,
                }
            })
        };
        let versions = extension(VERSIONS_TAG, self.versions.len(), &|out| {
            for versions in &self.versions {
                out.put_text(&versions.service);
                out.put_u32(versions.oldest);
                out.put_u32(versions.newest);
            }
        });
        let features = extension(FEATURES_TAG, self.features.len(), &|out| {
            self.features.iter().for_each(|name| out.put_text(name));
        });
        versions.into_iter().chain(features)
    }

    /// Takes it from among the extensions of a hello or welcome and leaves the others. Bytes behind it belong to a later
    /// version.
    pub(super) fn take(extensions: &mut Vec<Extension>) -> Result<Self, Malformed> {
        let mut offer = Self::default();
        let is_known =
            |extension: &mut Extension| matches!(extension.tag, VERSIONS_TAG | FEATURES_TAG);
        let mut seen = Vec::new();
        for extension in extensions.extract_if(.., is_known) {
            if seen.contains(&extension.tag) {
                return Err(Malformed::new("extension", "it is there twice"));
            }
            seen.push(extension.tag);
            let mut reader = Reader::new("extension", &extension.value);
            let count = usize::from(reader.u16()?);
            if count > MAX_ENTRIES {
                return Err(reader.malformed(format!(
                    "{count} entries, at most {MAX_ENTRIES} are expected"
                )));
            }
            for _ in 0..count {
                if extension.tag == FEATURES_TAG {
                    let name = reader.text()?;
                    if !is_feature(name) {
                        return Err(reader.malformed(
                            "the name of a feature is not 1 to 255 bytes without control characters",
                        ));
                    }
                    offer.features.push(name.into());
                } else {
                    offer.versions.push(ServiceVersions {
                        service: reader.text()?.into(),
                        oldest: reader.u32()?,
                        newest: reader.u32()?,
                    });
                }
            }
        }
        Ok(offer)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.versions.is_empty() && self.features.is_empty()
    }

    /// The versions of this service that the side can do with. `None`: it does not say.
    pub(crate) fn versions_of(&self, service: &str) -> Option<&ServiceVersions> {
        self.versions
            .iter()
            .find(|versions| &*versions.service == service)
    }

    pub(crate) fn has(&self, feature: &str) -> bool {
        self.features.iter().any(|name| &**name == feature)
    }
}

impl std::fmt::Display for ServiceVersions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { oldest, newest, .. } = self;
        match *newest {
            u32::MAX => write!(f, "version {oldest} and later ones"),
            newest if newest < *oldest => f.write_str("no version"),
            newest if newest == *oldest => write!(f, "version {oldest}"),
            newest => write!(f, "versions {oldest} to {newest}"),
        }
    }
}
