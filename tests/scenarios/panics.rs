//! Handlers that panic.

use ipc_rpc::{CallError, CallOutcome, context};
use support::{Stage, Transport, scenarios};

scenarios! {
    a_handler_that_panics_is_answered_for_at_once_and_alone,
    a_handler_that_panics_gives_its_slot_back,
}

async fn a_handler_that_panics_is_answered_for_at_once_and_alone(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let other = stage.client().await;
    let hanging = stage.lab.hanging(&client, context::current(), 1).await;
    // Without a deadline nothing but an answer ends these calls.
    let ctx = context::without_deadline;
    let secret = || "secret 4711".to_owned();
    for error in [
        client.panic_at_once(ctx(), secret()).await.unwrap_err(),
        client.panic_later(ctx(), secret()).await.unwrap_err(),
        client.panic_blocking(ctx(), secret()).await.unwrap_err(),
    ] {
        assert!(matches!(error, CallError::Panicked), "{error:?}");
        assert_eq!(error.outcome(), CallOutcome::Unknown);
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("4711"), "{shown}");
    }
    assert_eq!(other.add(context::current(), 2, 3).await.unwrap(), 5);
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.lab.release(1);
    assert_eq!(hanging.await.unwrap(), 1);
    stage.end().await;
}

async fn a_handler_that_panics_gives_its_slot_back(transport: Transport) {
    let mut config = ipc_rpc::Config::default();
    config.max_in_flight = 1;
    let stage = Stage::with(transport, |server| server.config(config)).await;
    let client = stage.client().await;
    for _ in 0..10 {
        let panicked = client
            .panic_later(context::without_deadline(), "again".to_owned())
            .await;
        assert!(matches!(panicked, Err(CallError::Panicked)), "{panicked:?}");
    }
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.end().await;
}
