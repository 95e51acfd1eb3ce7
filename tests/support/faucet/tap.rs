//! The faucet that scenarios use.

use bytes::Bytes;
use ipc_rpc::{Context, Receiver};
use tokio::runtime::Handle;

use super::{Dry, End, Even, Faucet, Flows, Leave, Woven};

/// The faucet that scenarios use. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Tap(pub Flows);

impl Faucet for Tap {
    async fn count(&self, ctx: Context, id: u64, limit: u64) -> Receiver<u64> {
        let progress = self.0.begin(id);
        ctx.stream(move |items| async move {
            for number in 0..limit {
                if !progress.send(&items, number).await {
                    break;
                }
            }
            progress.finish();
        })
    }

    fn count_blocking(&self, ctx: Context, id: u64, limit: u64) -> Receiver<u64> {
        Handle::current().block_on(self.count(ctx, id, limit))
    }

    async fn try_count(&self, ctx: Context, id: u64, limit: u64) -> Result<Receiver<u64>, Dry> {
        match limit {
            0 => Err(Dry("nothing to count".to_owned())),
            _ => Ok(self.count(ctx, id, limit).await),
        }
    }

    async fn end(&self, ctx: Context, id: u64, end: End) -> Receiver<u64> {
        let progress = self.0.begin(id);
        ctx.stream(move |items| async move {
            for number in 0..3 {
                progress.send(&items, number).await;
            }
            match end {
                End::Complete => progress.finish(),
                End::Abort(reason) => {
                    items.abort(reason);
                    progress.finish();
                }
                End::Panic => panic!("the producer's own words"),
                End::Never => std::future::pending().await,
            }
        })
    }

    async fn blobs(&self, ctx: Context, id: u64, len: usize, count: u64) -> Receiver<Bytes> {
        let progress = self.0.begin(id);
        ctx.stream(move |items| async move {
            let blob = Bytes::from(vec![7; len]);
            for _ in 0..count {
                if !progress.send(&items, blob.clone()).await {
                    break;
                }
            }
            progress.finish();
        })
    }

    async fn sum(&self, _: Context, mut numbers: Receiver<u64>) -> Result<u64, String> {
        let mut sum = 0;
        while let Some(number) = numbers.recv().await {
            sum += number.map_err(|error| error.to_string())?;
        }
        Ok(sum)
    }

    fn sum_blocking(&self, ctx: Context, numbers: Receiver<u64>) -> Result<u64, String> {
        Handle::current().block_on(self.sum(ctx, numbers))
    }

    async fn pour(&self, _: Context, id: u64, numbers: Receiver<u64>) {
        let progress = self.0.begin(id);
        progress.read_all(numbers).await;
        progress.finish();
    }

    async fn pour_for_a_while(&self, _: Context, id: u64, numbers: Receiver<u64>) {
        let progress = self.0.begin(id);
        tokio::select! {
            _ = progress.read_all(numbers) => progress.finish(),
            _ = self.0.wait(id, |flow| flow.released) => {}
        }
    }

    async fn outlive(&self, _: Context, id: u64, numbers: Receiver<u64>) {
        let progress = self.0.begin(id);
        spawn(async move {
            progress.read_all(numbers).await;
            progress.finish();
        });
    }

    async fn hold(&self, _: Context, id: u64, numbers: Receiver<u64>) -> u64 {
        let progress = self.0.begin(id);
        self.0.wait(id, |flow| flow.released).await;
        let sum = progress.read_all(numbers).await;
        progress.finish();
        sum
    }

    async fn sip(&self, _: Context, count: u64, end: Leave, mut numbers: Receiver<u64>) -> u64 {
        let mut sum = 0;
        for _ in 0..count {
            sum += match numbers.recv().await {
                Some(Ok(number)) => number,
                other => panic!("{other:?} where a number was to come"),
            };
        }
        if let Leave::Close(reason) = end {
            numbers.close(reason);
        }
        sum
    }

    async fn shout(&self, ctx: Context, mut words: Receiver<String>) -> Receiver<String> {
        ctx.stream(|louder| async move {
            while let Some(Ok(word)) = words.recv().await {
                if louder.send(word.to_uppercase()).await.is_err() {
                    break;
                }
            }
        })
    }

    async fn weave(
        &self,
        ctx: Context,
        mut numbers: Receiver<u64>,
        label: String,
        mut chunks: Receiver<Bytes>,
        times: u32,
    ) -> Result<Receiver<Woven>, Dry> {
        if times == 0 {
            return Err(Dry(label));
        }
        Ok(ctx.stream(move |woven| async move {
            while let (Some(Ok(number)), Some(Ok(chunk))) =
                (numbers.recv().await, chunks.recv().await)
            {
                for _ in 0..times {
                    let item = Woven {
                        number,
                        label: Some(label.clone()),
                        chunk: chunk.clone(),
                    };
                    if woven.send(item).await.is_err() {
                        return;
                    }
                }
            }
        }))
    }

    async fn numbers(&self, _: Context, items: Receiver<u64>) -> Receiver<u64> {
        items
    }

    async fn texts(&self, _: Context, items: Receiver<String>) -> Receiver<String> {
        items
    }

    async fn structs(&self, _: Context, items: Receiver<Woven>) -> Receiver<Woven> {
        items
    }

    async fn shared_bytes(&self, _: Context, items: Receiver<Bytes>) -> Receiver<Bytes> {
        items
    }

    async fn owned_bytes(&self, _: Context, items: Receiver<Vec<u8>>) -> Receiver<Vec<u8>> {
        items
    }

    async fn units(&self, _: Context, items: Receiver<()>) -> Receiver<()> {
        items
    }

    async fn values(
        &self,
        _: Context,
        items: Receiver<serde_json::Value>,
    ) -> Receiver<serde_json::Value> {
        items
    }

    async fn picky(&self, _: Context, items: Receiver<Even>) -> Receiver<Even> {
        items
    }

    async fn add(&self, _: Context, a: u64, b: u64) -> u64 {
        a + b
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "ends with the stream that it reads"
)]
fn spawn(reading: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(reading);
}
