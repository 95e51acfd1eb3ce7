//! Calls that wait for their turn.

use std::time::Duration;

use ipc_rpc::{CallOutcome, Config, context};
use support::{Transport, promptly, scenarios};

use super::{Folding, waiting};

scenarios! {
    calls_have_their_turns_in_the_order_in_which_they_came,
    a_call_whose_caller_has_gone_has_no_turn,
    a_call_whose_client_has_gone_has_no_turn,
    a_call_whose_deadline_passes_before_its_turn_has_none_and_is_answered,
    what_waits_is_bounded_by_slots,
    a_call_that_leaves_the_queue_gives_its_slot_back,
    a_handler_is_not_dropped_when_its_caller_goes,
}

async fn calls_have_their_turns_in_the_order_in_which_they_came(transport: Transport) {
    let folding = Folding::start(transport);
    let (client, other) = (folding.client().await, folding.client().await);
    let hanging = folding.hanging(&client, context::current()).await;
    let mut calls = Vec::new();
    for amount in 2..20 {
        let client = if amount % 2 == 0 { &client } else { &other };
        calls.push(waiting(client, amount).await);
    }
    folding.gate.release();
    assert_eq!(promptly(hanging.join()).await.unwrap(), 1);
    for call in calls {
        promptly(call.join()).await.unwrap();
    }
    assert_eq!(folding.finish().await.added, (1..20).collect::<Vec<_>>());
}

async fn a_call_whose_caller_has_gone_has_no_turn(transport: Transport) {
    let folding = Folding::start(transport);
    let client = folding.client().await;
    let hanging = folding.hanging(&client, context::current()).await;
    let gone = waiting(&client, 100).await;
    let stays = waiting(&client, 10).await;
    gone.stop().await;
    client.connection().ping().await.unwrap();
    folding.gate.release();
    assert_eq!(promptly(hanging.join()).await.unwrap(), 1);
    assert_eq!(promptly(stays.join()).await.unwrap(), 11);
    assert_eq!(folding.finish().await.added, [1, 10]);
}

async fn a_call_whose_client_has_gone_has_no_turn(transport: Transport) {
    let folding = Folding::start(transport);
    let (client, goes) = (folding.client().await, folding.client().await);
    let hanging = folding.hanging(&client, context::current()).await;
    let gone = waiting(&goes, 100).await;
    let id = goes.connection().id();
    goes.connection().abort();
    promptly(gone.join()).await.unwrap_err();
    let connection = folding.handle.connection(id);
    if let Some(connection) = connection {
        promptly(connection.closed()).await;
    }
    folding.gate.release();
    assert_eq!(promptly(hanging.join()).await.unwrap(), 1);
    assert_eq!(folding.finish().await.added, [1]);
}

async fn a_call_whose_deadline_passes_before_its_turn_has_none_and_is_answered(
    transport: Transport,
) {
    let folding = Folding::with(transport, |server| server.config(two_slots()));
    let client = folding.client().await;
    let hanging = folding.hanging(&client, context::without_deadline()).await;
    let late = client.add(context::with_timeout(Duration::from_millis(50)), 100);
    let error = promptly(late).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    // Sent once there is a slot, which is when the late one was answered.
    promptly(client.note(context::without_deadline(), 10))
        .await
        .unwrap();
    folding.gate.release();
    assert_eq!(promptly(hanging.join()).await.unwrap(), 1);
    assert_eq!(client.add(context::current(), 0).await.unwrap(), 11);
    assert_eq!(folding.finish().await.added, [1, 10, 0]);
}

fn two_slots() -> Config {
    let mut config = Config::default();
    config.max_in_flight = 2;
    config
}

async fn what_waits_is_bounded_by_slots(transport: Transport) {
    let folding = Folding::with(transport, |server| server.config(two_slots()));
    let (client, other) = (folding.client().await, folding.client().await);
    let hanging = folding.hanging(&client, context::current()).await;
    let second = waiting(&client, 2).await;
    // There is no slot for a third one, which so waits here.
    let third = client.add(context::with_timeout(Duration::from_millis(50)), 100);
    let error = promptly(third).await.unwrap_err();
    assert_eq!(error.outcome(), CallOutcome::NotSent, "{error:?}");
    // Another connection has its own.
    let other = waiting(&other, 3).await;
    folding.gate.release();
    assert_eq!(promptly(hanging.join()).await.unwrap(), 1);
    assert_eq!(promptly(second.join()).await.unwrap(), 3);
    assert_eq!(promptly(other.join()).await.unwrap(), 6);
    folding.finish().await;
}

async fn a_call_that_leaves_the_queue_gives_its_slot_back(transport: Transport) {
    let folding = Folding::with(transport, |server| server.config(two_slots()));
    let client = folding.client().await;
    let hanging = folding.hanging(&client, context::current()).await;
    for amount in 100..120 {
        promptly(waiting(&client, amount)).await.stop().await;
    }
    // Sent once there is a slot.
    promptly(client.note(context::without_deadline(), 10))
        .await
        .unwrap();
    folding.gate.release();
    assert_eq!(promptly(hanging.join()).await.unwrap(), 1);
    assert_eq!(folding.finish().await.added, [1, 10]);
}

async fn a_handler_is_not_dropped_when_its_caller_goes(transport: Transport) {
    let folding = Folding::start(transport);
    let client = folding.client().await;
    let hanging = folding.hanging(&client, context::current()).await;
    hanging.stop().await;
    client.connection().ping().await.unwrap();
    folding.gate.release();
    // The state has been changed to the end, whoever waited for it.
    assert_eq!(client.add(context::current(), 1).await.unwrap(), 2);
    folding.finish().await;
}
