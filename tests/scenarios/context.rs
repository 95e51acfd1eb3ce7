//! What comes with a call, and what a handler learns when it is over.

use futures_util::poll;
use ipc_rpc::{AuthHello, Rejection, TraceContext, context};
use support::{Report, Stage, Transport, scenarios};

scenarios! {
    a_trace_travels_with_its_call_and_on_to_the_calls_of_the_handler,
    a_handler_knows_its_caller,
    a_handler_finds_its_callers_session,
    dropping_a_call_drops_its_handler,
    a_cancel_of_a_finished_call_is_silent,
    a_call_dropped_after_any_number_of_polls_leaves_nothing_behind,
    what_a_handler_spawned_learns_that_the_call_was_dropped,
    what_a_handler_spawned_learns_that_the_call_was_answered,
    what_a_handler_spawned_learns_that_the_connection_ended,
}

async fn a_trace_travels_with_its_call_and_on_to_the_calls_of_the_handler(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    for sampled in [false, true] {
        let trace = TraceContext {
            trace_id: u128::MAX - 5,
            span_id: 0x0123_4567_89ab_cdef,
            sampled,
        };
        let ctx = || context::current().with_trace_context(trace);
        let expected = Some((trace.trace_id, trace.span_id, sampled));
        for facts in [
            client.facts(ctx()).await.unwrap(),
            client.facts_blocking(ctx()).await.unwrap(),
        ] {
            assert_eq!((facts.trace, facts.inherited_trace), (expected, expected));
        }
    }
    let facts = client.facts(context::current()).await.unwrap();
    assert_eq!((facts.trace, facts.inherited_trace), (None, None));
    stage.end().await;
}

async fn a_handler_knows_its_caller(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let client = stage.client().await;
    let id = stage.connected().await;
    assert_eq!(id, client.connection().id());
    let facts = client.facts(context::current()).await.unwrap();
    assert_eq!(facts.connection, Some(id.get()));
    if cfg!(target_os = "linux") {
        assert_eq!(facts.pid, Some(std::process::id()));
    }
    assert!(client.connection().peer_identity().is_same_user());
    stage.end().await;
}

async fn a_handler_finds_its_callers_session(transport: Transport) {
    let stage = Stage::with(transport, |server| {
        server.authenticate(|hello: AuthHello<String>| async move {
            Ok::<_, Rejection>(format!("session of {}", hello.payload))
        })
    })
    .await;
    for user in ["anna", "otto"] {
        let client = stage.connect().auth(user).await.unwrap();
        let facts = client.facts(context::current()).await.unwrap();
        assert_eq!(facts.session, Some(format!("session of {user}")));
        let facts = client.facts_blocking(context::current()).await.unwrap();
        assert_eq!(facts.session, Some(format!("session of {user}")));
    }
    stage.end().await;
}

async fn dropping_a_call_drops_its_handler(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    for id in 0..50 {
        let call = stage
            .lab
            .hanging(&client, context::without_deadline(), id)
            .await;
        drop(call);
        stage.lab.wait(Report::Dropped(id)).await;
    }
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.end().await;
}

/// A server that serves one call at a time, so that a slot which is lost is missed at once.
async fn narrow(transport: Transport) -> Stage {
    let mut config = ipc_rpc::Config::default();
    config.max_in_flight = 1;
    Stage::with(transport, |server| server.config(config)).await
}

async fn a_cancel_of_a_finished_call_is_silent(transport: Transport) {
    let stage = narrow(transport).await;
    let client = stage.client().await;
    for round in 0..200 {
        let mut call = Box::pin(client.hang(context::without_deadline(), round));
        assert!(poll!(&mut call).is_pending());
        stage.lab.release(round);
        if round % 2 == 0 {
            // The answer is on its way or here, and nobody has looked.
            stage.lab.wait(Report::Finished(round)).await;
            client.connection().ping().await.unwrap();
        }
        drop(call);
        let sum = client.add(context::without_deadline(), 2, 3).await;
        assert_eq!(sum.unwrap(), 5);
    }
    assert!(!client.connection().is_closed());
    stage.end().await;
}

async fn a_call_dropped_after_any_number_of_polls_leaves_nothing_behind(transport: Transport) {
    let stage = narrow(transport).await;
    let client = stage.client().await;
    for polls in 0..12 {
        for _ in 0..10 {
            let mut call = Box::pin(client.echo(context::without_deadline(), "x".to_owned()));
            for _ in 0..polls {
                if poll!(&mut call).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(call);
            let sum = client.add(context::without_deadline(), 2, 3).await;
            assert_eq!(sum.unwrap(), 5);
        }
    }
    stage.end().await;
}

async fn what_a_handler_spawned_learns_that_the_call_was_dropped(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let mut call = Box::pin(client.hang_and_watch(context::current(), 1));
    assert!(poll!(&mut call).is_pending());
    stage.lab.wait(Report::Started(1)).await;
    client.connection().ping().await.unwrap();
    assert!(!stage.lab.has(&Report::Over(1)));
    drop(call);
    stage.lab.wait(Report::Over(1)).await;
    stage.lab.wait(Report::Dropped(1)).await;
    stage.end().await;
}

async fn what_a_handler_spawned_learns_that_the_call_was_answered(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    client.outlive(context::current(), 1).await.unwrap();
    stage.lab.wait(Report::Over(1)).await;
    stage.end().await;
}

async fn what_a_handler_spawned_learns_that_the_connection_ended(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let mut call = Box::pin(client.hang_and_watch(context::without_deadline(), 1));
    assert!(poll!(&mut call).is_pending());
    stage.lab.wait(Report::Started(1)).await;
    client.connection().abort();
    stage.lab.wait(Report::Over(1)).await;
    stage.lab.wait(Report::Dropped(1)).await;
    assert!(call.await.is_err());
    stage.end().await;
}
