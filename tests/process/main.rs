//! What holds between processes: crashes, races for a name, other users, signals.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test fails where something is not as it should be"
)]

mod crash;
mod program;
mod race;
mod users;
