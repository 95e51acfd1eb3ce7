//! Nobody's work keeps another's from being done.

mod alarms;
mod at_the_cap;
mod blocked_threads;
mod busy_poll;
#[cfg(unix)]
mod deaf_peer;
mod last_words;
mod mixed_sizes;
mod slots;
mod strangers;

use std::ops::Range;
use std::pin::Pin;

use futures_util::poll;
use ipc_rpc::{CallError, Config, Context, context};
use support::{LabClient, Report, Stage, Transport};

/// A call that several tasks may poll, one after the other.
type Call = Pin<Box<dyn Future<Output = Result<u64, CallError>> + Send>>;

/// A call that ends when the test releases it.
fn hang(client: &LabClient, ctx: Context, id: u64) -> Call {
    let client = client.clone();
    Box::pin(async move { client.hang(ctx, id).await })
}

/// The same call after it was asked for, in this very order.
async fn asked(client: &LabClient, id: u64) -> Call {
    let mut call = hang(client, context::without_deadline(), id);
    assert!(poll!(&mut call).is_pending());
    call
}

/// Calls whose handlers all wait.
async fn started(stage: &Stage, client: &LabClient, ids: Range<u64>) -> Vec<Call> {
    let mut calls = Vec::new();
    for id in ids {
        calls.push(asked(client, id).await);
        stage.lab.wait(Report::Started(id)).await;
    }
    calls
}

/// The handlers that have run, in order.
fn run_so_far(stage: &Stage) -> Vec<u64> {
    let all = stage.lab.all().into_iter();
    all.filter_map(|report| match report {
        Report::Started(id) => Some(id),
        _ => None,
    })
    .collect()
}

/// A server that serves so many calls at once on each connection.
async fn narrow(transport: Transport, max_in_flight: usize) -> Stage {
    let mut config = Config::default();
    config.max_in_flight = max_in_flight;
    Stage::with(transport, |server| server.config(config)).await
}
