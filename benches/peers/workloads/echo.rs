//! W1 and W3: one echo at a time, small or large.

use std::time::{Duration, Instant};

use super::{Job, Latency, Measured, checked_echo, small_payload};
use crate::clock;
use crate::contenders::{Client, Contender, Result};
use crate::usage::Usage;

/// W1: a number and a few bytes.
pub(super) async fn small<T: Contender>(mut job: Job) -> Result<()> {
    let mut client = T::connect(&job.path).await?;
    repeat_small(&mut client, job.warm_up()).await?;
    job.gate.open().await?;
    let measured = repeat_small(&mut client, job.measured).await?;
    job.gate.report(&measured).await
}

pub(super) async fn repeat_small<C: Client>(
    client: &mut C,
    duration: Duration,
) -> Result<Measured> {
    let mut payload = small_payload();
    let mut number = 0;
    let mut times = Times::start()?;
    while times.elapsed() < duration {
        payload = checked_echo(client, number, payload).await?;
        number += 1;
        times.lap();
    }
    times.finish()
}

/// W3: many bytes.
pub(super) async fn large<T: Contender>(mut job: Job) -> Result<()> {
    let mut client = T::connect(&job.path).await?;
    repeat_large(&mut client, job.case.size, job.warm_up()).await?;
    job.gate.open().await?;
    let measured = repeat_large(&mut client, job.case.size, job.measured).await?;
    job.gate.report(&measured).await
}

async fn repeat_large<C: Client>(
    client: &mut C,
    len: usize,
    duration: Duration,
) -> Result<Measured> {
    let mut payload = C::Payload::from(vec![7; len]);
    let mut times = Times::start()?;
    while times.elapsed() < duration {
        payload = client.echo_bytes(payload).await?;
        if payload.as_ref().len() != len {
            return Err("the answer has another length".into());
        }
        times.lap();
    }
    times.finish()
}

/// The time that each of many calls took. The clock is read once a call: one's end is the next one's start.
pub(super) struct Times {
    nanos: Vec<u32>,
    start: Instant,
    last: Instant,
    before: Usage,
}

impl Times {
    pub(super) fn start() -> Result<Self> {
        // Room for a second of the fastest, so that no call pays for the growth of the vector.
        let nanos = Vec::with_capacity(1 << 18);
        let before = Usage::so_far()?;
        let start = clock::now();
        Ok(Self {
            nanos,
            start,
            last: start,
            before,
        })
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.last - self.start
    }

    pub(super) fn lap(&mut self) {
        let now = clock::now();
        let nanos = (now - self.last).as_nanos();
        self.nanos.push(u32::try_from(nanos).unwrap_or(u32::MAX));
        self.last = now;
    }

    pub(super) fn finish(mut self) -> Result<Measured> {
        let usage = Usage::so_far()?.since(&self.before);
        let (seconds, count) = (self.elapsed().as_secs_f64(), self.nanos.len());
        self.nanos.sort_unstable();
        let micros = |share: f64| {
            let index = (share * count as f64) as usize;
            self.nanos
                .get(index)
                .map_or(f64::NAN, |nanos| f64::from(*nanos) / 1e3)
        };
        Ok(Measured {
            count: count as u64,
            seconds,
            latency: Some(Latency {
                p50_micros: micros(0.5),
                p99_micros: micros(0.99),
                mean_micros: seconds * 1e6 / count as f64,
            }),
            items_beside: 0,
            usage,
        })
    }
}
