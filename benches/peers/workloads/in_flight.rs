//! W2 and W7: many calls in flight, on one connection or on many.

use tokio::task::JoinSet;

use super::{Job, Measured};
use crate::clock::{self, Stop};
use crate::contenders::{Client, Contender, Result};
use crate::usage::Usage;

/// Calls in flight on each of many connections.
const EACH: usize = 8;

/// W2: all on one connection.
pub(super) async fn on_one<T: Contender>(job: Job) -> Result<()> {
    let count = job.case.size;
    let client = T::connect(&job.path).await?;
    measure(vec![client], count, job).await
}

/// W7: a few on each of many.
pub(super) async fn on_many<T: Contender>(job: Job) -> Result<()> {
    let mut clients = Vec::new();
    for _ in 0..job.case.size {
        clients.push(T::connect(&job.path).await?);
    }
    measure(clients, EACH, job).await
}

async fn measure<C: Client>(clients: Vec<C>, each: usize, mut job: Job) -> Result<()> {
    let warm_up = Stop::after(job.warm_up());
    let (_, clients) = call(clients, each, &warm_up).await?;
    job.gate.open().await?;

    let stop = Stop::after(job.measured);
    let before = Usage::so_far()?;
    let start = clock::now();
    let (count, _clients) = call(clients, each, &stop).await?;
    let measured = Measured {
        count,
        seconds: (clock::now() - start).as_secs_f64(),
        latency: None,
        items_beside: 0,
        usage: Usage::so_far()?.since(&before),
    };
    job.gate.report(&measured).await
}

/// Calls on all connections until told to stop, and hands them back with the number of answers.
async fn call<C: Client>(clients: Vec<C>, each: usize, stop: &Stop) -> Result<(u64, Vec<C>)> {
    let mut callers = JoinSet::new();
    for mut client in clients {
        let stop = stop.clone();
        callers.spawn(async move {
            let answers = client.in_flight(each, &stop).await;
            (answers, client)
        });
    }
    let (mut count, mut clients) = (0, Vec::new());
    while let Some(outcome) = callers.join_next().await {
        let (answers, client) = outcome?;
        count += answers?;
        clients.push(client);
    }
    Ok((count, clients))
}
