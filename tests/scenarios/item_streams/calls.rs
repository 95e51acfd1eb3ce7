//! Streams and the calls that open them.

use std::time::Duration;

use futures_util::poll;
use ipc_rpc::{CallError, CallOutcome, Config, channel, context};
use support::{Leave, Task, Transport, promptly, scenarios};

use super::{DEFAULT_WINDOW, Scene, all, numbers};

scenarios! {
    the_deadline_of_a_call_does_not_end_the_stream_it_returned,
    a_call_that_takes_a_stream_has_no_deadline_of_its_own,
    a_deadline_ends_a_call_that_takes_a_stream_and_the_stream,
    a_cancelled_call_closes_the_stream_that_it_took,
    a_caller_that_leaves_between_answer_and_fetch_leaves_no_stream_open,
    a_caller_that_leaves_before_the_answer_leaves_no_stream_open,
    slots_of_streams_that_have_ended_are_used_again,
    a_stream_too_many_as_an_argument_is_refused_before_it_is_sent,
    a_stream_too_many_as_a_result_fails_its_call_alone,
    the_smaller_limit_of_the_two_sides_counts,
    a_call_that_does_not_reach_a_handler_closes_its_streams,
}

fn at_most(max_streams: usize) -> Config {
    let mut config = Config::default();
    config.max_streams = max_streams;
    config
}

async fn the_deadline_of_a_call_does_not_end_the_stream_it_returned(transport: Transport) {
    let scene = Scene::new(transport).await;
    let patience = Duration::from_millis(300);
    let short = context::with_timeout(patience);
    let mut counted = scene.faucet.count(short, 1, 5000).await.unwrap();
    assert_eq!(counted.recv().await.unwrap().unwrap(), 0);
    // Another call with that timeout, begun later, tells when it has passed for sure.
    let hanging = scene.lab.hang(context::with_timeout(patience), 1).await;
    assert!(hanging.unwrap_err().is_timeout());
    assert!(all(counted).await.unwrap().into_iter().eq(1..5000));
    scene.end().await;
}

async fn a_call_that_takes_a_stream_has_no_deadline_of_its_own(transport: Transport) {
    let mut config = Config::default();
    config.call_timeout = Some(Duration::from_millis(100));
    let scene = Scene::with(transport, config).await;
    let (sender, receiver) = channel(1);
    let faucet = scene.faucet.clone();
    let summing = Task::spawn(async move { faucet.sum(context::current(), receiver).await });
    sender.send(1).await.unwrap();
    for id in 0..2 {
        let hanging = scene.lab.hang(context::current(), id).await;
        assert!(hanging.unwrap_err().is_timeout());
    }
    sender.send(2).await.unwrap();
    drop(sender);
    assert_eq!(summing.join().await.unwrap(), 3);
    scene.end().await;
}

async fn a_deadline_ends_a_call_that_takes_a_stream_and_the_stream(transport: Transport) {
    let scene = Scene::new(transport).await;
    let (sender, receiver) = channel(1);
    let short = context::with_timeout(Duration::from_millis(100));
    let held = scene.faucet.hold(short, 1, receiver).await;
    assert!(held.unwrap_err().is_timeout());
    let error = promptly(sender.closed()).await;
    assert!(error.is_closed(), "{error:?}");
    scene.flows.wait(1, support::Flow::is_over).await;
    scene.end().await;
}

async fn a_cancelled_call_closes_the_stream_that_it_took(transport: Transport) {
    let scene = Scene::new(transport).await;
    let (sender, receiver) = channel(1);
    let mut holding = Box::pin(scene.faucet.hold(context::current(), 1, receiver));
    assert!(poll!(&mut holding).is_pending());
    scene.flows.wait(1, |flow| flow.started).await;
    sender.send(1).await.unwrap();
    drop(holding);
    let error = promptly(sender.closed()).await;
    assert!(error.is_closed(), "{error:?}");
    assert!(sender.send(2).await.unwrap_err().is_closed());
    scene.flows.wait(1, support::Flow::is_over).await;
    // Dropped before it was polled, it was never sent.
    let (sender, receiver) = channel(1);
    drop(scene.faucet.hold(context::current(), 2, receiver));
    assert!(promptly(sender.closed()).await.is_closed());
    assert!(!scene.flows.of(2).started);
    scene.end().await;
}

