//! Why a client could not connect.

use std::io;
use std::time::Duration;

use super::connection::ConnectionError;
use super::name::NameError;
use super::protocol::ProtocolError;
use super::rejection::Rejection;
use crate::codec::CodecError;
use crate::identity::PeerIdentity;
use crate::wire::{Refusal, RefusalCode};

/// Why a client could not connect.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The name is none.
    #[error("not a socket name")]
    Name(#[from] NameError),
    /// No server serves this name: nothing is there, or what a dead server left.
    #[error("no server at {name}")]
    NotRunning {
        /// The name that was tried.
        name: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Reaching the server failed in another way.
    #[error("cannot reach the server at {name}")]
    Io {
        /// The name that was tried.
        name: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The server did not answer within the time that connecting may take.
    #[error("not connected to {name} within {after:?}: {}", if *.reached {
        "it was reached and gave no verdict; does its server run?"
    } else {
        "it could not be reached"
    })]
    TimedOut {
        /// The name that was tried.
        name: String,
        /// Whether the socket was connected, so that only the server's answer was missing.
        reached: bool,
        /// How long connecting was allowed to take.
        after: Duration,
    },
    /// The [provider](crate::Connect::auth_with) of the auth payload took longer than connecting may take. The server was not
    /// tried.
    #[error("the auth payload was not provided within {after:?}")]
    AuthNotProvided {
        /// How long connecting was allowed to take.
        after: Duration,
    },
    /// No tokio runtime runs the current thread, so nothing could drive the connection.
    #[error("a client can only connect inside a tokio runtime")]
    NoRuntime,
    /// The thread that drives the connections of [blocking clients](crate::Connect::blocking) cannot be started.
    #[error("no thread to drive the connections of blocking clients")]
    NoThread {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The server belongs to another user. Nothing was sent to it.
    #[error("the server at {name} belongs to another user: {identity}")]
    UntrustedServer {
        /// The name that was tried.
        name: String,
        /// Who serves it.
        identity: PeerIdentity,
    },
    /// The server's authenticator rejected this client.
    #[error(transparent)]
    Rejected(Rejection),
    /// The server refused this client for a reason of the protocol.
    #[error("refused by the server: {reason}: {message}")]
    Refused {
        /// The kind of reason.
        reason: RefusalReason,
        /// The reason in words, as the server says it.
        message: String,
    },
    /// Two services that this client serves have one name, and the server could not tell them apart.
    #[error("two services of this client are called `{name}`")]
    DuplicateService {
        /// Their name.
        name: &'static str,
    },
    /// The name that this client claims among its server's clients is none. Nothing was sent.
    #[error("a peer's name has 1 to 255 bytes and no control characters, unlike {name:?}")]
    PeerName {
        /// The name that was to be claimed.
        name: String,
    },
    /// The [features](crate::Connect::feature) or [versions](crate::Connect::versions) that this client was to announce are none
    /// that can be. Nothing was sent.
    #[error("{problem}")]
    Offer {
        /// What is wrong with them.
        problem: String,
    },
    /// The auth payload cannot be encoded.
    #[error("the auth payload cannot be encoded")]
    AuthPayload(#[source] CodecError),
    /// What this client would say first is more than a server reads of a stranger: the auth payload or
    /// the tables of services are too large. Nothing was sent.
    #[error("a hello of {size} bytes, {limit} are allowed")]
    HelloTooLarge {
        /// Bytes of the hello.
        size: usize,
        /// Bytes that are allowed.
        limit: usize,
    },
    /// The server broke the protocol, or speaks another one.
    #[error("the server broke the protocol while connecting")]
    Protocol(#[source] ProtocolError),
    /// The connection ended before there was a verdict.
    #[error("the connection ended while connecting")]
    Ended(#[source] ConnectionError),
}

/// The kinds of reason for which a server refuses a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalReason {
    /// The client's user is not admitted.
    PeerNotAllowed,
    /// No version of the protocol in common.
    VersionMismatch,
    /// No codec in common.
    NoCommonCodec,
    /// The server does not serve a service that the client calls.
    UnknownService,
    /// Methods of a service have other signatures.
    ServiceMismatch,
    /// As many connections as the server allows.
    ServerFull,
    /// The hello did not arrive in time, or the check of the auth payload took too long.
    HandshakeTimeout,
    /// The server could not read the hello.
    Malformed,
    /// The hello asks for something critical that the server does not know.
    UnknownExtension,
    /// The auth payload is missing, or is not of the type that the server expects.
    BadAuthPayload,
    /// The server shuts down.
    ShuttingDown,
    /// The server failed while it checked.
    Internal,
    /// Another client has the name that this one [claims](crate::Connect::peer_name).
    NameTaken,
    /// The server serves services and the client wants [raw bytes](crate::raw), or the reverse.
    ModeMismatch,
    /// A reason of a later version, by its number.
    Other(u16),
}

impl std::fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::PeerNotAllowed => "peer not allowed",
            Self::VersionMismatch => "version mismatch",
            Self::NoCommonCodec => "no common codec",
            Self::UnknownService => "unknown service",
            Self::ServiceMismatch => "service mismatch",
            Self::ServerFull => "server full",
            Self::HandshakeTimeout => "handshake timeout",
            Self::Malformed => "malformed hello",
            Self::UnknownExtension => "unknown extension",
            Self::BadAuthPayload => "bad auth payload",
            Self::ShuttingDown => "shutting down",
            Self::Internal => "internal error",
            Self::NameTaken => "name taken",
            Self::ModeMismatch => "mode mismatch",
            Self::Other(code) => return write!(f, "reason {code}"),
        })
    }
}

