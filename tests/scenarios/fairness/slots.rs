//! Callers beyond the cap wait at their own side, in the order in which they asked.

use std::time::Duration;

use futures_util::poll;
use ipc_rpc::{CallError, CallOutcome, ConnectionError, context};
use support::{LabClient, Report, Stage, Task, Transport, promptly, scenarios};

use super::{Call, asked, hang, narrow, run_so_far, started};

scenarios! {
    callers_beyond_the_cap_are_served_in_the_order_in_which_they_asked,
    who_comes_later_does_not_take_the_slot_of_who_waited,
    who_gives_up_while_waiting_takes_no_slot_with_it,
    who_gives_up_with_a_slot_that_was_just_given_passes_it_on,
    a_deadline_that_passes_while_waiting_takes_no_slot_and_no_turn,
    callers_that_wait_when_their_side_closes_are_told_at_once,
    callers_that_wait_when_the_connection_ends_were_not_sent,
}

async fn callers_beyond_the_cap_are_served_in_the_order_in_which_they_asked(transport: Transport) {
    const CALLS: u64 = 40;
    for cap in [1, 2, 7] {
        let stage = narrow(transport, cap as usize).await;
        let client = stage.client().await;
        let mut callers: Vec<_> = started(&stage, &client, 0..cap).await;
        for id in cap..CALLS {
            callers.push(asked(&client, id).await);
        }
        let callers: Vec<_> = callers.into_iter().map(Task::spawn).collect();
        for id in 0..CALLS {
            // As many as run, and of those that wait none but the first so many.
            let runs = (cap + id).min(CALLS);
            let enough = |log: &[Report]| {
                let count = log.iter().filter(|report| is_start(report)).count();
                count as u64 >= runs
            };
            stage.lab.wait_until(enough).await;
            assert_eq!(run_so_far(&stage), (0..runs).collect::<Vec<_>>());
            stage.lab.release(id);
        }
        for (id, caller) in (0..).zip(callers) {
            assert_eq!(caller.join().await.unwrap(), id);
        }
        stage.end().await;
    }
}

fn is_start(report: &Report) -> bool {
    matches!(report, Report::Started(_))
}

async fn who_comes_later_does_not_take_the_slot_of_who_waited(transport: Transport) {
    let stage = narrow(transport, 1).await;
    let client = stage.client().await;
    let mut running = started(&stage, &client, 0..1).await;
    let mut first = asked(&client, 1).await;
    stage.lab.release(0);
    // From here on the slot is the first one's, who has not been polled since.
    running.remove(0).await.unwrap();
    let mut late = asked(&client, 2).await;
    let mut later = asked(&client, 3).await;
    for call in [&mut late, &mut later] {
        assert!(poll!(call).is_pending());
    }
    // Behind whatever was sent.
    client.connection().ping().await.unwrap();
    assert_eq!(run_so_far(&stage), [0]);
    assert!(poll!(&mut first).is_pending());
    stage.lab.wait(Report::Started(1)).await;
    stage.lab.release_all();
    assert_eq!(first.await.unwrap(), 1);
    assert_eq!(late.await.unwrap(), 2);
    assert_eq!(later.await.unwrap(), 3);
    assert_eq!(run_so_far(&stage), [0, 1, 2, 3]);
    stage.end().await;
}

/// Checks that as many calls run at once as the cap allows, and none more.
async fn assert_slots(stage: &Stage, client: &LabClient, cap: u64) {
    const BASE: u64 = 1_000;
    let mut calls = Vec::new();
    for id in BASE..=BASE + cap {
        // Tasks, for slots whose last calls were dropped are free when the peer has said so.
        calls.push(Task::spawn(hang(client, context::without_deadline(), id)));
    }
    let runs = |log: &[Report]| {
        let ours = |report: &&Report| matches!(report, Report::Started(BASE..));
        log.iter().filter(ours).count() as u64
    };
    promptly(stage.lab.wait_until(|log| runs(log) == cap)).await;
    client.connection().ping().await.unwrap();
    assert_eq!(runs(&stage.lab.all()), cap);
    stage.lab.release_all();
    for (call, id) in calls.into_iter().zip(BASE..) {
        assert_eq!(promptly(call.join()).await.unwrap(), id);
    }
}

async fn who_gives_up_while_waiting_takes_no_slot_with_it(transport: Transport) {
    const CAP: u64 = 3;
    let stage = narrow(transport, CAP as usize).await;
    let client = stage.client().await;
    let mut running = started(&stage, &client, 0..CAP).await;
    let mut waiting = Vec::new();
    for id in CAP..CAP + 10 {
        waiting.push(asked(&client, id).await);
    }
    // The first, some in the middle, and the last.
    for gone in [9, 5, 4, 0] {
        drop(waiting.remove(gone));
    }
    for id in 0..CAP {
        stage.lab.release(id);
        running.remove(0).await.unwrap();
    }
    // Given to those who are left, and to none of those who are gone.
    for (call, id) in waiting.iter_mut().zip([4, 5, 6]) {
        assert!(poll!(call).is_pending());
        stage.lab.wait(Report::Started(id)).await;
    }
    assert_eq!(run_so_far(&stage), [0, 1, 2, 4, 5, 6]);
    drop(waiting);
    for id in [4, 5, 6] {
        stage.lab.wait(Report::Dropped(id)).await;
    }
    assert_slots(&stage, &client, CAP).await;
    stage.end().await;
}

