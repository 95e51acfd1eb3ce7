//! W5: what connections cost that do nothing.

use super::{Job, Measured, checked_echo, small_payload};
use crate::clock;
use crate::contenders::{Contender, Result};
use crate::usage::Usage;

/// Connections that both processes have before their memory is looked at, so that what the first ones cost once is
/// not charged to the others.
const WARM_UP: usize = 16;

/// Each connection has made one call: its buffers are those of a connection that was used.
pub(super) async fn hold<T: Contender>(mut job: Job) -> Result<()> {
    let count = job.case.size;
    let mut clients = Vec::with_capacity(WARM_UP + count);
    connect::<T>(&mut clients, WARM_UP, &job).await?;
    job.gate.open().await?;

    let before = Usage::so_far()?;
    let start = clock::now();
    connect::<T>(&mut clients, count, &job).await?;
    let measured = Measured {
        count: count as u64,
        seconds: (clock::now() - start).as_secs_f64(),
        latency: None,
        items_beside: 0,
        usage: Usage::so_far()?.since(&before),
    };
    job.gate.report(&measured).await
}

async fn connect<T: Contender>(
    clients: &mut Vec<T::Client>,
    count: usize,
    job: &Job,
) -> Result<()> {
    for _ in 0..count {
        let mut client = T::connect(&job.path).await?;
        checked_echo(&mut client, 1, small_payload()).await?;
        clients.push(client);
    }
    clock::settle().await;
    Ok(())
}
