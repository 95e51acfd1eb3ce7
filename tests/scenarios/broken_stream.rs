//! Streams that are cut, stalled and chopped, over a socket whose bytes the test has in its hand.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::poll;
use ipc_rpc::{CallError, CallOutcome, Config, Connect, ConnectionError, context};
use support::{Breakable, Breaker, LabClient, Report, SocketFile, Stage, Task, breakable, watched};
use tokio::net::UnixStream;

/// A test over a socket file, on several threads.
fn over_a_socket_file<F: Future<Output = ()>>(
    test: impl FnOnce(SocketFile, Stage) -> F + Send + 'static,
) {
    watched(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let file = SocketFile::new();
            let stage = Stage::at(file.place(), |server| server).await;
            test(file, stage).await;
        });
        runtime.shutdown_background();
    });
}

type Stream = Breakable<UnixStream>;

async fn broken_client(file: &SocketFile) -> (Connect<LabClient>, Breaker<UnixStream>) {
    let (stream, breaker): (Stream, _) = breakable(file.open().await);
    (Connect::over(stream), breaker)
}

#[test]
fn calls_pass_streams_chopped_at_every_size() {
    over_a_socket_file(async |file, stage| {
        for len in (1..=72).chain([511, 4_096, 65_536]) {
            let (connect, breaker) = broken_client(&file).await;
            breaker.chop(len);
            let client = connect.await.unwrap();
            let bytes = Bytes::from(vec![7; 40_000 / (1 + 64 / len)]);
            let (sum, text, returned, pong) = tokio::join!(
                client.add(context::current(), 2, 3),
                client.echo(context::current(), "Größe".repeat(100)),
                client.bytes(context::current(), bytes.clone()),
                client.connection().ping_with(b"ping"),
            );
            assert_eq!((sum.unwrap(), text.unwrap()), (5, "Größe".repeat(100)));
            assert!(returned.unwrap() == bytes);
            pong.unwrap();
            client.connection().close("").await;
        }
        stage.end().await;
    });
}

#[test]
fn a_stream_that_is_cut_is_a_peer_that_vanished_on_both_sides() {
    over_a_socket_file(async |file, mut stage| {
        let (connect, breaker) = broken_client(&file).await;
        let client = connect.await.unwrap();
        stage.connected().await;
        let mut call = Box::pin(client.hang_and_watch(context::without_deadline(), 1));
        assert!(poll!(&mut call).is_pending());
        stage.lab.wait(Report::Started(1)).await;
        breaker.cut();
        let error = call.await.unwrap_err();
        assert!(
            matches!(
                error,
                CallError::Connection {
                    source: ConnectionError::PeerVanished,
                    sent: true
                }
            ),
            "{error:?}"
        );
        let (_, reason) = stage.disconnected().await;
        assert!(
            matches!(reason, ConnectionError::PeerVanished),
            "{reason:?}"
        );
        stage.lab.wait(Report::Dropped(1)).await;
        stage.lab.wait(Report::Over(1)).await;
        stage.end().await;
    });
}

#[test]
fn calls_around_a_cut_all_settle() {
    over_a_socket_file(async |file, stage| {
        for round in 0..200_u32 {
            let (connect, breaker) = broken_client(&file).await;
            let client = connect.await.unwrap();
            let callers: Vec<_> = (0..4)
                .map(|_| {
                    let client = client.clone();
                    Task::spawn(async move {
                        loop {
                            let sum = client.add(context::without_deadline(), 2, 3).await;
                            if let Err(error) = sum {
                                return error;
                            }
                        }
                    })
                })
                .collect();
            for _ in 0..round % 16 {
                tokio::task::yield_now().await;
            }
            breaker.cut();
            for caller in callers {
                let error = caller.join().await;
                assert!(error.is_closed(), "{error:?}");
            }
        }
        stage.end().await;
    });
}

#[test]
fn a_connection_that_has_ended_lets_go_of_its_stream() {
    over_a_socket_file(async |file, stage| {
        let (connect, breaker) = broken_client(&file).await;
        let client = connect.await.unwrap();
        client.connection().abort();
        client.connection().closed().await;
        stage.end().await;
        // The client is still held, and its stream is not.
        assert!(breaker.is_dropped());
        drop(client);
    });
}

#[test]
fn a_caller_that_cannot_send_waits_and_keeps_to_its_deadline() {
    over_a_socket_file(async |file, stage| {
        let (connect, breaker) = broken_client(&file).await;
        let mut config = Config::default();
        config.max_outbound_len = 64 * 1024;
        let client = connect.config(config).await.unwrap();
        breaker.stall_writes();
        let short = || context::with_timeout(Duration::from_millis(50));
        let body = || vec![7; 30_000];
        let calls = join_all((0..8).map(|_| client.measure(short(), body())));
        let outcomes: Vec<_> = calls
            .await
            .into_iter()
            .map(|result| {
                let error = result.unwrap_err();
                assert!(error.is_timeout(), "{error:?}");
                error.outcome()
            })
            .collect();
        let queued = outcomes
            .iter()
            .filter(|outcome| **outcome == CallOutcome::Unknown)
            .count();
        // Those that found room, and no more: the bound, and the one that went beyond it.
        assert!((1..=4).contains(&queued), "{outcomes:?}");
        breaker.resume();
        assert_eq!(
            client.measure(context::current(), body()).await.unwrap(),
            30_000
        );
        stage.end().await;
    });
}

/// The last frame that a side writes is its goodbye, whoever else writes meanwhile.
#[test]
fn nothing_is_written_behind_the_goodbye() {
    over_a_socket_file(async |file, stage| {
        for round in 0..40_u32 {
            let (connect, breaker) = broken_client(&file).await;
            breaker.record();
            let client = connect.await.unwrap();
            let writers: Vec<_> = (0..4)
                .map(|writer| {
                    let client = client.clone();
                    Task::spawn(async move {
                        loop {
                            let line = "x".repeat(writer * 20_000);
                            let noted = client.note(context::current(), line).await;
                            // Cancels and pings find their way as well.
                            let mut call = Box::pin(client.hang(context::current(), 1));
                            let _ = poll!(&mut call);
                            drop(call);
                            if noted.is_err() || client.connection().ping().await.is_err() {
                                break;
                            }
                        }
                    })
                })
                .collect();
            for _ in 0..round {
                tokio::task::yield_now().await;
            }
            client.connection().close("enough").await;
            for writer in writers {
                writer.join().await;
            }
            let kinds = frame_kinds(&breaker.recorded());
            let goodbyes = kinds.iter().filter(|kind| **kind == GOODBYE).count();
            assert_eq!((goodbyes, kinds.last()), (1, Some(&GOODBYE)), "{kinds:?}");
        }
        stage.end().await;
    });
}

const GOODBYE: u8 = 6;

/// The kinds of the frames behind a hello.
fn frame_kinds(mut bytes: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .rev()
            .fold(0, |n, byte| n << 8 | usize::from(*byte))
    };
    let hello = 16 + number(&bytes[12..16]);
    bytes = &bytes[hello..];
    let mut kinds = Vec::new();
    while !bytes.is_empty() {
        kinds.push(bytes[4]);
        bytes = &bytes[32 + number(&bytes[..4])..];
    }
    kinds
}
