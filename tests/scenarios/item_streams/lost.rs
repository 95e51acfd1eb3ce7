//! Streams of a connection that ends.

use std::time::Duration;

use futures_util::poll;
use ipc_rpc::{Config, ConnectionError, Receiver, Sender, StreamError, channel, context};
use support::{Task, Transport, promptly, scenarios};

use super::{Scene, all, until_error, window};

scenarios! {
    every_stream_fails_when_the_client_closes,
    every_stream_fails_when_the_client_aborts,
    every_stream_fails_when_the_server_vanishes,
    every_stream_fails_when_the_server_is_cut,
    a_shutdown_with_grace_lets_the_servers_streams_end_and_fails_the_others,
    a_close_waits_for_streams_that_this_side_writes,
    a_close_does_not_wait_for_streams_that_this_side_reads,
    a_close_gives_up_streams_that_take_too_long,
    a_receiver_keeps_its_connection_open,
    a_sender_keeps_its_connection_open,
    items_that_arrived_before_the_end_can_be_read,
    a_sender_with_items_waiting_before_the_call_learns_of_the_end,
}

/// Streams in the middle of everything, each way: one whose other end does nothing, one that waits for credit, and
/// one that waits for items.
struct Open {
    idle: Receiver<u64>,
    full: Receiver<u64>,
    waiting: Task<StreamError>,
    idle_sender: Sender<u64>,
    full_sender: Task<StreamError>,
    closed: Task<StreamError>,
}

async fn open(scene: &Scene) -> Open {
    let ctx = context::current;
    let never = support::End::Never;
    let idle = scene.faucet.end(ctx(), 1, never.clone()).await.unwrap();
    let full = scene.faucet.count(ctx(), 2, u64::MAX).await.unwrap();
    let waiting = scene.faucet.end(ctx(), 3, never).await.unwrap();
    let waiting = Task::spawn(async move { until_error(waiting).await.1 });
    let (idle_sender, receiver) = channel(1);
    scene.faucet.pour(ctx(), 4, receiver).await.unwrap();
    let clone = idle_sender.clone();
    let closed = Task::spawn(async move { clone.closed().await });
    let (full_sender, receiver) = channel(1);
    let faucet = scene.faucet.clone();
    let full_sender = Task::spawn(async move {
        let holding = Task::spawn(async move { faucet.hold(ctx(), 5, receiver).await });
        loop {
            if let Err(error) = full_sender.send(1).await {
                holding.join().await.unwrap_err();
                return error;
            }
        }
    });
    for id in 1..=5 {
        scene.flows.wait(id, |flow| flow.started).await;
    }
    scene.flows.wait(1, |flow| flow.sent == 3).await;
    scene.flows.wait(2, |flow| flow.sent == 16).await;
    // What was sent before its answer is here when that is.
    scene.lab.connection().ping().await.unwrap();
    Open {
        idle,
        full,
        waiting,
        idle_sender,
        full_sender,
        closed,
    }
}

impl Open {
    /// Checks that every end of this side fails with the end of the connection.
    async fn assert_failed(self, is_right: impl Fn(&ConnectionError) -> bool) {
        let Self {
            idle,
            full,
            waiting,
            idle_sender,
            full_sender,
            closed,
        } = self;
        let check = |error: StreamError, which: &str| match error {
            StreamError::Connection(reason) if is_right(&reason) => {}
            other => panic!("{which}: {other:?}"),
        };
        let (read, error) = promptly(until_error(idle)).await;
        assert_eq!(read, [0, 1, 2]);
        check(error, "idle");
        let (read, error) = promptly(until_error(full)).await;
        assert!(read.into_iter().eq(0..16));
        check(error, "full");
        check(promptly(waiting.join()).await, "waiting");
        check(promptly(full_sender.join()).await, "full sender");
        check(promptly(closed.join()).await, "closed");
        let sent = promptly(idle_sender.send(1)).await;
        check(sent.unwrap_err(), "idle sender");
    }
}

/// Checks that every end at the service is over.
async fn assert_over(scene: &Scene) {
    for id in 1..=5 {
        promptly(scene.flows.wait(id, support::Flow::is_over)).await;
    }
}

