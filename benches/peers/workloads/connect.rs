//! W4: connect, one call, close.

use std::path::Path;
use std::time::Duration;

use super::echo::Times;
use super::{Job, Measured, checked_echo, small_payload};
use crate::contenders::{Client, Contender, Result};

pub(super) async fn again_and_again<T: Contender>(mut job: Job) -> Result<()> {
    repeat::<T>(&job.path, job.warm_up()).await?;
    job.gate.open().await?;
    let measured = repeat::<T>(&job.path, job.measured).await?;
    job.gate.report(&measured).await
}

async fn repeat<T: Contender>(path: &Path, duration: Duration) -> Result<Measured> {
    let mut times = Times::start()?;
    while times.elapsed() < duration {
        let mut client = T::connect(path).await?;
        checked_echo(&mut client, 1, small_payload()).await?;
        client.close().await?;
        times.lap();
    }
    times.finish()
}