impl RefusalReason {
    /// `None`: the authenticator's own rejection, which is no reason of the protocol.
    pub(crate) const fn from_code(code: RefusalCode) -> Option<Self> {
        Some(match code {
            RefusalCode::Rejected => return None,
            RefusalCode::PeerNotAllowed => Self::PeerNotAllowed,
            RefusalCode::VersionMismatch => Self::VersionMismatch,
            RefusalCode::NoCommonCodec => Self::NoCommonCodec,
            RefusalCode::UnknownService => Self::UnknownService,
            RefusalCode::ServiceMismatch => Self::ServiceMismatch,
            RefusalCode::ServerFull => Self::ServerFull,
            RefusalCode::HandshakeTimeout => Self::HandshakeTimeout,
            RefusalCode::Malformed => Self::Malformed,
            RefusalCode::UnknownExtension => Self::UnknownExtension,
            RefusalCode::BadAuthPayload => Self::BadAuthPayload,
            RefusalCode::ShuttingDown => Self::ShuttingDown,
            RefusalCode::Internal => Self::Internal,
            RefusalCode::NameTaken => Self::NameTaken,
            RefusalCode::ModeMismatch => Self::ModeMismatch,
            RefusalCode::Other(code) => Self::Other(code),
        })
    }
}

impl ConnectError {
    /// The authenticator's rejection, if that is what it is.
    #[must_use]
    pub const fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Rejected(rejection) => Some(rejection),
            _ => None,
        }
    }

    /// Whether connecting took too long.
    #[must_use]
    pub const fn is_timeout(&self) -> bool {
        matches!(
            self,
            Self::TimedOut { .. }
                | Self::AuthNotProvided { .. }
                | Self::Refused {
                    reason: RefusalReason::HandshakeTimeout,
                    ..
                }
        )
    }

    /// Whether the same attempt may succeed later: the server is not there yet, is full, or is going, or the
    /// name that was claimed is taken, whose holder may go.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::NotRunning { .. }
            | Self::TimedOut { .. }
            | Self::AuthNotProvided { .. }
            | Self::Ended(_) => true,
            Self::Refused { reason, .. } => matches!(
                reason,
                RefusalReason::ServerFull
                    | RefusalReason::HandshakeTimeout
                    | RefusalReason::ShuttingDown
                    | RefusalReason::NameTaken
            ),
            _ => false,
        }
    }
}

impl ConnectError {
    /// Why a server could not be reached within the time that was left.
    pub(crate) fn unreachable(name: String, source: io::Error, after: Duration) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                Self::NotRunning { name, source }
            }
            io::ErrorKind::TimedOut => Self::TimedOut {
                name,
                reached: false,
                after,
            },
            _ => Self::Io { name, source },
        }
    }
}

impl From<Refusal> for ConnectError {
    fn from(refusal: Refusal) -> Self {
        match RefusalReason::from_code(refusal.code) {
            None => Self::Rejected(Rejection::new(refusal.detail, refusal.text)),
            Some(reason) => Self::Refused {
                reason,
                message: refusal.text,
            },
        }
    }
}
