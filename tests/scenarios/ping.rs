//! Pings, from both ends.

use std::time::Duration;

use futures_util::poll;
use ipc_rpc::{CallError, Config, context};
use support::{Report, Stage, Transport, scenarios};

scenarios! {
    either_side_may_ping_the_other,
    a_ping_carries_what_it_is_given,
    a_ping_comes_back_while_every_slot_is_taken_by_a_handler,
    a_ping_that_is_dropped_leaves_nothing_behind,
    a_ping_on_an_ended_connection_fails_at_once,
}

async fn either_side_may_ping_the_other(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let client = stage.client().await;
    let id = stage.connected().await;
    let connection = stage.handle.connection(id).unwrap();
    for _ in 0..20 {
        let (there, back) = tokio::join!(client.connection().ping(), connection.ping());
        assert!(there.unwrap() < Duration::from_secs(10));
        assert!(back.unwrap() < Duration::from_secs(10));
    }
    drop(connection);
    stage.end().await;
}

async fn a_ping_carries_what_it_is_given(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    for len in [0, 1, 1_000, 100_000, 1_000_000] {
        client.connection().ping_with(&vec![7; len]).await.unwrap();
    }
    stage.end().await;
}

async fn a_ping_comes_back_while_every_slot_is_taken_by_a_handler(transport: Transport) {
    let mut config = Config::default();
    config.max_in_flight = 3;
    let stage = Stage::with(transport, |server| server.config(config)).await;
    let client = stage.client().await;
    let mut hanging = Box::pin(client.hang(context::current(), 1));
    let mut blocking = Box::pin(client.block(context::current(), 2));
    let mut watching = Box::pin(client.hang_and_watch(context::current(), 3));
    let mut waiting = Box::pin(client.hang(context::current(), 4));
    let _ = poll!(&mut hanging);
    let _ = poll!(&mut blocking);
    let _ = poll!(&mut watching);
    let _ = poll!(&mut waiting);
    for id in 1..=3 {
        stage.lab.wait(Report::Started(id)).await;
    }
    client
        .connection()
        .ping_with(b"still there?")
        .await
        .unwrap();
    assert_eq!(stage.lab.all().len(), 3);
    stage.lab.release_all();
    let answers = tokio::join!(hanging, blocking, watching, waiting);
    assert_eq!(
        (
            answers.0.unwrap(),
            answers.1.unwrap(),
            answers.2.unwrap(),
            answers.3.unwrap()
        ),
        (1, 2, 3, 4)
    );
    stage.end().await;
}

async fn a_ping_that_is_dropped_leaves_nothing_behind(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    for _ in 0..100 {
        let mut ping = Box::pin(client.connection().ping_with(b"first"));
        let _ = poll!(&mut ping);
        drop(ping);
        client.connection().ping_with(b"second").await.unwrap();
    }
    stage.end().await;
}

async fn a_ping_on_an_ended_connection_fails_at_once(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    client.connection().close("").await;
    let error = client.connection().ping().await.unwrap_err();
    assert!(
        matches!(error, CallError::Connection { sent: false, .. }),
        "{error:?}"
    );
    stage.end().await;
}
