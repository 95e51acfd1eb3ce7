//! Messages that are too large fail alone.

use bytes::Bytes;
use ipc_rpc::{CallError, CallOutcome, Config, context};
use support::{LabClient, Stage, Transport, scenarios};

scenarios! {
    a_request_above_the_servers_limit_fails_alone_and_unsent,
    a_response_above_the_clients_limit_fails_alone,
    a_message_of_exactly_the_limit_passes,
    a_one_way_call_that_is_too_large_is_an_error,
    a_ping_that_is_too_large_is_an_error_and_no_more,
}

const LIMIT: usize = 16 * 1024;

fn limited() -> Config {
    let mut config = Config::default();
    config.max_frame_len = LIMIT;
    config
}

/// A stage and a client, with a call in flight that must not notice.
async fn bystander(stage: &Stage, client: &LabClient, misfortune: impl AsyncFnOnce()) {
    let call = stage.lab.hanging(client, context::current(), 99).await;
    misfortune().await;
    stage.lab.release(99);
    assert_eq!(call.await.unwrap(), 99);
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    assert!(!client.connection().is_closed());
}

async fn a_request_above_the_servers_limit_fails_alone_and_unsent(transport: Transport) {
    let stage = Stage::with(transport, |server| server.config(limited())).await;
    let client = stage.client().await;
    bystander(&stage, &client, async || {
        for error in [
            client
                .measure(context::current(), vec![7; LIMIT])
                .await
                .unwrap_err(),
            client
                .bytes(context::current(), vec![7; LIMIT + 1].into())
                .await
                .unwrap_err(),
        ] {
            assert_eq!(error.outcome(), CallOutcome::NotSent);
            assert!(
                matches!(error, CallError::TooLarge { response: false, size, limit: LIMIT } if size > LIMIT),
                "{error:?}"
            );
        }
    })
    .await;
    stage.end().await;
}

async fn a_response_above_the_clients_limit_fails_alone(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.connect().config(limited()).await.unwrap();
    bystander(&stage, &client, async || {
        for error in [
            client
                .fill(context::current(), LIMIT + 1)
                .await
                .unwrap_err(),
            client
                .fill_body(context::current(), LIMIT)
                .await
                .unwrap_err(),
        ] {
            assert_eq!(error.outcome(), CallOutcome::Ran);
            assert!(
                matches!(error, CallError::TooLarge { response: true, size, limit: LIMIT } if size > LIMIT),
                "{error:?}"
            );
        }
    })
    .await;
    stage.end().await;
}

async fn a_message_of_exactly_the_limit_passes(transport: Transport) {
    let stage = Stage::with(transport, |server| server.config(limited())).await;
    let client = stage.client().await;
    let send = async |len| {
        client
            .bytes(context::current(), Bytes::from(vec![7; len]))
            .await
    };
    let Err(CallError::TooLarge { size, .. }) = send(LIMIT * 2).await else {
        panic!("twice the limit passes");
    };
    let envelope = size - LIMIT * 2;
    let largest = LIMIT - envelope;
    assert_eq!(send(largest).await.unwrap().len(), largest);
    let error = send(largest + 1).await.unwrap_err();
    assert!(
        matches!(error, CallError::TooLarge { size, limit: LIMIT, .. } if size == LIMIT + 1),
        "{error:?}"
    );
    stage.end().await;
}

async fn a_one_way_call_that_is_too_large_is_an_error(transport: Transport) {
    let stage = Stage::with(transport, |server| server.config(limited())).await;
    let client = stage.client().await;
    let error = client
        .note(context::current(), "x".repeat(LIMIT))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            CallError::TooLarge {
                response: false,
                ..
            }
        ),
        "{error:?}"
    );
    client.connection().ping().await.unwrap();
    assert_eq!(stage.lab.all(), []);
    stage.end().await;
}

async fn a_ping_that_is_too_large_is_an_error_and_no_more(transport: Transport) {
    for (server, client) in [
        (limited(), Config::default()),
        (Config::default(), limited()),
    ] {
        let stage = Stage::with(transport, |builder| builder.config(server)).await;
        let client = stage.connect().config(client).await.unwrap();
        let error = client.connection().ping_with(&[7; LIMIT + 1]).await;
        assert!(
            matches!(error, Err(CallError::TooLarge { limit: LIMIT, .. })),
            "{error:?}"
        );
        client.connection().ping_with(&[7; LIMIT]).await.unwrap();
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
        stage.end().await;
    }
}
