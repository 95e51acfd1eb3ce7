//! Small calls that share their connection with large ones.

use tokio::task::JoinSet;

use super::Job;
use super::echo::repeat_small;
use crate::contenders::{Client, Contender, Result};

/// What a small call takes, one at a time, while large echoes run one after the other.
pub(super) async fn small_calls<T: Contender>(mut job: Job) -> Result<()> {
    let mut client = T::connect(&job.path).await?;
    let beside = client
        .second()
        .ok_or("a connection of this contender has one caller")?;
    let mut large = JoinSet::new();
    large.spawn(echo_for_ever(beside, job.case.size));
    repeat_small(&mut client, job.warm_up()).await?;
    job.gate.open().await?;
    let measured = repeat_small(&mut client, job.measured).await?;
    // Had they come to an end, the small calls were alone.
    if let Some(ended) = large.try_join_next() {
        ended??;
    }
    job.gate.report(&measured).await
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
