//! Calls, from the arguments to the answer, and many at once.

use std::collections::HashSet;
use std::sync::Mutex;

use futures_util::future::join_all;
use futures_util::poll;
use ipc_rpc::{CallError, CallOutcome, Config, context};
use support::{LabError, Report, Stage, Transport, scenarios};

scenarios! {
    a_call_returns_what_the_method_returns,
    the_services_own_error_arrives_typed,
    calls_at_once_get_each_its_own_answer,
    answers_come_in_the_order_in_which_handlers_finish,
    a_call_beyond_the_cap_waits_at_its_caller_and_runs_when_another_is_answered,
    a_waiting_call_that_is_dropped_leaves_its_turn_to_the_next,
    a_one_way_call_returns_before_its_handler_ends,
    one_way_calls_all_arrive,
    a_one_way_call_counts_until_its_handler_ends,
    a_method_that_blocks_does_not_hold_up_other_calls,
    a_method_that_blocks_keeps_its_slot_until_it_returns,
    methods_that_block_run_sixty_four_at_once,
    clones_of_a_client_share_its_connection,
}

async fn a_call_returns_what_the_method_returns(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    let text = client.echo(context::current(), "Grüße".to_owned()).await;
    assert_eq!(text.unwrap(), "Grüße");
    let parts = support::Parts::default();
    let returned = client.parts(context::current(), parts.clone()).await;
    assert_eq!(returned.unwrap(), parts);
    stage.end().await;
}

async fn the_services_own_error_arrives_typed(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let quotient = client.divide(context::current(), 7, 2).await;
    assert_eq!(quotient.unwrap(), 3);
    let error = client.divide(context::current(), 7, 0).await.unwrap_err();
    assert_eq!(error.outcome(), CallOutcome::Ran);
    assert_eq!(error.to_string(), "cannot divide 7 by zero");
    assert_eq!(
        error.into_service().unwrap(),
        LabError::DivideByZero { dividend: 7 }
    );
    stage.end().await;
}

async fn calls_at_once_get_each_its_own_answer(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let calls = (0..256).map(|id| client.hang(context::current(), id));
    let lab = stage.lab.clone();
    let release = async {
        lab.wait_until(|log| log.len() == 256).await;
        lab.release_all();
    };
    let (answers, ()) = tokio::join!(join_all(calls), release);
    for (id, answer) in (0..).zip(answers) {
        assert_eq!(answer.unwrap(), id);
    }
    stage.end().await;
}

async fn answers_come_in_the_order_in_which_handlers_finish(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let order = Mutex::new(Vec::new());
    let calls = (0..16).map(async |id| {
        let answer = client.hang(context::current(), id).await.unwrap();
        order.lock().unwrap().push(answer);
        // The next is released when this one has arrived, so only its own answer can be next.
        if let Some(next) = id.checked_sub(1) {
            stage.lab.release(next);
        }
    });
    let begin = async {
        stage.lab.wait_until(|log| log.len() == 16).await;
        stage.lab.release(15);
    };
    tokio::join!(join_all(calls), begin);
    let expected: Vec<u64> = (0..16).rev().collect();
    assert_eq!(order.into_inner().unwrap(), expected);
    stage.end().await;
}

/// A server that serves so many calls at once.
async fn capped(transport: Transport, cap: usize) -> Stage {
    let mut config = Config::default();
    config.max_in_flight = cap;
    Stage::with(transport, |server| server.config(config)).await
}

async fn a_call_beyond_the_cap_waits_at_its_caller_and_runs_when_another_is_answered(
    transport: Transport,
) {
    let stage = capped(transport, 2).await;
    let client = stage.client().await;
    let mut calls: Vec<_> = (0..3)
        .map(|id| Box::pin(client.hang(context::current(), id)))
        .collect();
    for call in &mut calls {
        assert!(poll!(call).is_pending());
    }
    stage.lab.wait(Report::Started(0)).await;
    stage.lab.wait(Report::Started(1)).await;
    // What was sent before a ping has arrived before its pong.
    client.connection().ping().await.unwrap();
    assert!(!stage.lab.has(&Report::Started(2)));
    stage.lab.release(1);
    assert_eq!(calls.remove(1).await.unwrap(), 1);
    let mut third = calls.remove(1);
    assert!(poll!(&mut third).is_pending());
    stage.lab.wait(Report::Started(2)).await;
    stage.lab.release_all();
    assert_eq!(third.await.unwrap(), 2);
    assert_eq!(calls.remove(0).await.unwrap(), 0);
    stage.end().await;
}