fn hour() -> Config {
    let mut config = window(16, 4 * 1024);
    config.drain_timeout = Duration::from_secs(3600);
    config
}

async fn every_stream_fails_when_the_client_closes(transport: Transport) {
    let mut config = window(16, 4 * 1024);
    config.drain_timeout = Duration::from_millis(50);
    let scene = Scene::with(transport, config).await;
    let open = open(&scene).await;
    scene.lab.connection().close("enough").await;
    open.assert_failed(
        |reason| matches!(reason, ConnectionError::LocallyClosed { reason } if reason == "enough"),
    )
    .await;
    assert_over(&scene).await;
    scene.stage.end().await;
}

async fn every_stream_fails_when_the_client_aborts(transport: Transport) {
    let scene = Scene::with(transport, hour()).await;
    let open = open(&scene).await;
    scene.lab.connection().abort();
    open.assert_failed(|reason| matches!(reason, ConnectionError::Aborted))
        .await;
    assert_over(&scene).await;
    scene.stage.end().await;
}

async fn every_stream_fails_when_the_server_vanishes(transport: Transport) {
    let scene = Scene::with(transport, hour()).await;
    let open = open(&scene).await;
    let id = scene.lab.connection().id();
    scene.stage.handle.connection(id).unwrap().abort();
    open.assert_failed(|reason| {
        matches!(
            reason,
            ConnectionError::PeerVanished | ConnectionError::Io { .. }
        )
    })
    .await;
    assert_over(&scene).await;
    scene.stage.end().await;
}

async fn every_stream_fails_when_the_server_is_cut(transport: Transport) {
    let scene = Scene::with(transport, hour()).await;
    let open = open(&scene).await;
    promptly(scene.stage.stopping(Duration::ZERO).join()).await;
    open.assert_failed(|reason| {
        matches!(
            reason,
            ConnectionError::PeerClosed(_) | ConnectionError::PeerVanished
        )
    })
    .await;
    assert_over(&scene).await;
    scene.stage.end().await;
}

async fn a_shutdown_with_grace_lets_the_servers_streams_end_and_fails_the_others(
    transport: Transport,
) {
    let scene = Scene::with(transport, hour()).await;
    let counted = scene
        .faucet
        .count(context::current(), 1, 1000)
        .await
        .unwrap();
    let (sender, receiver) = channel(1);
    // Nothing waits for this one: the server reads it, behind a call that was answered.
    let back = scene
        .faucet
        .shout(context::current(), receiver)
        .await
        .unwrap();
    drop(back);
    promptly(sender.closed()).await;
    let stopping = scene.stage.stopping(Duration::from_secs(3600));
    let refused = loop {
        if let Err(error) = scene.faucet.add(context::current(), 1, 1).await {
            break error;
        }
    };
    assert!(refused.is_retryable(), "{refused:?}");
    assert!(all(counted).await.unwrap().into_iter().eq(0..1000));
    promptly(stopping.join()).await;
    assert!(sender.send("late".to_owned()).await.is_err());
    scene.stage.end().await;
}

async fn a_close_waits_for_streams_that_this_side_writes(transport: Transport) {
    let scene = Scene::with(transport, hour()).await;
    let (sender, receiver) = channel(1);
    scene
        .faucet
        .outlive(context::current(), 1, receiver)
        .await
        .unwrap();
    sender.send(0).await.unwrap();
    let connection = scene.lab.connection().clone();
    let mut closing = Box::pin(async { connection.close("done").await });
    assert!(poll!(&mut closing).is_pending());
    for number in 1..1000 {
        sender.send(number).await.unwrap();
    }
    assert!(poll!(&mut closing).is_pending());
    drop(sender);
    assert!(promptly(closing).await);
    let poured = scene.flows.wait(1, |flow| flow.finished).await;
    assert_eq!((poured.read, poured.error.is_none()), (1000, true));
    scene.stage.end().await;
}

