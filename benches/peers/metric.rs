//! The columns of the tables.

use serde::{Deserialize, Serialize};

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Metric {
    P50Micros,
    P99Micros,
    MeanMicros,
    CpuMicrosPerCall,
    CpuMicrosPerItem,
    CpuSecondsPerMillion,
    CallsPerSecond,
    ItemsPerSecond,
    /// Of the stream that runs beside what the other columns are about.
    ItemsPerSecondBeside,
    BytesPerSecond,
    ConnectionsPerSecond,
    ClientKibPerConnection,
    ServerKibPerConnection,
    AllocationsPerCall,
}

impl Metric {
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::P50Micros => "p50 µs",
            Self::P99Micros => "p99 µs",
            Self::MeanMicros => "mean µs",
            Self::CpuMicrosPerCall => "CPU µs/call",
            Self::CpuMicrosPerItem => "CPU µs/item",
            Self::CpuSecondsPerMillion => "CPU s/M",
            Self::CallsPerSecond => "calls/s",
            Self::ItemsPerSecond => "items/s",
            Self::ItemsPerSecondBeside => "items/s beside",
            Self::BytesPerSecond => "bytes/s",
            Self::ConnectionsPerSecond => "connections/s",
            Self::ClientKibPerConnection => "client KiB",
            Self::ServerKibPerConnection => "server KiB",
            Self::AllocationsPerCall => "allocations/call",
        }
    }

    /// Whether more of it is better, so that a slowdown is the base's value divided by this one.
    pub(crate) const fn is_rate(self) -> bool {
        matches!(
            self,
            Self::CallsPerSecond
                | Self::ItemsPerSecond
                | Self::ItemsPerSecondBeside
                | Self::BytesPerSecond
                | Self::ConnectionsPerSecond
        )
    }

    /// Whether the base's value is one to compare with: it allocates nothing, and times beside the median say little.
    pub(crate) const fn has_slowdown(self) -> bool {
        !matches!(
            self,
            Self::P99Micros
                | Self::MeanMicros
                | Self::ClientKibPerConnection
                | Self::AllocationsPerCall
        )
    }

    /// Writes a value with three digits that count and the unit's prefix.
    pub(crate) fn format(self, value: f64) -> String {
        match self {
            Self::BytesPerSecond if value >= GIB => format!("{} GiB/s", digits(value / GIB)),
            Self::BytesPerSecond => format!("{} MiB/s", digits(value / MIB)),
            _ if self.is_rate() && value >= 1e6 => format!("{} M", digits(value / 1e6)),
            _ if self.is_rate() => format!("{} k", digits(value / 1e3)),
            _ => digits(value),
        }
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

const MIB: f64 = 1024.0 * 1024.0;
const GIB: f64 = 1024.0 * MIB;
