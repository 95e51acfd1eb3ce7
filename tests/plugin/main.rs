//! What holds of plugins, whatever they do.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails where something is not as it should be"
)]
// Sockets that are inherited, signals, and processes that are looked for.
#![cfg(unix)]

mod api;
mod calls;
mod crowd;
mod ends;
mod idle;
mod meanwhile;
mod orphans;
mod output;
mod stage;
mod start;
mod supervision;
mod tokens;
mod trees;
mod versions;
