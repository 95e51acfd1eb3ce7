//! Connecting comes to an end, whatever the server does, and a server comes back where one has ended.
//!
//! net-ipc's `connect` never settled without reconnection, and took no retries for three of them; its `start` never settled
//! where it could not listen. ipcIO's `connect` never settled if the first attempt failed, or if the name was taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ipc_rpc::{
    AuthHello, ClientEvent, Connect, ConnectError, Events, PeerPolicy, Reconnect, Rejection,
    context,
};
use support::{Lab, LabClient, Place, Stage, Task, Transport, promptly, rig, scenarios};

scenarios! {
    connecting_settles_after_one_attempt_whatever_the_server_does,
    a_client_that_was_rejected_does_not_ask_again,
    a_server_can_be_bound_where_one_has_ended_whichever_way,
    a_client_that_its_server_aborts_comes_back_with_all_that_it_brought,
}

/// Checks that a client failed after one attempt, and that its events say so and end.
async fn settled_after_one(
    result: Result<LabClient, ConnectError>,
    mut events: Events<ClientEvent>,
) -> ConnectError {
    let first = promptly(events.next()).await;
    assert!(matches!(first, Some(ClientEvent::Connecting)), "{first:?}");
    let last = promptly(events.next()).await;
    assert!(
        matches!(last, Some(ClientEvent::Closed { reason: None })),
        "{last:?}"
    );
    assert!(promptly(events.next()).await.is_none());
    result.unwrap_err()
}

async fn fails(connect: Connect<LabClient>) -> ConnectError {
    let events = connect.events();
    let result = promptly(connect.into_future()).await;
    settled_after_one(result, events).await
}

/// Clients of a place that connect again, and that do not.
fn clients(place: &Place) -> [Connect<LabClient>; 3] {
    let mut none = Reconnect::default();
    none.max_attempts = Some(0);
    [
        place.connect(),
        place.connect().reconnect(Reconnect::default()),
        place.connect().reconnect(none),
    ]
}

async fn connecting_settles_after_one_attempt_whatever_the_server_does(transport: Transport) {
    // There is none.
    for connect in clients(&transport.place()) {
        let error = fails(connect).await;
        assert!(
            matches!(error, ConnectError::NotRunning { .. }),
            "{error:?}"
        );
    }
    // It does not want the client, or has no room.
    let policy = PeerPolicy::custom(|_| false);
    let picky = Stage::with(transport, |server| server.admit(policy)).await;
    let full = Stage::with(transport, |server| server.max_connections(1)).await;
    let _only_one = full.client().await;
    let taken = Stage::new(transport).await;
    let _holder = taken.connect().peer_name("worker").await.unwrap();
    for place in [&picky.place, &full.place, &taken.place] {
        for connect in clients(place) {
            let error = fails(connect.peer_name("worker")).await;
            assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
        }
    }
    for stage in [picky, full, taken] {
        stage.end().await;
    }
    // It is there, and hangs.
    let place = transport.place();
    let silent = place.server().service(rig().0.serve()).bind().unwrap();
    for connect in clients(&place) {
        let error = fails(connect.connect_timeout(Duration::from_millis(50))).await;
        assert!(error.is_timeout(), "{error:?}");
    }
    // It hangs, and ends meanwhile.
    let connecting = clients(&place).map(|connect| {
        let events = connect.events();
        (Task::spawn(connect.into_future()), events)
    });
    tokio::task::yield_now().await;
    drop(silent);
    for (connecting, events) in connecting {
        let result = promptly(connecting.join()).await;
        settled_after_one(result, events).await;
    }
}

async fn a_client_that_was_rejected_does_not_ask_again(transport: Transport) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let reject = move |_: AuthHello<String>| {
        counted.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Err::<(), _>(Rejection::new(7, "not you")))
    };
    let stage = Stage::with(transport, |server| server.authenticate(reject)).await;
    for (number, connect) in (1..).zip(clients(&stage.place)) {
        let error = fails(connect.auth("anybody")).await;
        assert_eq!(error.rejection(), Some(&Rejection::new(7, "not you")));
        assert_eq!(asked.load(Ordering::SeqCst), number);
    }
    assert!(stage.handle.connections().is_empty());
    assert_eq!(stage.lab.all(), []);
    stage.end().await;
}

async fn a_server_can_be_bound_where_one_has_ended_whichever_way(transport: Transport) {
    let place = transport.place();
    for round in 0..8 {
        let stage = Stage::at(place.clone(), |server| server).await;
        let client = stage.client().await;
        assert_eq!(
            client.add(context::current(), round, 1).await.unwrap(),
            round + 1
        );
        // Of a pipe the last connection has the name.
        client.connection().close("").await;
        match round % 3 {
            0 => drop(stage.end().await),
            1 => stage.kill().await,
            _ => {
                stage.end().await;
                // One that is bound and never run has it as well, and lets it go.
                let (rig, _) = rig();
                let never_run = place.server().service(rig.serve()).bind().unwrap();
                drop(never_run);
            }
        }
        if transport.is_pipe() {
            // Its name is free once the system has closed the last of its connections, which nothing tells.
            break;
        }
    }
}

async fn a_client_that_its_server_aborts_comes_back_with_all_that_it_brought(transport: Transport) {
    let admit = |hello: AuthHello<String>| {
        std::future::ready(Ok::<_, Rejection>(format!("session of {}", hello.payload)))
    };
    let mut stage = Stage::with(transport, |server| server.authenticate(admit)).await;
    let mut policy = Reconnect::default();
    policy.first_delay = Duration::from_millis(5);
    policy.longest_delay = Duration::from_millis(20);
    let connect = stage.connect().auth("ali").peer_name("worker");
    let client = connect.reconnect(policy).await.unwrap();
    let mut before = None;
    for _ in 0..5 {
        let id = promptly(stage.connected()).await;
        assert_ne!(before.replace(id), Some(id));
        let facts = promptly(client.facts(context::without_deadline())).await;
        let facts = facts.unwrap();
        assert_eq!(facts.session.as_deref(), Some("session of ali"));
        assert_eq!(facts.connection, Some(id.get()));
        let holder = stage.handle.peer_named("worker").unwrap();
        assert_eq!(holder.connection_id(), Some(id));
        stage.handle.connection(id).unwrap().abort();
        assert_eq!(promptly(stage.disconnected()).await.0, id);
    }
    stage.end().await;
}
