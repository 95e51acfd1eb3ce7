//! Connections, and what travels over them.

use std::time::Duration;

use futures_util::future::join_all;
use ipc_rpc::{AuthHello, Rejection, context};
use support::{Stage, Task, Transport};

use crate::board::test;

fn connections(role: &str, state: &str) -> String {
    format!("ipc_rpc_connections{{role=\"{role}\",state=\"{state}\"}}")
}

fn in_flight(direction: &str) -> String {
    format!("ipc_rpc_calls_in_flight{{direction=\"{direction}\"}}")
}

const QUEUED: &str = "ipc_rpc_outbound_queue_bytes";
const FRAMES: &str = "ipc_rpc_received_frame_bytes";

#[test]
fn connections_are_counted_in_the_state_that_they_are_in() {
    test(async |board| {
        let mut stage = Stage::new(Transport::LocalSocket).await;
        let clients = join_all((0..3).map(|_| stage.client())).await;
        for _ in 0..3 {
            stage.connected().await;
        }
        for role in ["client", "server"] {
            board.reaches(&connections(role, "open"), 3.0).await;
            board.reaches(&connections(role, "handshake"), 0.0).await;
        }
        let mut clients = clients.into_iter();
        let closed = clients.next().unwrap();
        closed.connection().close("done").await;
        board.reaches(&connections("client", "open"), 2.0).await;
        board.reaches(&connections("server", "open"), 2.0).await;
        // One that drains is neither open nor gone.
        let draining = clients.next().unwrap();
        let calling = Task::spawn({
            let client = draining.clone();
            async move { client.hang(context::without_deadline(), 1).await }
        });
        board.reaches(&in_flight("incoming"), 1.0).await;
        let closing = Task::spawn({
            let connection = draining.connection().clone();
            async move { connection.close("done").await }
        });
        board.reaches(&connections("client", "closing"), 1.0).await;
        board.reaches(&connections("client", "open"), 1.0).await;
        calling.stop().await;
        closing.join().await;
        drop(clients);
        stage.end().await;
        for role in ["client", "server"] {
            for state in ["handshake", "open", "closing"] {
                board.reaches(&connections(role, state), 0.0).await;
            }
        }
        board.reaches(QUEUED, 0.0).await;
    });
}

#[test]
fn calls_are_in_flight_in_one_direction_from_their_sending_to_their_answer() {
    test(async |board| {
        let stage = Stage::new(Transport::LocalSocket).await;
        let client = stage.client().await;
        // Alone on its connection, so that it is the caller who writes, and many at once.
        for count in [1_u8, 20] {
            let calling: Vec<_> = (0..count)
                .map(|id| {
                    let client = client.clone();
                    Task::spawn(
                        async move { client.hang(context::without_deadline(), id.into()).await },
                    )
                })
                .collect();
            board
                .reaches(&in_flight("outgoing"), f64::from(count))
                .await;
            board
                .reaches(&in_flight("incoming"), f64::from(count))
                .await;
            join_all(calling.into_iter().map(Task::stop)).await;
            board.reaches(&in_flight("outgoing"), 0.0).await;
            board.reaches(&in_flight("incoming"), 0.0).await;
        }
        // Those that are failed by the end of their connection are over, too.
        let calling = Task::spawn({
            let client = client.clone();
            async move { client.hang(context::without_deadline(), 1).await }
        });
        board.reaches(&in_flight("incoming"), 1.0).await;
        client.connection().abort();
        calling.join().await.unwrap_err();
        board.reaches(&in_flight("outgoing"), 0.0).await;
        board.reaches(&in_flight("incoming"), 0.0).await;
        stage.end().await;
    });
}

