//! What users may rely on, one fact each, over every transport.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails where something is not as it should be"
)]

mod bytes;
mod call;
mod closing;
mod context;
mod deadline;
mod lifecycle;
mod panics;
mod schedule;
mod shutdown;
mod size;
mod two_codecs;
