//! Peers that fall silent.

use std::time::Duration;

use futures_util::poll;
use ipc_rpc::transport::memory::{self, MemoryStream};
use ipc_rpc::{Config, Connect, ConnectionError, ServerBuilder, context};
use support::{Breaker, LabClient, Report, Stage, Transport, breakable, promptly, scenarios};

scenarios! {
    a_client_that_falls_silent_is_given_up_by_its_server,
    a_server_that_falls_silent_is_given_up_by_its_client,
    a_silent_peer_is_left_alone_unless_it_is_said_otherwise,
    a_peer_that_does_nothing_but_live_is_not_given_up,
    a_peer_whose_slots_are_all_taken_is_not_given_up,
    a_peer_that_takes_what_waits_for_it_is_not_given_up,
    a_call_to_a_peer_that_is_given_up_fails_with_the_reason,
    a_closing_side_does_not_wait_for_a_silent_peer,
}

const INTERVAL: Duration = Duration::from_millis(100);
const TIMEOUT: Duration = Duration::from_millis(200);

/// Longer than it takes to give a peer up, many times.
const LONG: Duration = Duration::from_millis(1_500);

/// A server, a client of it, and the test's hold on the client's stream.
struct Scene {
    stage: Stage,
    client: LabClient,
    line: Breaker<MemoryStream>,
}

impl Scene {
    async fn new(
        transport: Transport,
        server: impl FnOnce(ServerBuilder) -> ServerBuilder,
        client: impl FnOnce(Connect<LabClient>) -> Connect<LabClient>,
    ) -> Self {
        let mut stage = Stage::with(transport, server).await;
        let (near, far) = memory::pair();
        let (near, line) = breakable(near);
        assert!(stage.handle.accept(far));
        let client = client(Connect::over(near)).await.unwrap();
        stage.connected().await;
        Self {
            stage,
            client,
            line,
        }
    }

    fn fall_silent(&self) {
        self.line.stall_reads();
        self.line.stall_writes();
    }
}

/// For how long the peer was silent, if that was why the connection ended.
fn silent(reason: &ConnectionError) -> Duration {
    match reason {
        ConnectionError::PingTimeout { silent } => *silent,
        other => panic!("{other:?} where a peer was to be given up"),
    }
}

async fn lives_for(client: &LabClient, time: Duration) {
    let closed = tokio::time::timeout(time, client.connection().closed()).await;
    assert!(closed.is_err(), "{closed:?}");
}

async fn a_client_that_falls_silent_is_given_up_by_its_server(transport: Transport) {
    let keep_alive = |server: ServerBuilder| server.keep_alive(INTERVAL, TIMEOUT);
    let mut scene = Scene::new(transport, keep_alive, |client| client).await;
    let bystander = scene.stage.client().await;
    scene.stage.connected().await;
    scene.fall_silent();
    let (_, reason) = promptly(scene.stage.disconnected()).await;
    assert!(silent(&reason) >= INTERVAL + TIMEOUT, "{reason:?}");
    assert!(!reason.is_clean());
    assert_eq!(bystander.add(context::current(), 2, 3).await.unwrap(), 5);
    scene.stage.end().await;
}

async fn a_server_that_falls_silent_is_given_up_by_its_client(transport: Transport) {
    let keep_alive = |client: Connect<_>| client.keep_alive(INTERVAL, TIMEOUT);
    let scene = Scene::new(transport, |server| server, keep_alive).await;
    scene.fall_silent();
    let reason = promptly(scene.client.connection().closed()).await;
    assert!(silent(&reason) >= INTERVAL + TIMEOUT, "{reason:?}");
    scene.stage.end().await;
}

async fn a_silent_peer_is_left_alone_unless_it_is_said_otherwise(transport: Transport) {
    let scene = Scene::new(transport, |server| server, |client| client).await;
    scene.fall_silent();
    lives_for(&scene.client, LONG).await;
    scene.line.resume();
    let sum = scene.client.add(context::current(), 2, 3).await;
    assert_eq!(sum.unwrap(), 5);
    scene.stage.end().await;
}

