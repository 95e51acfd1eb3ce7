//! A connection whose ends ask for more before they sleep does everything that others do, and sleeps in the end.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use ipc_rpc::transport::memory;
use ipc_rpc::{CallError, CallOutcome, Config, Connect, ConnectionError, context};
use support::{LabClient, Report, Stage, Transport, promptly, watched};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::Builder;

/// The longest that may be set.
const LONG: Duration = Duration::from_millis(1);

const OFF: Duration = Duration::ZERO;

/// Makes tests of scenarios that take how long the server's and the client's end ask.
macro_rules! scenarios {
    ($($scenario:ident),+ $(,)?) => {$(
        mod $scenario {
            use super::*;

            #[test]
            fn over_memory_on_one_thread() {
                everywhere(1, |server, client| super::$scenario(Transport::Memory, server, client));
            }

            #[test]
            fn over_memory_on_several_threads() {
                everywhere(4, |server, client| super::$scenario(Transport::Memory, server, client));
            }

            #[test]
            fn over_a_local_socket_on_one_thread() {
                everywhere(1, |server, client| super::$scenario(Transport::LocalSocket, server, client));
            }

            #[test]
            fn over_a_local_socket_on_several_threads() {
                everywhere(4, |server, client| super::$scenario(Transport::LocalSocket, server, client));
            }
        }
    )+};
}

scenarios! {
    calls_and_pings_are_answered,
    deadlines_are_kept_and_handlers_dropped,
    a_close_is_told_with_its_reason_from_either_side,
    a_peer_that_vanishes_is_noticed_from_either_side,
}

/// With both ends asking, one, the other, and neither.
fn everywhere<F: Future<Output = ()>>(
    threads: usize,
    scenario: impl Fn(Duration, Duration) -> F + Send + 'static,
) {
    watched(move || {
        for (server, client) in [
            (LONG, LONG),
            (LONG, OFF),
            (OFF, LONG),
            (LONG / 20, LONG / 20),
        ] {
            let runtime = match threads {
                1 => Builder::new_current_thread().enable_all().build(),
                threads => Builder::new_multi_thread()
                    .worker_threads(threads)
                    .enable_all()
                    .build(),
            };
            runtime.unwrap().block_on(scenario(server, client));
        }
    });
}

async fn stage(transport: Transport, busy_poll: Duration) -> Stage {
    Stage::with(transport, |server| server.busy_poll(busy_poll)).await
}

async fn client(stage: &Stage, busy_poll: Duration) -> LabClient {
    stage.connect().busy_poll(busy_poll).await.unwrap()
}

async fn calls_and_pings_are_answered(transport: Transport, server: Duration, asks: Duration) {
    let mut stage = stage(transport, server).await;
    let client = client(&stage, asks).await;
    let id = stage.connected().await;
    let connection = stage.handle.connection(id).unwrap();
    for a in 0..50 {
        let sum = promptly(client.add(context::current(), a, 1)).await;
        assert_eq!(sum.unwrap(), a + 1);
        promptly(client.connection().ping()).await.unwrap();
        promptly(connection.ping()).await.unwrap();
    }
    let bytes = Bytes::from(vec![7; 1024 * 1024]);
    let many = (0..100).map(|a| {
        let client = client.clone();
        let bytes = bytes.clone();
        async move {
            if a % 25 == 0 {
                let returned = client.bytes(context::current(), bytes.clone()).await;
                assert!(returned.unwrap() == bytes);
            }
            let sum = client.add(context::current(), a, 1).await;
            assert_eq!(sum.unwrap(), a + 1);
        }
    });
    join_all(many).await;
    stage.end().await;
}

async fn deadlines_are_kept_and_handlers_dropped(
    transport: Transport,
    server: Duration,
    asks: Duration,
) {
    let stage = stage(transport, server).await;
    let client = client(&stage, asks).await;
    for id in 0..5 {
        let ctx = context::with_timeout(Duration::from_millis(5));
        let error = promptly(client.hang(ctx, id)).await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
    }
    let call = promptly(stage.lab.hanging(&client, context::without_deadline(), 7)).await;
    drop(call);
    promptly(stage.lab.wait(Report::Dropped(7))).await;
    let call = promptly(stage.lab.hanging(&client, context::without_deadline(), 8)).await;
    stage.lab.release(8);
    assert_eq!(promptly(call).await.unwrap(), 8);
    stage.end().await;
}

async fn a_close_is_told_with_its_reason_from_either_side(
    transport: Transport,
    server: Duration,
    asks: Duration,
) {
    let mut stage = stage(transport, server).await;
    for round in 0..20 {
        let client = client(&stage, asks).await;
        let id = stage.connected().await;
        let connection = stage.handle.connection(id).unwrap();
        client.add(context::current(), 2, 3).await.unwrap();
        let (closes, told) = match round % 2 {
            0 => (client.connection(), connection),
            _ => (connection, client.connection()),
        };
        assert!(promptly(closes.close("enough")).await);
        let reason = promptly(told.closed()).await;
        assert!(
            matches!(&reason, ConnectionError::PeerClosed(close) if close.reason == "enough"),
            "{reason:?}"
        );
        stage.disconnected().await;
    }
    stage.end().await;
}

