//! Why a launch came to nothing.

use std::time::Duration;

use super::bind::BindError;
use super::call::{CallError, CallOutcome};
use super::connect::ConnectError;
use crate::codec::CodecError;
use crate::identity::PeerIdentity;

/// Why a process is neither the one instance of its application nor has been answered by it.
///
/// A launch that ends in one of these was not handled, but for those of which [`may_have_been_handled`] says otherwise.
///
/// [`may_have_been_handled`]: Self::may_have_been_handled
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// The id is none.
    #[error("the id of an application is not empty and has no control characters, unlike {id:?}")]
    Id {
        /// The id that was given.
        id: String,
    },
    /// There is no safe place for this on this platform.
    #[error("an instance for all users cannot be had on {platform}: {reason}")]
    Unsupported {
        /// The platform that lacks it.
        platform: &'static str,
        /// What is missing there.
        reason: &'static str,
    },
    /// The name cannot be bound, for another reason than that an instance has it.
    #[error("the name of the instance cannot be bound")]
    Bind(#[source] BindError),
    /// The primary instance is there, and connecting to it failed.
    #[error("cannot connect to the primary instance")]
    Connect(#[source] ConnectError),
    /// The launch cannot be encoded; nothing was sent.
    #[error("the payload of the launch cannot be encoded")]
    Encode(#[source] CodecError),
    /// The primary instance cannot read the launch, which it therefore did not handle: as a rule it is of another version.
    #[error("the primary instance cannot read the launch: {message}")]
    Undecodable {
        /// What it says is wrong.
        message: String,
    },
    /// The answer cannot be read: as a rule the primary instance is of another version. It has handled the launch.
    #[error("the answer of the primary instance cannot be decoded")]
    Decode(#[source] CodecError),
    /// The primary instance did not answer in time.
    #[error("no answer from the primary instance within {after:?}")]
    TimedOut {
        /// How long all of it was allowed to take.
        after: Duration,
        /// Whether it had got the launch.
        sent: bool,
    },
    /// The handler of the primary instance panicked.
    #[error("the primary instance panicked while it handled the launch")]
    Panicked,
    /// The primary instance gave its place up while it handled the launch, and did not wait for that to end.
    #[error("the primary instance gave up while it handled the launch")]
    GivenUp,
    /// The primary instance ended while it had the launch.
    #[error("the primary instance ({primary}) was lost while it had the launch")]
    Lost {
        /// The process that it was.
        primary: PeerIdentity,
        /// How it was lost.
        #[source]
        source: CallError,
    },
    /// Handing the launch over failed in another way.
    #[error("the launch could not be handed over")]
    Call(#[source] CallError),
    /// The name went from one primary instance to the next so often that none of them could be spoken to.
    #[error("no primary instance stayed long enough to be spoken to, in {rounds} rounds")]
    Unsettled {
        /// How often it was tried.
        rounds: u32,
    },
}

impl ClaimError {
    /// Whether the primary instance may have handled the launch, in part or as a whole.
    #[must_use]
    pub const fn may_have_been_handled(&self) -> bool {
        match self {
            Self::TimedOut { sent, .. } => *sent,
            Self::Call(error) => {
                matches!(error.outcome(), CallOutcome::Unknown | CallOutcome::Ran)
            }
            Self::Decode(_) | Self::Panicked | Self::GivenUp | Self::Lost { .. } => true,
            _ => false,
        }
    }

    /// Whether the time was too short.
    #[must_use]
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::TimedOut { .. })
    }
}
