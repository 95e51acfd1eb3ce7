//! What users may rely on, one fact each, over every transport.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails where something is not as it should be"
)]

mod bytes;
mod call;
mod context;
mod deadline;
mod panics;
mod size;
mod two_codecs;
