//! `close`, `abort`, and what becomes of calls meanwhile.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::poll;
use ipc_rpc::{CallError, CallOutcome, Config, ConnectionError, context};
use support::{LabClient, Report, Stage, Task, Transport, promptly, scenarios};

scenarios! {
    close_waits_for_calls_in_flight_and_lets_none_begin,
    close_waits_for_calls_of_the_peer,
    the_peer_of_a_closing_side_is_told_that_its_call_was_not_run,
    close_gives_calls_up_when_draining_takes_too_long,
    close_and_abort_may_be_repeated_and_mixed,
    both_sides_may_close_at_once,
    abort_fails_what_is_pending_at_once,
    a_peer_that_vanishes_fails_calls_and_drops_handlers,
    an_answer_given_just_before_the_close_arrives,
    an_answer_of_a_server_that_closes_arrives,
    calls_around_the_end_of_their_connection_all_settle,
}

/// A configuration in which whatever waits for a time instead of a fact waits for an hour.
fn patient() -> Config {
    const HOUR: Duration = Duration::from_secs(3_600);
    let mut config = Config::default();
    config.drain_timeout = HOUR;
    config.linger_timeout = HOUR;
    config
}

async fn patient_stage(transport: Transport) -> Stage {
    Stage::with(transport, |server| server.config(patient())).await
}

async fn patient_client(stage: &Stage) -> LabClient {
    stage.connect().config(patient()).await.unwrap()
}

async fn close_waits_for_calls_in_flight_and_lets_none_begin(transport: Transport) {
    let stage = patient_stage(transport).await;
    let client = patient_client(&stage).await;
    let mut call = Box::pin(client.hang(context::current(), 1));
    assert!(poll!(&mut call).is_pending());
    let mut closing = Box::pin(client.connection().close("done"));
    assert!(poll!(&mut closing).is_pending());
    let error = client.add(context::current(), 2, 3).await.unwrap_err();
    assert_eq!(error.outcome(), CallOutcome::NotSent);
    assert!(
        matches!(
            error,
            CallError::Connection {
                source: ConnectionError::LocallyClosed { .. },
                sent: false
            }
        ),
        "{error:?}"
    );
    stage.lab.wait(Report::Started(1)).await;
    // The peer still answers, so it was not told yet.
    client.connection().ping().await.unwrap();
    assert!(poll!(&mut closing).is_pending());
    stage.lab.release(1);
    let (answer, first) = promptly(async { tokio::join!(call, closing) }).await;
    assert_eq!(answer.unwrap(), 1);
    assert!(first);
    stage.end().await;
}

async fn close_waits_for_calls_of_the_peer(transport: Transport) {
    let mut stage = patient_stage(transport).await;
    let client = patient_client(&stage).await;
    let id = stage.connected().await;
    let call = stage.lab.hanging(&client, context::current(), 1).await;
    let connection = stage.handle.connection(id).unwrap();
    let mut closing = Box::pin(connection.close("maintenance"));
    assert!(poll!(&mut closing).is_pending());
    stage.lab.release(1);
    let (answer, first) = promptly(async { tokio::join!(call, closing) }).await;
    assert_eq!(answer.unwrap(), 1);
    assert!(first);
    let reason = client.connection().closed().await;
    assert!(
        matches!(&reason, ConnectionError::PeerClosed(close) if close.reason == "maintenance"),
        "{reason:?}"
    );
    stage.end().await;
}

async fn the_peer_of_a_closing_side_is_told_that_its_call_was_not_run(transport: Transport) {
    let mut stage = patient_stage(transport).await;
    let client = patient_client(&stage).await;
    let id = stage.connected().await;
    let call = stage.lab.hanging(&client, context::current(), 1).await;
    let connection = stage.handle.connection(id).unwrap();
    let mut closing = Box::pin(connection.close(""));
    assert!(poll!(&mut closing).is_pending());
    let error = client.hang(context::current(), 2).await.unwrap_err();
    assert!(matches!(error, CallError::ShuttingDown), "{error:?}");
    assert_eq!(error.outcome(), CallOutcome::Refused);
    assert!(error.is_retryable());
    stage.lab.release(1);
    let (answer, _) = promptly(async { tokio::join!(call, closing) }).await;
    assert_eq!(answer.unwrap(), 1);
    assert!(!stage.lab.has(&Report::Started(2)));
    stage.end().await;
}

async fn close_gives_calls_up_when_draining_takes_too_long(transport: Transport) {
    let stage = Stage::new(transport).await;
    let mut config = Config::default();
    config.drain_timeout = Duration::from_millis(40);
    let client = stage.connect().config(config).await.unwrap();
    let call = stage
        .lab
        .hanging(&client, context::without_deadline(), 1)
        .await;
    assert!(client.connection().close("done").await);
    let error = call.await.unwrap_err();
    assert!(
        matches!(
            &error,
            CallError::Connection { source: ConnectionError::LocallyClosed { reason }, sent: true }
                if reason == "done"
        ),
        "{error:?}"
    );
    stage.lab.wait(Report::Dropped(1)).await;
    stage.end().await;
}

async fn close_and_abort_may_be_repeated_and_mixed(transport: Transport) {
    let stage = patient_stage(transport).await;
    let client = patient_client(&stage).await;
    let connection = client.connection();
    let (one, other) =
        promptly(async { tokio::join!(connection.close("one"), connection.close("other")) }).await;
    assert!(one && !other);
    assert!(!connection.close("again").await);
    connection.abort();
    connection.abort();
    let reason = connection.closed().await;
    assert!(
        matches!(&reason, ConnectionError::LocallyClosed { reason } if reason == "one"),
        "{reason:?}"
    );

    let client = patient_client(&stage).await;
    client.connection().abort();
    assert!(!client.connection().close("late").await);
    let reason = client.connection().closed().await;
    assert!(matches!(reason, ConnectionError::Aborted), "{reason:?}");
    assert!(client.connection().is_closed());
    assert!(client.connection().ping().await.unwrap_err().is_closed());
    stage.end().await;
}

