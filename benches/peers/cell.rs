//! One cell of a table: two processes, started, asked and stopped.

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::timeout;

use crate::case::Case;
use crate::child;
use crate::contenders::{Entry, Result};
use crate::metric::Metric;
use crate::usage::Usage;
use crate::workloads::Measured;

/// The figures of one contender in one case of one round.
pub(crate) type Sample = BTreeMap<Metric, f64>;

/// Why there are no figures.
pub(crate) enum Failure {
    /// The user has had enough.
    Interrupted,
    /// This cell failed, others may not.
    Cell(Box<dyn Error + Send + Sync>),
}

/// The signals that ask this program to end.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Measures a contender in a case. Both processes have ended and are reaped when this returns, however it does.
pub(crate) async fn measure(
    entry: &Entry,
    case: &Case,
    socket: &Path,
    measured: Duration,
    signals: &mut Signals,
) -> std::result::Result<Sample, Failure> {
    let (mut server, mut client) = (None, None);
    let limit = WATCHDOG + 2 * measured;
    let cell = timeout(
        limit,
        run(entry, case, socket, measured, &mut server, &mut client),
    );
    let outcome = tokio::select! {
        outcome = cell => match outcome {
            Ok(outcome) => outcome.map_err(Failure::Cell),
            Err(_) => Err(Failure::Cell(format!("no result after {limit:?}").into())),
        },
        () = signals.received() => Err(Failure::Interrupted),
    };
    for process in [client, server].into_iter().flatten() {
        process.kill().await;
    }
    outcome
}

async fn run(
    entry: &Entry,
    case: &Case,
    socket: &Path,
    measured: Duration,
    server: &mut Option<Process>,
    client: &mut Option<Process>,
) -> Result<Sample> {
    let (entry, id) = (entry.id.as_ref(), case.id.as_ref());
    let socket = socket.as_os_str();
    let server = server.insert(Process::start(&[child::SERVE.as_ref(), entry, id, socket])?);
    server.expect(child::READY).await?;
    let seconds = measured.as_secs_f64().to_string();
    let arguments = [child::DRIVE.as_ref(), entry, id, socket, seconds.as_ref()];
    let client = client.insert(Process::start(&arguments)?);
    client.expect(child::WARM).await?;

    let before: Usage = server.ask(child::USAGE).await?;
    let measured: Measured = client.ask(child::GO).await?;
    let after: Usage = server.ask(child::USAGE).await?;
    Ok(sample(case, &measured, &after.since(&before)))
}

fn sample(case: &Case, measured: &Measured, server: &Usage) -> Sample {
    let count = measured.count as f64;
    let rate = count / measured.seconds;
    let cpu = (measured.usage.cpu_seconds + server.cpu_seconds) / count;
    let latency = measured.latency.as_ref();
    let kib = |usage: &Usage| {
        usage
            .resident_kib
            .map_or(f64::NAN, |kib| kib as f64 / count)
    };
    let value = |metric| match metric {
        Metric::P50Micros => latency.map_or(f64::NAN, |latency| latency.p50_micros),
        Metric::P99Micros => latency.map_or(f64::NAN, |latency| latency.p99_micros),
        Metric::MeanMicros => latency.map_or(f64::NAN, |latency| latency.mean_micros),
        Metric::CpuMicrosPerCall | Metric::CpuMicrosPerItem | Metric::CpuSecondsPerMillion => {
            cpu * 1e6
        }
        Metric::CallsPerSecond | Metric::ItemsPerSecond | Metric::ConnectionsPerSecond => rate,
        Metric::ItemsPerSecondBeside => measured.items_beside as f64 / measured.seconds,
        Metric::BytesPerSecond => rate * case.size as f64,
        Metric::ClientKibPerConnection => kib(&measured.usage),
        Metric::ServerKibPerConnection => kib(server),
        Metric::AllocationsPerCall => {
            (measured.usage.allocations + server.allocations) as f64 / count
        }
    };
    let metrics = case.metrics.iter();
    metrics.map(|metric| (*metric, value(*metric))).collect()
}

/// One of the two processes.
struct Process {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Process {
    fn start(arguments: &[&OsStr]) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let input = child.stdin.take().ok_or("a child without input")?;
        let output = child.stdout.take().ok_or("a child without output")?;
        Ok(Self {
            child,
            input,
            output: BufReader::new(output).lines(),
        })
    }

    async fn expect(&mut self, word: &str) -> Result<()> {
        match self.output.next_line().await? {
            Some(line) if line == word => Ok(()),
            Some(line) => Err(format!("a child said {line} instead of {word}").into()),
            None => Err(format!("a child ended before it said {word}").into()),
        }
    }

    async fn ask<T: DeserializeOwned>(&mut self, word: &str) -> Result<T> {
        self.input.write_all(format!("{word}\n").as_bytes()).await?;
        let answer = self.output.next_line().await?;
        let answer = answer.ok_or_else(|| format!("a child ended before it answered {word}"))?;
        Ok(serde_json::from_str(&answer)?)
    }

    /// Waits for the end as well, so that nothing is left that could disturb the next cell.
    async fn kill(mut self) {
        // The one error is that it has ended already.
        let _ = self.child.kill().await;
    }
}

/// How long a cell may take beside what is measured.
const WATCHDOG: Duration = Duration::from_secs(20);
