//! Streams that threads read and write.

use std::thread;

use ipc_rpc::{Context, Receiver, StreamError, channel, context, ipc_service};
use support::{Stage, Task, Transport, scenarios};

use super::on_a_thread;

scenarios! {
    streams_are_read_and_written_by_threads,
    an_open_stream_outlives_the_client_without_holding_up_its_drop,
    tasks_of_another_runtime_that_block_their_thread_read_and_write_to_the_end,
}

/// Streams for threads.
#[ipc_service]
trait Numbers {
    async fn count(&self, ctx: Context, to: u64) -> Receiver<u64>;
    async fn sum(&self, ctx: Context, numbers: Receiver<u64>) -> Result<u64, String>;
}

struct Counts;

impl Numbers for Counts {
    async fn count(&self, ctx: Context, to: u64) -> Receiver<u64> {
        ctx.stream(move |numbers| async move {
            for number in 1..=to {
                if numbers.send(number).await.is_err() {
                    return;
                }
            }
        })
    }

    async fn sum(&self, _: Context, mut numbers: Receiver<u64>) -> Result<u64, String> {
        let mut sum = 0;
        while let Some(number) = numbers.recv().await {
            sum += number.map_err(|error| error.to_string())?;
        }
        Ok(sum)
    }
}

async fn streams_are_read_and_written_by_threads(transport: Transport) {
    let stage = Stage::with(transport, |server| server.service(Counts.serve())).await;
    let connect = stage.place.connect::<NumbersClient>();
    on_a_thread(move || {
        let client = connect.blocking().unwrap();
        // More than the reader's window.
        let mut counted = client.count(context::current(), 5000).unwrap();
        let sum: Result<u64, _> = counted.blocking_iter().sum();
        assert_eq!(sum.unwrap(), 5000 * 5001 / 2);
        assert!(counted.blocking_recv().is_none());
        let (sender, receiver) = channel(4);
        let sending = thread::spawn(move || {
            for number in 1..=5000 {
                sender.blocking_send(number).unwrap();
            }
        });
        let sum = client.sum(context::current(), receiver).unwrap();
        assert_eq!(sum, 5000 * 5001 / 2);
        sending.join().unwrap();
        // What is pumped is pumped by the client's own runtime.
        let numbers = Receiver::from_stream(futures_util::stream::iter(1..=100));
        assert_eq!(client.sum(context::current(), numbers).unwrap(), 5050);
    })
    .await;
    stage.end().await;
}

async fn an_open_stream_outlives_the_client_without_holding_up_its_drop(transport: Transport) {
    let stage = Stage::with(transport, |server| server.service(Counts.serve())).await;
    let connect = stage.place.connect::<NumbersClient>();
    on_a_thread(move || {
        let client = connect.blocking().unwrap();
        let mut counted = client.count(context::current(), 5000).unwrap();
        drop(client);
        assert_eq!(counted.blocking_iter().count(), 5000);
    })
    .await;
    stage.end().await;
}

async fn tasks_of_another_runtime_that_block_their_thread_read_and_write_to_the_end(
    transport: Transport,
) {
    /// Several times what a stream sends or reads before others have their turn.
    const COUNT: u64 = 50_000;
    let stage = Stage::with(transport, |server| server.service(Counts.serve())).await;
    let client: NumbersClient = stage.place.connect().await.unwrap();
    let mut counted = client.count(context::current(), COUNT).await.unwrap();
    let (sender, receiver) = channel(4);
    let summing = Task::spawn({
        let client = client.clone();
        async move { client.sum(context::current(), receiver).await }
    });
    let counted = on_a_thread(move || {
        let other = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .unwrap();
        let reading =
            other.spawn(async move { counted.blocking_iter().sum::<Result<u64, StreamError>>() });
        let writing = other.spawn(async move {
            for number in 1..=COUNT {
                sender.blocking_send(number).unwrap();
            }
        });
        other.block_on(writing).unwrap();
        other.block_on(reading).unwrap()
    });
    assert_eq!(counted.await.unwrap(), COUNT * (COUNT + 1) / 2);
    assert_eq!(summing.join().await.unwrap(), COUNT * (COUNT + 1) / 2);
    stage.end().await;
}
