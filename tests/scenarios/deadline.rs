//! How long calls may take, and what becomes of those that take longer.

use std::time::Duration;

use futures_util::poll;
use ipc_rpc::{CallError, CallOutcome, Config, context};
use support::{Report, Stage, Transport, scenarios};

scenarios! {
    a_call_with_no_time_left_is_not_sent,
    the_longest_deadline_there_is_arrives_as_a_year,
    a_call_past_its_deadline_fails_and_its_handler_is_dropped,
    a_methods_own_timeout_holds_where_the_context_says_nothing,
    the_clients_timeout_holds_where_method_and_context_say_nothing,
    a_call_without_a_deadline_outlives_every_default,
    a_call_that_waits_for_its_turn_keeps_to_its_deadline,
    a_handler_inherits_the_deadline_of_its_call,
}

const SHORT: Duration = Duration::from_millis(40);

async fn a_call_with_no_time_left_is_not_sent(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let error = client
        .hang(context::with_timeout(Duration::ZERO), 1)
        .await
        .unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(error.outcome(), CallOutcome::NotSent);
    client.connection().ping().await.unwrap();
    assert_eq!(stage.lab.all(), []);
    // The shortest there is, which may or may not get there in time.
    let _ = client
        .add(context::with_timeout(Duration::from_nanos(1)), 2, 3)
        .await;
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.end().await;
}

async fn the_longest_deadline_there_is_arrives_as_a_year(transport: Transport) {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let stage = Stage::new(transport).await;
    let mut config = Config::default();
    config.call_timeout = Some(Duration::MAX);
    let client = stage.connect().config(config).await.unwrap();
    for ctx in [context::with_timeout(Duration::MAX), context::current()] {
        let facts = client.facts(ctx).await.unwrap();
        let remaining = facts.remaining.unwrap();
        assert!(
            remaining > 364 * DAY && remaining <= 365 * DAY,
            "{remaining:?}"
        );
    }
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.end().await;
}

async fn a_call_past_its_deadline_fails_and_its_handler_is_dropped(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let error = client
        .hang(context::with_timeout(SHORT), 1)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "no response within 40ms");
    assert!(
        matches!(
            error,
            CallError::DeadlineExceeded {
                after: Some(SHORT),
                sent: true
            }
        ),
        "{error:?}"
    );
    stage.lab.wait(Report::Dropped(1)).await;
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.end().await;
}

async fn a_methods_own_timeout_holds_where_the_context_says_nothing(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.connect().call_timeout(None).await.unwrap();
    let error = client
        .hang_shortly(context::current(), 1)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "no response within 50ms");
    let error = client
        .hang_shortly(context::with_timeout(SHORT), 2)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "no response within 40ms");
    stage.end().await;
}

async fn the_clients_timeout_holds_where_method_and_context_say_nothing(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.connect().call_timeout(SHORT).await.unwrap();
    let error = client.hang(context::current(), 1).await.unwrap_err();
    assert_eq!(error.to_string(), "no response within 40ms");
    stage.end().await;
}

async fn a_call_without_a_deadline_outlives_every_default(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.connect().call_timeout(SHORT).await.unwrap();
    let mut call = Box::pin(client.hang_shortly(context::without_deadline(), 1));
    assert!(poll!(&mut call).is_pending());
    // A call with the defaults, begun later, is given up first.
    client
        .hang_shortly(context::current(), 2)
        .await
        .unwrap_err();
    client.hang(context::current(), 3).await.unwrap_err();
    assert!(poll!(&mut call).is_pending());
    stage.lab.release(1);
    assert_eq!(call.await.unwrap(), 1);
    stage.end().await;
}

async fn a_call_that_waits_for_its_turn_keeps_to_its_deadline(transport: Transport) {
    let mut config = Config::default();
    config.max_in_flight = 1;
    let stage = Stage::with(transport, |server| server.config(config)).await;
    let client = stage.client().await;
    let mut first = Box::pin(client.hang(context::without_deadline(), 1));
    assert!(poll!(&mut first).is_pending());
    let error = client
        .hang(context::with_timeout(SHORT), 2)
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), CallOutcome::NotSent);
    assert!(error.is_timeout() && error.is_retryable(), "{error:?}");
    stage.lab.release(1);
    assert_eq!(first.await.unwrap(), 1);
    assert!(!stage.lab.has(&Report::Started(2)));
    stage.end().await;
}

async fn a_handler_inherits_the_deadline_of_its_call(transport: Transport) {
    const MINUTE: Duration = Duration::from_secs(60);
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let within = || context::with_timeout(10 * MINUTE);
    for facts in [
        client.facts(within()).await.unwrap(),
        client.facts_blocking(within()).await.unwrap(),
    ] {
        let (remaining, inherited) = (facts.remaining.unwrap(), facts.inherited.unwrap());
        assert!(
            remaining > 9 * MINUTE && remaining <= 10 * MINUTE,
            "{remaining:?}"
        );
        assert!(
            remaining.abs_diff(inherited) < MINUTE,
            "{remaining:?} {inherited:?}"
        );
    }
    let facts = client.facts(context::without_deadline()).await.unwrap();
    assert_eq!((facts.remaining, facts.inherited), (None, None));
    stage.end().await;
}
