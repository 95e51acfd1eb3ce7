//! What is measured: workloads, and the cases of each.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

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
}

/// One workload with its parameters; a table of the report.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) workload: Workload,
    /// Calls in flight, or bytes of the payload: what the workload has one parameter for.
    pub(crate) size: usize,
    /// Both processes on one core: then what is measured is the software, and not the wake-up of a core.
    pub(crate) pinned: bool,
    /// The columns, the one whose ratio counts first.
    pub(crate) metrics: &'static [Metric],
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Metric {
    P50Micros,
    P99Micros,
    MeanMicros,
    CpuMicrosPerCall,
    CpuSecondsPerMillion,
    CallsPerSecond,
    BytesPerSecond,
    ConnectionsPerSecond,
}

impl Metric {
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::P50Micros => "p50 µs",
            Self::P99Micros => "p99 µs",
            Self::MeanMicros => "mean µs",
            Self::CpuMicrosPerCall => "CPU µs/call",
            Self::CpuSecondsPerMillion => "CPU s/M",
            Self::CallsPerSecond => "calls/s",
            Self::BytesPerSecond => "bytes/s",
            Self::ConnectionsPerSecond => "connections/s",
        }
    }

    /// Whether more of it is better, so that a slowdown is the base's value divided by this one.
    pub(crate) const fn is_rate(self) -> bool {
        matches!(
            self,
            Self::CallsPerSecond | Self::BytesPerSecond | Self::ConnectionsPerSecond
        )
    }

    /// Writes a value with three digits that count and the unit's prefix.
    pub(crate) fn format(self, value: f64) -> String {
        match self {
            Self::BytesPerSecond if value >= GIB => format!("{} GiB/s", digits(value / GIB)),
            Self::BytesPerSecond => format!("{} MiB/s", digits(value / MIB)),
            Self::CallsPerSecond | Self::ConnectionsPerSecond if value >= 1e6 => {
                format!("{} M", digits(value / 1e6))
            }
            Self::CallsPerSecond | Self::ConnectionsPerSecond => {
                format!("{} k", digits(value / 1e3))
            }
            _ => digits(value),
        }
    }
}

impl Case {
    pub(crate) fn all() -> &'static [Self] {
        CASES
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

/// Three digits that count.
pub(crate) fn digits(value: f64) -> String {
    let decimals = match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    format!("{value:.decimals$}")
}

const CASES: &[Case] = &[
    Case {
        id: "w1",
        title: "W1: one small call at a time",
        workload: Workload::OneCall,
        size: SMALL_LEN,
        pinned: false,
        metrics: LATENCY,
    },
    Case {
        id: "w1-pinned",
        title: "W1: one small call at a time, both processes on one core",
        workload: Workload::OneCall,
        size: SMALL_LEN,
        pinned: true,
        metrics: LATENCY,
    },
    Case {
        id: "w2-64",
        title: "W2: 64 small calls in flight",
        workload: Workload::InFlight,
        size: 64,
        pinned: false,
        metrics: RATE,
    },
    Case {
        id: "w2-256",
        title: "W2: 256 small calls in flight",
        workload: Workload::InFlight,
        size: 256,
        pinned: false,
        metrics: RATE,
    },
    Case {
        id: "w3-64k",
        title: "W3: echoes of 64 KiB",
        workload: Workload::LargeEcho,
        size: 64 * 1024,
        pinned: false,
        metrics: BANDWIDTH,
    },
    Case {
        id: "w3-1m",
        title: "W3: echoes of 1 MiB",
        workload: Workload::LargeEcho,
        size: 1024 * 1024,
        pinned: false,
        metrics: BANDWIDTH,
    },
    Case {
        id: "w4",
        title: "W4: connect, one small call, close",
        workload: Workload::Connect,
        size: SMALL_LEN,
        pinned: false,
        metrics: CONNECT,
    },
    Case {
        id: "w4-pinned",
        title: "W4: connect, one small call, close, both processes on one core",
        workload: Workload::Connect,
        size: SMALL_LEN,
        pinned: true,
        metrics: CONNECT,
    },
];

const LATENCY: &[Metric] = &[
    Metric::P50Micros,
    Metric::P99Micros,
    Metric::MeanMicros,
    Metric::CpuMicrosPerCall,
];
const RATE: &[Metric] = &[Metric::CallsPerSecond, Metric::CpuSecondsPerMillion];
const BANDWIDTH: &[Metric] = &[Metric::BytesPerSecond, Metric::CpuMicrosPerCall];
const CONNECT: &[Metric] = &[Metric::ConnectionsPerSecond, Metric::CpuMicrosPerCall];

/// Bytes of a small payload; a number of 8 bytes travels with it.
pub(crate) const SMALL_LEN: usize = 64;

const MIB: f64 = 1024.0 * 1024.0;
const GIB: f64 = 1024.0 * MIB;
