//! W2: many calls in flight.

use super::{Job, Measured};
use crate::clock::{self, Stop};
use crate::contenders::{Client, Contender, Result};
use crate::usage::Usage;

/// W2: all on one connection.
pub(super) async fn on_one<T: Contender>(mut job: Job) -> Result<Measured> {
    let mut client = T::connect(&job.path).await?;
    let count = job.case.size;
    client.in_flight(count, &Stop::after(job.warm_up())).await?;
    job.gate.open().await?;

    let stop = Stop::after(job.measured);
    let before = Usage::so_far()?;
    let start = clock::now();
    let count = client.in_flight(count, &stop).await?;
    Ok(Measured {
        count,
        seconds: (clock::now() - start).as_secs_f64(),
        latency: None,
        usage: Usage::so_far()?.since(&before),
    })
}
