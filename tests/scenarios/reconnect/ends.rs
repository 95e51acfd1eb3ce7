//! How a client that connects again ends all the same.

use std::time::Duration;

use ipc_rpc::{
    AuthHello, CallError, ClientEvent, ConnectError, ConnectionError, Reconnect, Rejection,
    ShutdownKind, context,
};
use support::{Stage, Transport, promptly, scenarios};

use super::{
    Counter, Counting, CountingClient, begin, connect, is_closed, is_disconnected, is_reconnecting,
    lose, once, soon, until,
};

scenarios! {
    a_rejection_ends_the_client_and_its_calls_are_told,
    a_server_without_the_service_ends_the_client,
    attempts_are_as_many_as_the_policy_says_and_none_if_it_says_none,
    the_time_without_a_connection_is_bounded,
    a_server_that_shuts_down_for_good_ends_the_client,
    a_server_that_says_it_will_be_back_does_not_end_the_client,
    a_server_that_closes_the_connection_ends_the_client,
    closing_ends_a_client_that_is_connected,
    closing_ends_a_client_that_is_not_connected,
    aborting_ends_a_client_that_is_not_connected,
    dropping_the_last_client_closes_the_connection_in_order,
    dropping_the_last_client_ends_the_attempts,
    a_client_over_a_stream_ends_with_it,
}

/// The end of a client, as its events tell it.
fn reason(told: &[ClientEvent]) -> &ConnectionError {
    match told {
        [
            ..,
            ClientEvent::Closed {
                reason: Some(reason),
            },
        ] => reason,
        other => panic!("{other:#?}"),
    }
}

async fn a_rejection_ends_the_client_and_its_calls_are_told(transport: Transport) {
    let counter = Counter::new();
    let stage = counter.serve_at(&transport.place()).await;
    let connect = connect(&stage.place);
    let mut events = connect.events();
    let client = connect.await.unwrap();
    let place = lose(stage, &client).await;
    let stage = Stage::at(place, |server| {
        server
            .service(counter.serve())
            .authenticate(async |_: AuthHello<()>| Err::<(), _>(Rejection::new(7, "no longer")))
    });
    let stage = stage.await;
    let error = promptly(client.once(context::without_deadline(), false)).await;
    let Err(CallError::Connection {
        source: ConnectionError::NotRenewed(why),
        sent: false,
    }) = error
    else {
        panic!("{error:?}");
    };
    assert!(
        matches!(&*why, ConnectError::Rejected(rejection) if rejection.code == 7),
        "{why:?}"
    );
    let told = until(&mut events, is_closed).await;
    assert!(matches!(reason(&told), ConnectionError::NotRenewed(_)));
    // It is for good.
    let error = client.once(context::without_deadline(), false).await;
    assert!(error.unwrap_err().is_closed());
    stage.end().await;
}

async fn a_server_without_the_service_ends_the_client(transport: Transport) {
    let (_counter, stage, client) = begin(transport).await;
    let place = lose(stage, &client).await;
    let stage = Stage::at(place, |server| server).await;
    let error = promptly(client.once(context::without_deadline(), false)).await;
    assert!(
        matches!(
            &error,
            Err(CallError::Connection { source: ConnectionError::NotRenewed(why), .. })
                if matches!(**why, ConnectError::Refused { .. })
        ),
        "{error:?}"
    );
    stage.end().await;
}

async fn end_without_a_server(transport: Transport, policy: Reconnect) -> Vec<ClientEvent> {
    let stage = Counter::new().serve_at(&transport.place()).await;
    let connect = stage.place.connect::<CountingClient>().reconnect(policy);
    let mut events = connect.events();
    let client = connect.await.unwrap();
    stage.kill().await;
    let told = until(&mut events, is_closed).await;
    let error = client.once(context::without_deadline(), false).await;
    assert!(error.unwrap_err().is_closed());
    told
}

async fn attempts_are_as_many_as_the_policy_says_and_none_if_it_says_none(transport: Transport) {
    for max in [0, 1, 3] {
        let mut policy = soon();
        policy.max_attempts = Some(max);
        let told = end_without_a_server(transport, policy).await;
        let attempts = told.iter().filter(|event| is_reconnecting(event)).count();
        assert_eq!(attempts, max as usize, "{told:#?}");
        match (max, reason(&told)) {
            (0, ConnectionError::PeerVanished) => {}
            (1 | 3, ConnectionError::NotRenewed(why)) if why.is_retryable() => {}
            (_, other) => panic!("{other:?}"),
        }
    }
}

async fn the_time_without_a_connection_is_bounded(transport: Transport) {
    let mut policy = soon();
    policy.give_up_after = Some(Duration::from_millis(100));
    let told = end_without_a_server(transport, policy).await;
    assert!(
        matches!(reason(&told), ConnectionError::NotRenewed(_)),
        "{told:#?}"
    );
}

async fn a_server_that_shuts_down_for_good_ends_the_client(transport: Transport) {
    let counter = Counter::new();
    let stage = counter.serve_at(&transport.place()).await;
    let connect = connect(&stage.place);
    let mut events = connect.events();
    let client = connect.await.unwrap();
    once(&client).await;
    stage.end().await;
    let told = until(&mut events, is_closed).await;
    assert!(
        matches!(reason(&told), ConnectionError::PeerClosed(close) if close.shutting_down && !close.restarting),
        "{told:#?}"
    );
}

