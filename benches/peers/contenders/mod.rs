//! Who is measured: a file for each, and what the workloads ask of all of them.

mod bare;
mod bare_std;
mod bare_tokio;
#[cfg(feature = "peers")]
mod capnp;
mod ours;
#[cfg(feature = "peers")]
mod remoc;
#[cfg(feature = "peers")]
mod tarpc;
#[cfg(feature = "peers")]
mod tonic;
#[cfg(feature = "peers")]
mod ttrpc;
#[cfg(feature = "peers")]
mod zbus;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tokio::net::{UnixListener, UnixStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::case::{Case, Workload};
use crate::clock::Stop;
use crate::workloads::{self, Job};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A way to call from one process into another.
pub(crate) trait Contender: 'static {
    type Client: Client;

    /// Serves at this path for ever, and says so once clients may connect.
    fn serve(path: PathBuf, ready: Ready) -> impl Future<Output = Result<()>> + Send;

    fn connect(path: &Path) -> impl Future<Output = Result<Self::Client>> + Send;
}

/// One connection, on the side that calls.
///
/// Payloads go back and forth: what an echo returned is what the next one takes, so that none of the contenders is
/// charged for what the caller does to have something to send.
pub(crate) trait Client: Send + Sized + 'static {
    type Payload: From<Vec<u8>> + AsRef<[u8]> + Send;

    /// One small call.
    fn echo(
        &mut self,
        number: u64,
        payload: Self::Payload,
    ) -> impl Future<Output = Result<(u64, Self::Payload)>> + Send;

    /// One large call.
    fn echo_bytes(
        &mut self,
        payload: Self::Payload,
    ) -> impl Future<Output = Result<Self::Payload>> + Send;

    /// Keeps `count` small calls in flight until `stop`, and returns how many were answered. [`in_flight`] does so
    /// for whoever can have several callers.
    fn in_flight(&mut self, count: usize, stop: &Stop) -> impl Future<Output = Result<u64>> + Send;

    /// Another caller on the same connection, where there can be several.
    fn second(&self) -> Option<Self> {
        None
    }

    /// Ends the connection in the way that is usual for it. Dropping it, as a rule.
    fn close(self) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }
}

/// `count` tasks that call one after the other, as the callers of a shared connection in a program would be.
pub(crate) async fn in_flight<C>(client: &C, count: usize, stop: &Stop) -> Result<u64>
where
    C: Client + Clone,
{
    let mut callers = JoinSet::new();
    for _ in 0..count {
        callers.spawn(call_until(client.clone(), stop.clone()));
    }
    let mut calls = 0;
    while let Some(answered) = callers.join_next().await {
        calls += answered??;
    }
    Ok(calls)
}

/// Serves each connection in a task of its own, for those who leave that to their users.
pub(crate) async fn serve_each<S>(
    path: PathBuf,
    ready: Ready,
    serve: impl Fn(UnixStream) -> S + Send,
) -> Result<()>
where
    S: Future<Output: Send> + Send + 'static,
{
    let listener = UnixListener::bind(path)?;
    ready.announce();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                connections.spawn(serve(accepted?.0));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn call_until<C: Client>(mut client: C, stop: Stop) -> Result<u64> {
    let mut payload = workloads::small_payload();
    let mut number = 0;
    while !stop.is_due() {
        payload = workloads::checked_echo(&mut client, number, payload).await?;
        number += 1;
    }
    Ok(number)
}

/// Tells the process that started this one that clients may connect.
pub(crate) struct Ready;

impl Ready {
    pub(crate) fn announce(self) {
        println!("{}", crate::child::READY);
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

/// A row of the tables.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    threads: Threads,
    workloads: &'static [Workload],
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
            serve: |runtime, path, ready| runtime.block_on(T::serve(path, ready)),
            // In a task, so that on two workers the callers are where those of a program are.
            drive: |runtime, job| runtime.block_on(runtime.spawn(workloads::run::<T>(job)))?,
        }
    }

    const fn only(mut self, workloads: &'static [Workload]) -> Self {
        self.workloads = workloads;
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
        self.workloads.contains(&case.workload)
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

impl FromStr for &'static Entry {
    type Err = String;

    fn from_str(id: &str) -> std::result::Result<Self, String> {
        let entry = ENTRIES.iter().find(|entry| entry.id == id);
        entry.ok_or_else(|| format!("there is no contender `{id}`"))
    }
}

const ENTRIES: &[Entry] = &[
    Entry::new::<bare_tokio::BareTokio>(BASE, "bare tokio ct", Threads::One),
    Entry::new::<bare_tokio::BareTokio>("tokio-mt", "bare tokio mt", Threads::Two),
    Entry::new::<bare_std::BareStd>("std", "bare std, blocking", Threads::Blocking).only(BLOCKING),
    Entry::new::<ours::Plain>("ipc-rpc-ct", "ipc-rpc ct", Threads::One).only(SMALL),
    Entry::new::<ours::Plain>("ipc-rpc-mt", "ipc-rpc mt", Threads::Two).only(SMALL),
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
    Entry::new::<tonic::Tonic>("tonic-ct", "tonic ct", Threads::One).only(WITH_BESIDE),
    #[cfg(feature = "peers")]
    Entry::new::<tonic::Tonic>("tonic-mt", "tonic mt", Threads::Two).only(WITH_BESIDE),
    #[cfg(feature = "peers")]
    Entry::new::<ttrpc::Ttrpc>("ttrpc-ct", "ttrpc ct", Threads::One),
    #[cfg(feature = "peers")]
    Entry::new::<ttrpc::Ttrpc>("ttrpc-mt", "ttrpc mt", Threads::Two),
    #[cfg(feature = "peers")]
    Entry::new::<remoc::Remoc>("remoc-ct", "remoc ct", Threads::One),
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
    Workload::Beside,
    Workload::OneCall,
    Workload::InFlight,
    Workload::Connect,
    Workload::Idle,
    Workload::ManyConnections,
    Workload::Allocations,
];
/// What busy polling is for.
const ONE_CONNECTION: &[Workload] = &[Workload::OneCall, Workload::InFlight];
const LARGE: &[Workload] = &[Workload::LargeEcho];
const CONNECT: &[Workload] = &[Workload::Connect];
