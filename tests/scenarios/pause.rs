//! Requests that are held up for a while.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::poll;
use ipc_rpc::{CallError, Config, Connection, Receiver, context};
use support::{Faucet as _, FaucetClient, LabClient, Report, Stage, Tap, Task, Transport};
use support::{promptly, scenarios};
use tokio::runtime::{Handle, RuntimeFlavor};

scenarios! {
    what_arrives_while_a_connection_is_paused_runs_behind_the_pause_in_its_order,
    answers_and_pongs_get_through_while_a_connection_is_paused,
    no_more_requests_wait_than_may_be_in_flight_and_all_run_in_the_end,
    a_request_that_is_cancelled_while_it_waits_never_runs_and_holds_nobody_up,
    a_request_that_expires_while_it_waits_never_runs,
    requests_that_wait_are_refused_when_their_connection_closes,
    requests_that_wait_are_refused_when_the_server_shuts_down,
    a_paused_server_admits_clients_and_runs_their_calls_when_it_is_resumed,
    a_connection_goes_on_when_neither_it_nor_its_server_is_paused,
    a_stream_of_a_request_that_waits_flows_when_it_runs,
    a_client_may_pause_its_server_as_well,
    requests_keep_their_order_through_pauses_at_any_time,
    the_end_of_a_paused_connection_settles_what_waits,
}

/// A configuration in which whatever waits for a time instead of a fact waits for an hour.
fn patient() -> Config {
    let mut config = Config::default();
    config.drain_timeout = Duration::from_secs(3_600);
    config
}

/// A server, a client of it, and the server's end of its connection.
async fn paused(transport: Transport, config: Config) -> (Stage, LabClient, Connection) {
    let mut stage = Stage::with(transport, |server| server.config(config)).await;
    let client = stage.connect().config(patient()).await.unwrap();
    let id = stage.connected().await;
    let connection = stage.handle.connection(id).unwrap();
    connection.pause();
    assert!(connection.is_paused());
    (stage, client, connection)
}

/// Checks that these notes were made, and in this order where it shows: on several threads a handler that takes long for
/// once, as on a busy machine, is given a task of its own from then on, and tasks have no order.
fn assert_noted(stage: &Stage, expected: &[String]) {
    let mut notes = notes(stage);
    let mut expected = expected.to_vec();
    if Handle::current().runtime_flavor() != RuntimeFlavor::CurrentThread {
        notes.sort();
        expected.sort();
    }
    assert_eq!(notes, expected);
}

fn notes(stage: &Stage) -> Vec<String> {
    let noted = |report| match report {
        Report::Noted(line) => Some(line),
        _ => None,
    };
    stage.lab.all().into_iter().filter_map(noted).collect()
}

/// Waits until what was sent before has arrived.
async fn has_arrived(client: &LabClient) {
    client.connection().ping().await.unwrap();
}

async fn what_arrives_while_a_connection_is_paused_runs_behind_the_pause_in_its_order(
    transport: Transport,
) {
    let (stage, client, connection) = paused(transport, patient()).await;
    let expected: Vec<_> = (0..200).map(|number| number.to_string()).collect();
    for line in &expected[..100] {
        client.note(context::current(), line.clone()).await.unwrap();
    }
    let mut call = Box::pin(client.echo(context::current(), "behind them".to_owned()));
    assert!(poll!(&mut call).is_pending());
    has_arrived(&client).await;
    assert!(stage.lab.all().is_empty());
    assert!(poll!(&mut call).is_pending());
    connection.resume();
    assert!(!connection.is_paused());
    for line in &expected[100..] {
        client.note(context::current(), line.clone()).await.unwrap();
    }
    assert_eq!(call.await.unwrap(), "behind them");
    let mut seen = 0;
    stage
        .lab
        .wait_until(|log| {
            seen = log.len();
            seen == expected.len()
        })
        .await;
    assert_noted(&stage, &expected);
    drop(connection);
    stage.end().await;
}

async fn answers_and_pongs_get_through_while_a_connection_is_paused(transport: Transport) {
    let (stage, client, connection) = paused(transport, patient()).await;
    connection.resume();
    let call = stage.lab.hanging(&client, context::current(), 1).await;
    connection.pause();
    client.connection().ping().await.unwrap();
    connection.ping().await.unwrap();
    stage.lab.release(1);
    assert_eq!(promptly(call).await.unwrap(), 1);
    drop(connection);
    stage.end().await;
}

