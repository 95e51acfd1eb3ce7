//! What is said last arrives, however soon the speaker goes.

use futures_util::poll;
use ipc_rpc::{Config, ConnectionError, context};
use support::{Stage, Task, Transport, promptly, scenarios};

scenarios! {
    the_reason_of_a_close_arrives_time_and_again,
    the_reason_of_a_close_arrives_behind_bytes_that_nobody_read,
    answers_and_the_reason_behind_them_arrive_from_a_side_that_goes_at_once,
}

/// A pipe is made anew for each round, which takes twenty times as long as a socket.
fn rounds(transport: Transport) -> usize {
    if transport.is_pipe() { 50 } else { 1_000 }
}

/// Whatever waits for a time waits for an hour, so that a goodbye which is lost is missed.
fn patient() -> Config {
    const HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);
    let mut config = Config::default();
    config.drain_timeout = HOUR;
    config.linger_timeout = HOUR;
    config
}

fn assert_told(reason: &ConnectionError, words: &str, round: usize) {
    assert!(
        matches!(reason, ConnectionError::PeerClosed(close) if close.reason == words),
        "{reason:?} in round {round}"
    );
}

async fn the_reason_of_a_close_arrives_time_and_again(transport: Transport) {
    let mut stage = Stage::with(transport, |server| server.config(patient())).await;
    for round in 0..rounds(transport) {
        let client = stage.connect().config(patient()).await.unwrap();
        let id = stage.connected().await;
        let words = format!("word {round}");
        if round % 2 == 0 {
            assert!(client.connection().close(words.clone()).await);
            let (_, reason) = promptly(stage.disconnected()).await;
            assert_told(&reason, &words, round);
        } else {
            let connection = stage.handle.connection(id).unwrap();
            assert!(connection.close(words.clone()).await);
            let reason = promptly(client.connection().closed()).await;
            assert_told(&reason, &words, round);
            stage.disconnected().await;
        }
    }
    stage.end().await;
}

/// The peer says things all the while, which the closing side leaves unread.
async fn the_reason_of_a_close_arrives_behind_bytes_that_nobody_read(transport: Transport) {
    let mut stage = Stage::with(transport, |server| server.config(patient())).await;
    for round in 0..rounds(transport) {
        let client = stage.connect().config(patient()).await.unwrap();
        let id = stage.connected().await;
        let connection = stage.handle.connection(id).unwrap();
        let words = "x".repeat(round % 60_000);
        let mut noise = Vec::new();
        for size in [1, 3_000, 30_000] {
            let client = client.clone();
            noise.push(Task::spawn(async move {
                let line = "y".repeat(size);
                // Until it is told.
                while client
                    .note(context::without_deadline(), line.clone())
                    .await
                    .is_ok()
                {
                    tokio::task::yield_now().await;
                }
            }));
        }
        for _ in 0..round % 5 {
            tokio::task::yield_now().await;
        }
        let closing = {
            let words = words.clone();
            Task::spawn(async move { connection.close(words).await })
        };
        let reason = promptly(client.connection().closed()).await;
        assert_told(&reason, &words, round);
        assert!(promptly(closing.join()).await);
        let (_, reason) = promptly(stage.disconnected()).await;
        assert!(
            matches!(&reason, ConnectionError::LocallyClosed { reason } if *reason == words),
            "{reason:?} in round {round}"
        );
        for task in noise {
            promptly(task.join()).await;
        }
    }
    stage.end().await;
}

async fn answers_and_the_reason_behind_them_arrive_from_a_side_that_goes_at_once(
    transport: Transport,
) {
    let mut stage = Stage::with(transport, |server| server.config(patient())).await;
    for round in 0..rounds(transport) / 4 {
        let client = stage.connect().config(patient()).await.unwrap();
        let id = stage.connected().await;
        let connection = stage.handle.connection(id).unwrap();
        // More than a socket holds, in some rounds.
        let len = [1, 20_000, 400_000][round % 3];
        let mut calls = Vec::new();
        for _ in 0..3 {
            let client = client.clone();
            let mut call =
                Box::pin(async move { client.fill(context::without_deadline(), len).await });
            assert!(poll!(&mut call).is_pending());
            calls.push(call);
        }
        // Behind the calls, so that all of them have been taken up.
        client.connection().ping().await.unwrap();
        let closing = Task::spawn(async move { connection.close("answered").await });
        for call in calls {
            assert_eq!(promptly(call).await.unwrap().len(), len, "round {round}");
        }
        let reason = promptly(client.connection().closed()).await;
        assert_told(&reason, "answered", round);
        assert!(promptly(closing.join()).await);
        promptly(stage.disconnected()).await;
    }
    stage.end().await;
}
