//! Layers and calls that have streams.

use std::sync::{Arc, Mutex};

use ipc_rpc::layer::{Next, Request, Response, Status};
use ipc_rpc::{CallError, channel, context};
use support::{Transport, promptly, scenarios};

use super::{DEFAULT_WINDOW, Scene, all, numbers};

scenarios! {
    calls_with_streams_pass_layers_on_both_ends,
    a_call_with_a_stream_is_handed_on_once_by_a_layer_of_the_client,
    a_call_with_a_stream_is_handed_on_once_by_a_layer_of_the_server,
    a_call_that_returns_a_stream_may_be_made_again,
    a_layer_that_drops_an_answer_closes_its_stream,
    a_layer_that_hands_nothing_on_closes_the_streams,
}

async fn calls_with_streams_pass_layers_on_both_ends(transport: Transport) {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let layer = || {
        let seen = Arc::clone(&seen);
        move |request: Request, next: Next| {
            let seen = Arc::clone(&seen);
            async move {
                let name = request.method.name;
                let response = next.run(request).await;
                assert!(matches!(response.status(), Status::Returned), "{name}");
                seen.lock().unwrap().push(name.to_owned());
                response
            }
        }
    };
    let (theirs, ours) = (layer(), layer());
    let scene = Scene::of(
        transport,
        |server| server.layer(theirs),
        |client| client.layer(ours),
    )
    .await;
    let ctx = context::current;
    let counted = scene.faucet.count(ctx(), 1, 1000).await.unwrap();
    let summed = scene.faucet.sum(ctx(), numbers(0..1000)).await;
    assert_eq!(summed.unwrap(), 499_500);
    let counted = scene.faucet.numbers(ctx(), counted).await.unwrap();
    assert!(all(counted).await.unwrap().into_iter().eq(0..1000));
    let sum = scene.faucet.sum_blocking(ctx(), numbers(0..1000)).await;
    assert_eq!(sum.unwrap(), 499_500);
    scene.faucet.pour(ctx(), 2, numbers(0..100)).await.unwrap();
    assert_eq!(scene.flows.wait(2, |flow| flow.finished).await.read, 100);
    let expected = ["count", "sum", "numbers", "sum_blocking", "pour"];
    let expected = expected.map(|name| {
        let seen = seen.lock().unwrap();
        (name, seen.iter().filter(|seen| *seen == name).count())
    });
    assert!(
        expected[..4].iter().all(|(_, count)| *count == 2),
        "{expected:?}"
    );
    scene.end().await;
}

/// Hands calls on twice, and answers with the second answer.
async fn twice(request: Request, next: Next) -> Response {
    let first = next.clone().run(request.clone()).await;
    assert!(
        matches!(
            first.status(),
            Status::Returned | Status::Failed(CallError::Refused { .. })
        ),
        "{first:?}"
    );
    next.run(request).await
}

fn assert_refused<T: std::fmt::Debug, E: std::fmt::Debug>(result: Result<T, CallError<E>>) {
    let Err(CallError::Refused { message }) = &result else {
        panic!("{result:?}");
    };
    assert!(message.contains("stream"), "{message}");
}

async fn a_call_with_a_stream_is_handed_on_once_by_a_layer_of_the_client(transport: Transport) {
    let scene = Scene::of(transport, |server| server, |client| client.layer(twice)).await;
    let refused = scene.faucet.sum(context::current(), numbers(0..9)).await;
    assert_refused(refused);
    assert_eq!(scene.faucet.add(context::current(), 2, 3).await.unwrap(), 5);
    assert!(!scene.lab.connection().is_closed());
    scene.stage.end().await;
}

async fn a_call_with_a_stream_is_handed_on_once_by_a_layer_of_the_server(transport: Transport) {
    let scene = Scene::of(transport, |server| server.layer(twice), |client| client).await;
    let refused = scene.faucet.sum(context::current(), numbers(0..9)).await;
    assert_refused(refused);
    assert_eq!(scene.faucet.add(context::current(), 2, 3).await.unwrap(), 5);
    scene.stage.end().await;
}

async fn a_call_that_returns_a_stream_may_be_made_again(transport: Transport) {
    for at_server in [true, false] {
        let scene = Scene::of(
            transport,
            |server| {
                if at_server {
                    server.layer(twice)
                } else {
                    server
                }
            },
            |client| {
                if at_server {
                    client
                } else {
                    client.layer(twice)
                }
            },
        )
        .await;
        const LONG: u64 = 2 * DEFAULT_WINDOW;
        // The first answer goes with the layer, and its stream with it.
        let counted = scene.faucet.count(context::current(), 1, LONG).await;
        assert!(all(counted.unwrap()).await.unwrap().into_iter().eq(0..LONG));
        // It may be in the middle of an item then.
        let is_over = |flow: &support::Flow| flow.dropped || flow.error.is_some();
        promptly(scene.flows.wait(1, |flow| flow.finished && is_over(flow))).await;
        scene.stage.end().await;
    }
}

async fn a_layer_that_drops_an_answer_closes_its_stream(transport: Transport) {
    let deaf = |request: Request, next: Next| async move {
        if request.method.name != "count" {
            return next.run(request).await;
        }
        drop(next.run(request).await);
        Response::refused("nothing to hear")
    };
    for at_server in [true, false] {
        let scene = Scene::of(
            transport,
            |server| {
                if at_server {
                    server.layer(deaf)
                } else {
                    server
                }
            },
            |client| {
                if at_server {
                    client
                } else {
                    client.layer(deaf)
                }
            },
        )
        .await;
        let refused = scene.faucet.count(context::current(), 1, u64::MAX).await;
        assert!(matches!(refused, Err(CallError::Refused { .. })));
        promptly(scene.flows.wait(1, support::Flow::is_over)).await;
        scene.end().await;
    }
}

async fn a_layer_that_hands_nothing_on_closes_the_streams(transport: Transport) {
    let deaf = |request: Request, next: Next| async move {
        match request.method.name {
            "hold" => Response::refused("nothing to hear"),
            _ => next.run(request).await,
        }
    };
    let scene = Scene::of(transport, |server| server, |client| client.layer(deaf)).await;
    let (sender, receiver) = channel(1);
    let refused = scene.faucet.hold(context::current(), 1, receiver).await;
    assert!(matches!(refused, Err(CallError::Refused { .. })));
    assert!(promptly(sender.closed()).await.is_closed());
    scene.end().await;
}
