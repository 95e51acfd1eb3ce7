//! Servers that stop.

use std::time::Duration;

use futures_util::poll;
use ipc_rpc::{
    CallError, Config, ConnectError, ConnectionError, Server, ServerEvent, Shutdown, context,
};
use support::{Lab, LabClient, Report, Stage, Task, Transport, promptly, rig, scenarios};
use tokio::sync::oneshot;

scenarios! {
    an_idle_timeout_of_any_length_ends_no_server_that_is_used,
    a_server_that_stops_lets_calls_finish_and_sends_idle_clients_away_at_once,
    a_server_that_stops_cuts_calls_when_the_grace_is_over_and_says_how_many,
    a_grace_longer_than_the_drain_timeout_holds,
    a_server_that_stops_turns_new_clients_and_calls_away,
    a_name_is_free_while_its_server_still_drains,
    a_server_may_be_stopped_by_several_at_once,
    a_server_runs_until_what_it_was_given_resolves,
    a_server_that_is_dropped_vanishes_and_leaves_its_name_free,
    a_server_serves_several_names,
    a_server_that_cannot_have_all_names_takes_none,
    a_live_server_keeps_its_name,
}

const MINUTE: Duration = Duration::from_secs(60);

async fn a_server_that_stops_lets_calls_finish_and_sends_idle_clients_away_at_once(
    transport: Transport,
) {
    let stage = Stage::new(transport).await;
    let (busy, idle) = (stage.client().await, stage.client().await);
    let mut call = stage
        .lab
        .hanging(&busy, context::without_deadline(), 1)
        .await;
    let stopping = stage.stopping(MINUTE);
    let reason = promptly(idle.connection().closed()).await;
    let ConnectionError::PeerClosed(close) = &reason else {
        panic!("{reason:?}");
    };
    assert!(close.shutting_down && !close.blames_us);
    assert!(poll!(&mut call).is_pending());
    assert!(!busy.connection().is_closed());
    stage.lab.release(1);
    assert_eq!(call.await.unwrap(), 1);
    let reason = busy.connection().closed().await;
    assert!(
        matches!(reason, ConnectionError::PeerClosed(_)),
        "{reason:?}"
    );
    assert_eq!(promptly(stopping.join()).await.cut, 0);
    stage.end().await;
}

async fn a_server_that_stops_cuts_calls_when_the_grace_is_over_and_says_how_many(
    transport: Transport,
) {
    let stage = Stage::new(transport).await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        clients.push(stage.client().await);
    }
    let mut calls: Vec<_> = (0..)
        .zip(&clients[..3])
        .map(|(id, client)| Box::pin(client.hang(context::without_deadline(), id)))
        .collect();
    for call in &mut calls {
        assert!(poll!(call).is_pending());
    }
    stage.lab.wait_until(|log| log.len() == 3).await;
    let lab = stage.lab.clone();
    // One finishes in time.
    lab.release(0);
    calls.remove(0).await.unwrap();
    let Shutdown { cut, .. } = stage.shutdown(Duration::from_millis(40)).await;
    assert_eq!(cut, 2);
    for call in calls {
        let error = call.await.unwrap_err();
        assert!(
            matches!(
                &error,
                CallError::Connection { source: ConnectionError::PeerClosed(close), sent: true }
                    if close.shutting_down
            ),
            "{error:?}"
        );
    }
    lab.wait(Report::Dropped(1)).await;
    lab.wait(Report::Dropped(2)).await;
}

async fn a_grace_longer_than_the_drain_timeout_holds(transport: Transport) {
    let mut config = Config::default();
    config.drain_timeout = Duration::from_millis(10);
    let stage = Stage::with(transport, |server| server.config(config)).await;
    let client = stage.client().await;
    let mut call = stage
        .lab
        .hanging(&client, context::without_deadline(), 1)
        .await;
    let stopping = stage.stopping(MINUTE);
    let patience = Duration::from_millis(100);
    let waited = tokio::time::timeout(patience, &mut call).await;
    assert!(waited.is_err(), "{waited:?}");
    stage.lab.release(1);
    assert_eq!(call.await.unwrap(), 1);
    assert_eq!(promptly(stopping.join()).await.cut, 0);
    stage.end().await;
}

async fn a_server_that_stops_turns_new_clients_and_calls_away(transport: Transport) {
    let stage = Stage::new(transport).await;
    let (client, idle) = (stage.client().await, stage.client().await);
    let call = stage
        .lab
        .hanging(&client, context::without_deadline(), 1)
        .await;
    let stopping = stage.stopping(MINUTE);
    idle.connection().closed().await;
    // A pipe is there, and busy, for as long as a client is connected to it.
    let connect = stage.connect().connect_timeout(Duration::from_millis(50));
    let refused = connect.await.unwrap_err();
    match transport.is_pipe() {
        true => assert!(refused.is_timeout(), "{refused:?}"),
        false => assert!(
            matches!(refused, ConnectError::NotRunning { .. }),
            "{refused:?}"
        ),
    }
    let refused = client.hang(context::current(), 2).await.unwrap_err();
    assert!(matches!(refused, CallError::ShuttingDown), "{refused:?}");
    stage.lab.release(1);
    assert_eq!(call.await.unwrap(), 1);
    promptly(stopping.join()).await;
    stage.end().await;
}

