//! Events and reasons: how connections begin and end, as both sides are told.

use futures_util::poll;
use ipc_rpc::{
    CallError, ClientEvent, ConnectError, Connection, ConnectionError, Context, Events,
    RefusalReason, RejectReason, ServerEvent, context, ipc_service,
};
use support::{Report, Stage, Task, Transport, assert_orderly, scenarios};

scenarios! {
    both_sides_tell_a_connection_from_its_beginning_to_its_end,
    a_client_that_is_turned_away_is_told_of_once_and_never_connects,
    a_client_that_finds_no_server_closes_without_a_connection,
    a_client_given_up_while_connecting_closes_without_a_connection,
    closing_is_told_as_such_on_both_sides,
    dropping_the_last_handle_closes_in_order,
    an_end_without_a_goodbye_is_never_told_as_clean,
    a_connection_is_told_ended_when_all_it_received_was_dispatched,
    a_connection_is_told_ended_when_its_pending_calls_have_failed,
    a_client_that_connects_to_a_listening_server_is_never_refused,
    a_thousand_clients_at_once_all_connect,
    an_observer_that_does_not_read_misses_whole_histories_and_holds_up_nobody,
    a_dropped_observer_is_forgotten,
}

/// A service that no stage serves.
#[ipc_service]
trait Elsewhere {
    /// Does nothing.
    async fn nothing(&self, ctx: Context);
}

async fn all<E>(mut events: Events<E>) -> Vec<E>
where
    Events<E>: futures_util::Stream<Item = E>,
{
    let mut all = Vec::new();
    while let Some(event) = futures_util::StreamExt::next(&mut events).await {
        all.push(event);
    }
    all
}

async fn both_sides_tell_a_connection_from_its_beginning_to_its_end(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let connect = stage.connect();
    let events = connect.events();
    let client = connect.await.unwrap();
    let id = client.connection().id();
    assert_eq!(stage.connected().await, id);
    client.connection().close("done").await;
    let (ended, reason) = stage.disconnected().await;
    assert_eq!(ended, id);
    assert!(
        matches!(reason, ConnectionError::PeerClosed(_)),
        "{reason:?}"
    );
    let events = all(events).await;
    assert!(
        matches!(
            &events[..],
            [
                ClientEvent::Connecting,
                ClientEvent::Connected { id: begun },
                ClientEvent::Disconnected { id: ended, reason: ConnectionError::LocallyClosed { .. } },
                ClientEvent::Closed { reason: Some(ConnectionError::LocallyClosed { .. }) },
            ] if *begun == id && *ended == id
        ),
        "{events:#?}"
    );
    stage.end().await;
}

