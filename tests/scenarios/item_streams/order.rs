//! Items arrive in order, whole, and once.

use ipc_rpc::{Config, channel, context};
use support::{Task, Transport, scenarios};

use super::{Scene, all, window};

scenarios! {
    items_arrive_in_order_and_once_whatever_the_window,
    items_of_all_sizes_arrive_in_order_and_once,
    many_streams_at_once_keep_their_items_apart,
}

async fn items_arrive_in_order_and_once_whatever_the_window(transport: Transport) {
    let windows = [
        (window(16, 4 * 1024), 100_000),
        (window(17, 1024 * 1024), 10_000),
        (window(1024, 4 * 1024), 10_000),
        (Config::default(), 100_000),
    ];
    for (config, count) in windows {
        // Each window is a round trip, which takes its time over pipes.
        let count = if transport.is_pipe() {
            count / 10
        } else {
            count
        };
        let scene = Scene::with(transport, config).await;
        let counted = scene.faucet.count(context::current(), 1, count).await;
        let mut counted = counted.unwrap();
        for expected in 0..count {
            assert_eq!(counted.recv().await.unwrap().unwrap(), expected);
        }
        assert!(counted.recv().await.is_none());
        let (sender, receiver) = channel(1);
        let sending = Task::spawn(async move {
            for number in 0..count {
                sender.send(number).await.unwrap();
            }
        });
        let back = scene.faucet.numbers(context::current(), receiver).await;
        assert!(all(back.unwrap()).await.unwrap().into_iter().eq(0..count));
        sending.join().await;
        scene.end().await;
    }
}

/// Small and large ones, those that share frames and those that do not, in an order that repeats late.
fn len_of(number: usize) -> usize {
    const LENGTHS: [usize; 13] = [
        0, 1, 3, 100, 4095, 4096, 7, 127, 128, 5000, 2, 33_000, 12_000,
    ];
    LENGTHS[(number * 7 + number / 13) % LENGTHS.len()]
}

async fn items_of_all_sizes_arrive_in_order_and_once(transport: Transport) {
    const COUNT: usize = 4000;
    for config in [window(16, 4 * 1024), Config::default()] {
        let scene = Scene::with(transport, config).await;
        let (sender, receiver) = channel(3);
        let sending = Task::spawn(async move {
            for number in 0..COUNT {
                let item = vec![number as u8; len_of(number)];
                sender.send(item).await.unwrap();
            }
        });
        let back = scene.faucet.owned_bytes(context::current(), receiver).await;
        let mut back = back.unwrap();
        for number in 0..COUNT {
            let item = back.recv().await.unwrap().unwrap();
            assert_eq!(item.len(), len_of(number), "item {number}");
            assert!(item.iter().all(|byte| *byte == number as u8));
        }
        assert!(back.recv().await.is_none());
        sending.join().await;
        scene.end().await;
    }
}

async fn many_streams_at_once_keep_their_items_apart(transport: Transport) {
    for config in [window(16, 4 * 1024), Config::default()] {
        let scene = Scene::with(transport, config).await;
        let reading: Vec<_> = (0..100_u64)
            .map(|id| {
                let faucet = scene.faucet.clone();
                Task::spawn(async move {
                    let (sender, receiver) = channel(1);
                    let sending = Task::spawn(async move {
                        for number in 0..500 {
                            sender.send(id * 1000 + number).await.unwrap();
                        }
                    });
                    let back = faucet.numbers(context::current(), receiver).await;
                    let back = all(back.unwrap()).await.unwrap();
                    assert!(back.into_iter().eq(id * 1000..id * 1000 + 500));
                    sending.join().await;
                })
            })
            .collect();
        for reading in reading {
            reading.join().await;
        }
        scene.end().await;
    }
}