async fn a_name_is_free_while_its_server_still_drains(transport: Transport) {
    // A pipe's is not: it goes with its last connection.
    if transport.is_pipe() {
        return;
    }
    let stage = Stage::new(transport).await;
    let (client, idle) = (stage.client().await, stage.client().await);
    let call = stage
        .lab
        .hanging(&client, context::without_deadline(), 1)
        .await;
    let stopping = stage.stopping(MINUTE);
    idle.connection().closed().await;
    let successor = Stage::at(stage.place.clone(), |server| server).await;
    let sum = successor.client().await.add(context::current(), 2, 3).await;
    assert_eq!(sum.unwrap(), 5);
    stage.lab.release(1);
    assert_eq!(call.await.unwrap(), 1);
    promptly(stopping.join()).await;
    stage.end().await;
    // And the old one took nothing of the new one's with it.
    successor.client().await;
    successor.end().await;
}

async fn a_server_may_be_stopped_by_several_at_once(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let call = stage
        .lab
        .hanging(&client, context::without_deadline(), 1)
        .await;
    let handle = stage.handle.clone();
    let (one, other) = tokio::join!(
        handle.shutdown(Duration::from_millis(20)),
        handle.shutdown(MINUTE)
    );
    assert_eq!((one.cut, other), (1, one));
    assert_eq!(handle.shutdown(MINUTE).await, one);
    assert!(call.await.is_err());
    stage.end().await;
}

async fn a_server_runs_until_what_it_was_given_resolves(transport: Transport) {
    let place = transport.place();
    let (rig, _) = rig();
    let server: Server = place.server().service(rig.serve()).bind().unwrap();
    let mut events = server.events();
    let (stop, stopped) = oneshot::channel::<&str>();
    let running = Task::spawn(server.run_until(stopped));
    let client: LabClient = place.connect().await.unwrap();
    stop.send("whatever it resolves to").unwrap();
    assert_eq!(running.join().await.unwrap().cut, 0);
    assert!(client.connection().closed().await.is_clean());
    let mut last = None;
    while let Some(event) = events.next().await {
        last = Some(event);
    }
    assert!(matches!(last, Some(ServerEvent::Closed)), "{last:?}");
}

async fn a_server_that_is_dropped_vanishes_and_leaves_its_name_free(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let call = stage
        .lab
        .hanging(&client, context::without_deadline(), 1)
        .await;
    let (place, lab) = (stage.place.clone(), stage.lab.clone());
    stage.kill().await;
    let error = call.await.unwrap_err();
    assert!(
        matches!(
            error,
            CallError::Connection {
                source: ConnectionError::PeerVanished,
                sent: true
            }
        ),
        "{error:?}"
    );
    lab.wait_until(|log| log.len() == 2).await;
    let successor = Stage::at(place, |server| server).await;
    successor.client().await;
    successor.end().await;
}

async fn a_server_serves_several_names(transport: Transport) {
    let (first, second) = (transport.place(), transport.place());
    let (rig, lab) = rig();
    let server = second.add_to(first.server()).service(rig.serve());
    let server = server.bind().unwrap();
    let mut names = server.names();
    names.sort();
    let mut events = server.events();
    let stage = Stage::run(first.clone(), server, lab).await;
    let Some(ServerEvent::Listening { names: told }) = events.next().await else {
        panic!("no Listening");
    };
    let mut told = told.to_vec();
    told.sort();
    assert_eq!((told.len(), told), (2, names));
    for place in [first, second] {
        let client: LabClient = place.connect().await.unwrap();
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    }
    stage.end().await;
}

async fn a_server_that_cannot_have_all_names_takes_none(transport: Transport) {
    let stage = Stage::new(transport).await;
    let free = transport.place();
    let (rig, _) = rig();
    let bound = stage
        .place
        .add_to(free.server())
        .service(rig.serve())
        .bind();
    assert!(bound.unwrap_err().is_already_running());
    let other = Stage::at(free, |server| server).await;
    other.end().await;
    stage.client().await;
    stage.end().await;
}

async fn a_live_server_keeps_its_name(transport: Transport) {
    let stage = Stage::new(transport).await;
    for _ in 0..10 {
        let bound = stage.place.server().bind();
        assert!(bound.unwrap_err().is_already_running());
        stage.client().await;
    }
    stage.end().await;
}

async fn an_idle_timeout_of_any_length_ends_no_server_that_is_used(transport: Transport) {
    for timeout in [Duration::ZERO, Duration::MAX] {
        let place = transport.place();
        let (rig, _lab) = rig();
        let server = place.server().service(rig.serve()).idle_timeout(timeout);
        let server = server.bind().unwrap();
        let handle = server.handle();
        // Connected before the server looks for the first time.
        let mut connecting = Box::pin(place.connect::<LabClient>().into_future());
        assert!(poll!(&mut connecting).is_pending());
        let running = Task::spawn(server.run());
        let client = promptly(connecting).await.unwrap();
        for _ in 0..20 {
            assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
        }
        drop(client);
        if timeout == Duration::MAX {
            handle.shutdown(Duration::ZERO).await;
        }
        promptly(running.join()).await.unwrap();
    }
}