async fn a_close_does_not_wait_for_streams_that_this_side_reads(transport: Transport) {
    let scene = Scene::with(transport, hour()).await;
    let counted = scene
        .faucet
        .count(context::current(), 1, u64::MAX)
        .await
        .unwrap();
    scene.flows.wait(1, |flow| flow.sent == 16).await;
    scene.lab.connection().ping().await.unwrap();
    promptly(scene.lab.connection().close("done")).await;
    let (read, error) = promptly(until_error(counted)).await;
    assert!(read.into_iter().eq(0..16));
    assert!(
        matches!(
            error,
            StreamError::Connection(ConnectionError::LocallyClosed { .. })
        ),
        "{error:?}"
    );
    promptly(scene.flows.wait(1, support::Flow::is_over)).await;
    scene.stage.end().await;
}

async fn a_close_gives_up_streams_that_take_too_long(transport: Transport) {
    let mut config = hour();
    config.drain_timeout = Duration::from_millis(50);
    let scene = Scene::with(transport, config).await;
    let (sender, receiver) = channel(1);
    scene
        .faucet
        .outlive(context::current(), 1, receiver)
        .await
        .unwrap();
    sender.send(0).await.unwrap();
    assert!(promptly(scene.lab.connection().close("done")).await);
    let error = promptly(sender.closed()).await;
    assert!(
        matches!(
            error,
            StreamError::Connection(ConnectionError::LocallyClosed { .. })
        ),
        "{error:?}"
    );
    let read = promptly(scene.flows.wait(1, |flow| flow.finished)).await;
    assert!(
        matches!(
            read.error,
            Some(StreamError::Connection(ConnectionError::PeerClosed(_)))
        ),
        "{read:?}"
    );
    scene.stage.end().await;
}

async fn a_receiver_keeps_its_connection_open(transport: Transport) {
    let scene = Scene::with(transport, hour()).await;
    let Scene {
        mut stage,
        flows,
        lab,
        faucet,
    } = scene;
    let counted = faucet.count(context::current(), 1, 1000).await.unwrap();
    drop((lab, faucet));
    assert!(all(counted).await.unwrap().into_iter().eq(0..1000));
    flows.wait(1, |flow| flow.finished).await;
    let (_, reason) = stage.disconnected().await;
    assert!(reason.is_clean(), "{reason:?}");
    stage.end().await;
}

async fn a_sender_keeps_its_connection_open(transport: Transport) {
    let scene = Scene::with(transport, hour()).await;
    let Scene {
        mut stage,
        flows,
        lab,
        faucet,
    } = scene;
    let (sender, receiver) = channel(1);
    faucet
        .outlive(context::current(), 1, receiver)
        .await
        .unwrap();
    drop((lab, faucet));
    for number in 0..1000 {
        sender.send(number).await.unwrap();
    }
    drop(sender);
    let poured = flows.wait(1, |flow| flow.finished).await;
    assert_eq!((poured.read, poured.error.is_none()), (1000, true));
    let (_, reason) = stage.disconnected().await;
    assert!(reason.is_clean(), "{reason:?}");
    stage.end().await;
}

async fn items_that_arrived_before_the_end_can_be_read(transport: Transport) {
    let scene = Scene::with(transport, hour()).await;
    let counted = scene.faucet.count(context::current(), 1, 10).await.unwrap();
    let unfinished = scene
        .faucet
        .count(context::current(), 2, 100)
        .await
        .unwrap();
    scene.flows.wait(1, |flow| flow.finished).await;
    scene.flows.wait(2, |flow| flow.sent == 16).await;
    scene.lab.connection().ping().await.unwrap();
    scene.lab.connection().abort();
    scene.lab.connection().closed().await;
    // The first arrived whole, with its end.
    assert!(all(counted).await.unwrap().into_iter().eq(0..10));
    let (read, error) = until_error(unfinished).await;
    assert!(read.into_iter().eq(0..16));
    assert!(error.is_connection(), "{error:?}");
    scene.stage.end().await;
}

async fn a_sender_with_items_waiting_before_the_call_learns_of_the_end(transport: Transport) {
    let scene = Scene::with(transport, hour()).await;
    let (sender, receiver) = channel(4);
    for number in 0..4 {
        sender.send(number).await.unwrap();
    }
    scene
        .faucet
        .pour(context::current(), 1, receiver)
        .await
        .unwrap();
    scene.flows.wait(1, |flow| flow.read == 4).await;
    scene.lab.connection().abort();
    let error = promptly(sender.closed()).await;
    assert!(error.is_connection(), "{error:?}");
    scene.stage.end().await;
}