async fn no_more_requests_wait_than_may_be_in_flight_and_all_run_in_the_end(transport: Transport) {
    let mut config = patient();
    config.max_in_flight = 4;
    let (stage, client, connection) = paused(transport, config).await;
    let mut calls: Vec<_> = (0..32)
        .map(|number| Box::pin(client.add(context::current(), number, 1)))
        .collect();
    for call in &mut calls {
        assert!(poll!(call).is_pending());
    }
    has_arrived(&client).await;
    connection.resume();
    let sums = promptly(join_all(calls)).await;
    let sums: Vec<_> = sums.into_iter().map(Result::unwrap).collect();
    assert_eq!(sums, (1..=32).collect::<Vec<_>>());
    drop(connection);
    stage.end().await;
}

async fn a_request_that_is_cancelled_while_it_waits_never_runs_and_holds_nobody_up(
    transport: Transport,
) {
    let (stage, client, connection) = paused(transport, patient()).await;
    let mut call = Box::pin(client.hang(context::current(), 1));
    assert!(poll!(&mut call).is_pending());
    has_arrived(&client).await;
    drop(call);
    // It waits for the answer of whatever is in flight, and would for an hour.
    promptly(client.connection().close("")).await;
    connection.resume();
    connection.closed().await;
    assert!(stage.lab.all().is_empty());
    drop(connection);
    stage.end().await;
}

async fn a_request_that_expires_while_it_waits_never_runs(transport: Transport) {
    let (stage, client, connection) = paused(transport, patient()).await;
    let error = client
        .hang_shortly(context::current(), 1)
        .await
        .unwrap_err();
    assert!(
        matches!(error, CallError::DeadlineExceeded { .. }),
        "{error:?}"
    );
    promptly(client.connection().close("")).await;
    connection.resume();
    connection.closed().await;
    assert!(stage.lab.all().is_empty());
    drop(connection);
    stage.end().await;
}

async fn requests_that_wait_are_refused_when_their_connection_closes(transport: Transport) {
    let (stage, client, connection) = paused(transport, patient()).await;
    let mut call = Box::pin(client.hang(context::without_deadline(), 1));
    assert!(poll!(&mut call).is_pending());
    has_arrived(&client).await;
    let closing = connection.close("maintenance");
    let (error, first) = promptly(async { tokio::join!(call, closing) }).await;
    let error = error.unwrap_err();
    assert!(matches!(error, CallError::ShuttingDown), "{error:?}");
    assert!(first);
    assert!(stage.lab.all().is_empty());
    drop(connection);
    stage.end().await;
}

async fn requests_that_wait_are_refused_when_the_server_shuts_down(transport: Transport) {
    let stage = Stage::with(transport, |server| server.config(patient())).await;
    let client = stage.client().await;
    let running = stage.lab.hanging(&client, context::current(), 1).await;
    stage.handle.pause();
    let mut call = Box::pin(client.hang(context::without_deadline(), 2));
    assert!(poll!(&mut call).is_pending());
    has_arrived(&client).await;
    let stopping = stage.stopping(Duration::from_secs(3_600));
    let error = promptly(call).await.unwrap_err();
    assert!(matches!(error, CallError::ShuttingDown), "{error:?}");
    // What ran before may finish.
    stage.lab.release(1);
    assert_eq!(running.await.unwrap(), 1);
    assert_eq!(promptly(stopping.join()).await.cut, 0);
    assert!(!stage.lab.has(&Report::Started(2)));
    stage.end().await;
}

