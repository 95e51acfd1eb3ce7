//! The rows of the tables: who is measured, on how many threads, and in what.

use std::path::PathBuf;
use std::str::FromStr;

use tokio::runtime::{Builder, Runtime};

use super::{Contender, Ready, Result, bare_std, bare_tokio, ours};
#[cfg(feature = "peers")]
use super::{capnp, remoc, tarpc, tonic, ttrpc, zbus};
use crate::case::{Case, Workload};
use crate::workloads::{self, Job};

/// A row of the tables.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    threads: Threads,
    workloads: &'static [Workload],
    more_workloads: &'static [Workload],
    serve: fn(&Runtime, PathBuf, Ready) -> Result<()>,
    drive: fn(&Runtime, Job) -> Result<()>,
}

impl Entry {
    const fn new<T: Contender>(id: &'static str, title: &'static str, threads: Threads) -> Self {
        Self {
            id,
            title,
            threads,
            workloads: EVERY,
            more_workloads: &[],
            serve: |runtime, path, ready| runtime.block_on(T::serve(path, ready)),
            // In a task, so that on two workers the callers are where those of a program are.
            drive: |runtime, job| runtime.block_on(runtime.spawn(workloads::run::<T>(job)))?,
        }
    }

    const fn only(mut self, workloads: &'static [Workload]) -> Self {
        self.workloads = workloads;
        self
    }

    const fn also(mut self, workloads: &'static [Workload]) -> Self {
        self.more_workloads = workloads;
        self
    }

    pub(crate) fn all() -> &'static [Self] {
        ENTRIES
    }

    /// Whether ratios are against this one.
    pub(crate) fn is_base(&self) -> bool {
        self.id == BASE
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.id.starts_with("ipc-rpc")
    }

    /// Whether `--contenders` means this one: by its own id, or by that of its family, which the id begins with.
    pub(crate) fn is_meant_by(&self, name: &str) -> bool {
        self.id == name
            || self
                .id
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('-'))
    }

    pub(crate) fn takes_part_in(&self, case: &Case) -> bool {
        let workload = &case.workload;
        self.workloads.contains(workload) || self.more_workloads.contains(workload)
    }

    pub(crate) fn serve(&self, path: PathBuf) -> Result<()> {
        (self.serve)(&self.runtime()?, path, Ready)
    }

    pub(crate) fn drive(&self, job: Job) -> Result<()> {
        (self.drive)(&self.runtime()?, job)
    }

    fn runtime(&self) -> std::io::Result<Runtime> {
        let mut builder = match self.threads {
            Threads::Blocking | Threads::One => Builder::new_current_thread(),
            Threads::Two => {
                let mut builder = Builder::new_multi_thread();
                builder.worker_threads(2);
                builder
            }
        };
        builder.enable_all().build()
    }
}

/// The threads of both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Threads {
    /// No runtime that would matter.
    Blocking,
    /// tokio's `current_thread`.
    One,
    /// tokio's `multi_thread` with two workers.
    Two,
}

impl FromStr for &'static Entry {
    type Err = String;

    fn from_str(id: &str) -> std::result::Result<Self, String> {
        let entry = ENTRIES.iter().find(|entry| entry.id == id);
        entry.ok_or_else(|| format!("there is no contender `{id}`"))
    }
}

