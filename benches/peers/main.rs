//! Measures ipc-rpc beside bare sockets and, with the feature `peers`, beside other crates for the same purpose.
//!
//! Each figure comes from two processes, a client and a server, that this program starts anew for every cell of its
//! tables: `cargo run --release -p ipc-rpc-benches --features peers --bin peers`. See `benches/README.md`.

#[cfg(unix)]
mod allocations;
#[cfg(unix)]
mod case;
#[cfg(unix)]
mod cell;
#[cfg(unix)]
mod child;
#[cfg(unix)]
mod clock;
#[cfg(unix)]
mod contenders;
#[cfg(unix)]
mod metric;
#[cfg(unix)]
mod options;
#[cfg(unix)]
mod report;
#[cfg(unix)]
mod run;
#[cfg(unix)]
mod usage;
#[cfg(unix)]
mod workloads;

use std::process::ExitCode;

#[cfg(unix)]
fn main() -> ExitCode {
    run::main()
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    eprintln!("this program measures over Unix sockets, which it does not have here");
    ExitCode::FAILURE
}
