//! A host and two plugins, each a process of its own: one streams, one calls its host back; one crashes and is started again.
//!
//! Run it: `cargo run --example plugin`
//!
//! Prints what the plugins return and say, and the life of the one that crashes.
//!
//! In programs of your own `api.rs` is a library that all of them depend on, `host.rs` the application, and each of the others
//! the `main.rs` of a plugin. Here they are one program, which starts itself.
mod api;
mod greeter;
mod host;
mod primes;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("primes") => primes::main().await,
        Some("greeter") => greeter::main().await,
        _ => match host::main().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        },
    }
}
