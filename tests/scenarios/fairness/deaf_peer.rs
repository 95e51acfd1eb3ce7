//! A peer that does not read costs a bounded number of bytes for a bounded time; one that reads slowly is served.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::poll;
use ipc_rpc::transport::memory;
use ipc_rpc::{CallError, Config, Connect, ConnectionError, context};
use support::{
    Breakable, Breaker, Clock, LabClient, Report, SocketFile, Stage, Task, Transport, breakable,
    promptly, run, scenarios,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixListener;

scenarios! {
    requests_that_wait_for_room_wait_with_their_callers,
    notes_that_wait_for_room_are_sent_in_the_order_in_which_they_were_given,
    large_messages_in_both_directions_do_not_wait_for_each_other,
    a_client_that_takes_no_answers_is_given_up,
    a_server_that_takes_no_requests_is_given_up,
}

const KIB: usize = 1024;

/// As little as may be set.
const BOUND: usize = 64 * KIB;

/// What the system or a memory stream holds, generously.
const HELD: usize = 1024 * KIB;

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

type Stream = Box<dyn Duplex>;

fn config(stall_timeout: Option<Duration>) -> Config {
    let mut config = Config::default();
    config.max_outbound_len = BOUND;
    config.stall_timeout = stall_timeout;
    config
}

/// A server, and a client whose reading and writing the test has in its hand. Over a socket they meet at the file.
async fn deaf_client(
    file: &SocketFile,
    transport: Transport,
    stall_timeout: Option<Duration>,
) -> (Stage, LabClient, Breaker<Stream>) {
    let place = match transport {
        Transport::Memory => transport.place(),
        Transport::LocalSocket => file.place(),
    };
    let mut stage = Stage::at(place, |server| server.config(config(stall_timeout))).await;
    let stream: Stream = match transport {
        Transport::Memory => {
            let (near, far) = memory::pair();
            assert!(stage.handle.accept(far));
            Box::new(near)
        }
        Transport::LocalSocket => Box::new(file.open().await),
    };
    let (stream, breaker): (Breakable<Stream>, _) = breakable(stream);
    let client = Connect::over(stream).await.unwrap();
    stage.connected().await;
    (stage, client, breaker)
}

/// A client, and a server whose reading and writing the test has in its hand.
async fn deaf_server(
    transport: Transport,
    stall_timeout: Option<Duration>,
) -> (Stage, LabClient, Breaker<Stream>) {
    let mut stage = Stage::new(transport).await;
    let config = config(stall_timeout);
    let file = SocketFile::new();
    let connect = |connect: Connect<LabClient>| Task::spawn(connect.config(config).into_future());
    let (client, stream): (_, Stream) = match transport {
        Transport::Memory => {
            let (near, far) = memory::pair();
            (connect(Connect::over(near)), Box::new(far))
        }
        Transport::LocalSocket => {
            let listener = UnixListener::bind(file.path()).unwrap();
            let client = connect(file.place().connect());
            let (stream, _) = listener.accept().await.unwrap();
            (client, Box::new(stream))
        }
    };
    let (stream, breaker) = breakable(stream);
    assert!(stage.handle.accept(stream));
    let client = client.join().await.unwrap();
    stage.connected().await;
    (stage, client, breaker)
}

/// A note that is as large as the bound.
fn note(number: usize) -> String {
    format!("{number:02}").repeat(BOUND / 2)
}

/// Whoever gives up while there is no room takes the bytes along, also when a little room was made meanwhile.
async fn requests_that_wait_for_room_wait_with_their_callers(transport: Transport) {
    const NOTES: usize = 99;
    let (stage, client, breaker) = deaf_server(transport, None).await;
    breaker.stall_reads();
    let before = breaker.bytes_read();
    let callers: Vec<_> = (0..NOTES)
        .map(|number| {
            let client = client.clone();
            Task::spawn(async move {
                let note = client.note(context::without_deadline(), note(number));
                note.await.unwrap();
                std::future::pending::<()>().await;
            })
        })
        .collect();
    // Some of them get through, one after the other.
    let allowed = 2 * HELD;
    breaker.allow_reads(allowed);
    let many = |log: &[Report]| log.len() * BOUND > allowed - 3 * BOUND;
    promptly(stage.lab.wait_until(many)).await;
    for caller in callers {
        caller.stop().await;
    }
    breaker.resume();
    promptly(client.connection().ping()).await.unwrap();
    let sent = breaker.bytes_read() - before;
    let limit = allowed + HELD + 3 * BOUND;
    assert!(sent <= limit, "{sent} bytes were sent, {limit} would do");
    stage.end().await;
}

/// Each takes all the room there is, so the next one is let in when it has gone.
async fn notes_that_wait_for_room_are_sent_in_the_order_in_which_they_were_given(
    transport: Transport,
) {
    const NOTES: usize = 99;
    let (stage, client, breaker) = deaf_server(transport, None).await;
    breaker.stall_reads();
    let mut callers = Vec::new();
    for number in 0..NOTES {
        let client = client.clone();
        let mut call = Box::pin(async move {
            let note = client.note(context::without_deadline(), note(number));
            note.await
        });
        if poll!(&mut call).is_pending() {
            callers.push((number, call));
        }
    }
    assert!(callers.len() > NOTES / 4, "all of them found room");
    breaker.resume();
    let mut sent = Vec::new();
    let all = poll_fn(|cx| {
        callers.retain_mut(|(number, call)| match call.as_mut().poll(cx) {
            Poll::Ready(noted) => {
                noted.unwrap();
                sent.push(*number);
                false
            }
            Poll::Pending => true,
        });
        match callers.is_empty() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    });
    promptly(all).await;
    let begun = NOTES - sent.len();
    assert_eq!(sent, (begun..NOTES).collect::<Vec<_>>());
    for number in 0..NOTES {
        promptly(stage.lab.wait(Report::Noted(note(number)))).await;
    }
    stage.end().await;
}

/// Both outboxes are full most of the time, so both sides would wait for ever if reading waited for writing.
async fn large_messages_in_both_directions_do_not_wait_for_each_other(transport: Transport) {
    let config = config(None);
    let stage = Stage::with(transport, |server| server.config(config.clone())).await;
    let client = stage.connect().config(config).await.unwrap();
    let calls = (0..40_u8).map(|fill| {
        let client = client.clone();
        async move {
            let bytes = bytes::Bytes::from(vec![fill; 512 * KIB]);
            let returned = client.bytes(context::without_deadline(), bytes.clone());
            assert!(returned.await.unwrap() == bytes);
        }
    });
    join_all(calls.map(Task::spawn).map(Task::join)).await;
    stage.end().await;
}

/// Short, for a socket's time passes; nothing is said of how soon.
const STALL: Duration = Duration::from_millis(200);

fn assert_not_reading(reason: &ConnectionError, least: Duration) {
    assert!(
        matches!(
            reason,
            ConnectionError::PeerNotReading { queued: 1.., stalled: Some(stalled) } if *stalled >= least
        ),
        "{reason:?}"
    );
}

async fn a_client_that_takes_no_answers_is_given_up(transport: Transport) {
    let file = SocketFile::new();
    let (mut stage, client, breaker) = deaf_client(&file, transport, Some(STALL)).await;
    breaker.stall_reads();
    let calls: Vec<_> = (0..40)
        .map(|_| {
            let client = client.clone();
            let fill = async move {
                client
                    .fill_body(context::without_deadline(), 64 * KIB)
                    .await
            };
            Task::spawn(fill)
        })
        .collect();
    let (_, reason) = stage.disconnected().await;
    assert_not_reading(&reason, STALL);
    breaker.resume();
    for call in calls {
        // Those that had arrived, or the news that no more will.
        match call.join().await {
            Ok(bytes) => assert_eq!(bytes.len(), 64 * KIB),
            Err(error) => assert!(error.is_closed(), "{error:?}"),
        }
    }
    stage.end().await;
}

async fn a_server_that_takes_no_requests_is_given_up(transport: Transport) {
    let (stage, client, breaker) = deaf_server(transport, Some(STALL)).await;
    breaker.stall_reads();
    let calls: Vec<_> = (0..40)
        .map(|_| {
            let client = client.clone();
            let ctx = context::without_deadline();
            Task::spawn(async move { client.measure(ctx, vec![7; 64 * KIB]).await })
        })
        .collect();
    let mut sent = Vec::new();
    for call in calls {
        match call.join().await.unwrap_err() {
            CallError::Connection { source, sent: was } => {
                assert_not_reading(&source, STALL);
                sent.push(was);
            }
            other => panic!("{other:?}"),
        }
    }
    // Those that were handed over, and those that waited for room.
    assert!(sent.contains(&true) && sent.contains(&false));
    breaker.resume();
    stage.end().await;
}

/// Makes tests of scenarios in which much time passes.
macro_rules! hours {
    ($($scenario:ident),+ $(,)?) => {$(
        #[test]
        fn $scenario() {
            async fn scenario(_: Transport) {
                scenarios::$scenario().await;
            }
            run(Transport::Memory, Clock::Paused, scenario);
        }
    )+};
}

hours! {
    a_peer_is_given_up_after_half_a_minute_by_default,
    a_client_that_reads_slowly_is_not_given_up,
    a_server_that_reads_slowly_is_not_given_up,
    a_connection_on_which_nothing_waits_is_not_given_up,
    without_a_limit_a_peer_that_does_not_read_is_waited_for,
}

mod scenarios {
    use tokio::time::Instant;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[expect(
        clippy::disallowed_methods,
        reason = "the clock is paused: this is how its time passes"
    )]
    async fn pass(time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn full(stall_timeout: Option<Duration>) -> (Stage, Fill, Breaker<Stream>) {
        let (stage, client, breaker) =
            deaf_client(&SocketFile::new(), Transport::Memory, stall_timeout).await;
        breaker.stall_reads();
        let fill = Task::spawn(async move {
            let ctx = context::without_deadline();
            client
                .fill_body(ctx, 512 * KIB)
                .await
                .map(|bytes| bytes.len())
        });
        (stage, fill, breaker)
    }

    type Fill = Task<Result<usize, CallError>>;

    #[expect(
        clippy::disallowed_methods,
        reason = "the runtime's time, which is paused"
    )]
    pub(super) async fn a_peer_is_given_up_after_half_a_minute_by_default() {
        let (mut stage, call, breaker) = full(Config::default().stall_timeout).await;
        let begun = Instant::now();
        let (_, reason) = stage.disconnected().await;
        assert_not_reading(&reason, MINUTE / 2);
        let took = begun.elapsed();
        assert!(took >= MINUTE / 2 && took < MINUTE / 2 + STALL, "{took:?}");
        breaker.resume();
        assert!(call.join().await.is_err());
        stage.end().await;
    }

    pub(super) async fn a_client_that_reads_slowly_is_not_given_up() {
        let (stage, call, breaker) = full(Some(MINUTE)).await;
        for _ in 0..120 {
            pass(MINUTE - STALL).await;
            breaker.allow_reads(1);
        }
        breaker.resume();
        assert_eq!(call.join().await.unwrap(), 512 * KIB);
        stage.end().await;
    }

    pub(super) async fn a_server_that_reads_slowly_is_not_given_up() {
        let (stage, client, breaker) = deaf_server(Transport::Memory, Some(MINUTE)).await;
        breaker.stall_reads();
        let ctx = context::without_deadline();
        let mut call = Box::pin(client.measure(ctx, vec![7; 512 * KIB]));
        assert!(poll!(&mut call).is_pending());
        for _ in 0..120 {
            pass(MINUTE - STALL).await;
            breaker.allow_reads(1);
        }
        breaker.resume();
        assert_eq!(call.await.unwrap(), 512 * KIB);
        stage.end().await;
    }

    pub(super) async fn a_connection_on_which_nothing_waits_is_not_given_up() {
        let (stage, client, breaker) =
            deaf_client(&SocketFile::new(), Transport::Memory, Some(MINUTE)).await;
        let ctx = context::without_deadline;
        assert_eq!(
            client.fill(ctx(), 512 * KIB).await.unwrap().len(),
            512 * KIB
        );
        // What is written lies in the stream, and nothing waits behind it.
        breaker.stall_reads();
        let mut call = Box::pin(client.add(ctx(), 2, 3));
        assert!(poll!(&mut call).is_pending());
        pass(100 * MINUTE).await;
        breaker.resume();
        assert_eq!(call.await.unwrap(), 5);
        stage.end().await;
    }

    pub(super) async fn without_a_limit_a_peer_that_does_not_read_is_waited_for() {
        let (stage, call, breaker) = full(None).await;
        pass(1_000 * MINUTE).await;
        breaker.resume();
        assert_eq!(call.join().await.unwrap(), 512 * KIB);
        stage.end().await;
    }
}
