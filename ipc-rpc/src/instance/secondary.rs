//! A later instance: what it learns of the one that has the place.

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Start;
use super::claim::{Contest, Time};
use super::launch::Launch;
use super::service::Handover;
use crate::error::ClaimError;
use crate::identity::PeerIdentity;

/// A process that found the place taken, and has handed nothing over yet.
#[must_use = "nothing was handed over yet"]
pub struct Secondary<P = (), R = ()> {
    contest: Contest,
    handover: Handover,
    types: PhantomData<fn(P) -> R>,
}

impl<P, R> Secondary<P, R> {
    pub(super) const fn new(contest: Contest, handover: Handover) -> Self {
        Self {
            contest,
            handover,
            types: PhantomData,
        }
    }

    /// What the kernel says of the primary instance.
    #[must_use]
    pub fn primary(&self) -> &PeerIdentity {
        self.handover.connection().peer_identity()
    }

    /// The process id of the primary instance, where the platform tells it.
    #[must_use]
    pub fn primary_pid(&self) -> Option<u32> {
        self.primary().pid()
    }

    /// Waits until the primary instance has given its place up, by its end or by
    /// [`release`](super::Primary::release). Then claim again, to take over; another process may be faster.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn wait_primary_exit(&self) {
        self.handover.connection().closed().await;
    }
}

impl<P, R> Secondary<P, R>
where
    P: Serialize + DeserializeOwned + Send + 'static,
    R: Serialize + DeserializeOwned + Send + 'static,
{
    /// Has the primary instance handle the launch and waits for the answer, within the time of the claim from now on. If
    /// the primary instance is gone by now, this process may become the next: as [`Claim::start`](super::Claim::start) does.
    ///
    /// # Errors
    ///
    /// As [`Claim::start`](super::Claim::start).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future takes the launch back as long as it waits at the primary instance.
    pub async fn hand_over(self, launch: Launch<P>) -> Result<Start<P, R>, ClaimError> {
        let launch = launch.encode()?;
        let time = Time::from_now(self.contest.timeout());
        let settled = self.contest.start(launch, Some(self.handover), time);
        settled.await?.typed()
    }
}

impl<P, R> fmt::Debug for Secondary<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secondary")
            .field("primary", self.primary())
            .finish_non_exhaustive()
    }
}

/// What the primary instance has answered to a launch that was handed over.
pub struct Answer<R> {
    value: R,
    handover: Handover,
}

impl<R> Answer<R> {
    pub(super) const fn new(value: R, handover: Handover) -> Self {
        Self { value, handover }
    }

    /// What its handler returned.
    pub const fn value(&self) -> &R {
        &self.value
    }

    /// The same, and who it was.
    pub fn into_parts(self) -> (R, PeerIdentity) {
        let primary = self.primary().clone();
        (self.value, primary)
    }

    /// What the kernel says of the primary instance.
    pub fn primary(&self) -> &PeerIdentity {
        self.handover.connection().peer_identity()
    }

    /// The process id of the primary instance, where the platform tells it.
    pub fn primary_pid(&self) -> Option<u32> {
        self.primary().pid()
    }

    /// Waits until the primary instance has given its place up, by its end or by [`release`](super::Primary::release).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn wait_primary_exit(&self) {
        self.handover.connection().closed().await;
    }
}

impl<R: fmt::Debug> fmt::Debug for Answer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("value", &self.value)
            .field("primary", self.primary())
            .finish_non_exhaustive()
    }
}
