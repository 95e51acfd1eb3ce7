//! The figures, as the recorder gets them. `docs/metrics.md` has the table for users.

use std::fmt;
use std::time::Duration;

use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram,
    gauge, histogram,
};

use super::{Figures, Role, Stage};

const CONNECTIONS: &str = "ipc_rpc_connections";
const REJECTED: &str = "ipc_rpc_rejected_connections_total";
const ACCEPT_ERRORS: &str = "ipc_rpc_accept_errors_total";
const IN_FLIGHT: &str = "ipc_rpc_calls_in_flight";
const OUTBOUND_QUEUE: &str = "ipc_rpc_outbound_queue_bytes";
const SENT: &str = "ipc_rpc_sent_bytes_total";
const RECEIVED: &str = "ipc_rpc_received_bytes_total";
const FRAMES: &str = "ipc_rpc_received_frame_bytes";
const PING: &str = "ipc_rpc_ping_duration_seconds";
const PING_FAILURES: &str = "ipc_rpc_ping_failures_total";
pub(crate) const CALLS: &str = "ipc_rpc_calls_total";
pub(crate) const CALL_DURATION: &str = "ipc_rpc_call_duration_seconds";

/// Tells the recorder what each figure is.
pub(crate) fn describe() {
    describe_gauge!(
        CONNECTIONS,
        "Connections at this moment, by role and state."
    );
    describe_counter!(REJECTED, "Clients that were turned away, by reason.");
    describe_counter!(
        ACCEPT_ERRORS,
        "Failed attempts to accept a client, by kind."
    );
    describe_gauge!(IN_FLIGHT, "Calls in flight, by direction.");
    describe_gauge!(
        OUTBOUND_QUEUE,
        Unit::Bytes,
        "Bytes that wait to be written."
    );
    describe_counter!(SENT, Unit::Bytes, "Bytes written to connections.");
    describe_counter!(RECEIVED, Unit::Bytes, "Bytes read from connections.");
    describe_histogram!(FRAMES, Unit::Bytes, "Frames read from connections.");
    describe_histogram!(PING, Unit::Seconds, "Round trips of pings.");
    describe_counter!(PING_FAILURES, "Pings without an answer.");
    describe_counter!(CALLS, "Calls, by role, service, method and outcome.");
    describe_histogram!(CALL_DURATION, Unit::Seconds, "What calls took.");
}

impl Role {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

fn connections(role: Role, state: &'static str) -> Gauge {
    gauge!(CONNECTIONS, "role" => role.label(), "state" => state)
}

/// Where the figures of one connection go. Looked up once for each.
pub(crate) struct Meter {
    open: Gauge,
    closing: Gauge,
    outgoing: Gauge,
    incoming: Gauge,
    queued: Gauge,
    sent: Counter,
    received: Counter,
    frames: Histogram,
    ping: Histogram,
    ping_failures: Counter,
}

impl Meter {
    pub(crate) fn new(role: Role) -> Self {
        Self {
            open: connections(role, "open"),
            closing: connections(role, "closing"),
            outgoing: gauge!(IN_FLIGHT, "direction" => "outgoing"),
            incoming: gauge!(IN_FLIGHT, "direction" => "incoming"),
            queued: gauge!(OUTBOUND_QUEUE),
            sent: counter!(SENT),
            received: counter!(RECEIVED),
            frames: histogram!(FRAMES),
            ping: histogram!(PING),
            ping_failures: counter!(PING_FAILURES),
        }
    }

    /// Tells what was seen. By steps: all connections share the gauges, and whoever is later to tell of an older step
    /// does no harm.
    pub(crate) fn publish(&self, news: News) {
        let News {
            before,
            after,
            sent,
        } = news;
        if sent > 0 {
            self.sent.increment(sent);
        }
        if before == after {
            return;
        }
        let is = |figures: Figures, stage| usize::from(figures.stage == stage);
        step(&self.open, is(before, Stage::Open), is(after, Stage::Open));
        step(
            &self.closing,
            is(before, Stage::Closing),
            is(after, Stage::Closing),
        );
        step(&self.outgoing, before.outgoing, after.outgoing);
        step(&self.incoming, before.incoming, after.incoming);
        step(&self.queued, before.queued, after.queued);
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.received.increment(bytes as u64);
    }

    pub(crate) fn frames(&self, sizes: &mut FrameSizes) {
        for bytes in sizes.0.drain(..) {
            self.frames.record(bytes as f64);
        }
    }

    pub(crate) fn ping<E>(&self, result: &Result<Duration, E>) {
        match result {
            Ok(round_trip) => self.ping.record(*round_trip),
            Err(_) => self.ping_failures.increment(1),
        }
    }
}

fn step(gauge: &Gauge, before: usize, after: usize) {
    // Far from where a float counts in larger steps.
    if after > before {
        gauge.increment((after - before) as f64);
    } else if after < before {
        gauge.decrement((before - after) as f64);
    }
}

/// What was told of a connection so far. Stands under its lock.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    figures: Figures,
    sent: u64,
}

impl Seen {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn sent(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }

    /// What is new, to be told behind the lock.
    pub(crate) fn look(&mut self, figures: impl FnOnce() -> Figures) -> News {
        let after = figures();
        News {
            before: std::mem::replace(&mut self.figures, after),
            after,
            sent: std::mem::take(&mut self.sent),
        }
    }
}

#[must_use]
pub(crate) struct News {
    before: Figures,
    after: Figures,
    sent: u64,
}

/// Bytes of each frame that was found under the connection's lock, to be told behind it.
#[derive(Debug, Default)]
pub(crate) struct FrameSizes(Vec<usize>);

impl FrameSizes {
    pub(crate) fn note(&mut self, bytes: usize) {
        self.0.push(bytes);
    }
}

/// A connection that is being made, while this lives.
pub(crate) struct Handshake(Gauge);

impl Handshake {
    pub(crate) fn begin(role: Role) -> Self {
        let gauge = connections(role, "handshake");
        gauge.increment(1);
        Self(gauge)
    }

    /// The same as its drop.
    pub(crate) fn end(self) {}
}

impl Drop for Handshake {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

pub(crate) fn rejected(reason: &impl fmt::Display) {
    let reason = reason.to_string().replace(' ', "_");
    counter!(REJECTED, "reason" => reason).increment(1);
}

pub(crate) fn accept_failed(is_transient: bool) {
    let kind = if is_transient { "client" } else { "shortage" };
    counter!(ACCEPT_ERRORS, "kind" => kind).increment(1);
}
