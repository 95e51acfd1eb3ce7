//! Connecting to a server.

mod builder;
mod connect;

pub use builder::{Connect, Target};
