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
// Under Wine these facts hold over pipes in a process of their own; together with the rest some ends of connections
// are noticed too late. The same goes for those below with the same mark. A pipe that is dropped with something unread is
// kept open by threads that wait for its reader (interprocess's linger pool), which is what is suspected.
#[cfg(unix)]
mod fairness;
mod fold;
mod hostile_peer;
#[cfg(unix)]
mod instance;
#[cfg(unix)]
mod isolation;
mod item_streams;
mod keep_alive;
mod layers;
#[cfg(unix)]
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
