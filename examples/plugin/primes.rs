//! A plugin that streams. In a program of its own this is `main.rs`, and `main` has `#[tokio::main]` on it.

use std::process::ExitCode;

use ipc_rpc::{Context, Receiver, plugin};

use crate::api::Numbers;

struct Primes;

impl Numbers for Primes {
    async fn primes(&self, ctx: Context, limit: u64) -> Receiver<u64> {
        ctx.stream(move |tx| async move {
            let is_prime = |number: &u64| (2..*number).all(|other| !number.is_multiple_of(other));
            for prime in (2..limit).filter(is_prime) {
                // Fails when nobody reads any more.
                if tx.send(prime).await.is_err() {
                    break;
                }
            }
        })
    }

    async fn crash(&self, _: Context) {
        eprintln!("goodbye, cruel world");
        std::process::abort();
    }
}

pub(crate) async fn main() -> ExitCode {
    plugin::run(Primes.serve()).await
}
