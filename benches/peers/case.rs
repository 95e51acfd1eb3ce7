//! What is measured: workloads, and the cases of each.

use std::str::FromStr;

use crate::metric::Metric;

/// A way to use a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Workload {
    /// One small call at a time.
    OneCall,
    /// Many small calls in flight on one connection.
    InFlight,
    /// One large echo at a time.
    LargeEcho,
    /// Connect, one call, close.
    Connect,
    /// Connections that do nothing.
    Idle,
    /// Small calls in flight on each of many connections.
    ManyConnections,
    /// One small call at a time, while large echoes run one after the other on the same connection.
    Beside,
    /// A stream of small items.
    Items,
    /// A stream of large items.
    LargeItems,
    /// One small call at a time, while a stream of small items runs on the same connection.
    BesideItems,
    /// One small call at a time, while a stream of large items runs on the same connection.
    BesideLargeItems,
    /// Small calls whose allocations are counted.
    Allocations,
}

/// One workload with its parameters; a table of the report.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) workload: Workload,
    /// Bytes of a payload, calls in flight or connections: what the workload has one parameter for.
    pub(crate) size: usize,
    /// Both processes on one core: then what is measured is the software, and not the wake-up of a core.
    pub(crate) pinned: bool,
    /// The columns, the one whose ratio counts first.
    pub(crate) metrics: &'static [Metric],
}

impl Case {
    pub(crate) fn all() -> &'static [Self] {
        CASES
    }

    /// Whether one round tells all: counts and sizes do not vary as times do.
    pub(crate) const fn is_measured_once(&self) -> bool {
        matches!(self.workload, Workload::Idle | Workload::Allocations)
    }

    /// Whether it takes no longer than it is measured.
    pub(crate) const fn is_quick(&self) -> bool {
        !matches!(self.workload, Workload::Idle) || self.size <= 1_000
    }

    /// Whether `--only` means this case: by its own id or that of its workload, which is the part before the dash.
    pub(crate) fn is_meant_by(&self, name: &str) -> bool {
        self.id == name
            || self
                .id
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('-'))
    }
}

impl FromStr for &'static Case {
    type Err = String;

    fn from_str(id: &str) -> Result<Self, String> {
        let case = CASES.iter().find(|case| case.id == id);
        case.ok_or_else(|| format!("there is no case `{id}`"))
    }
}

const CASES: &[Case] = &[
    case(
        "w1-natural",
        "W1: one small call at a time",
        Workload::OneCall,
        SMALL_LEN,
        LATENCY,
    ),
    case(
        "w1-pinned",
        "W1: one small call at a time, both processes on one core",
        Workload::OneCall,
        SMALL_LEN,
        LATENCY,
    )
    .pinned(),
    case(
        "w2-64",
        "W2: 64 small calls in flight",
        Workload::InFlight,
        64,
        RATE,
    ),
    case(
        "w2-256",
        "W2: 256 small calls in flight",
        Workload::InFlight,
        256,
        RATE,
    ),
    case(
        "w3-64k",
        "W3: echoes of 64 KiB",
        Workload::LargeEcho,
        64 << 10,
        BANDWIDTH,
    ),
    case(
        "w3-1m",
        "W3: echoes of 1 MiB",
        Workload::LargeEcho,
        1 << 20,
        BANDWIDTH,
    ),
    case(
        "w4-natural",
        "W4: connect, one small call, close",
        Workload::Connect,
        SMALL_LEN,
        CONNECT,
    ),
    case(
        "w4-pinned",
        "W4: connect, one small call, close, both processes on one core",
        Workload::Connect,
        SMALL_LEN,
        CONNECT,
    )
    .pinned(),
    case(
        "w5-1000",
        "W5: resident memory of 1,000 idle connections",
        Workload::Idle,
        1_000,
        MEMORY,
    ),
    case(
        "w5-10000",
        "W5: resident memory of 10,000 idle connections",
        Workload::Idle,
        10_000,
        MEMORY,
    ),
    case(
        "w6-small",
        "W6: a stream of small items",
        Workload::Items,
        SMALL_LEN,
        ITEMS,
    ),
    case(
        "w6b-64k",
        "W6: a stream of items of 64 KiB",
        Workload::LargeItems,
        64 << 10,
        LARGE_ITEMS,
    ),
    case(
        "w7-1",
        "W7: 8 small calls in flight on one connection",
        Workload::ManyConnections,
        1,
        RATE,
    ),
    case(
        "w7-8",
        "W7: 8 small calls in flight on each of 8 connections",
        Workload::ManyConnections,
        8,
        RATE,
    ),
    case(
        "w7-64",
        "W7: 8 small calls in flight on each of 64 connections",
        Workload::ManyConnections,
        64,
        RATE,
    ),
    case(
        "beside-4m",
        "Beside: one small call at a time, while echoes of almost 4 MiB run on the same connection",
        Workload::Beside,
        LARGE_LEN,
        LATENCY,
    ),
    case(
        "beside-stream",
        "Beside: one small call at a time, while a stream of items of 64 KiB runs on the same connection",
        Workload::BesideLargeItems,
        64 << 10,
        BESIDE_STREAM,
    ),
    case(
        "beside-items",
        "Beside: one small call at a time, while a stream of small items runs on the same connection",
        Workload::BesideItems,
        SMALL_LEN,
        BESIDE_STREAM,
    ),
    case(
        "alloc-1",
        "Allocations, one small call at a time",
        Workload::Allocations,
        1,
        ALLOCATIONS,
    ),
    case(
        "alloc-64",
        "Allocations, 64 small calls in flight",
        Workload::Allocations,
        64,
        ALLOCATIONS,
    ),
];

const fn case(
    id: &'static str,
    title: &'static str,
    workload: Workload,
    size: usize,
    metrics: &'static [Metric],
) -> Case {
    Case {
        id,
        title,
        workload,
        size,
        pinned: false,
        metrics,
    }
}

impl Case {
    const fn pinned(mut self) -> Self {
        self.pinned = true;
        self
    }
}

const LATENCY: &[Metric] = &[
    Metric::P50Micros,
    Metric::P99Micros,
    Metric::MeanMicros,
    Metric::CpuMicrosPerCall,
];
const RATE: &[Metric] = &[Metric::CallsPerSecond, Metric::CpuSecondsPerMillion];
const BANDWIDTH: &[Metric] = &[Metric::BytesPerSecond, Metric::CpuMicrosPerCall];
const CONNECT: &[Metric] = &[Metric::ConnectionsPerSecond, Metric::CpuMicrosPerCall];
const MEMORY: &[Metric] = &[
    Metric::ServerKibPerConnection,
    Metric::ClientKibPerConnection,
];
const ITEMS: &[Metric] = &[Metric::ItemsPerSecond, Metric::CpuSecondsPerMillion];
const LARGE_ITEMS: &[Metric] = &[Metric::BytesPerSecond, Metric::CpuMicrosPerItem];
const BESIDE_STREAM: &[Metric] = &[
    Metric::P50Micros,
    Metric::P99Micros,
    Metric::MeanMicros,
    Metric::CpuMicrosPerCall,
    Metric::ItemsPerSecondBeside,
];
const ALLOCATIONS: &[Metric] = &[Metric::AllocationsPerCall];

/// Bytes of a small payload; a number of 8 bytes travels with it.
pub(crate) const SMALL_LEN: usize = 64;

/// As much as all contenders take without being told otherwise: the least is 4 MiB with the envelope.
const LARGE_LEN: usize = (4 << 20) - (64 << 10);
