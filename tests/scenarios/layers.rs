//! User code around calls, on both ends.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::poll;
use ipc_rpc::layer::{Next, Request, Response, Status};
use ipc_rpc::{CallError, CallOutcome, Codec, TraceContext, context};
use support::{LabError, Parts, Report, Stage, Transport, scenarios};

scenarios! {
    a_layer_of_the_client_may_call_again,
    a_layer_of_the_server_may_call_again,
    a_layer_may_refuse_a_call_before_it_runs,
    a_layer_may_turn_a_call_away_for_now,
    layers_see_calls_in_the_order_in_which_they_were_added,
    a_layer_sees_how_a_call_went,
    a_layer_may_change_the_context,
    a_layer_sees_methods_and_sizes_and_not_what_is_in_them,
    every_kind_of_call_passes_layers_on_both_ends,
    dropping_a_call_drops_what_waits_behind_layers,
    a_layer_that_panics_fails_its_call_alone,
}

/// Calls on, again and again for as long as the call was turned away.
async fn retry(request: Request, next: Next) -> Response {
    loop {
        let response = next.clone().run(request.clone()).await;
        if !matches!(
            response.status(),
            Status::Failed(CallError::Overloaded { .. })
        ) {
            return response;
        }
    }
}

/// Turns the first calls away, so many of them.
fn busy_at_first(
    count: usize,
) -> impl Fn(Request, Next) -> std::pin::Pin<Box<dyn Future<Output = Response> + Send>> {
    let left = Arc::new(AtomicUsize::new(count));
    move |request, next| {
        let turned_away = left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            })
            .is_ok();
        Box::pin(async move {
            if turned_away {
                return Response::overloaded("not yet");
            }
            next.run(request).await
        })
    }
}

async fn a_layer_of_the_client_may_call_again(transport: Transport) {
    let stage = Stage::with(transport, |server| server.layer(busy_at_first(2))).await;
    let client = stage.connect().layer(retry).await.unwrap();
    let bytes = bytes::Bytes::from(vec![7; 100_000]);
    let returned = client.bytes(context::current(), bytes.clone()).await;
    assert_eq!(returned.unwrap(), bytes);
    stage.end().await;
}

async fn a_layer_of_the_server_may_call_again(transport: Transport) {
    let twice = |request: Request, next: Next| async move {
        let first = next.clone().run(request.clone()).await;
        assert!(matches!(first.status(), Status::Returned), "{first:?}");
        next.run(request).await
    };
    let stage = Stage::with(transport, |server| server.layer(twice)).await;
    let client = stage.client().await;
    stage.lab.release_all();
    assert_eq!(client.hang(context::current(), 1).await.unwrap(), 1);
    let started = stage.lab.count(|report| *report == Report::Started(1));
    assert_eq!(started, 2);
    stage.end().await;
}

async fn a_layer_may_refuse_a_call_before_it_runs(transport: Transport) {
    let guard = |request: Request, next: Next| async move {
        if request.method.name.starts_with("hang") {
            return Response::refused("no hanging about");
        }
        next.run(request).await
    };
    let guarded = Stage::with(transport, |server| server.layer(guard)).await;
    let open = Stage::new(transport).await;
    for (stage, client) in [
        (&guarded, guarded.client().await),
        (&open, open.connect().layer(guard).await.unwrap()),
    ] {
        let error = client.hang(context::current(), 1).await.unwrap_err();
        assert_eq!(error.to_string(), "refused: no hanging about");
        assert_eq!(error.outcome(), CallOutcome::Refused);
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
        assert_eq!(stage.lab.all(), []);
    }
    guarded.end().await;
    open.end().await;
}

async fn a_layer_may_turn_a_call_away_for_now(transport: Transport) {
    let stage = Stage::with(transport, |server| server.layer(busy_at_first(1))).await;
    let client = stage.client().await;
    let error = client.add(context::current(), 2, 3).await.unwrap_err();
    assert!(
        matches!(&error, CallError::Overloaded { message } if message == "not yet"),
        "{error:?}"
    );
    assert!(error.is_retryable());
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.end().await;
}

async fn layers_see_calls_in_the_order_in_which_they_were_added(transport: Transport) {
    let seen: Arc<Mutex<Vec<&str>>> = Arc::default();
    let layer = |name: &'static str| {
        let seen = Arc::clone(&seen);
        move |request: Request, next: Next| {
            let seen = Arc::clone(&seen);
            async move {
                seen.lock().unwrap().push(name);
                let response = next.run(request).await;
                seen.lock().unwrap().push(name);
                response
            }
        }
    };
    let stage = Stage::with(transport, |server| {
        server
            .layer(layer("server, first"))
            .layer(layer("server, second"))
    })
    .await;
    let connect = stage.connect();
    let client = connect
        .layer(layer("client, first"))
        .layer(layer("client, second"))
        .await
        .unwrap();
    client.add(context::current(), 2, 3).await.unwrap();
    let way = [
        "client, first",
        "client, second",
        "server, first",
        "server, second",
    ];
    let expected: Vec<_> = way.into_iter().chain(way.into_iter().rev()).collect();
    assert_eq!(*seen.lock().unwrap(), expected);
    stage.end().await;
}

