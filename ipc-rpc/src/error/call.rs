//! Why a call did not return a value.

use std::convert::Infallible;
use std::time::Duration;

use super::connection::ConnectionError;
use super::protocol::ProtocolError;
use crate::codec::CodecError;

/// Why a call did not return a value.
///
/// `E` is the service's own error, for a method declared to return `Result<T, E>`; a method that cannot
/// fail has [`Infallible`] there. Every other variant is about the way to the service and back, and
/// leaves the connection as it was, except [`CallError::Connection`].
///
/// [`outcome`](Self::outcome) tells whether the method may have run.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError<E = Infallible> {
    /// The service ran and returned its own error.
    #[error("{0}")]
    Service(E),
    /// The connection ended before the response arrived.
    #[error("the connection ended during the call")]
    Connection {
        /// Why it ended.
        #[source]
        source: ConnectionError,
        /// Whether the request had been handed to the connection.
        sent: bool,
    },
    /// The deadline passed before the response arrived.
    #[error("no response within {}", Limit(*.after))]
    DeadlineExceeded {
        /// How long the call was allowed to take. `None`: it was the peer that ran out of time.
        after: Option<Duration>,
        /// Whether the request had been handed to the connection.
        sent: bool,
    },
    /// The peer dropped the handler before it was done.
    #[error("the peer cancelled the call")]
    Cancelled,
    /// The peer does not have this service or method.
    #[error("the peer does not implement `{method}` of service `{service}`")]
    Unimplemented {
        /// The service that was called.
        service: &'static str,
        /// The method that was called.
        method: &'static str,
    },
    /// The message is larger than the peer accepts, or its response than this side accepts.
    #[error("a {} {limit}", if *.response {
        format!("response of {size} bytes, and the caller's `max_frame_len` is")
    } else {
        format!("request of {size} bytes, and the peer's `max_frame_len` is")
    })]
    TooLarge {
        /// Whether it is the response that is too large; then the method ran.
        response: bool,
        /// Bytes of the message, `Bytes` included.
        size: usize,
        /// Bytes that are allowed.
        limit: usize,
    },
    /// The call, or its response, would have opened more streams on this connection than
    /// [`Config::max_streams`](crate::Config::max_streams) of the two sides allow.
    #[error("{} would open more than the {limit} streams that a connection may have at once", if *.response {
        "the response"
    } else {
        "the call"
    })]
    TooManyStreams {
        /// Whether it is the response that opens them; then the method ran.
        response: bool,
        /// The streams that are allowed.
        limit: usize,
    },
    /// The arguments could not be encoded; nothing was sent.
    #[error("the arguments cannot be encoded")]
    Encode(#[source] CodecError),
    /// The response could not be decoded; the method ran.
    #[error("the response cannot be decoded")]
    Decode(#[source] CodecError),
    /// The peer could not decode the arguments; the method did not run.
    #[error("the peer cannot decode the arguments: {message}")]
    Undecodable {
        /// What the peer says is wrong with them.
        message: String,
    },
    /// The peer could not encode the response; the method ran.
    #[error("the peer cannot encode its response: {message}")]
    Unencodable {
        /// What the peer says is wrong with it.
        message: String,
    },
    /// The handler panicked.
    #[error("the handler panicked")]
    Panicked,
    /// The peer has too much to do and did not run the method.
    #[error("the peer is overloaded: {message}")]
    Overloaded {
        /// What the peer says.
        message: String,
    },
    /// A layer, of this side or the peer's, refused the call; the method did not run.
    #[error("refused: {message}")]
    Refused {
        /// What the layer says.
        message: String,
    },
    /// The server was to pass the call on to another client, and none has this name; the method did not run.
    #[error("no client of the server is called {name:?}")]
    PeerNotFound {
        /// The name that was asked for.
        name: String,
    },
    /// The peer takes no new calls, for it is closing; the method did not run.
    #[error("the peer is closing")]
    ShuttingDown,
    /// The peer answered something that this call cannot mean.
    #[error("the peer broke the protocol during the call")]
    Protocol(#[source] ProtocolError),
    /// The peer failed for a reason that this version does not know.
    #[error("the peer failed with code {code}: {message}")]
    Failed {
        /// The number of the reason on the wire.
        code: u16,
        /// What the peer says.
        message: String,
    },
}

/// What is known of a call that did not return a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallOutcome {
    /// Nothing was sent: the method did not run.
    NotSent,
    /// The peer got the request and did not run the method.
    Refused,
    /// The method may have run, in part or to its end.
    Unknown,
    /// The method ran to its end: its own error, or a result that did not get through.
    Ran,
}

impl<E> CallError<E> {
    /// What is known of the call: whether the method may have run.
    #[must_use]
    pub const fn outcome(&self) -> CallOutcome {
        match self {
            Self::Encode(_)
            | Self::TooLarge {
                response: false, ..
            }
            | Self::TooManyStreams {
                response: false, ..
            }
            | Self::Unimplemented { .. }
            | Self::Connection { sent: false, .. }
            | Self::DeadlineExceeded { sent: false, .. } => CallOutcome::NotSent,
            Self::Undecodable { .. }
            | Self::Overloaded { .. }
            | Self::Refused { .. }
            | Self::PeerNotFound { .. }
            | Self::ShuttingDown => CallOutcome::Refused,
            Self::Connection { .. }
            | Self::DeadlineExceeded { .. }
            | Self::Cancelled
            | Self::Panicked
            | Self::Protocol(_)
            | Self::Failed { .. } => CallOutcome::Unknown,
            Self::Service(_)
            | Self::Decode(_)
            | Self::Unencodable { .. }
            | Self::TooManyStreams { response: true, .. }
            | Self::TooLarge { response: true, .. } => CallOutcome::Ran,
        }
    }

    /// Whether the connection is gone, so that no further call on it can succeed. A client that
    /// [connects again](crate::Connect::reconnect) may have another by now; it has ended for good when its
    /// [status](crate::Connect::status) says so.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Connection { .. })
    }

    /// Whether the deadline passed.
    #[must_use]
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::DeadlineExceeded { .. })
    }

    /// Whether the method certainly did not run and the same call may succeed later, on this connection
    /// or another.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Overloaded { .. }
                | Self::TooManyStreams {
                    response: false,
                    ..
                }
                | Self::ShuttingDown
                | Self::Connection { sent: false, .. }
                | Self::DeadlineExceeded { sent: false, .. }
        )
    }

    /// The service's own error, if that is what it is.
    pub fn into_service(self) -> Result<E, Self> {
        match self {
            Self::Service(error) => Ok(error),
            other => Err(other),
        }
    }
}

