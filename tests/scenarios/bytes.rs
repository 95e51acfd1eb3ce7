//! Arguments and results that travel beside the body of their message.

use bytes::Bytes;
use ipc_rpc::context;
use support::{Stage, Transport, scenarios};

scenarios! {
    bytes_come_back_as_they_were,
    several_bytes_arguments_keep_apart,
    a_mebibyte_of_bytes_comes_back_while_small_calls_pass,
}

async fn bytes_come_back_as_they_were(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    for len in [
        0, 1, 31, 32, 33, 4_095, 32_767, 32_768, 65_535, 65_536, 65_537, 200_000,
    ] {
        let bytes = pattern(len);
        let returned = client.bytes(context::current(), bytes.clone()).await;
        assert!(returned.unwrap() == bytes, "{len} bytes");
    }
    stage.end().await;
}

async fn several_bytes_arguments_keep_apart(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    for (first, last) in [
        (0, 0),
        (0, 5),
        (5, 0),
        (3, 4),
        (40_000, 1),
        (1, 40_000),
        (70_000, 70_000),
    ] {
        let (first, last) = (pattern(first), pattern(last));
        let middle = "in between".to_owned();
        let expected = [&first[..], middle.as_bytes(), &last].concat();
        let joined = client.join(context::current(), first, middle, last).await;
        assert!(joined.unwrap() == expected);
    }
    stage.end().await;
}

async fn a_mebibyte_of_bytes_comes_back_while_small_calls_pass(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let large = pattern(1024 * 1024);
    let echo_large = async {
        for _ in 0..8 {
            let returned = client.bytes(context::current(), large.clone()).await;
            assert!(returned.unwrap() == large);
        }
    };
    let add = async {
        for a in 0..64 {
            assert_eq!(client.add(context::current(), a, 1).await.unwrap(), a + 1);
        }
    };
    tokio::join!(echo_large, add);
    stage.end().await;
}

/// Bytes whose neighbours differ, so that a shift does not pass unseen.
fn pattern(len: usize) -> Bytes {
    (0..len).map(|i| (i % 251) as u8).collect()
}
