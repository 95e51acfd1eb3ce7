//! What host and plugins offer to each other.

use ipc_rpc::{Context, Receiver, ipc_service};

/// What the host offers to all its plugins.
#[ipc_service]
pub trait Host {
    /// Returns a setting of the host's.
    async fn setting(&self, ctx: Context, key: String) -> Option<String>;

    /// Is told how far a plugin is.
    async fn progress(&self, ctx: Context, percent: u8);
}

/// Numbers, from a plugin.
#[ipc_service]
pub trait Numbers {
    /// Streams the primes below `limit`.
    async fn primes(&self, ctx: Context, limit: u64) -> Receiver<u64>;

    /// Crashes.
    async fn crash(&self, ctx: Context);
}

/// Greetings, from another.
#[ipc_service]
pub trait Greeter {
    /// Greets everybody, in the language that the host is set to.
    async fn greet(&self, ctx: Context, names: Vec<String>) -> Vec<String>;
}