const ENTRIES: &[Entry] = &[
    Entry::new::<bare_tokio::BareTokio>(BASE, "bare tokio ct", Threads::One).also(STREAMS),
    Entry::new::<bare_tokio::BareTokio>("tokio-mt", "bare tokio mt", Threads::Two).also(STREAMS),
    Entry::new::<bare_std::BareStd>("std", "bare std, blocking", Threads::Blocking).only(BLOCKING),
    Entry::new::<ours::Plain>("ipc-rpc-ct", "ipc-rpc ct", Threads::One).only(SMALL),
    Entry::new::<ours::Plain>("ipc-rpc-mt", "ipc-rpc mt", Threads::Two).only(SMALL),
    Entry::new::<ours::Sending>("ipc-rpc-sender-ct", "ipc-rpc ct, `Sender`", Threads::One)
        .only(SMALL_ITEMS),
    Entry::new::<ours::Sending>("ipc-rpc-sender-mt", "ipc-rpc mt, `Sender`", Threads::Two)
        .only(SMALL_ITEMS),
    Entry::new::<ours::BusyPolling>("ipc-rpc-busy-ct", "ipc-rpc ct, polling", Threads::One)
        .only(ONE_CONNECTION),
    Entry::new::<ours::BusyPolling>("ipc-rpc-busy-mt", "ipc-rpc mt, polling", Threads::Two)
        .only(ONE_CONNECTION),
    Entry::new::<ours::Plain>("ipc-rpc-vec-ct", "ipc-rpc ct, `Vec<u8>`", Threads::One).only(LARGE),
    Entry::new::<ours::Plain>("ipc-rpc-vec-mt", "ipc-rpc mt, `Vec<u8>`", Threads::Two).only(LARGE),
    Entry::new::<ours::WithBytes>("ipc-rpc-bytes-ct", "ipc-rpc ct, `Bytes`", Threads::One)
        .only(LARGE),
    Entry::new::<ours::WithBytes>("ipc-rpc-bytes-mt", "ipc-rpc mt, `Bytes`", Threads::Two)
        .only(LARGE),
    Entry::new::<ours::Authenticated>("ipc-rpc-auth-ct", "ipc-rpc ct, token", Threads::One)
        .only(CONNECT),
    Entry::new::<ours::Authenticated>("ipc-rpc-auth-mt", "ipc-rpc mt, token", Threads::Two)
        .only(CONNECT),
    #[cfg(feature = "peers")]
    Entry::new::<tarpc::Tarpc>("tarpc-ct", "tarpc bincode ct", Threads::One).only(WITH_BESIDE),
    #[cfg(feature = "peers")]
    Entry::new::<tarpc::Tarpc>("tarpc-mt", "tarpc bincode mt", Threads::Two).only(WITH_BESIDE),
    #[cfg(feature = "peers")]
    Entry::new::<tonic::Tonic>("tonic-ct", "tonic ct", Threads::One)
        .only(WITH_BESIDE)
        .also(STREAMS_AND_BESIDE),
    #[cfg(feature = "peers")]
    Entry::new::<tonic::Tonic>("tonic-mt", "tonic mt", Threads::Two)
        .only(WITH_BESIDE)
        .also(STREAMS_AND_BESIDE),
    #[cfg(feature = "peers")]
    Entry::new::<ttrpc::Ttrpc>("ttrpc-ct", "ttrpc ct", Threads::One).also(STREAMS_AND_BESIDE),
    #[cfg(feature = "peers")]
    Entry::new::<ttrpc::Ttrpc>("ttrpc-mt", "ttrpc mt", Threads::Two).also(STREAMS_AND_BESIDE),
    #[cfg(feature = "peers")]
    Entry::new::<remoc::Remoc>("remoc-ct", "remoc ct", Threads::One).also(STREAMS_AND_BESIDE),
    #[cfg(feature = "peers")]
    Entry::new::<capnp::Capnp>("capnp-ct", "capnp-rpc ct", Threads::One),
    #[cfg(feature = "peers")]
    Entry::new::<zbus::Zbus>("zbus-ct", "zbus p2p ct", Threads::One),
];

/// What all ratios are against.
const BASE: &str = "tokio-ct";

const EVERY: &[Workload] = &[
    Workload::OneCall,
    Workload::InFlight,
    Workload::LargeEcho,
    Workload::Connect,
    Workload::Idle,
    Workload::ManyConnections,
    Workload::Allocations,
];
/// A client that blocks serves one connection at a time.
const BLOCKING: &[Workload] = &[
    Workload::OneCall,
    Workload::InFlight,
    Workload::LargeEcho,
    Workload::Connect,
    Workload::Idle,
    Workload::Allocations,
];
#[cfg(feature = "peers")]
const WITH_BESIDE: &[Workload] = &[
    Workload::OneCall,
    Workload::InFlight,
    Workload::LargeEcho,
    Workload::Connect,
    Workload::Idle,
    Workload::ManyConnections,
    Workload::Beside,
    Workload::Allocations,
];
const SMALL: &[Workload] = &[
    Workload::Items,
    Workload::Beside,
    Workload::BesideItems,
    Workload::OneCall,
    Workload::InFlight,
    Workload::Connect,
    Workload::Idle,
    Workload::ManyConnections,
    Workload::Allocations,
];
const SMALL_ITEMS: &[Workload] = &[Workload::Items, Workload::BesideItems];
/// For a connection that has one caller, who reads the stream.
const STREAMS: &[Workload] = &[Workload::Items, Workload::LargeItems];
#[cfg(feature = "peers")]
const STREAMS_AND_BESIDE: &[Workload] = &[
    Workload::Items,
    Workload::LargeItems,
    Workload::BesideItems,
    Workload::BesideLargeItems,
];
/// What busy polling is for.
const ONE_CONNECTION: &[Workload] = &[Workload::OneCall, Workload::InFlight];
const LARGE: &[Workload] = &[
    Workload::LargeEcho,
    Workload::LargeItems,
    Workload::BesideLargeItems,
];
const CONNECT: &[Workload] = &[Workload::Connect];