async fn a_waiting_call_that_is_dropped_leaves_its_turn_to_the_next(transport: Transport) {
    let stage = capped(transport, 1).await;
    let client = stage.client().await;
    let mut first = Box::pin(client.hang(context::current(), 1));
    let mut given_up = Box::pin(client.hang(context::current(), 2));
    let mut next = Box::pin(client.hang(context::current(), 3));
    for call in [&mut first, &mut given_up, &mut next] {
        assert!(poll!(call).is_pending());
    }
    drop(given_up);
    stage.lab.release_all();
    assert_eq!(first.await.unwrap(), 1);
    assert_eq!(next.await.unwrap(), 3);
    assert!(!stage.lab.has(&Report::Started(2)));
    stage.end().await;
}

async fn a_one_way_call_returns_before_its_handler_ends(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    client.hang_unanswered(context::current(), 1).await.unwrap();
    stage.lab.wait(Report::Started(1)).await;
    stage.lab.release(1);
    stage.lab.wait(Report::Finished(1)).await;
    stage.end().await;
}

async fn one_way_calls_all_arrive(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    for line in 0..3_000 {
        client
            .note(context::current(), line.to_string())
            .await
            .unwrap();
    }
    stage.lab.wait_until(|log| log.len() == 3_000).await;
    let lines: HashSet<Report> = stage.lab.all().into_iter().collect();
    assert!((0..3_000).all(|line: i32| lines.contains(&Report::Noted(line.to_string()))));
    stage.end().await;
}

async fn a_one_way_call_counts_until_its_handler_ends(transport: Transport) {
    let stage = capped(transport, 1).await;
    let client = stage.client().await;
    client.hang_unanswered(context::current(), 1).await.unwrap();
    let mut next = Box::pin(client.note(context::current(), "behind".to_owned()));
    assert!(poll!(&mut next).is_pending());
    stage.lab.release(1);
    next.await.unwrap();
    stage.lab.wait(Report::Noted("behind".to_owned())).await;
    assert!(stage.lab.has(&Report::Finished(1)));
    stage.end().await;
}

async fn a_method_that_blocks_does_not_hold_up_other_calls(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let mut blocking = Box::pin(client.block(context::current(), 1));
    assert!(poll!(&mut blocking).is_pending());
    stage.lab.wait(Report::Started(1)).await;
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.lab.release(1);
    assert_eq!(blocking.await.unwrap(), 1);
    stage.end().await;
}

async fn a_method_that_blocks_keeps_its_slot_until_it_returns(transport: Transport) {
    let stage = capped(transport, 1).await;
    let client = stage.client().await;
    let mut blocking = Box::pin(client.block(context::current(), 1));
    assert!(poll!(&mut blocking).is_pending());
    stage.lab.wait(Report::Started(1)).await;
    drop(blocking);
    let mut next = Box::pin(client.hang(context::current(), 2));
    assert!(poll!(&mut next).is_pending());
    // The cancel has arrived, and the thread goes on all the same.
    client.connection().ping().await.unwrap();
    assert!(poll!(&mut next).is_pending());
    assert_eq!(stage.lab.all(), [Report::Started(1)]);
    stage.lab.release_all();
    assert_eq!(next.await.unwrap(), 2);
    assert!(stage.lab.has(&Report::Finished(1)));
    stage.end().await;
}

/// Methods that block share their threads with all servers of the process, other tests' as well; two tests
/// that want all of them would wait for each other.
static ALL_THREADS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn methods_that_block_run_sixty_four_at_once(transport: Transport) {
    let _alone = ALL_THREADS.lock().await;
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let mut calls: Vec<_> = (0..70)
        .map(|id| Box::pin(client.block(context::current(), id)))
        .collect();
    for call in &mut calls {
        assert!(poll!(call).is_pending());
    }
    stage.lab.wait_until(|log| log.len() == 64).await;
    client.connection().ping().await.unwrap();
    assert_eq!(stage.lab.all().len(), 64);
    let Report::Started(one) = stage.lab.all()[0] else {
        panic!("{:?}", stage.lab.all());
    };
    stage.lab.release(one);
    stage.lab.wait(Report::Finished(one)).await;
    stage
        .lab
        .wait_until(|log| {
            log.iter()
                .filter(|r| matches!(r, Report::Started(_)))
                .count()
                == 65
        })
        .await;
    stage.lab.release_all();
    for answer in join_all(calls).await {
        answer.unwrap();
    }
    stage.end().await;
}

async fn clones_of_a_client_share_its_connection(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let clone = client.clone();
    assert_eq!(client.connection().id(), clone.connection().id());
    drop(client);
    assert_eq!(clone.add(context::current(), 2, 3).await.unwrap(), 5);
    clone.connection().abort();
    let error = clone.add(context::current(), 2, 3).await.unwrap_err();
    assert!(
        matches!(error, CallError::Connection { sent: false, .. }),
        "{error:?}"
    );
    stage.end().await;
}
