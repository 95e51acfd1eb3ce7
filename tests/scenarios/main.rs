//! What users may rely on, one fact each, over every transport.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails where something is not as it should be"
)]

mod agreed;
mod auth;
mod blocking;
#[cfg(unix)]
mod broken_stream;
mod bytes;
mod call;
mod closing;
mod context;
mod deadline;
mod ending;
// Under Wine one of these facts, or of those of reconnecting, waited too long in two runs of six, once over a pipe and once
// over memory: what its threads wait for comes late, or not at all. One by one they hold.
#[cfg(unix)]
mod fairness;
mod fold;
mod hostile_peer;
mod instance;
#[cfg(unix)]
mod isolation;
mod item_streams;
mod keep_alive;
mod layers;
mod lessons;
mod lifecycle;
mod names;
mod panics;
mod pause;
mod peer_names;
mod ping;
#[cfg(unix)]
mod pressure;
mod raw;
mod reach;
#[cfg(unix)]
mod reconnect;
mod relay;
mod schedule;
mod services;
mod shutdown;
mod size;
mod streams;
mod topics;
mod tracing;
mod two_codecs;
mod two_way;