#[test]
fn every_byte_that_is_sent_is_counted_and_received_once_and_none_waits_at_the_end() {
    test(async |board| {
        let stage = Stage::new(Transport::LocalSocket).await;
        let client = stage.client().await;
        let bytes = bytes::Bytes::from(vec![7; 3_000_000]);
        let echoes = (0..3).map(|_| client.bytes(context::current(), bytes.clone()));
        for echo in join_all(echoes).await {
            assert_eq!(echo.unwrap(), bytes);
        }
        // More than a socket takes at once has waited.
        let sent = board.figure("ipc_rpc_sent_bytes_total");
        assert!(sent > 18_000_000.0, "{sent}");
        board.reaches("ipc_rpc_outbound_queue_bytes", 0.0).await;
        drop(client);
        stage.end().await;
        let sent = board.figure("ipc_rpc_sent_bytes_total");
        let received = board.figure("ipc_rpc_received_bytes_total");
        // What the handshake reads and the verdict behind which frames follow is not counted on one side each.
        assert!((sent - received).abs() < 2000.0, "{sent} and {received}");
    });
}

#[test]
fn every_frame_that_is_read_is_entered_with_its_size() {
    test(async |board| {
        let stage = Stage::new(Transport::LocalSocket).await;
        let client = stage.client().await;
        client
            .bytes(context::current(), bytes::Bytes::from_static(b"warm"))
            .await
            .unwrap();
        board.entries(FRAMES);
        for len in [10, 100_000] {
            let bytes = bytes::Bytes::from(vec![7; len]);
            client.bytes(context::current(), bytes).await.unwrap();
            // The request at the server and the answer at the client: what is more than the bytes is header and envelope.
            let entries = board.entries(FRAMES);
            assert_eq!(entries.len(), 2, "{entries:?}");
            let len = len as f64;
            let fit = |size: &f64| (len..len + 64.0).contains(size);
            assert!(entries.iter().all(fit), "{entries:?}");
        }
        stage.end().await;
    });
}

#[test]
fn bytes_that_a_peer_does_not_fetch_are_seen_to_wait() {
    test(async |board| {
        let mut stage = Stage::new(Transport::LocalSocket).await;
        let client = stage.client().await;
        stage.connected().await;
        let bytes = bytes::Bytes::from(vec![7; 4_000_000]);
        // The server cannot read before this thread lets it.
        let mut call = Box::pin(client.bytes(context::current(), bytes));
        assert!(futures_util::poll!(&mut call).is_pending());
        let waiting = board.figure(QUEUED);
        assert!(waiting > 3_000_000.0, "{waiting}");
        call.await.unwrap();
        board.reaches(QUEUED, 0.0).await;
        stage.end().await;
    });
}

#[test]
fn clients_that_are_turned_away_are_counted_by_the_reason() {
    test(async |board| {
        let stage = Stage::with(Transport::LocalSocket, |server| {
            server.authenticate(async |hello: AuthHello<u32>| match hello.payload {
                7 => Ok(()),
                _ => Err(Rejection::new(1, "no")),
            })
        })
        .await;
        stage.connect().auth(&1_u32).await.unwrap_err();
        stage.connect().auth(&2_u32).await.unwrap_err();
        stage.connect().await.unwrap_err();
        let rejected =
            |reason| format!("ipc_rpc_rejected_connections_total{{reason=\"{reason}\"}}");
        board.reaches(&rejected("rejected"), 2.0).await;
        board.reaches(&rejected("bad_auth_payload"), 1.0).await;
        stage.end().await;
        board
            .reaches(&connections("server", "handshake"), 0.0)
            .await;
        board
            .reaches(&connections("client", "handshake"), 0.0)
            .await;
    });
}

#[test]
fn pings_are_timed_and_those_without_an_answer_are_counted() {
    test(async |board| {
        let stage = Stage::new(Transport::LocalSocket).await;
        let client = stage.client().await;
        for _ in 0..3 {
            let took = client.connection().ping().await.unwrap();
            assert!(took < Duration::from_secs(5));
        }
        client.connection().abort();
        client.connection().ping().await.unwrap_err();
        assert_eq!(board.figure("ipc_rpc_ping_duration_seconds"), 3.0);
        assert_eq!(board.figure("ipc_rpc_ping_failures_total"), 1.0);
        stage.end().await;
    });
}
