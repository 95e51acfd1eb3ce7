//! Connecting to a server.

mod builder;
mod connect;
mod wait;

pub use builder::{Connect, Target};
