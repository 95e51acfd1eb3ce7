// Under lints that a careful crate turns on, generated code has nothing to complain about.
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unnameable_types
)]
#![deny(elided_lifetimes_in_paths, single_use_lifetimes, unused_qualifications)]
#![deny(
    clippy::all,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason
)]
#![deny(clippy::missing_errors_doc, clippy::use_self)]
#![allow(dead_code, reason = "stands for a library, whose users are elsewhere")]
//! A crate.

use ipc_rpc::{Context, ipc_service};

/// All options.
#[ipc_service(name = "opts", version = 3)]
pub trait Options: std::fmt::Debug {
    /// Is to be replaced.
    #[deprecated]
    async fn old(&self, ctx: Context) -> u8;
    /// Takes its time.
    #[ipc(timeout = "5m", idempotent, name = "timed2")]
    #[ipc(since = 2)]
    async fn timed(&self, ctx: Context);
    /// Computes.
    #[ipc(spawn, timeout = "none")]
    async fn compute(&self, ctx: Context, #[serde(default, rename = "other")] b: u8) -> u8;
    /// Carries bytes.
    async fn upload(&self, ctx: Context, name: String, data: bytes::Bytes) -> bytes::Bytes;
    /// Fails.
    async fn fails(&self, ctx: Context) -> Result<u8, String>;
    /// Is told, and blocks.
    #[ipc(oneway)]
    fn tell(&self, ctx: Context, what: String);
}

/// As tarpc has it.
#[ipc_service(derive = [Clone, PartialEq], name = "world", version = 2)]
pub trait World {
    /// Says hello.
    #[deprecated]
    async fn hello(name: String) -> String;
    /// Divides.
    async fn divide(a: i64, b: i64) -> Result<i64, String>;
}

/// Is to be replaced altogether.
#[deprecated]
#[ipc_service]
pub trait Old {
    /// Gets.
    async fn get(&self, ctx: Context);
}

/// Is to be replaced altogether.
#[deprecated]
#[ipc_service]
pub trait OldTarpc {
    /// Gets.
    #[deprecated]
    async fn get();
}

/// Has nothing yet.
#[ipc_service]
pub trait Empty {}

fn main() {}
