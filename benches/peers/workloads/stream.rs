//! W6: a stream that the client reads as fast as it can.

use std::hint;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Job, Measured};
use crate::case::SMALL_LEN;
use crate::clock::{self, Stop};
use crate::contenders::{Client, Contender, Items, Result};
use crate::usage::Usage;

/// One stream from warm-up to end. While the server is asked what it has used nobody reads, so that it soon stands
/// still, unless its client takes in more than is read.
pub(super) async fn read<T: Contender>(job: Job) -> Result<()> {
    let mut client = T::connect(&job.path).await?;
    let len = job.case.size;
    if len == SMALL_LEN {
        measure(Reader::new(client.items().await?, len), job).await
    } else {
        measure(Reader::new(client.large_items(len).await?, len), job).await
    }
}

async fn measure<I: Items>(mut reader: Reader<I>, mut job: Job) -> Result<()> {
    reader.read_until(&Stop::after(job.warm_up())).await?;
    job.gate.open().await?;

    let stop = Stop::after(job.measured);
    let before = Usage::so_far()?;
    let start = clock::now();
    let count = reader.read_until(&stop).await?;
    let measured = Measured {
        count,
        seconds: (clock::now() - start).as_secs_f64(),
        latency: None,
        items_beside: 0,
        usage: Usage::so_far()?.since(&before),
    };
    job.gate.report(&measured).await
}

/// Reads until its task is stopped, and counts where others see it.
pub(super) async fn read_for_ever<C: Client>(
    mut client: C,
    len: usize,
    count: Arc<AtomicU64>,
) -> Result<()> {
    if len == SMALL_LEN {
        Reader::new(client.items().await?, len)
            .read_on(&count)
            .await
    } else {
        let items = client.large_items(len).await?;
        Reader::new(items, len).read_on(&count).await
    }
}

/// Looks at what it reads: a contender that loses items or mixes them up does not get away with it.
struct Reader<I> {
    items: I,
    len: usize,
    count: u64,
}

impl<I: Items> Reader<I> {
    const fn new(items: I, len: usize) -> Self {
        Self {
            items,
            len,
            count: 0,
        }
    }

    /// Returns how many were read.
    async fn read_until(&mut self, stop: &Stop) -> Result<u64> {
        let before = self.count;
        while !stop.is_due() {
            self.read().await?;
        }
        Ok(self.count - before)
    }

    async fn read_on(&mut self, count: &AtomicU64) -> Result<()> {
        loop {
            self.read().await?;
            count.store(self.count, Ordering::Relaxed);
        }
    }

    async fn read(&mut self) -> Result<()> {
        // Whoever receives a payload wants all of it.
        let look = |number, payload: &[u8]| (number, hint::black_box(payload).len());
        let (number, len) = self.items.next(look).await?;
        let expected = self.count;
        if len != self.len {
            return Err(format!("item {expected} has another length").into());
        }
        if let Some(number) = number
            && number != expected
        {
            return Err(format!("item {expected} is item {number}").into());
        }
        self.count += 1;
        Ok(())
    }
}
