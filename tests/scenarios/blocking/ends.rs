//! Connections of blocking clients, from their beginning to their end.

use std::thread;

use ipc_rpc::{
    AuthHello, CallError, CallOutcome, ClientEvent, Connect, ConnectError, Connection,
    ConnectionError, Rejection, context,
};
use support::{LabClient, Place, Report, Stage, Transport, promptly, scenarios};

use super::on_a_thread;

scenarios! {
    a_server_that_dies_wakes_whoever_is_blocked,
    connecting_fails_as_it_does_elsewhere,
    a_connection_is_pinged_and_closed,
    an_abort_wakes_whoever_is_blocked,
    events_are_read_one_after_the_other,
    the_last_handle_closes_the_connection_in_order,
}

async fn a_server_that_dies_wakes_whoever_is_blocked(transport: Transport) {
    let stage = Stage::new(transport).await;
    let connect = stage.connect();
    let lab = stage.lab.clone();
    let blocked = tokio::task::spawn_blocking(move || {
        let client = connect.blocking().unwrap();
        let error = client.hang(context::without_deadline(), 1).unwrap_err();
        (error, client.connection().closed())
    });
    promptly(lab.wait(Report::Started(1))).await;
    stage.kill().await;
    let (error, closed) = promptly(blocked).await.unwrap();
    assert!(error.is_closed(), "{error:?}");
    assert_eq!(error.outcome(), CallOutcome::Unknown);
    assert!(
        matches!(closed, ConnectionError::PeerVanished),
        "{closed:?}"
    );
}

async fn connecting_fails_as_it_does_elsewhere(transport: Transport) {
    let nobody = transport.place();
    let refused = on_a_thread(move || nobody.connect::<LabClient>().blocking().unwrap_err()).await;
    assert!(
        matches!(refused, ConnectError::NotRunning { .. }),
        "{refused:?}"
    );
    let stage = Stage::with(transport, |server| {
        server.authenticate(async |hello: AuthHello<String>| {
            if hello.payload == "open sesame" {
                Ok(())
            } else {
                Err(Rejection::new(401, "no"))
            }
        })
    })
    .await;
    let (wrong, right) = (
        stage.connect().auth("please"),
        stage.connect().auth("open sesame"),
    );
    on_a_thread(move || {
        let error = wrong.blocking().unwrap_err();
        assert_eq!(error.rejection().map(|rejection| rejection.code), Some(401));
        let client = right.blocking().unwrap();
        assert_eq!(client.add(context::current(), 2, 3).unwrap(), 5);
    })
    .await;
    stage.end().await;
}

fn connect_to(place: &Place) -> Connect<Connection> {
    match place {
        Place::Memory(address) => Connection::connect(address),
        Place::LocalSocket(name) => Connection::connect(name),
    }
}

async fn a_connection_is_pinged_and_closed(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let connect = connect_to(&stage.place);
    on_a_thread(move || {
        let connection = connect.blocking().unwrap();
        connection.ping().unwrap();
        connection.ping_with(&[7; 1000]).unwrap();
        assert_eq!(connection.peer_services(), ["Lab"]);
        let client = connection.client::<LabClient>();
        assert_eq!(client.add(context::current(), 2, 3).unwrap(), 5);
        assert_eq!(client.connection().id(), connection.id());
        let waits = connection.clone();
        let closed = thread::spawn(move || waits.closed());
        assert!(!connection.is_closed());
        assert!(connection.close("done"));
        assert!(!connection.close("again"));
        let closed = closed.join().unwrap();
        assert!(matches!(closed, ConnectionError::LocallyClosed { reason } if reason == "done"));
        assert!(connection.is_closed());
        let error = client.add(context::current(), 2, 3).unwrap_err();
        assert_eq!(error.outcome(), CallOutcome::NotSent);
        connection.ping().unwrap_err();
    })
    .await;
    stage.connected().await;
    let (_, reason) = stage.disconnected().await;
    assert!(
        matches!(&reason, ConnectionError::PeerClosed(close) if close.reason == "done"),
        "{reason:?}"
    );
    stage.end().await;
}

async fn an_abort_wakes_whoever_is_blocked(transport: Transport) {
    let stage = Stage::new(transport).await;
    let connect = stage.connect();
    let lab = stage.lab.clone();
    let (sender, connected) = tokio::sync::oneshot::channel();
    let blocked = tokio::task::spawn_blocking(move || {
        let client = connect.blocking().unwrap();
        sender.send(client.connection()).unwrap();
        client.hang(context::without_deadline(), 1).unwrap_err()
    });
    let connection = connected.await.unwrap();
    promptly(lab.wait(Report::Started(1))).await;
    connection.abort();
    let error = promptly(blocked).await.unwrap();
    assert!(
        matches!(
            error,
            CallError::Connection {
                source: ConnectionError::Aborted,
                sent: true
            }
        ),
        "{error:?}"
    );
    drop(connection);
    stage.end().await;
}

async fn events_are_read_one_after_the_other(transport: Transport) {
    let stage = Stage::new(transport).await;
    let connect = stage.connect();
    on_a_thread(move || {
        let mut events = connect.events();
        let reading = thread::spawn(move || events.blocking_iter().collect::<Vec<_>>());
        let client = connect.blocking().unwrap();
        client.connection().close("done");
        let events = reading.join().unwrap();
        assert!(
            matches!(
                events[..],
                [
                    ClientEvent::Connecting,
                    ClientEvent::Connected { .. },
                    ClientEvent::Disconnected { .. },
                    ClientEvent::Closed { reason: Some(_) },
                ]
            ),
            "{events:?}"
        );
    })
    .await;
    stage.end().await;
}

async fn the_last_handle_closes_the_connection_in_order(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let connect = stage.connect();
    let id = on_a_thread(move || {
        let client = connect.blocking().unwrap();
        client.note(context::current(), "last".to_owned()).unwrap();
        let connection = client.connection();
        drop(client.clone());
        drop(client);
        // There is a handle left.
        assert!(!connection.is_closed());
        connection.ping().unwrap();
        connection.id()
    })
    .await;
    stage.connected().await;
    let (ended, reason) = promptly(stage.disconnected()).await;
    assert_eq!(ended, id);
    assert!(
        matches!(reason, ConnectionError::PeerClosed(_)),
        "{reason:?}"
    );
    assert!(stage.lab.has(&Report::Noted("last".to_owned())));
    stage.end().await;
}
