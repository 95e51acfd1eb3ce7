//! How a connection is used while it is measured. Each workload is written once, for every contender.

mod beside;
mod connect;
mod echo;
mod idle;
mod in_flight;
mod stream;

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::case::{Case, SMALL_LEN, Workload};
use crate::child::Gate;
use crate::contenders::{Client, Contender, Result};
use crate::usage::Usage;

/// What a client process is to do.
pub(crate) struct Job {
    pub(crate) case: &'static Case,
    pub(crate) path: PathBuf,
    pub(crate) measured: Duration,
    pub(crate) gate: Gate,
}

impl Job {
    /// Not measured: caches fill, buffers grow, the branch predictor learns.
    fn warm_up(&self) -> Duration {
        (self.measured / 5).max(Duration::from_millis(20))
    }
}

/// What a client process found.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Calls, echoes, items or connections.
    pub(crate) count: u64,
    pub(crate) seconds: f64,
    /// Where single calls were timed.
    pub(crate) latency: Option<Latency>,
    /// What a stream brought meanwhile that ran beside what is counted.
    pub(crate) items_beside: u64,
    /// What the client used meanwhile.
    pub(crate) usage: Usage,
}

/// How long one call took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) p50_micros: f64,
    pub(crate) p99_micros: f64,
    pub(crate) mean_micros: f64,
}

/// Does the job and tells the result. Does not return before the process is told to end.
pub(crate) async fn run<T: Contender>(job: Job) -> Result<()> {
    match job.case.workload {
        Workload::OneCall => echo::small::<T>(job).await,
        Workload::InFlight => in_flight::on_one::<T>(job).await,
        Workload::LargeEcho => echo::large::<T>(job).await,
        Workload::Connect => connect::again_and_again::<T>(job).await,
        Workload::Idle => idle::hold::<T>(job).await,
        Workload::ManyConnections => in_flight::on_many::<T>(job).await,
        Workload::Items | Workload::LargeItems => stream::read::<T>(job).await,
        Workload::Beside => beside::echoes::<T>(job).await,
        Workload::BesideItems | Workload::BesideLargeItems => beside::stream::<T>(job).await,
        Workload::Allocations if job.case.size == 1 => echo::small::<T>(job).await,
        Workload::Allocations => in_flight::on_one::<T>(job).await,
    }
}

pub(crate) fn small_payload<P: From<Vec<u8>>>() -> P {
    P::from(vec![7; SMALL_LEN])
}

/// One small call whose answer is looked at: a contender that loses or mixes answers up does not get away with it.
pub(crate) async fn checked_echo<C: Client>(
    client: &mut C,
    number: u64,
    payload: C::Payload,
) -> Result<C::Payload> {
    let (echoed, payload) = client.echo(number, payload).await?;
    if echoed != number || payload.as_ref().len() != SMALL_LEN {
        return Err(format!("the answer to call {number} is that to call {echoed}").into());
    }
    Ok(payload)
}
