//! Items that cannot be sent, or not be read.

use ipc_rpc::{Codec, Config, Receiver, StreamError, channel, context};
use serde_json::json;
use support::{Even, Transport, promptly, scenarios};

use super::{Scene, all, stream_of, until_error};

scenarios! {
    an_item_that_is_too_large_is_refused_and_the_stream_goes_on,
    an_item_that_cannot_be_encoded_is_refused_and_the_stream_goes_on,
    an_item_that_cannot_be_decoded_ends_the_stream_and_not_the_connection,
    an_item_of_a_stream_of_values_that_cannot_be_encoded_is_told_to_the_reader,
    small_items_fit_into_the_smallest_frames,
    items_as_large_as_frames_may_be_arrive,
}

fn frames_of(max_frame_len: usize) -> Config {
    let mut config = Config::default();
    config.max_frame_len = max_frame_len;
    config
}

async fn an_item_that_is_too_large_is_refused_and_the_stream_goes_on(transport: Transport) {
    let scene = Scene::with(transport, frames_of(10_000)).await;
    let (sender, receiver) = channel(1);
    let mut back = scene
        .faucet
        .owned_bytes(context::current(), receiver)
        .await
        .unwrap();
    for _ in 0..3 {
        let error = sender.send(vec![7; 10_001]).await.unwrap_err();
        assert!(
            matches!(
                error,
                StreamError::TooLarge {
                    size: 10_001,
                    limit: 10_000
                }
            ),
            "{error:?}"
        );
        assert!(error.is_about_item() && !sender.is_closed());
        sender.send(vec![8; 10_000]).await.unwrap();
        assert_eq!(back.recv().await.unwrap().unwrap(), vec![8; 10_000]);
    }
    drop(sender);
    assert!(back.recv().await.is_none());
    scene.end().await;
}

async fn an_item_that_cannot_be_encoded_is_refused_and_the_stream_goes_on(transport: Transport) {
    for codec in [Codec::Postcard, Codec::MessagePack] {
        let scene = Scene::in_codec(transport, codec).await;
        let (sender, receiver) = channel(1);
        let mut back = scene
            .faucet
            .picky(context::current(), receiver)
            .await
            .unwrap();
        for number in 0..10 {
            let sent = sender.send(Even(number)).await;
            if number % 2 == 0 {
                sent.unwrap();
                assert_eq!(back.recv().await.unwrap().unwrap(), Even(number));
            } else {
                let error = sent.unwrap_err();
                assert!(matches!(error, StreamError::Encode(_)), "{error:?}");
                assert!(error.is_about_item() && !sender.is_closed());
            }
        }
        drop(sender);
        assert!(back.recv().await.is_none());
        scene.end().await;
    }
}

async fn an_item_that_cannot_be_decoded_ends_the_stream_and_not_the_connection(
    transport: Transport,
) {
    let value = json!({ "numbers": [1, 2.5, null] });
    let scene = Scene::in_codec(transport, Codec::MessagePack).await;
    let returned = scene
        .faucet
        .values(context::current(), stream_of(vec![value.clone(); 3]))
        .await;
    assert_eq!(
        all(returned.unwrap()).await.unwrap(),
        vec![value.clone(); 3]
    );
    scene.end().await;
    let scene = Scene::in_codec(transport, Codec::Postcard).await;
    let (sender, receiver) = channel(1);
    let returned = scene.faucet.values(context::current(), receiver).await;
    sender.send(value).await.unwrap();
    // The service cannot pass on what it cannot read.
    let (read, error) = until_error(returned.unwrap()).await;
    assert!(read.is_empty());
    assert!(
        matches!(error, StreamError::Dropped | StreamError::PeerCodec { .. }),
        "{error:?}"
    );
    let error = promptly(sender.closed()).await;
    let StreamError::PeerCodec { message } = &error else {
        panic!("{error:?}");
    };
    assert!(message.contains("self-describing"), "{message}");
    scene.end().await;
}

async fn an_item_of_a_stream_of_values_that_cannot_be_encoded_is_told_to_the_reader(
    transport: Transport,
) {
    let scene = Scene::new(transport).await;
    let items = Receiver::from_stream(futures_util::stream::iter([0, 2, 3, 4].map(Even)));
    let back = scene.faucet.picky(context::current(), items).await;
    let (read, error) = until_error(back.unwrap()).await;
    assert_eq!(read, [Even(0), Even(2)]);
    assert!(
        matches!(error, StreamError::Dropped | StreamError::PeerCodec { .. }),
        "{error:?}"
    );
    scene.end().await;
}

async fn small_items_fit_into_the_smallest_frames(transport: Transport) {
    let scene = Scene::with(transport, frames_of(4 * 1024)).await;
    for len in [1, 100, 1000, 3000, 4000, 4096] {
        let blobs = scene.faucet.blobs(context::current(), 1, len, 500).await;
        let mut blobs = blobs.unwrap();
        let mut count = 0;
        while let Some(blob) = blobs.recv().await {
            assert_eq!(blob.unwrap().len(), len);
            count += 1;
        }
        assert_eq!(count, 500, "of {len} bytes");
    }
    scene.end().await;
}

async fn items_as_large_as_frames_may_be_arrive(transport: Transport) {
    for limit in [4 * 1024, 8 * 1024 * 1024] {
        let scene = Scene::with(transport, frames_of(limit)).await;
        let blobs = scene.faucet.blobs(context::current(), 1, limit, 3).await;
        let blobs = all(blobs.unwrap()).await.unwrap();
        assert!(blobs.len() == 3 && blobs.iter().all(|blob| blob.len() == limit));
        scene.end().await;
    }
}
