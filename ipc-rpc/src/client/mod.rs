//! Connecting to a server, and connecting again.

mod auth;
mod builder;
mod connect;
mod dial;
mod life;
mod offer;
mod plan;
mod redial;

pub use builder::{Connect, Target};