async fn a_caller_that_leaves_between_answer_and_fetch_leaves_no_stream_open(transport: Transport) {
    let scene = Scene::with(transport, at_most(2)).await;
    for id in 0..20 {
        let mut call = Box::pin(scene.faucet.count(context::current(), id, u64::MAX));
        assert!(poll!(&mut call).is_pending());
        scene.flows.wait(id, |flow| flow.sent >= 1).await;
        // What the pong comes behind has arrived: the answer, and items.
        scene.lab.connection().ping().await.unwrap();
        drop(call);
        let flow = promptly(scene.flows.wait(id, support::Flow::is_over)).await;
        assert!(flow.sent <= DEFAULT_WINDOW, "{flow:?}");
    }
    scene.end().await;
}

async fn a_caller_that_leaves_before_the_answer_leaves_no_stream_open(transport: Transport) {
    let scene = Scene::with(transport, at_most(4)).await;
    for id in 0..200 {
        let mut call = Box::pin(scene.faucet.count(context::current(), id, u64::MAX));
        assert!(poll!(&mut call).is_pending());
        if id % 2 == 0 {
            tokio::task::yield_now().await;
        }
        drop(call);
        if id % 4 == 0 {
            scene.lab.connection().ping().await.unwrap();
        }
    }
    scene.lab.connection().ping().await.unwrap();
    // Those that ever began have been told.
    for id in 0..200 {
        if scene.flows.of(id).started {
            promptly(scene.flows.wait(id, support::Flow::is_over)).await;
        }
    }
    scene.end().await;
}

async fn slots_of_streams_that_have_ended_are_used_again(transport: Transport) {
    let mut config = at_most(4);
    // What is sent in vain in each round.
    config.stream_window_items = 64;
    let scene = Scene::with(transport, config).await;
    let ctx = context::current;
    // Four streams a round. A pipe takes its time.
    let rounds: u64 = if transport.is_pipe() { 250 } else { 2500 };
    for round in 0..rounds {
        let counted = scene.faucet.count(ctx(), 1, round % 5).await.unwrap();
        assert_eq!(all(counted).await.unwrap().len() as u64, round % 5);
        let sum = scene.faucet.sum(ctx(), numbers(0..round % 7)).await;
        assert_eq!(sum.unwrap(), (0..round % 7).sum::<u64>());
        let mut left = scene.faucet.count(ctx(), 2, 10_000).await.unwrap();
        left.recv().await.unwrap().unwrap();
        drop(left);
        let (sender, receiver) = channel(1);
        let sipping = scene.faucet.sip(ctx(), 1, Leave::Drop, receiver);
        let (sipped, sent) = tokio::join!(sipping, sender.send(7));
        assert_eq!((sipped.unwrap(), sent.is_ok()), (7, true));
        promptly(sender.closed()).await;
    }
    scene.end().await;
}

async fn a_stream_too_many_as_an_argument_is_refused_before_it_is_sent(transport: Transport) {
    let scene = Scene::with(transport, at_most(2)).await;
    let ctx = context::current;
    let mut open = Vec::new();
    for id in 0..2 {
        let (sender, receiver) = channel(1);
        scene.faucet.pour(ctx(), id, receiver).await.unwrap();
        open.push(sender);
    }
    let (sender, receiver) = channel(1);
    let refused = scene.faucet.hold(ctx(), 2, receiver).await.unwrap_err();
    assert!(
        matches!(
            refused,
            CallError::TooManyStreams {
                response: false,
                limit: 2
            }
        ),
        "{refused:?}"
    );
    assert_eq!(refused.outcome(), CallOutcome::NotSent);
    assert!(refused.is_retryable());
    assert!(promptly(sender.closed()).await.is_closed());
    assert!(!scene.flows.of(2).started);
    // The other direction has a limit of its own, and calls without streams have none.
    let counted = scene.faucet.count(ctx(), 3, 3).await.unwrap();
    assert_eq!(all(counted).await.unwrap(), [0, 1, 2]);
    assert_eq!(scene.faucet.add(ctx(), 2, 3).await.unwrap(), 5);
    for (id, sender) in (0..).zip(open) {
        sender.send(1).await.unwrap();
        drop(sender);
        assert_eq!(scene.flows.wait(id, |flow| flow.finished).await.read, 1);
    }
    // More in one call than there may be at all.
    let sum = scene.faucet.sum(ctx(), numbers(0..3)).await;
    assert_eq!(sum.unwrap(), 3);
    scene.end().await;
}

