//! What holds between processes: crashes, races for a name, other users, signals.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails where something is not as it should be"
)]

// Descriptors that are passed on.
#[cfg(unix)]
mod activation;
mod blocking;
mod both_ways;
mod crash;
mod instance;
// Its journal is appended to by several threads at once, of whose writes Wine loses some.
#[cfg(unix)]
mod killed;
mod program;
// Fifty processes over a file that a dead server left: a pipe leaves none.
#[cfg(unix)]
mod race;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod stopped;
// Children of another user, who can only be made on Unix.
#[cfg(unix)]
mod users;
