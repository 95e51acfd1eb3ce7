//! Where a stream may stand, and what it may carry.

use bytes::Bytes;
use ipc_rpc::{Codec, channel, context};
use support::{Dry, Transport, Woven, scenarios};

use super::{Scene, all, numbers, stream_of};

scenarios! {
    a_stream_is_a_result,
    a_stream_is_an_argument,
    a_stream_goes_each_way_at_once,
    two_streams_are_arguments_beside_values,
    a_stream_is_the_ok_of_a_result,
    an_error_of_the_service_comes_without_a_stream,
    a_one_way_call_takes_a_stream,
    a_blocking_method_takes_a_stream_and_returns_one,
    every_kind_of_item_travels_in_every_codec,
    an_argument_may_be_the_default_which_is_empty,
}

async fn a_stream_is_a_result(transport: Transport) {
    let scene = Scene::new(transport).await;
    for limit in [0, 1, 2, 1000] {
        let counted = scene.faucet.count(context::current(), limit, limit).await;
        let counted = all(counted.unwrap()).await.unwrap();
        assert!(counted.into_iter().eq(0..limit));
        scene.flows.wait(limit, |flow| flow.finished).await;
    }
    scene.end().await;
}

async fn a_stream_is_an_argument(transport: Transport) {
    let scene = Scene::new(transport).await;
    for limit in [0, 1, 2, 1000] {
        let sum = scene
            .faucet
            .sum(context::current(), numbers(0..limit))
            .await;
        assert_eq!(sum.unwrap(), (0..limit).sum::<u64>());
    }
    let (sender, receiver) = channel(1);
    let (sum, ()) = tokio::join!(scene.faucet.sum(context::current(), receiver), async {
        for number in 0..1000 {
            sender.send(number).await.unwrap();
        }
        drop(sender);
    });
    assert_eq!(sum.unwrap(), 499_500);
    scene.end().await;
}

async fn a_stream_goes_each_way_at_once(transport: Transport) {
    let scene = Scene::new(transport).await;
    let (words, said) = channel(1);
    let mut louder = scene.faucet.shout(context::current(), said).await.unwrap();
    for number in 0..100 {
        words.send(format!("word {number}")).await.unwrap();
        let heard = louder.recv().await.unwrap().unwrap();
        assert_eq!(heard, format!("WORD {number}"));
    }
    drop(words);
    assert!(louder.recv().await.is_none());
    scene.end().await;
}

async fn two_streams_are_arguments_beside_values(transport: Transport) {
    let scene = Scene::new(transport).await;
    let chunks: Vec<_> = (0..50_u8).map(|n| Bytes::from(vec![n; 100])).collect();
    let label = "Größe".to_owned();
    let woven = scene.faucet.weave(
        context::current(),
        numbers(0..50),
        label.clone(),
        stream_of(chunks.clone()),
        2,
    );
    let woven = all(woven.await.unwrap()).await.unwrap();
    let expected = (0..50).zip(chunks).flat_map(|(number, chunk)| {
        let item = Woven {
            number,
            label: Some(label.clone()),
            chunk,
        };
        [item.clone(), item]
    });
    assert!(woven.into_iter().eq(expected));
    scene.end().await;
}

async fn a_stream_is_the_ok_of_a_result(transport: Transport) {
    let scene = Scene::new(transport).await;
    let counted = scene.faucet.try_count(context::current(), 1, 5).await;
    assert_eq!(all(counted.unwrap()).await.unwrap(), [0, 1, 2, 3, 4]);
    scene.end().await;
}

async fn an_error_of_the_service_comes_without_a_stream(transport: Transport) {
    let mut config = ipc_rpc::Config::default();
    config.max_streams = 1;
    let scene = Scene::with(transport, config).await;
    for _ in 0..10 {
        let refused = scene.faucet.try_count(context::current(), 1, 0).await;
        let expected = Dry("nothing to count".to_owned());
        assert_eq!(refused.unwrap_err().into_service().unwrap(), expected);
    }
    assert!(!scene.flows.of(1).started);
    scene.end().await;
}

async fn a_one_way_call_takes_a_stream(transport: Transport) {
    let scene = Scene::new(transport).await;
    let (sender, receiver) = channel(1);
    scene
        .faucet
        .pour(context::current(), 1, receiver)
        .await
        .unwrap();
    for number in 0..5000 {
        sender.send(number).await.unwrap();
    }
    assert!(!scene.flows.of(1).finished);
    drop(sender);
    let poured = scene.flows.wait(1, |flow| flow.finished).await;
    assert_eq!((poured.read, poured.error.is_none()), (5000, true));
    scene.end().await;
}

async fn a_blocking_method_takes_a_stream_and_returns_one(transport: Transport) {
    let scene = Scene::new(transport).await;
    let ctx = context::current;
    let sum = scene.faucet.sum_blocking(ctx(), numbers(0..5000)).await;
    assert_eq!(sum.unwrap(), 12_497_500);
    let counted = scene.faucet.count_blocking(ctx(), 1, 5000).await.unwrap();
    assert!(all(counted).await.unwrap().into_iter().eq(0..5000));
    scene.end().await;
}

/// Sends items there and back, and checks that they are the same.
macro_rules! assert_travels {
    ($scene:expr, $method:ident, $items:expr) => {
        let items = $items;
        let stream = stream_of(items.clone());
        let returned = $scene.faucet.$method(context::current(), stream).await;
        let returned = all(returned.unwrap()).await.unwrap();
        assert!(returned == items, "{}", stringify!($method));
    };
}

async fn every_kind_of_item_travels_in_every_codec(transport: Transport) {
    const LENGTHS: [usize; 12] = [
        0,
        1,
        127,
        128,
        4095,
        4096,
        4097,
        32 * 1024 - 1,
        64 * 1024,
        65_537,
        1024 * 1024,
        0,
    ];
    for codec in [Codec::Postcard, Codec::MessagePack] {
        let scene = Scene::in_codec(transport, codec).await;
        assert_travels!(scene, numbers, vec![0, 1, 127, 128, u64::MAX]);
        let texts = LENGTHS.map(|len| "ß".repeat(len / 2)).to_vec();
        assert_travels!(scene, texts, texts);
        let bytes = LENGTHS.map(|len| vec![0xc1; len]).to_vec();
        assert_travels!(scene, owned_bytes, bytes.clone());
        let bytes: Vec<_> = bytes.into_iter().map(Bytes::from).collect();
        assert_travels!(scene, shared_bytes, bytes.clone());
        let structs: Vec<_> = bytes
            .into_iter()
            .map(|chunk| Woven {
                number: chunk.len() as u64,
                label: chunk.is_empty().then(|| "empty".to_owned()),
                chunk,
            })
            .collect();
        assert_travels!(scene, structs, structs);
        assert_travels!(scene, units, vec![(); 5000]);
        scene.end().await;
    }
}

async fn an_argument_may_be_the_default_which_is_empty(transport: Transport) {
    let scene = Scene::new(transport).await;
    let sum = scene
        .faucet
        .sum(context::current(), ipc_rpc::Receiver::default())
        .await;
    assert_eq!(sum.unwrap(), 0);
    // One that was read to its end is over, and is sent as such.
    let mut read = numbers(0..1);
    assert_eq!(read.recv().await.unwrap().unwrap(), 0);
    assert!(read.recv().await.is_none());
    let sum = scene.faucet.sum(context::current(), read).await;
    assert_eq!(sum.unwrap(), 0);
    scene.end().await;
}