async fn a_layer_sees_how_a_call_went(transport: Transport) {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let layer = || {
        let seen = Arc::clone(&seen);
        move |request: Request, next: Next| {
            let seen = Arc::clone(&seen);
            async move {
                let response = next.run(request).await;
                let status = match response.status() {
                    Status::Returned => "returned".to_owned(),
                    Status::ServiceError => "service error".to_owned(),
                    Status::Failed(error) => error.to_string(),
                };
                seen.lock().unwrap().push(status);
                response
            }
        }
    };
    let stage = Stage::with(transport, |server| server.layer(layer())).await;
    let client = stage.connect().layer(layer()).await.unwrap();
    client.add(context::current(), 2, 3).await.unwrap();
    let error = client.divide(context::current(), 1, 0).await.unwrap_err();
    let expected = LabError::DivideByZero { dividend: 1 };
    assert_eq!(error.into_service().unwrap(), expected);
    let panicked = client
        .panic_at_once(context::current(), String::new())
        .await;
    assert!(matches!(panicked, Err(CallError::Panicked)), "{panicked:?}");
    let panicked = client.panic_later(context::current(), String::new()).await;
    assert!(matches!(panicked, Err(CallError::Panicked)), "{panicked:?}");
    let panicked = "the handler panicked";
    let expected = ["returned", "service error", panicked, panicked];
    let expected: Vec<_> = expected
        .into_iter()
        .flat_map(|status| [status, status])
        .collect();
    assert_eq!(*seen.lock().unwrap(), expected);
    stage.end().await;
}

async fn a_layer_may_change_the_context(transport: Transport) {
    const TRACE: TraceContext = TraceContext {
        trace_id: 77,
        span_id: 7,
        sampled: true,
    };
    let tracing = |mut request: Request, next: Next| async move {
        request.context = request.context.with_trace_context(TRACE);
        next.run(request).await
    };
    let hasty = |mut request: Request, next: Next| async move {
        request.context = request.context.and_timeout(Duration::from_millis(30));
        next.run(request).await
    };
    let stage = Stage::with(transport, |server| server.layer(tracing)).await;
    let client = stage.connect().layer(hasty).await.unwrap();
    let facts = client.facts(context::current()).await.unwrap();
    assert_eq!(
        (facts.trace, facts.inherited_trace),
        (Some((77, 7, true)), Some((77, 7, true)))
    );
    let error = client
        .hang(context::without_deadline(), 1)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "no response within 30ms");
    stage.end().await;
}

async fn a_layer_sees_methods_and_sizes_and_not_what_is_in_them(transport: Transport) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let layer = {
        let seen = Arc::clone(&seen);
        move |request: Request, next: Next| {
            let shown = format!("{request:?}");
            seen.lock().unwrap().push((
                request.service,
                request.method.name,
                request.len() > 1_000,
                shown.contains("secret"),
            ));
            next.run(request)
        }
    };
    let stage = Stage::new(transport).await;
    let client = stage.connect().layer(layer).await.unwrap();
    let text = "secret".repeat(1_000);
    client.echo(context::current(), text.clone()).await.unwrap();
    client.note(context::current(), text.clone()).await.unwrap();
    client.bytes(context::current(), text.into()).await.unwrap();
    let expected = [
        ("Lab", "echo", true, false),
        ("Lab", "note", true, false),
        ("Lab", "bytes", true, false),
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
    stage.end().await;
}

async fn every_kind_of_call_passes_layers_on_both_ends(transport: Transport) {
    let pass = |request: Request, next: Next| next.run(request);
    for codec in [Codec::Postcard, Codec::MessagePack] {
        let stage = Stage::with(transport, |server| server.layer(pass)).await;
        let client = stage.connect().codec(codec).layer(pass).await.unwrap();
        let ctx = context::current;
        assert_eq!(
            client.parts(ctx(), Parts::default()).await.unwrap(),
            Parts::default()
        );
        let large = bytes::Bytes::from(vec![9; 70_000]);
        let joined = client
            .join(ctx(), large.clone(), "-".to_owned(), large)
            .await;
        assert_eq!(joined.unwrap().len(), 140_001);
        client.note(ctx(), "noted".to_owned()).await.unwrap();
        stage.lab.wait(Report::Noted("noted".to_owned())).await;
        let facts = client.facts(ctx()).await.unwrap();
        assert_eq!(facts.connection, Some(client.connection().id().get()));
        let facts = client.facts_blocking(ctx()).await.unwrap();
        assert!(facts.inherited.is_some());
        stage.lab.release_all();
        assert_eq!(client.block(ctx(), 5).await.unwrap(), 5);
        assert_eq!(client.hang(ctx(), 6).await.unwrap(), 6);
        stage.end().await;
    }
}

async fn dropping_a_call_drops_what_waits_behind_layers(transport: Transport) {
    let pass = |request: Request, next: Next| next.run(request);
    let stage = Stage::with(transport, |server| server.layer(pass)).await;
    let client = stage.connect().layer(pass).await.unwrap();
    let mut call = Box::pin(client.hang_and_watch(context::without_deadline(), 1));
    assert!(poll!(&mut call).is_pending());
    stage.lab.wait(Report::Started(1)).await;
    drop(call);
    stage.lab.wait(Report::Dropped(1)).await;
    stage.lab.wait(Report::Over(1)).await;
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.end().await;
}

async fn a_layer_that_panics_fails_its_call_alone(transport: Transport) {
    let panics = |request: Request, next: Next| async move {
        assert_ne!(request.method.name, "echo", "not this one");
        next.run(request).await
    };
    let stage = Stage::with(transport, |server| server.layer(panics)).await;
    let client = stage.client().await;
    let mut call = Box::pin(client.hang(context::current(), 1));
    assert!(poll!(&mut call).is_pending());
    let error = client
        .echo(context::without_deadline(), String::new())
        .await
        .unwrap_err();
    assert!(matches!(error, CallError::Panicked), "{error:?}");
    stage.lab.release(1);
    assert_eq!(call.await.unwrap(), 1);
    stage.end().await;
}