async fn a_peer_that_vanishes_is_noticed_from_either_side(
    transport: Transport,
    server: Duration,
    asks: Duration,
) {
    let mut stage = stage(transport, server).await;
    for round in 0..20 {
        let client = client(&stage, asks).await;
        let id = stage.connected().await;
        let connection = stage.handle.connection(id).unwrap();
        let call = promptly(
            stage
                .lab
                .hanging(&client, context::without_deadline(), round),
        )
        .await;
        let (goes, stays) = match round % 2 {
            0 => (client.connection(), connection),
            _ => (connection, client.connection()),
        };
        goes.abort();
        let reason = promptly(stays.closed()).await;
        assert!(
            matches!(reason, ConnectionError::PeerVanished),
            "{reason:?}"
        );
        let error: CallError = promptly(call).await.unwrap_err();
        assert_eq!(error.outcome(), CallOutcome::Unknown);
        promptly(stage.lab.wait(Report::Dropped(round))).await;
        stage.disconnected().await;
    }
    stage.end().await;
}

/// Counts how often it is asked for more.
struct Counting<S>(S, Arc<AtomicU64>);

impl<S: AsyncRead + Unpin> AsyncRead for Counting<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        self.1.fetch_add(1, Ordering::SeqCst);
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counting<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Waits until the streams are asked no more. A connection that never sleeps is not waited for for ever: the test is
/// given up then.
#[expect(
    clippy::disallowed_methods,
    reason = "that a connection sleeps is no event that could be waited for"
)]
async fn sleeps(counts: &[Arc<AtomicU64>]) {
    let all = || -> Vec<_> {
        let counts = counts.iter();
        counts.map(|count| count.load(Ordering::SeqCst)).collect()
    };
    let mut before = all();
    loop {
        // Far longer than it may ask in vain.
        tokio::time::sleep(20 * LONG).await;
        let now = all();
        if now == before {
            return;
        }
        before = now;
    }
}

#[test]
fn a_connection_sleeps_when_nothing_happens_and_wakes_when_something_does() {
    for threads in [1, 4] {
        everywhere(threads, async |server, asks| {
            let mut stage = stage(Transport::LocalSocket, server).await;
            for is_memory in [true, false] {
                let counts = [Arc::default(), Arc::default()];
                let [near, far] = counts.clone();
                let client: Connect<LabClient> = if is_memory {
                    let (left, right) = memory::pair();
                    assert!(stage.handle.accept(Counting(right, far)));
                    Connect::over(Counting(left, near))
                } else {
                    let (left, right) = pair_of_sockets();
                    assert!(stage.handle.accept(Counting(right, far)));
                    Connect::over(Counting(left, near))
                };
                let client = client.busy_poll(asks).await.unwrap();
                stage.connected().await;
                for id in 0..2 {
                    for a in 0..20 {
                        let sum = client.add(context::current(), a, 1).await;
                        assert_eq!(sum.unwrap(), a + 1);
                    }
                    sleeps(&counts).await;
                    // Nor do many at once keep anybody awake, or a large message.
                    let many = (0..64).map(|a| client.add(context::current(), a, 1));
                    assert!(join_all(many).await.iter().all(Result::is_ok));
                    let bytes = Bytes::from(vec![7; 1024 * 1024]);
                    let returned = client.bytes(context::current(), bytes.clone()).await;
                    assert!(returned.unwrap() == bytes);
                    sleeps(&counts).await;
                    // A call in flight keeps nobody awake either.
                    let call = stage
                        .lab
                        .hanging(&client, context::without_deadline(), id)
                        .await;
                    sleeps(&counts).await;
                    stage.lab.release(id);
                    assert_eq!(promptly(call).await.unwrap(), id);
                }
                client.connection().close("").await;
                stage.disconnected().await;
            }
            stage.end().await;
        });
    }
}

#[cfg(unix)]
fn pair_of_sockets() -> (tokio::net::UnixStream, tokio::net::UnixStream) {
    tokio::net::UnixStream::pair().unwrap()
}

#[cfg(not(unix))]
fn pair_of_sockets() -> (memory::MemoryStream, memory::MemoryStream) {
    memory::pair()
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the clock that is tested is the one by which this sleeps"
)]
fn a_clock_that_tests_pause_goes_on_although_a_socket_is_asked() {
    for (busy_poll, burst_poll) in [(LONG, OFF), (OFF, LONG)] {
        watched(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut config = Config::default();
                (config.busy_poll, config.burst_poll) = (busy_poll, burst_poll);
                let server_config = config.clone();
                let stage = Stage::with(Transport::LocalSocket, |server| {
                    server.config(server_config)
                })
                .await;
                let client = stage.connect().config(config).await.unwrap();
                for _ in 0..10 {
                    let many = (0..64).map(|a| client.add(context::current(), a, 1));
                    assert!(join_all(many).await.iter().all(Result::is_ok));
                    let bytes = Bytes::from(vec![7; 1024 * 1024]);
                    let returned = client.bytes(context::current(), bytes.clone()).await;
                    assert!(returned.unwrap() == bytes);
                    // It moves on when all tasks sleep, and at no other time.
                    tokio::time::pause();
                    tokio::time::sleep(Duration::from_secs(60 * 60)).await;
                    tokio::time::resume();
                }
                stage.end().await;
            });
        });
    }
}