async fn a_client_that_is_turned_away_is_told_of_once_and_never_connects(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let connect = stage.place.connect::<ElsewhereClient>();
    let events = connect.events();
    let refused = connect.await;
    let Err(ConnectError::Refused { reason, message }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(reason, RefusalReason::UnknownService);
    assert!(
        message.contains("`Elsewhere`") && message.contains("`Lab`"),
        "{message}"
    );
    let rejected = stage.events.next().await;
    assert!(
        matches!(
            &rejected,
            Some(ServerEvent::Rejected { reason: RejectReason::Refused { reason, message: told }, .. })
                if *reason == RefusalReason::UnknownService && *told == message
        ),
        "{rejected:?}"
    );
    let events = all(events).await;
    assert!(
        matches!(
            &events[..],
            [
                ClientEvent::Connecting,
                ClientEvent::Closed { reason: None }
            ]
        ),
        "{events:#?}"
    );
    stage.client().await;
    stage.connected().await;
    stage.end().await;
}

async fn a_client_that_finds_no_server_closes_without_a_connection(transport: Transport) {
    let connect = transport.place().connect::<ElsewhereClient>();
    let events = connect.events();
    let error = connect.await.unwrap_err();
    assert!(
        matches!(error, ConnectError::NotRunning { .. }),
        "{error:?}"
    );
    assert!(error.is_retryable());
    let events = all(events).await;
    assert!(
        matches!(
            &events[..],
            [
                ClientEvent::Connecting,
                ClientEvent::Closed { reason: None }
            ]
        ),
        "{events:#?}"
    );
}

async fn a_client_given_up_while_connecting_closes_without_a_connection(transport: Transport) {
    let place = transport.place();
    let (rig, _) = support::rig();
    // Bound, and not running: the client waits for its verdict.
    let _server = place
        .server()
        .service(support::Lab::serve(rig))
        .bind()
        .unwrap();
    let connect = place.connect::<support::LabClient>();
    let events = connect.events();
    let mut connecting = Box::pin(connect.into_future());
    assert!(poll!(&mut connecting).is_pending());
    drop(connecting);
    let events = all(events).await;
    assert!(
        matches!(
            &events[..],
            [
                ClientEvent::Connecting,
                ClientEvent::Closed { reason: None }
            ]
        ),
        "{events:#?}"
    );
}

async fn closing_is_told_as_such_on_both_sides(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let client = stage.client().await;
    let id = stage.connected().await;
    assert!(client.connection().close("had \"enough\"\n").await);
    let ours = client.connection().closed().await;
    assert!(
        matches!(&ours, ConnectionError::LocallyClosed { reason } if reason == "had \"enough\"\n"),
        "{ours:?}"
    );
    let (_, theirs) = stage.disconnected().await;
    let ConnectionError::PeerClosed(close) = &theirs else {
        panic!("{theirs:?}");
    };
    assert_eq!(close.reason, "had \"enough\"\n");
    assert!(!close.shutting_down && !close.blames_us);
    // A peer's text cannot draw on somebody's terminal.
    assert_eq!(
        theirs.to_string(),
        r#"closed by the peer: "had \"enough\"\n""#
    );
    assert!(ours.is_clean() && theirs.is_clean() && theirs.is_by_peer());
    assert!(stage.handle.connection(id).is_none());
    stage.end().await;
}

async fn dropping_the_last_handle_closes_in_order(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let client = stage.client().await;
    stage.connected().await;
    let connection: Connection = client.connection().clone();
    drop(client);
    connection.ping().await.unwrap();
    drop(connection);
    let (_, reason) = stage.disconnected().await;
    assert!(
        matches!(&reason, ConnectionError::PeerClosed(close) if close.reason.is_empty()),
        "{reason:?}"
    );
    stage.end().await;
}

async fn an_end_without_a_goodbye_is_never_told_as_clean(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let client = stage.client().await;
    let id = stage.connected().await;
    client.connection().abort();
    let ours = client.connection().closed().await;
    assert!(matches!(ours, ConnectionError::Aborted), "{ours:?}");
    let (_, theirs) = stage.disconnected().await;
    assert!(
        matches!(theirs, ConnectionError::PeerVanished),
        "{theirs:?}"
    );
    assert!(!ours.is_clean() && !theirs.is_clean());

    let client = stage.client().await;
    assert_ne!(stage.connected().await, id);
    let connection = stage.handle.connections().remove(0);
    connection.abort();
    let theirs = client.connection().closed().await;
    assert!(
        matches!(theirs, ConnectionError::PeerVanished),
        "{theirs:?}"
    );
    let (_, ours) = stage.disconnected().await;
    assert!(matches!(ours, ConnectionError::Aborted), "{ours:?}");
    stage.end().await;
}

async fn a_connection_is_told_ended_when_all_it_received_was_dispatched(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    for round in 0..30 {
        let client = stage.client().await;
        stage.connected().await;
        // Keeps the server from reading, so that the notes and the end arrive together.
        let mut computing = Box::pin(client.compute(context::current(), 2_000));
        let _ = poll!(&mut computing);
        for _ in 0..50 {
            client
                .note(context::current(), round.to_string())
                .await
                .unwrap();
        }
        if round % 2 == 0 {
            drop(computing);
            client.connection().close("").await;
        } else {
            tokio::task::yield_now().await;
            client.connection().abort();
        }
        stage.disconnected().await;
        let lines = |lab: &support::Reports| {
            lab.count(|report| *report == Report::Noted(round.to_string()))
        };
        let dispatched = lines(&stage.lab);
        if round % 2 == 0 {
            assert_eq!(dispatched, 50);
        }
        stage.client().await.connection().close("").await;
        stage.connected().await;
        stage.disconnected().await;
        assert_eq!(lines(&stage.lab), dispatched);
    }
    stage.end().await;
}

async fn a_connection_is_told_ended_when_its_pending_calls_have_failed(transport: Transport) {
    let stage = Stage::new(transport).await;
    let connect = stage.connect();
    let mut events = connect.events();
    let client = connect.await.unwrap();
    let mut calls: Vec<_> = (0..20)
        .map(|id| Box::pin(client.hang(context::without_deadline(), id)))
        .collect();
    for call in &mut calls {
        assert!(poll!(call).is_pending());
    }
    stage.lab.wait_until(|log| log.len() == 20).await;
    stage.kill().await;
    loop {
        match events.next().await {
            Some(ClientEvent::Disconnected { .. }) => break,
            Some(_) => {}
            None => panic!("no Disconnected"),
        }
    }
    for call in &mut calls {
        let std::task::Poll::Ready(result) = poll!(call) else {
            panic!("a call is pending behind the end of its connection");
        };
        assert!(
            matches!(
                result,
                Err(CallError::Connection {
                    source: ConnectionError::PeerVanished,
                    sent: true
                })
            ),
            "{result:?}"
        );
    }
}

async fn a_client_that_connects_to_a_listening_server_is_never_refused(transport: Transport) {
    for _ in 0..20 {
        let stage = Stage::new(transport).await;
        let clients = (0..20).map(|_| Task::spawn(stage.connect().into_future()));
        for client in clients.collect::<Vec<_>>() {
            client.join().await.unwrap();
        }
        stage.end().await;
    }
}

async fn a_thousand_clients_at_once_all_connect(transport: Transport) {
    let stage = Stage::new(transport).await;
    let clients: Vec<_> = (0..1_000)
        .map(|_| Task::spawn(stage.connect().into_future()))
        .collect();
    let mut connected = Vec::new();
    for client in clients {
        connected.push(client.join().await.unwrap());
    }
    assert_eq!(stage.handle.connections().len(), 1_000);
    drop(connected);
    stage.end().await;
}

async fn an_observer_that_does_not_read_misses_whole_histories_and_holds_up_nobody(
    transport: Transport,
) {
    let stage = Stage::new(transport).await;
    let idle = stage.handle.events();
    // In waves, so that many connections are live when the observer's places run out.
    for _ in 0..20 {
        let wave: Vec<_> = (0..40)
            .map(|_| Task::spawn(stage.connect().into_future()))
            .collect();
        for client in wave {
            client.join().await.unwrap();
        }
    }
    stage.end().await;
    let events = all(idle).await;
    let missed: u64 = events
        .iter()
        .map(|event| match event {
            ServerEvent::Missed { connections, .. } => *connections,
            _ => 0,
        })
        .sum();
    assert!(missed > 0);
    let begun = events
        .iter()
        .filter(|event| matches!(event, ServerEvent::Connected { .. }))
        .count();
    assert_eq!(begun as u64 + missed, 800);
    let mut history = vec![ServerEvent::Listening { names: [].into() }];
    history.extend(events);
    assert_orderly(&history);
}

async fn a_dropped_observer_is_forgotten(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    drop(stage.handle.events());
    let client = stage.client().await;
    stage.connected().await;
    drop(stage.handle.events());
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.end().await;
}
