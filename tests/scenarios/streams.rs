//! Servers and clients over streams that the application makes itself.

use std::time::Duration;

use ipc_rpc::transport::memory;
use ipc_rpc::{Connect, ConnectError, RefusalReason, Server, context};
use support::{Lab as _, LabClient, Stage, Task, Transport, promptly, rig, scenarios};
use tokio::io::BufStream;

scenarios! {
    a_stream_that_buffers_is_flushed,
    a_server_without_a_name_serves_what_is_handed_in,
    a_stream_that_is_handed_in_while_the_server_stops_is_turned_down,
    a_grace_without_end_is_no_overflow,
    a_payload_that_nobody_looks_at_is_refused,
}

async fn a_stream_that_buffers_is_flushed(transport: Transport) {
    let stage = Stage::new(transport).await;
    let (ours, theirs) = memory::pair();
    assert!(stage.handle.accept(BufStream::new(theirs)));
    let connect = Connect::<LabClient>::over(BufStream::new(ours));
    let client = promptly(connect.into_future()).await.unwrap();
    let sum = promptly(client.add(context::current(), 2, 3)).await;
    assert_eq!(sum.unwrap(), 5);
    promptly(client.connection().close("done")).await;
    stage.end().await;
}

async fn a_server_without_a_name_serves_what_is_handed_in(_: Transport) {
    let (rig, _lab) = rig();
    let server = Server::unnamed().service(rig.serve()).bind().unwrap();
    let handle = server.handle();
    let running = Task::spawn(server.run());
    let (ours, theirs) = memory::pair();
    assert!(handle.accept(theirs));
    let client = Connect::<LabClient>::over(ours).await.unwrap();
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    drop(client);
    handle.shutdown(Duration::ZERO).await;
    running.join().await.unwrap();
    assert!(!handle.accept(memory::pair().0));
}

async fn a_stream_that_is_handed_in_while_the_server_stops_is_turned_down(transport: Transport) {
    let stage = Stage::new(transport).await;
    let (client, idle) = (stage.client().await, stage.client().await);
    let call = stage
        .lab
        .hanging(&client, context::without_deadline(), 1)
        .await;
    let stopping = stage.stopping(Duration::from_secs(60));
    idle.connection().closed().await;
    assert!(!stage.handle.accept(memory::pair().0));
    stage.lab.release(1);
    assert_eq!(call.await.unwrap(), 1);
    promptly(stopping.join()).await;
    stage.end().await;
}

async fn a_grace_without_end_is_no_overflow(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    client.connection().ping().await.unwrap();
    assert_eq!(promptly(stage.handle.shutdown(Duration::MAX)).await.cut, 0);
    assert!(client.connection().closed().await.is_clean());
    stage.end().await;
}

async fn a_payload_that_nobody_looks_at_is_refused(transport: Transport) {
    let stage = Stage::new(transport).await;
    let refused = stage.connect().auth("a secret").await.unwrap_err();
    assert!(
        matches!(
            refused,
            ConnectError::Refused {
                reason: RefusalReason::BadAuthPayload,
                ..
            }
        ),
        "{refused:?}"
    );
    stage.end().await;
}
