//! Why and how servers end, and single clients of theirs.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::poll;
use ipc_rpc::transport::memory;
use ipc_rpc::{
    CallError, Config, ConnectError, ConnectionError, Idle, RefusalReason, Server, ServerBuilder,
    ServerError, Shutdown, ShutdownCause, ShutdownKind, context,
};
use support::{Faucet as _, FaucetClient, Lab as _, LabClient, Place, Report, Reports, Tap, Task};
use support::{Stage, Transport, breakable, promptly, rig, scenarios};

scenarios! {
    a_server_that_restarts_says_so_and_one_that_does_not_does_not,
    a_server_says_why_it_ended,
    a_second_shutdown_with_less_grace_cuts_the_first_one_short,
    a_mute_client_does_not_hold_a_shutdown_up,
    a_client_is_revoked_with_a_reason_and_all_that_is_in_flight_ends_at_once,
    a_close_that_takes_its_time_is_cut_short_by_a_revocation,
    close_resolves_when_the_handlers_have_ended_and_not_before,
    a_server_without_clients_stops_when_it_was_idle_for_long_enough,
    a_connected_client_keeps_a_server_running,
    an_idle_client_keeps_no_server_running_that_wants_calls,
    a_call_in_flight_keeps_a_server_running,
    an_open_stream_keeps_a_server_running,
    an_idle_server_may_say_that_it_will_be_back,
    clients_that_wait_to_be_accepted_when_a_server_stops_are_told,
    a_client_that_connects_when_an_idle_server_stops_is_served_or_told,
}

const HOUR: Duration = Duration::from_secs(3_600);
const IDLE: Duration = Duration::from_millis(200);

/// A server that runs until something ends it.
struct Running {
    place: Place,
    lab: Reports,
    server: Task<Result<Shutdown, ServerError>>,
}

