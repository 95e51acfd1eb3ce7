//! How the ends of a stream on the wire are told to users.

use crate::connection::{ReaderEnd, WriterEnd};
use crate::error::StreamError;
use crate::wire::{StreamCode, StreamReason};

/// What a receiver is told: `Ok` if the stream is complete.
pub(super) fn of_reader(end: ReaderEnd) -> Result<(), StreamError> {
    Err(match end {
        ReaderEnd::Finished => return Ok(()),
        ReaderEnd::Reset(StreamReason { code, text }) => match code {
            StreamCode::Aborted => StreamError::Aborted { reason: text },
            StreamCode::Dropped => StreamError::Dropped,
            StreamCode::Panicked => StreamError::Panicked,
            StreamCode::Codec => StreamError::PeerCodec { message: text },
            StreamCode::Other(code) => StreamError::Failed {
                code,
                message: text,
            },
        },
        ReaderEnd::Connection(reason) => StreamError::Connection(reason),
        ReaderEnd::Protocol(error) => StreamError::Protocol(error),
    })
}

/// What a sender is told.
pub(super) fn of_writer(end: WriterEnd) -> StreamError {
    match end {
        WriterEnd::Ended => ended_here(),
        WriterEnd::Stopped(StreamReason { code, text }) => match code {
            StreamCode::Aborted | StreamCode::Dropped => StreamError::Closed { reason: text },
            StreamCode::Panicked => StreamError::Closed {
                reason: "the receiver panicked".to_owned(),
            },
            StreamCode::Codec => StreamError::PeerCodec { message: text },
            StreamCode::Other(code) => StreamError::Failed {
                code,
                message: text,
            },
        },
        WriterEnd::Connection(reason) => StreamError::Connection(reason),
    }
}

/// What a sender is told behind an end of its own.
pub(super) fn ended_here() -> StreamError {
    StreamError::Closed {
        reason: "ended on this side".to_owned(),
    }
}
