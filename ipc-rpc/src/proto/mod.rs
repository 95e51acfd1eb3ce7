//! The connection as a state machine: no async, no I/O, no clock.
//!
//! Everything that can be decided without waiting is decided here: what a hello is answered with
//! ([`handshake`]), how a connection lives and ends ([`Life`]), which calls are in flight each way
//! ([`Outbound`], [`Inbound`]), which streams are open and who may send on them ([`Outgoing`], [`Incoming`]), which pings wait ([`Pings`]), when a silent peer is asked and given up
//! ([`KeepAlive`]) and when one that does not read is ([`Stall`]). Time comes in as an argument. The module
//! `connection` drives it, under one lock, from callers and from the connection's task alike.

pub(crate) mod handshake;
mod inbound;
mod keep_alive;
mod life;
mod offers;
mod outbound;
mod pings;
mod services;
mod stall;
mod streams;
#[cfg(test)]
mod tests;

pub(crate) use inbound::Inbound;
pub(crate) use keep_alive::{Action, KeepAlive};
pub(crate) use life::{Life, Timeout};
pub(crate) use offers::{Known, NoCommonVersion, Offers, common_version};
pub(crate) use outbound::Outbound;
pub(crate) use pings::Pings;
#[cfg(test)]
pub(crate) use services::entries;
#[cfg(feature = "plugin")]
pub(crate) use services::mismatch;
pub(crate) use services::{Standing, entry, no_entry, standing};
pub(crate) use stall::Stall;
pub(crate) use streams::{Allowance, Incoming, Outgoing, Spent};