async fn a_paused_server_admits_clients_and_runs_their_calls_when_it_is_resumed(
    transport: Transport,
) {
    let stage = Stage::new(transport).await;
    let early = stage.client().await;
    stage.handle.pause();
    assert!(stage.handle.is_paused());
    let late = stage.client().await;
    let mut calls = Vec::new();
    for client in [&early, &late] {
        let mut call = Box::pin(client.add(context::current(), 2, 3));
        assert!(poll!(&mut call).is_pending());
        has_arrived(client).await;
        assert!(poll!(&mut call).is_pending());
        calls.push(call);
    }
    stage.handle.resume();
    assert!(!stage.handle.is_paused());
    for sum in promptly(join_all(calls)).await {
        assert_eq!(sum.unwrap(), 5);
    }
    assert_eq!(early.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.end().await;
}

async fn a_connection_goes_on_when_neither_it_nor_its_server_is_paused(transport: Transport) {
    let (stage, client, connection) = paused(transport, patient()).await;
    stage.handle.pause();
    let mut call = Box::pin(client.add(context::current(), 2, 3));
    assert!(poll!(&mut call).is_pending());
    for _ in 0..2 {
        connection.resume();
        assert!(connection.is_paused());
        has_arrived(&client).await;
        assert!(poll!(&mut call).is_pending());
        connection.pause();
        stage.handle.resume();
        assert!(connection.is_paused());
        has_arrived(&client).await;
        assert!(poll!(&mut call).is_pending());
        stage.handle.pause();
    }
    stage.handle.resume();
    connection.resume();
    assert_eq!(promptly(call).await.unwrap(), 5);
    drop(connection);
    stage.end().await;
}

async fn a_stream_of_a_request_that_waits_flows_when_it_runs(transport: Transport) {
    let mut stage = Stage::with(transport, |server| server.service(Tap::default().serve())).await;
    let client: FaucetClient = stage.place.connect().await.unwrap();
    let id = stage.connected().await;
    let connection = stage.handle.connection(id).unwrap();
    connection.pause();
    // More than its window takes.
    let numbers = Receiver::from_stream(futures_util::stream::iter(0..10_000_u64));
    let mut sum = Box::pin(client.sum(context::without_deadline(), numbers));
    assert!(poll!(&mut sum).is_pending());
    client.connection().ping().await.unwrap();
    let patience = Duration::from_millis(50);
    assert!(tokio::time::timeout(patience, &mut sum).await.is_err());
    connection.resume();
    assert_eq!(sum.await.unwrap(), 49_995_000);
    // One that waits and whose caller goes away leaves no stream behind.
    connection.pause();
    for _ in 0..600 {
        let numbers = Receiver::from_stream(futures_util::stream::iter(0..10_u64));
        let mut sum = Box::pin(client.sum(context::without_deadline(), numbers));
        assert!(poll!(&mut sum).is_pending());
        client.connection().ping().await.unwrap();
    }
    connection.resume();
    let numbers = Receiver::from_stream(futures_util::stream::iter(0..10_u64));
    assert_eq!(
        client
            .sum(context::without_deadline(), numbers)
            .await
            .unwrap(),
        45
    );
    drop(connection);
    stage.end().await;
}

async fn a_client_may_pause_its_server_as_well(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let (rig, reports) = support::rig();
    let client = stage
        .connect()
        .serve(support::Lab::serve(rig))
        .await
        .unwrap();
    let id = stage.connected().await;
    let back: LabClient = stage.handle.peer(id).unwrap().client();
    client.connection().pause();
    let mut call = Box::pin(back.hang(context::current(), 1));
    assert!(poll!(&mut call).is_pending());
    back.connection().ping().await.unwrap();
    assert!(reports.all().is_empty());
    // The other direction goes on.
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    client.connection().resume();
    reports.release(1);
    assert_eq!(promptly(call).await.unwrap(), 1);
    drop(back);
    stage.end().await;
}

async fn requests_keep_their_order_through_pauses_at_any_time(transport: Transport) {
    let (stage, client, connection) = paused(transport, patient()).await;
    let over = tokio::sync::watch::Sender::new(false);
    let flips = {
        let (connection, over) = (connection.clone(), over.subscribe());
        Task::spawn(async move {
            let mut flips = 0_u32;
            while !*over.borrow() {
                connection.resume();
                tokio::task::yield_now().await;
                connection.pause();
                tokio::task::yield_now().await;
                flips += 1;
            }
            connection.resume();
            flips
        })
    };
    let expected: Vec<_> = (0..2_000).map(|number| number.to_string()).collect();
    for line in &expected {
        client.note(context::current(), line.clone()).await.unwrap();
    }
    over.send_replace(true);
    assert!(flips.join().await > 0);
    stage.lab.wait_until(|log| log.len() == 2_000).await;
    assert_noted(&stage, &expected);
    drop(connection);
    stage.end().await;
}

async fn the_end_of_a_paused_connection_settles_what_waits(transport: Transport) {
    let (mut stage, client, connection) = paused(transport, patient()).await;
    let mut calls: Vec<_> = (0..10)
        .map(|id| Box::pin(client.hang(context::without_deadline(), id)))
        .collect();
    for call in &mut calls {
        assert!(poll!(call).is_pending());
    }
    has_arrived(&client).await;
    connection.abort();
    for result in promptly(join_all(calls)).await {
        assert!(
            matches!(result, Err(CallError::Connection { .. })),
            "{result:?}"
        );
    }
    stage.disconnected().await;
    assert!(stage.lab.all().is_empty());
    drop(connection);
    stage.end().await;
}