impl Running {
    fn new(transport: Transport, describe: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Self {
        let place = transport.place();
        let (rig, lab) = rig();
        let server = describe(place.server().service(rig.serve()))
            .bind()
            .unwrap();
        Self {
            place,
            lab,
            server: Task::spawn(server.run()),
        }
    }

    async fn client(&self) -> LabClient {
        self.place.connect().await.unwrap()
    }

    async fn ended(self) -> Shutdown {
        promptly(self.server.join()).await.unwrap()
    }

    /// Whether it runs on for this long.
    async fn runs_for(&self, client: &LabClient, time: Duration) {
        let closed = tokio::time::timeout(time, client.connection().closed()).await;
        assert!(closed.is_err(), "{closed:?}");
    }
}

async fn a_server_that_restarts_says_so_and_one_that_does_not_does_not(transport: Transport) {
    for (kind, restarting) in [
        (ShutdownKind::Final, false),
        (ShutdownKind::Restarting, true),
    ] {
        let stage = Stage::new(transport).await;
        let client = stage.client().await;
        let ended = promptly(stage.handle.shutdown_as(kind, HOUR)).await;
        assert_eq!((ended.cut, ended.kind), (0, kind));
        let reason = client.connection().closed().await;
        let ConnectionError::PeerClosed(close) = &reason else {
            panic!("{reason:?}");
        };
        assert_eq!((close.shutting_down, close.restarting), (true, restarting));
        assert!(reason.is_clean());
        stage.end().await;
    }
}

async fn a_server_says_why_it_ended(transport: Transport) {
    let stage = Stage::new(transport).await;
    let asked = stage.handle.shutdown(HOUR).await;
    assert_eq!(asked.cause, ShutdownCause::Asked);
    // What ended it first is why it ended.
    let again = stage.handle.shutdown_as(ShutdownKind::Restarting, HOUR);
    assert_eq!(again.await, asked);
    stage.end().await;

    let place = transport.place();
    let server = place.server().stop_as(ShutdownKind::Restarting);
    let server: Server = server.bind().unwrap();
    let resolved = server.run_until(std::future::ready(())).await.unwrap();
    assert_eq!(
        (resolved.cause, resolved.kind),
        (ShutdownCause::Resolved, ShutdownKind::Restarting)
    );
}

async fn a_second_shutdown_with_less_grace_cuts_the_first_one_short(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let call = stage
        .lab
        .hanging(&client, context::without_deadline(), 1)
        .await;
    let mut patient = Box::pin(stage.handle.shutdown(HOUR));
    assert!(poll!(&mut patient).is_pending());
    // It drains: nothing more is accepted.
    while client.add(context::current(), 2, 3).await.is_ok() {}
    assert!(poll!(&mut patient).is_pending());
    let cut_short = promptly(stage.handle.shutdown(Duration::ZERO)).await;
    assert_eq!(cut_short.cut, 1);
    assert_eq!(patient.await, cut_short);
    assert!(call.await.is_err());
    stage.lab.wait(Report::Dropped(1)).await;
    stage.end().await;
}

async fn a_mute_client_does_not_hold_a_shutdown_up(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let (near, far) = memory::pair();
    let (near, line) = breakable(near);
    assert!(stage.handle.accept(far));
    let mute: LabClient = ipc_rpc::Connect::over(near).await.unwrap();
    stage.connected().await;
    let call = stage
        .lab
        .hanging(&mute, context::without_deadline(), 1)
        .await;
    // It neither reads the goodbye nor goes.
    line.stall_reads();
    line.stall_writes();
    let lab = stage.lab.clone();
    let ended = promptly(stage.shutdown(Duration::from_millis(50))).await;
    assert_eq!(ended.cut, 1);
    lab.wait(Report::Dropped(1)).await;
    line.resume();
    assert!(call.await.is_err());
}

async fn a_client_is_revoked_with_a_reason_and_all_that_is_in_flight_ends_at_once(
    transport: Transport,
) {
    let mut config = Config::default();
    config.drain_timeout = HOUR;
    let mut stage = Stage::with(transport, |server| server.config(config)).await;
    let revoked = stage.client().await;
    let id = stage.connected().await;
    let other = stage.client().await;
    stage.connected().await;
    let hanging = |id| stage.lab.hanging(&revoked, context::without_deadline(), id);
    let calls = join_all((1..=3).map(hanging)).await;
    let bystander = stage.lab.hanging(&other, context::current(), 4).await;
    let connection = stage.handle.connection(id).unwrap();
    assert!(promptly(connection.close_within("key withdrawn", Duration::ZERO)).await);
    for call in promptly(join_all(calls)).await {
        let error = call.unwrap_err();
        assert!(
            matches!(
                &error,
                CallError::Connection { source: ConnectionError::PeerClosed(close), sent: true }
                    if close.reason == "key withdrawn" && !close.shutting_down
            ),
            "{error:?}"
        );
    }
    for id in 1..=3 {
        promptly(stage.lab.wait(Report::Dropped(id))).await;
    }
    let (gone, reason) = stage.disconnected().await;
    assert_eq!(gone, id);
    assert!(
        matches!(&reason, ConnectionError::LocallyClosed { reason } if reason == "key withdrawn"),
        "{reason:?}"
    );
    assert!(stage.handle.connection(id).is_none());
    stage.lab.release(4);
    assert_eq!(bystander.await.unwrap(), 4);
    drop(connection);
    stage.end().await;
}

async fn a_close_that_takes_its_time_is_cut_short_by_a_revocation(transport: Transport) {
    let mut config = Config::default();
    config.drain_timeout = HOUR;
    let mut stage = Stage::with(transport, |server| server.config(config)).await;
    let client = stage.client().await;
    let id = stage.connected().await;
    let call = stage
        .lab
        .hanging(&client, context::without_deadline(), 1)
        .await;
    let connection = stage.handle.connection(id).unwrap();
    let mut closing = Box::pin(connection.close("maintenance"));
    assert!(poll!(&mut closing).is_pending());
    let grace = Duration::from_millis(10);
    assert!(!promptly(connection.close_within("withdrawn", grace)).await);
    assert!(closing.await);
    assert!(call.await.is_err());
    drop(connection);
    stage.end().await;
}

async fn close_resolves_when_the_handlers_have_ended_and_not_before(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let client = stage.client().await;
    let id = stage.connected().await;
    let call = stage.lab.hanging(&client, context::current(), 1).await;
    let connection = stage.handle.connection(id).unwrap();
    let lab = stage.lab.clone();
    let closing = {
        let connection = connection.clone();
        Task::spawn(async move {
            connection.close("").await;
            lab.has(&Report::Finished(1))
        })
    };
    stage.lab.release(1);
    let (answer, had_finished) = tokio::join!(call, promptly(closing.join()));
    assert_eq!(answer.unwrap(), 1);
    assert!(had_finished);
    assert!(connection.is_closed());
    drop(connection);
    stage.end().await;
}

async fn a_server_without_clients_stops_when_it_was_idle_for_long_enough(transport: Transport) {
    let running = Running::new(transport, |server| server.idle_timeout(IDLE));
    let place = running.place.clone();
    let ended = running.ended().await;
    assert_eq!(
        (ended.cut, ended.kind, ended.cause),
        (0, ShutdownKind::Final, ShutdownCause::Idle)
    );
    let error = place.connect::<LabClient>().await.unwrap_err();
    // A pipe has its name until the system has closed the instance that waited.
    assert!(
        matches!(error, ConnectError::NotRunning { .. }) || transport.is_pipe(),
        "{error:?}"
    );
}

async fn a_connected_client_keeps_a_server_running(transport: Transport) {
    let running = Running::new(transport, |server| server.idle_timeout(IDLE));
    let client = running.client().await;
    running.runs_for(&client, 4 * IDLE).await;
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    client.connection().close("").await;
    assert_eq!(running.ended().await.cause, ShutdownCause::Idle);
}

async fn an_idle_client_keeps_no_server_running_that_wants_calls(transport: Transport) {
    let running = Running::new(transport, |server| {
        server.idle_timeout(IDLE).idle_when(Idle::NoCalls)
    });
    let client = running.client().await;
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    let pings = async {
        while client.connection().ping().await.is_ok() {
            tokio::task::yield_now().await;
            let _ = tokio::time::timeout(IDLE / 10, std::future::pending::<()>()).await;
        }
    };
    let (reason, ()) = promptly(async { tokio::join!(client.connection().closed(), pings) }).await;
    assert!(
        matches!(&reason, ConnectionError::PeerClosed(close) if close.shutting_down),
        "{reason:?}"
    );
    assert_eq!(running.ended().await.cause, ShutdownCause::Idle);
}

async fn a_call_in_flight_keeps_a_server_running(transport: Transport) {
    // Far more than a busy machine takes between two calls.
    let idle = 6 * IDLE;
    let running = Running::new(transport, |server| {
        server.idle_timeout(idle).idle_when(Idle::NoCalls)
    });
    let client = running.client().await;
    let call = running
        .lab
        .hanging(&client, context::without_deadline(), 1)
        .await;
    running.runs_for(&client, 2 * idle).await;
    running.lab.release(1);
    assert_eq!(call.await.unwrap(), 1);
    // And so do short ones, each of which is over when the server is looked at.
    for _ in 0..8 {
        running.runs_for(&client, idle / 5).await;
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    }
    let ended = running.ended().await;
    assert_eq!((ended.cut, ended.cause), (0, ShutdownCause::Idle));
}

async fn an_open_stream_keeps_a_server_running(transport: Transport) {
    let running = Running::new(transport, |server| {
        server
            .service(Tap::default().serve())
            .idle_timeout(IDLE)
            .idle_when(Idle::NoCalls)
    });
    let client: FaucetClient = running.place.connect().await.unwrap();
    let (sender, numbers) = ipc_rpc::channel(1);
    // The call is over; its handler has left the stream with somebody who reads on.
    client
        .outlive(context::current(), 1, numbers)
        .await
        .unwrap();
    let lab: LabClient = client.connection().client();
    running.runs_for(&lab, 4 * IDLE).await;
    drop(sender);
    assert_eq!(running.ended().await.cause, ShutdownCause::Idle);
}

async fn an_idle_server_may_say_that_it_will_be_back(transport: Transport) {
    let running = Running::new(transport, |server| {
        let server = server.idle_timeout(IDLE).idle_when(Idle::NoCalls);
        server.stop_as(ShutdownKind::Restarting)
    });
    let client = running.client().await;
    let reason = promptly(client.connection().closed()).await;
    assert!(
        matches!(&reason, ConnectionError::PeerClosed(close) if close.restarting),
        "{reason:?}"
    );
    assert_eq!(running.ended().await.kind, ShutdownKind::Restarting);
}

async fn clients_that_wait_to_be_accepted_when_a_server_stops_are_told(transport: Transport) {
    let place = transport.place();
    let server = place.server().service(rig().0.serve()).bind().unwrap();
    let handle = server.handle();
    // A pipe has one instance that waits.
    let count = if transport.is_pipe() { 1 } else { 20 };
    let mut clients: Vec<_> = (0..count)
        .map(|_| Box::pin(place.connect::<LabClient>().into_future()))
        .collect();
    for client in &mut clients {
        assert!(poll!(client).is_pending());
    }
    let mut stopping = Box::pin(handle.shutdown(HOUR));
    assert!(poll!(&mut stopping).is_pending());
    let running = Task::spawn(server.run());
    for client in promptly(join_all(clients)).await {
        let error = client.unwrap_err();
        assert!(
            matches!(
                error,
                ConnectError::Refused {
                    reason: RefusalReason::ShuttingDown,
                    ..
                }
            ),
            "{error:?}"
        );
    }
    let ended = promptly(stopping).await;
    assert_eq!(promptly(running.join()).await.unwrap(), ended);
}

async fn a_client_that_connects_when_an_idle_server_stops_is_served_or_told(transport: Transport) {
    // Between the two looks of a pipe's server a moment is left.
    if transport.is_pipe() {
        return;
    }
    let idle = Duration::from_millis(2);
    for round in 0..200 {
        let running = Running::new(transport, |server| server.idle_timeout(idle));
        let callers = (0..4_u32).map(|number| {
            let connect = running.place.connect::<LabClient>();
            Task::spawn(async move {
                let wait = idle * number / 2;
                let _ = tokio::time::timeout(wait, std::future::pending::<()>()).await;
                for _ in 0..round % 20 {
                    tokio::task::yield_now().await;
                }
                let client = match connect.await {
                    Ok(client) => client,
                    Err(
                        ConnectError::NotRunning { .. }
                        | ConnectError::Refused {
                            reason: RefusalReason::ShuttingDown,
                            ..
                        },
                    ) => return false,
                    Err(error) => panic!("neither served nor told: {error:?}"),
                };
                match client.add(context::current(), 2, 3).await {
                    Ok(sum) => assert_eq!(sum, 5),
                    Err(CallError::ShuttingDown) => {}
                    Err(CallError::Connection {
                        source: ConnectionError::PeerClosed(close),
                        ..
                    }) if close.shutting_down => {}
                    Err(error) => panic!("admitted, and {error:?}"),
                }
                client.connection().close("").await;
                true
            })
        });
        let callers: Vec<_> = callers.collect();
        let served = promptly(join_all(callers.into_iter().map(Task::join))).await;
        assert_eq!(served.len(), 4);
        assert_eq!(running.ended().await.cause, ShutdownCause::Idle);
    }
}
