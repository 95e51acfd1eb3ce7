//! Failures of a call, between the wire's words and the caller's.

use crate::descriptor::MethodDescriptor;
use crate::error::{CallError, ProtocolError};
use crate::wire::{CallFailure, FailureCode};

/// What the caller gets for a failure that the peer answered with.
pub(super) fn from_wire(
    body: &[u8],
    service: &'static str,
    method: &'static MethodDescriptor,
) -> CallError {
    let CallFailure {
        code,
        size,
        limit,
        text,
    } = match CallFailure::decode(body) {
        Ok(failure) => failure,
        Err(malformed) => return CallError::Protocol(malformed.into()),
    };
    match code {
        FailureCode::Unimplemented => CallError::Unimplemented {
            service,
            method: method.name,
        },
        FailureCode::Undecodable => CallError::Undecodable { message: text },
        FailureCode::Unencodable => CallError::Unencodable { message: text },
        FailureCode::TooLarge => CallError::TooLarge {
            response: true,
            size: usize::try_from(size).unwrap_or(usize::MAX),
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
        },
        FailureCode::Panicked => CallError::Panicked,
        FailureCode::DeadlineExceeded => CallError::DeadlineExceeded {
            after: None,
            sent: true,
        },
        FailureCode::Cancelled => CallError::Cancelled,
        FailureCode::Overloaded => CallError::Overloaded { message: text },
        FailureCode::ShuttingDown => CallError::ShuttingDown,
        FailureCode::Refused => CallError::Refused { message: text },
        FailureCode::TooManyStreams => CallError::TooManyStreams {
            response: true,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
        },
        FailureCode::PeerNotFound => CallError::PeerNotFound { name: text },
        FailureCode::Other(code) => CallError::Failed {
            code,
            message: text,
        },
    }
}

/// What a peer is answered if a layer of this side made a call fail.
pub(super) fn to_wire(error: &CallError) -> CallFailure {
    let text = |code, text: &dyn std::fmt::Display| CallFailure::new(code, text.to_string());
    match error {
        CallError::Service(never) => match *never {},
        CallError::Unimplemented { .. } => text(FailureCode::Unimplemented, &""),
        CallError::Undecodable { message } => text(FailureCode::Undecodable, message),
        CallError::Unencodable { message } => text(FailureCode::Unencodable, message),
        CallError::Encode(error) | CallError::Decode(error) => {
            text(FailureCode::Unencodable, error)
        }
        CallError::TooLarge { size, limit, .. } => CallFailure::too_large(*size, *limit),
        CallError::TooManyStreams { limit, .. } => CallFailure::too_many_streams(*limit),
        CallError::PeerNotFound { name } => text(FailureCode::PeerNotFound, name),
        CallError::Panicked => text(FailureCode::Panicked, &""),
        CallError::DeadlineExceeded { .. } => text(FailureCode::DeadlineExceeded, &""),
        CallError::Cancelled | CallError::Connection { .. } => text(FailureCode::Cancelled, &""),
        CallError::Overloaded { message } => text(FailureCode::Overloaded, message),
        CallError::ShuttingDown => text(FailureCode::ShuttingDown, &""),
        CallError::Refused { message } => text(FailureCode::Refused, message),
        CallError::Protocol(error) => text(FailureCode::Other(0), error),
        CallError::Failed { code, message } => text(FailureCode::Other(*code), message),
    }
}

/// The peer answered with what `method` does not declare.
pub(super) fn wrong_response(method: &str) -> CallError {
    CallError::Protocol(ProtocolError::WrongResponse {
        method: method.to_owned(),
    })
}