async fn who_gives_up_with_a_slot_that_was_just_given_passes_it_on(transport: Transport) {
    const CAP: u64 = 2;
    let stage = narrow(transport, CAP as usize).await;
    let client = stage.client().await;
    let mut running = started(&stage, &client, 0..CAP).await;
    let mut waiting = Vec::new();
    for id in CAP..CAP + 6 {
        waiting.push(asked(&client, id).await);
    }
    for id in 0..CAP {
        stage.lab.release(id);
        running.remove(0).await.unwrap();
    }
    // Two of them have a slot and do not know it yet; the one behind them gets what the first leaves, and leaves it.
    for _ in 0..3 {
        drop(waiting.remove(0));
    }
    client.connection().ping().await.unwrap();
    assert_eq!(run_so_far(&stage), [0, 1]);
    for (call, id) in waiting.iter_mut().zip([5, 6]) {
        assert!(poll!(call).is_pending());
        promptly(stage.lab.wait(Report::Started(id))).await;
    }
    assert!(poll!(&mut waiting[2]).is_pending());
    client.connection().ping().await.unwrap();
    assert_eq!(run_so_far(&stage), [0, 1, 5, 6]);
    drop(waiting);
    assert_slots(&stage, &client, CAP).await;
    stage.end().await;
}

async fn a_deadline_that_passes_while_waiting_takes_no_slot_and_no_turn(transport: Transport) {
    const SHORT: Duration = Duration::from_millis(30);
    let stage = narrow(transport, 1).await;
    let client = stage.client().await;
    let mut running = started(&stage, &client, 0..1).await;
    let mut hurried: Vec<Call> = Vec::new();
    let mut patient = Vec::new();
    for id in 1..5 {
        let mut call = hang(&client, context::with_timeout(SHORT), 100 + id);
        assert!(poll!(&mut call).is_pending());
        hurried.push(call);
        patient.push(asked(&client, id).await);
    }
    for call in hurried {
        let error = call.await.unwrap_err();
        assert!(
            matches!(
                error,
                CallError::DeadlineExceeded {
                    after: Some(SHORT),
                    sent: false
                }
            ),
            "{error:?}"
        );
        assert_eq!(error.outcome(), CallOutcome::NotSent);
    }
    stage.lab.release_all();
    running.remove(0).await.unwrap();
    for (call, id) in patient.into_iter().zip(1..) {
        assert_eq!(call.await.unwrap(), id);
    }
    assert_eq!(run_so_far(&stage), [0, 1, 2, 3, 4]);
    stage.end().await;
}

async fn callers_that_wait_when_their_side_closes_are_told_at_once(transport: Transport) {
    let mut config = ipc_rpc::Config::default();
    config.drain_timeout = Duration::from_secs(3_600);
    let stage = narrow(transport, 1).await;
    let client = stage.connect().config(config).await.unwrap();
    let mut running = started(&stage, &client, 0..1).await;
    let mut waiting = Vec::new();
    for id in 1..6 {
        waiting.push(Task::spawn(asked(&client, id).await));
    }
    let connection = client.connection().clone();
    let closing = Task::spawn(async move { connection.close("done").await });
    // They cannot be sent any more, whatever becomes of the call that runs.
    for caller in waiting {
        let error = promptly(caller.join()).await.unwrap_err();
        assert!(
            matches!(
                &error,
                CallError::Connection { source: ConnectionError::LocallyClosed { reason }, sent: false }
                    if reason == "done"
            ),
            "{error:?}"
        );
    }
    assert!(poll!(&mut running[0]).is_pending());
    stage.lab.release(0);
    assert_eq!(running.remove(0).await.unwrap(), 0);
    assert!(promptly(closing.join()).await);
    assert_eq!(run_so_far(&stage), [0]);
    stage.end().await;
}

async fn callers_that_wait_when_the_connection_ends_were_not_sent(transport: Transport) {
    type Expected = fn(&ConnectionError) -> bool;
    let ways: [Expected; 3] = [
        |reason| matches!(reason, ConnectionError::Aborted),
        |reason| matches!(reason, ConnectionError::PeerVanished),
        |reason| matches!(reason, ConnectionError::PeerClosed(_)),
    ];
    for (way, is_expected) in ways.iter().enumerate() {
        let mut stage = narrow(transport, 1).await;
        let client = stage.client().await;
        let id = stage.connected().await;
        let mut running = started(&stage, &client, 0..1).await;
        let mut waiting = Vec::new();
        for id in 1..6 {
            waiting.push(Task::spawn(asked(&client, id).await));
        }
        let connection = stage.handle.connection(id).unwrap();
        match way {
            0 => client.connection().abort(),
            1 => connection.abort(),
            _ => {
                // Nobody fetches the answer, so that its slot goes to nobody.
                stage.lab.release(0);
                connection.close("").await;
            }
        }
        for caller in waiting {
            let error = promptly(caller.join()).await.unwrap_err();
            assert_eq!(error.outcome(), CallOutcome::NotSent, "{error:?}");
            assert!(
                matches!(&error, CallError::Connection { source, sent: false } if is_expected(source)),
                "{error:?}"
            );
        }
        let ended = running.remove(0).await;
        assert_eq!(ended.is_ok(), way == 2, "{ended:?}");
        assert_eq!(run_so_far(&stage), [0]);
        stage.end().await;
    }
}