async fn a_server_that_says_it_will_be_back_does_not_end_the_client(transport: Transport) {
    let counter = Counter::new();
    let stage = counter.serve_at(&transport.place()).await;
    let connect = connect(&stage.place);
    let mut events = connect.events();
    let client = connect.await.unwrap();
    assert_eq!(once(&client).await, 1);
    let place = stage.place.clone();
    let grace = Duration::from_secs(2);
    stage
        .handle
        .shutdown_as(ShutdownKind::Restarting, grace)
        .await;
    stage.kill().await;
    let told = until(&mut events, is_disconnected).await;
    assert!(
        matches!(
            &told[..],
            [.., ClientEvent::Disconnected { reason: ConnectionError::PeerClosed(close), .. }]
                if close.restarting
        ),
        "{told:#?}"
    );
    let stage = counter.serve_at(&place).await;
    assert_eq!(once(&client).await, 2);
    drop(client);
    stage.end().await;
}

async fn a_server_that_closes_the_connection_ends_the_client(transport: Transport) {
    let counter = Counter::new();
    let mut stage = counter.serve_at(&transport.place()).await;
    let connect = connect(&stage.place);
    let mut events = connect.events();
    let client = connect.await.unwrap();
    let id = stage.connected().await;
    stage.handle.connection(id).unwrap().close("not you").await;
    let told = until(&mut events, is_closed).await;
    assert!(
        matches!(reason(&told), ConnectionError::PeerClosed(close) if close.reason == "not you"),
        "{told:#?}"
    );
    drop(client);
    stage.end().await;
}

async fn closing_ends_a_client_that_is_connected(transport: Transport) {
    let (_counter, stage, client) = begin(transport).await;
    assert!(client.connection().close("enough").await);
    let error = client.once(context::without_deadline(), false).await;
    let error = error.unwrap_err();
    assert!(
        matches!(
            error,
            CallError::Connection {
                source: ConnectionError::LocallyClosed { .. },
                sent: false
            }
        ),
        "{error:?}"
    );
    assert!(!client.connection().close("again").await);
    stage.end().await;
}

async fn end_while_down(transport: Transport, end: impl AsyncFnOnce(CountingClient)) {
    let counter = Counter::new();
    let stage = counter.serve_at(&transport.place()).await;
    let connect = connect(&stage.place);
    let mut events = connect.events();
    let client = connect.await.unwrap();
    let place = lose(stage, &client).await;
    until(&mut events, is_disconnected).await;
    end(client).await;
    until(&mut events, is_closed).await;
    assert!(events.next().await.is_none());
    // Nobody comes to the next server.
    let stage = counter.serve_at(&place).await;
    let handle = stage.handle.clone();
    assert!(handle.connections().is_empty());
    stage.end().await;
}

async fn closing_ends_a_client_that_is_not_connected(transport: Transport) {
    end_while_down(transport, async |client| {
        let other = client.clone();
        assert!(!client.connection().close("enough").await);
        let error = promptly(other.once(context::without_deadline(), false)).await;
        assert!(
            matches!(
                &error,
                Err(CallError::Connection { source: ConnectionError::LocallyClosed { reason }, sent: false })
                    if reason == "enough"
            ),
            "{error:?}"
        );
    })
    .await;
}

async fn aborting_ends_a_client_that_is_not_connected(transport: Transport) {
    end_while_down(transport, async |client| {
        client.connection().abort();
        let error = promptly(client.once(context::without_deadline(), false)).await;
        assert!(error.unwrap_err().is_closed());
    })
    .await;
}

async fn dropping_the_last_client_closes_the_connection_in_order(transport: Transport) {
    let counter = Counter::new();
    let mut stage = counter.serve_at(&transport.place()).await;
    let client = connect(&stage.place).await.unwrap();
    let id = stage.connected().await;
    drop(client);
    let (ended, reason) = stage.disconnected().await;
    assert_eq!(ended, id);
    assert!(reason.is_clean(), "{reason:?}");
    stage.end().await;
}

async fn dropping_the_last_client_ends_the_attempts(transport: Transport) {
    end_while_down(transport, async |client| drop(client)).await;
}

async fn a_client_over_a_stream_ends_with_it(transport: Transport) {
    // Whatever the transport of the others: the stream is one of its own.
    let stage = Counter::new().serve_at(&transport.place()).await;
    let (ours, theirs) = ipc_rpc::transport::memory::pair();
    assert!(stage.handle.accept(theirs));
    let connect = ipc_rpc::Connect::<CountingClient>::over(ours).reconnect(soon());
    let mut events = connect.events();
    let client = connect.await.unwrap();
    once(&client).await;
    stage.kill().await;
    let told = until(&mut events, is_closed).await;
    assert!(!told.iter().any(is_reconnecting), "{told:#?}");
    let error = client.once(context::without_deadline(), false).await;
    assert!(error.unwrap_err().is_closed());
}