/// With no other option, on either side.
async fn a_peer_that_does_nothing_but_live_is_not_given_up(transport: Transport) {
    let answers = Duration::from_secs(10);
    let keep_alive = |server: ServerBuilder| server.keep_alive(INTERVAL / 4, answers);
    let scene = Scene::new(transport, keep_alive, |client| client).await;
    let before = scene.line.bytes_read();
    lives_for(&scene.client, LONG).await;
    // It was asked, too.
    assert!(scene.line.bytes_read() > before);
    scene.stage.end().await;
}

async fn a_peer_whose_slots_are_all_taken_is_not_given_up(transport: Transport) {
    let mut config = Config::default();
    config.max_in_flight = 2;
    let answers = Duration::from_secs(10);
    let client = |client: Connect<_>| client.keep_alive(INTERVAL / 4, answers);
    let scene = Scene::new(transport, |server| server.config(config), client).await;
    let Scene { stage, client, .. } = &scene;
    let mut hanging = Box::pin(client.hang(context::without_deadline(), 1));
    let mut watching = Box::pin(client.hang_and_watch(context::without_deadline(), 2));
    assert!(poll!(&mut hanging).is_pending());
    assert!(poll!(&mut watching).is_pending());
    stage.lab.wait(Report::Started(1)).await;
    stage.lab.wait(Report::Started(2)).await;
    lives_for(client, LONG).await;
    stage.lab.release_all();
    let (one, other) = tokio::join!(hanging, watching);
    assert_eq!((one.unwrap(), other.unwrap()), (1, 2));
    scene.stage.end().await;
}

/// It says nothing, and cannot answer; it only reads, a little now and then.
async fn a_peer_that_takes_what_waits_for_it_is_not_given_up(transport: Transport) {
    // Longer, for a machine that has other things to do between two portions.
    let timeout = 5 * TIMEOUT;
    let keep_alive = |server: ServerBuilder| server.keep_alive(INTERVAL, timeout);
    let mut scene = Scene::new(transport, keep_alive, |client| client).await;
    let read = scene.line.bytes_read();
    scene.line.allow_reads(1 << 20);
    let mut call = Box::pin(scene.client.fill(context::without_deadline(), 4 << 20));
    assert!(poll!(&mut call).is_pending());
    promptly(async {
        while scene.line.bytes_read() < read + (1 << 20) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    scene.line.stall_writes();
    for _ in 0..20 {
        let waited = tokio::time::timeout(INTERVAL, &mut call).await;
        assert!(waited.is_err(), "{waited:?}");
        scene.line.allow_reads(100 << 10);
    }
    drop(call);
    assert!(scene.stage.events.try_next().is_none());
    scene.fall_silent();
    let (_, reason) = promptly(scene.stage.disconnected()).await;
    silent(&reason);
    scene.stage.end().await;
}

async fn a_call_to_a_peer_that_is_given_up_fails_with_the_reason(transport: Transport) {
    let keep_alive = |client: Connect<_>| client.keep_alive(INTERVAL, TIMEOUT);
    let scene = Scene::new(transport, |server| server, keep_alive).await;
    let call = scene
        .stage
        .lab
        .hanging(&scene.client, context::without_deadline(), 1)
        .await;
    scene.fall_silent();
    let error = promptly(call).await.unwrap_err();
    assert!(
        matches!(
            error,
            ipc_rpc::CallError::Connection {
                source: ConnectionError::PingTimeout { .. },
                sent: true
            }
        ),
        "{error:?}"
    );
    scene.stage.end().await;
}

async fn a_closing_side_does_not_wait_for_a_silent_peer(transport: Transport) {
    let mut config = Config::default();
    config.drain_timeout = Duration::from_secs(3_600);
    let keep_alive =
        |client: Connect<LabClient>| client.config(config).keep_alive(INTERVAL, TIMEOUT);
    let scene = Scene::new(transport, |server| server, keep_alive).await;
    let call = scene
        .stage
        .lab
        .hanging(&scene.client, context::without_deadline(), 1)
        .await;
    scene.fall_silent();
    promptly(scene.client.connection().close("done")).await;
    assert!(promptly(call).await.is_err());
    let reason = scene.client.connection().closed().await;
    silent(&reason);
    scene.stage.end().await;
}
