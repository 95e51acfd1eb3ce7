//! Which users may connect at all.

use std::fmt;
use std::sync::Arc;

use crate::identity::PeerIdentity;

/// Which peers a server talks to, or a client trusts, by the kernel's credentials alone.
///
/// Judged before a byte is read or sent. The credentials are those of the process that connected (on the
/// client's side: that listened), at that time: a process that hands its socket to another keeps its
/// name on it.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum PeerPolicy {
    /// Processes of the user that this process runs as. The default.
    #[default]
    SameUser,
    /// Every process that can reach the socket. Leave the decision to an
    /// [`Authenticator`](crate::Authenticator) that deserves it.
    AnyUser,
    /// Those that this check admits.
    Custom(Arc<dyn Fn(&PeerIdentity) -> bool + Send + Sync>),
}

impl PeerPolicy {
    /// Admits what `check` says. A check that panics admits nobody.
    pub fn custom(check: impl Fn(&PeerIdentity) -> bool + Send + Sync + 'static) -> Self {
        Self::Custom(Arc::new(check))
    }

    pub(crate) fn admits(&self, peer: &PeerIdentity) -> bool {
        match self {
            Self::SameUser => peer.is_same_user(),
            Self::AnyUser => true,
            Self::Custom(check) => {
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(peer)))
                    .unwrap_or(false)
            }
        }
    }
}

impl fmt::Debug for PeerPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SameUser => "SameUser",
            Self::AnyUser => "AnyUser",
            Self::Custom(_) => "Custom(..)",
        })
    }
}