impl CallError {
    /// The same error for a method with an error of its own.
    pub(crate) fn widen<E>(self) -> CallError<E> {
        match self {
            Self::Service(never) => match never {},
            Self::Connection { source, sent } => CallError::Connection { source, sent },
            Self::DeadlineExceeded { after, sent } => CallError::DeadlineExceeded { after, sent },
            Self::Cancelled => CallError::Cancelled,
            Self::Unimplemented { service, method } => CallError::Unimplemented { service, method },
            Self::TooLarge {
                response,
                size,
                limit,
            } => CallError::TooLarge {
                response,
                size,
                limit,
            },
            Self::TooManyStreams { response, limit } => {
                CallError::TooManyStreams { response, limit }
            }
            Self::Encode(error) => CallError::Encode(error),
            Self::Decode(error) => CallError::Decode(error),
            Self::Undecodable { message } => CallError::Undecodable { message },
            Self::Unencodable { message } => CallError::Unencodable { message },
            Self::Panicked => CallError::Panicked,
            Self::Overloaded { message } => CallError::Overloaded { message },
            Self::Refused { message } => CallError::Refused { message },
            Self::PeerNotFound { name } => CallError::PeerNotFound { name },
            Self::ShuttingDown => CallError::ShuttingDown,
            Self::Protocol(error) => CallError::Protocol(error),
            Self::Failed { code, message } => CallError::Failed { code, message },
        }
    }
}

/// Says a limit of time the way its owner would.
struct Limit(Option<Duration>);

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(after) => write!(f, "{after:?}"),
            None => f.write_str("the time that the peer had"),
        }
    }
}
