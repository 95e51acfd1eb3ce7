//! Small calls that share their connection with what is large.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::JoinSet;

use super::Job;
use super::echo::repeat_small;
use super::stream::read_for_ever;
use crate::contenders::{Client, Contender, Result};

/// What a small call takes, one at a time, while large echoes run one after the other.
pub(super) async fn echoes<T: Contender>(job: Job) -> Result<()> {
    let client = T::connect(&job.path).await?;
    let beside = second(&client)?;
    let echoes = echo_for_ever(beside, job.case.size);
    small_calls(client, echoes, &AtomicU64::new(0), job).await
}

/// The same, while a stream is read as fast as it comes.
pub(super) async fn stream<T: Contender>(job: Job) -> Result<()> {
    let client = T::connect(&job.path).await?;
    let beside = second(&client)?;
    let count = Arc::new(AtomicU64::new(0));
    let reading = read_for_ever(beside, job.case.size, count.clone());
    small_calls(client, reading, &count, job).await
}

/// `count` is of the items that come beside.
async fn small_calls<C: Client>(
    mut client: C,
    beside: impl Future<Output = Result<()>> + Send + 'static,
    count: &AtomicU64,
    mut job: Job,
) -> Result<()> {
    let mut running = JoinSet::new();
    running.spawn(beside);
    repeat_small(&mut client, job.warm_up()).await?;
    job.gate.open().await?;
    let before = count.load(Ordering::Relaxed);
    let mut measured = repeat_small(&mut client, job.measured).await?;
    measured.items_beside = count.load(Ordering::Relaxed) - before;
    // Had it come to an end, the small calls were alone.
    if let Some(ended) = running.try_join_next() {
        ended??;
    }
    job.gate.report(&measured).await
}

fn second<C: Client>(client: &C) -> Result<C> {
    let second = client.second();
    Ok(second.ok_or("a connection of this contender has one caller")?)
}

async fn echo_for_ever<C: Client>(mut client: C, len: usize) -> Result<()> {
    let mut payload = C::Payload::from(vec![7; len]);
    loop {
        payload = client.echo_bytes(payload).await?;
        if payload.as_ref().len() != len {
            return Err("the answer has another length".into());
        }
    }
}