async fn both_sides_may_close_at_once(transport: Transport) {
    let mut stage = patient_stage(transport).await;
    for _ in 0..50 {
        let client = patient_client(&stage).await;
        let id = stage.connected().await;
        let connection = stage.handle.connection(id).unwrap();
        tokio::join!(
            client.connection().close("ours"),
            connection.close("theirs")
        );
        assert!(client.connection().closed().await.is_clean());
        let (_, reason) = stage.disconnected().await;
        assert!(reason.is_clean(), "{reason:?}");
    }
    stage.end().await;
}

async fn abort_fails_what_is_pending_at_once(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let call = client.hang(context::without_deadline(), 1);
    let abort = async {
        stage.lab.wait(Report::Started(1)).await;
        client.connection().abort();
    };
    let (result, ()) = tokio::join!(call, abort);
    assert!(
        matches!(
            result,
            Err(CallError::Connection {
                source: ConnectionError::Aborted,
                sent: true
            })
        ),
        "{result:?}"
    );
    stage.end().await;
}

async fn a_peer_that_vanishes_fails_calls_and_drops_handlers(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let client = stage.client().await;
    stage.connected().await;
    let mut calls: Vec<_> = (0..10)
        .map(|id| Box::pin(client.hang(context::without_deadline(), id)))
        .collect();
    for call in &mut calls {
        assert!(poll!(call).is_pending());
    }
    stage.lab.wait_until(|log| log.len() == 10).await;
    client.connection().abort();
    let (_, reason) = stage.disconnected().await;
    assert!(
        matches!(reason, ConnectionError::PeerVanished),
        "{reason:?}"
    );
    for id in 0..10 {
        stage.lab.wait(Report::Dropped(id)).await;
    }
    for result in join_all(calls).await {
        let error = result.unwrap_err();
        assert_eq!(error.outcome(), CallOutcome::Unknown);
    }
    stage.end().await;
}

/// As many as show a race, and fewer where each costs a system call.
fn rounds(transport: Transport) -> u64 {
    match transport {
        // Under Wine, where Windows is tested as a rule, a round takes several times as long.
        Transport::Memory if cfg!(windows) => 2_000,
        Transport::Memory => 10_000,
        Transport::LocalSocket => 2_000,
    }
}

async fn an_answer_given_just_before_the_close_arrives(transport: Transport) {
    let stage = patient_stage(transport).await;
    for round in 0..rounds(transport) {
        let client = patient_client(&stage).await;
        let answer = client.last_words(context::current()).await;
        assert_eq!(answer.unwrap(), 7, "round {round}");
    }
    stage.end().await;
}

async fn an_answer_of_a_server_that_closes_arrives(transport: Transport) {
    let mut stage = patient_stage(transport).await;
    for round in 0..rounds(transport) / 10 {
        let client = patient_client(&stage).await;
        let id = stage.connected().await;
        let connection = stage.handle.connection(id).unwrap();
        let call = stage.lab.hanging(&client, context::current(), round).await;
        let closing = Task::spawn(async move { connection.close("").await });
        stage.lab.release(round);
        assert_eq!(call.await.unwrap(), round);
        promptly(closing.join()).await;
        promptly(stage.disconnected()).await;
    }
    stage.end().await;
}

/// Calls are begun over and over, while their connection ends in every way there is; whoever awaits one gets
/// to know, and none of them has a deadline.
async fn calls_around_the_end_of_their_connection_all_settle(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    for round in 0..120_u64 {
        let client = stage.client().await;
        let id = stage.connected().await;
        let callers: Vec<_> = (0..4)
            .map(|caller| {
                let client = client.clone();
                Task::spawn(async move {
                    let ctx = context::without_deadline;
                    loop {
                        let result = match caller {
                            0 => client.hang(ctx(), u64::MAX).await.map(|_| ()),
                            1 => client.note(ctx(), String::new()).await,
                            2 => client.connection().ping().await.map(|_| ()),
                            _ => client.add(ctx(), 2, 3).await.map(|_| ()),
                        };
                        if let Err(error) = result {
                            return error;
                        }
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        for _ in 0..round / 4 {
            tokio::task::yield_now().await;
        }
        let connection = stage.handle.connection(id).unwrap();
        match round % 4 {
            0 => client.connection().abort(),
            1 => connection.abort(),
            2 => {
                let connection = connection.clone();
                let closing = Task::spawn(async move { connection.close("").await });
                // The hanging call would hold the close up.
                tokio::task::yield_now().await;
                client.connection().abort();
                closing.join().await;
            }
            _ => {
                let closing = client.connection().close("");
                let abort = async {
                    tokio::task::yield_now().await;
                    connection.abort();
                };
                tokio::join!(closing, abort);
            }
        }
        for caller in callers {
            let error = caller.join().await;
            assert!(
                matches!(
                    error,
                    CallError::Connection { .. } | CallError::ShuttingDown
                ),
                "{error:?}"
            );
        }
        let late = client.add(context::without_deadline(), 2, 3).await;
        assert!(
            matches!(late, Err(CallError::Connection { sent: false, .. })),
            "{late:?}"
        );
        stage.disconnected().await;
    }
    stage.end().await;
}
