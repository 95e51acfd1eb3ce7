//! Streams of values, which the connection polls.

use std::pin::Pin;
use std::task::{self, Poll};

use futures_util::stream::{self, Stream};
use ipc_rpc::{Config, Receiver, StreamError, context};
use support::{Transport, promptly, scenarios};
use tokio::sync::mpsc;

use super::{Scene, all, until_error, window};

scenarios! {
    values_arrive_in_order_and_once_whatever_the_window,
    values_of_all_sizes_arrive_in_order_and_once,
    a_value_is_sent_before_the_next_is_waited_for,
    values_in_front_of_a_panic_arrive,
    values_in_front_of_one_that_is_too_large_arrive,
    nothing_is_asked_for_once_nobody_reads,
}

async fn values_arrive_in_order_and_once_whatever_the_window(transport: Transport) {
    let windows = [
        (window(16, 4 * 1024), 20_000),
        (window(17, 1024 * 1024), 10_000),
        (window(1024, 4 * 1024), 10_000),
        (Config::default(), 100_000),
    ];
    for (config, count) in windows {
        let scene = Scene::with(transport, config).await;
        let values = Receiver::from_stream(stream::iter(0..count));
        let back = scene.faucet.numbers(context::current(), values).await;
        assert!(all(back.unwrap()).await.unwrap().into_iter().eq(0..count));
        scene.end().await;
    }
}

async fn values_of_all_sizes_arrive_in_order_and_once(transport: Transport) {
    const COUNT: usize = 4000;
    const LENGTHS: [usize; 13] = [
        0, 1, 3, 100, 4095, 4096, 7, 125, 126, 5000, 127, 33_000, 4090,
    ];
    let len_of = |number: usize| LENGTHS[(number * 7 + number / 13) % LENGTHS.len()];
    for config in [window(16, 4 * 1024), Config::default()] {
        let scene = Scene::with(transport, config).await;
        let bytes = (0..COUNT).map(move |number| vec![number as u8; len_of(number)]);
        let bytes = Receiver::from_stream(stream::iter(bytes));
        let back = scene.faucet.owned_bytes(context::current(), bytes).await;
        let back = all(back.unwrap()).await.unwrap();
        let texts = (0..COUNT).map(move |number| "x".repeat(len_of(number)));
        let texts = Receiver::from_stream(stream::iter(texts));
        let texts = scene.faucet.texts(context::current(), texts).await;
        let texts = all(texts.unwrap()).await.unwrap();
        for number in 0..COUNT {
            assert_eq!(back[number], vec![number as u8; len_of(number)], "{number}");
            assert_eq!(texts[number], "x".repeat(len_of(number)), "{number}");
        }
        assert_eq!((back.len(), texts.len()), (COUNT, COUNT));
        scene.end().await;
    }
}

/// What a test sends one by one.
struct OneByOne(mpsc::UnboundedReceiver<u64>);

impl Stream for OneByOne {
    type Item = u64;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<u64>> {
        self.0.poll_recv(cx)
    }
}

async fn a_value_is_sent_before_the_next_is_waited_for(transport: Transport) {
    let scene = Scene::new(transport).await;
    let (sender, values) = mpsc::unbounded_channel();
    let values = Receiver::from_stream(OneByOne(values));
    let back = scene.faucet.numbers(context::current(), values).await;
    let mut back = back.unwrap();
    for round in 0..200 {
        // However many come together, the last of them waits for nothing.
        for number in 0..round {
            sender.send(number).unwrap();
        }
        for number in 0..round {
            let next = promptly(back.recv()).await.unwrap().unwrap();
            assert_eq!(next, number);
        }
    }
    drop(sender);
    assert!(back.recv().await.is_none());
    scene.end().await;
}

async fn values_in_front_of_a_panic_arrive(transport: Transport) {
    let scene = Scene::new(transport).await;
    for count in [0, 1, 5, 100, 1500] {
        let values = (0_u64..).inspect(move |number| assert!(*number < count, "on purpose"));
        let values = Receiver::from_stream(stream::iter(values));
        let back = scene.faucet.numbers(context::current(), values).await;
        let (read, error) = until_error(back.unwrap()).await;
        assert!(read.into_iter().eq(0..count));
        assert!(matches!(error, StreamError::Panicked), "{error:?}");
    }
    scene.end().await;
}

async fn values_in_front_of_one_that_is_too_large_arrive(transport: Transport) {
    let mut config = Config::default();
    config.max_frame_len = 10_000;
    let scene = Scene::with(transport, config).await;
    let texts = (0..100).map(|number| "x".repeat(if number == 70 { 20_000 } else { number }));
    let texts = Receiver::from_stream(stream::iter(texts));
    let back = scene.faucet.texts(context::current(), texts).await;
    let (read, error) = until_error(back.unwrap()).await;
    assert!(read.iter().map(String::len).eq(0..70));
    assert!(
        matches!(error, StreamError::Dropped | StreamError::PeerCodec { .. }),
        "{error:?}"
    );
    scene.end().await;
}

async fn nothing_is_asked_for_once_nobody_reads(transport: Transport) {
    let scene = Scene::new(transport).await;
    let (dropped, mut is_dropped) = mpsc::unbounded_channel::<()>();
    let values = (0_u64..).inspect(move |_| assert!(!dropped.is_closed()));
    let values = Receiver::from_stream(stream::iter(values));
    let back = scene.faucet.numbers(context::current(), values).await;
    let mut back = back.unwrap();
    for expected in 0..5000 {
        assert_eq!(back.recv().await.unwrap().unwrap(), expected);
    }
    drop(back);
    // Its sender is gone when what makes the values is.
    assert_eq!(promptly(is_dropped.recv()).await, None);
    scene.end().await;
}