async fn a_stream_too_many_as_a_result_fails_its_call_alone(transport: Transport) {
    let scene = Scene::with(transport, at_most(2)).await;
    let ctx = context::current;
    let first = scene.faucet.count(ctx(), 0, 3000).await.unwrap();
    let second = scene.faucet.count(ctx(), 1, 3000).await.unwrap();
    for id in 2..10 {
        let refused = scene.faucet.count(ctx(), id, 3000).await.unwrap_err();
        assert!(
            matches!(
                refused,
                CallError::TooManyStreams {
                    response: true,
                    limit: 2
                }
            ),
            "{refused:?}"
        );
        assert_eq!(refused.outcome(), CallOutcome::Ran);
        // Nothing of it was ever polled, and it is gone.
        let flow = scene.flows.wait(id, support::Flow::is_over).await;
        assert_eq!(flow.sent, 0);
    }
    assert!(all(first).await.unwrap().into_iter().eq(0..3000));
    let third = scene.faucet.count(ctx(), 20, 3).await.unwrap();
    assert_eq!(all(third).await.unwrap(), [0, 1, 2]);
    assert!(all(second).await.unwrap().into_iter().eq(0..3000));
    scene.end().await;
}

async fn the_smaller_limit_of_the_two_sides_counts(transport: Transport) {
    for (ours, theirs) in [(1, 3), (3, 1)] {
        let scene = Scene::of(
            transport,
            |server| server.config(at_most(theirs)),
            |client| client.config(at_most(ours)),
        )
        .await;
        let (sender, receiver) = channel::<u64>(1);
        scene
            .faucet
            .pour(context::current(), 1, receiver)
            .await
            .unwrap();
        let second = scene.faucet.sum(context::current(), numbers(0..1)).await;
        assert!(
            matches!(
                second,
                Err(CallError::TooManyStreams {
                    response: false,
                    limit: 1
                })
            ),
            "{second:?}"
        );
        let counted = scene
            .faucet
            .count(context::current(), 2, 9999)
            .await
            .unwrap();
        let second = scene.faucet.count(context::current(), 3, 1).await;
        assert!(
            matches!(
                second,
                Err(CallError::TooManyStreams {
                    response: true,
                    limit: 1
                })
            ),
            "{second:?}"
        );
        drop((sender, counted));
        scene.flows.wait(1, |flow| flow.finished).await;
        scene.flows.wait(2, support::Flow::is_over).await;
        scene.end().await;
    }
}

async fn a_call_that_does_not_reach_a_handler_closes_its_streams(transport: Transport) {
    let refuse = |request: ipc_rpc::layer::Request, next: ipc_rpc::layer::Next| async move {
        if request.method.name == "hold" {
            return ipc_rpc::layer::Response::refused("nothing is held here");
        }
        next.run(request).await
    };
    let scene = Scene::of(
        transport,
        |server| server.layer(refuse).config(at_most(1)),
        |client| client,
    )
    .await;
    for id in 0..10 {
        let (sender, receiver) = channel(1);
        let held = scene.faucet.hold(context::current(), id, receiver).await;
        assert!(matches!(held, Err(CallError::Refused { .. })), "{held:?}");
        assert!(promptly(sender.closed()).await.is_closed());
        assert!(!scene.flows.of(id).started);
    }
    scene.end().await;
}
