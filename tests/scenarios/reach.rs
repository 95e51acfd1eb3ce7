//! What a running server can do with its clients and its services: reach all of them, and change what it serves.

use futures_util::StreamExt;
use ipc_rpc::{BindError, CallError, ConnectError, Context, RefusalReason, context, ipc_service};
use support::{LabClient, Stage, Transport, promptly, scenarios};

scenarios! {
    a_broadcast_reaches_all_but_those_it_leaves_out,
    a_broadcast_tells_whom_it_did_not_reach,
    one_peer_that_hangs_holds_up_no_answer_of_the_others,
    all_peers_are_pinged_at_once,
    a_peer_is_reached_by_its_id_until_it_has_gone,
    a_service_that_is_added_is_called_over_connections_that_are_there,
    a_service_that_is_removed_finishes_its_calls_and_takes_no_more,
    a_service_that_comes_back_is_found_again,
    a_service_of_a_name_that_is_taken_is_not_added,
    a_client_that_connects_while_services_change_knows_the_last_of_them,
}

/// What a client offers to the server.
#[ipc_service]
pub trait Echo {
    /// Returns its number.
    async fn number(&self, ctx: Context) -> u64;
    /// Never answers.
    async fn hang(&self, ctx: Context);
}

struct Numbered(u64);

impl Echo for Numbered {
    async fn number(&self, _: Context) -> u64 {
        self.0
    }

    async fn hang(&self, _: Context) {
        if self.0 != 0 {
            std::future::pending().await
        }
    }
}

/// Something that comes and goes.
#[ipc_service]
pub trait Guest {
    /// Returns what it is given.
    async fn twice(&self, ctx: Context, number: u64) -> u64;
    /// Answers when the caller of this very connection closes it or gives up.
    async fn hang(&self, ctx: Context);
}

struct Guesting(tokio::sync::watch::Sender<bool>);

impl Guest for Guesting {
    async fn twice(&self, _: Context, number: u64) -> u64 {
        2 * number
    }

    async fn hang(&self, _: Context) {
        let _ = self.0.subscribe().wait_for(|released| *released).await;
    }
}

fn guest() -> (GuestServer<Guesting>, tokio::sync::watch::Sender<bool>) {
    let released = tokio::sync::watch::Sender::new(false);
    (Guesting(released.clone()).serve(), released)
}

async fn numbered(stage: &Stage, number: u64) -> LabClient {
    let client = stage.connect().serve(Numbered(number).serve());
    client.await.unwrap()
}

async fn a_broadcast_reaches_all_but_those_it_leaves_out(transport: Transport) {
    let stage = Stage::new(transport).await;
    let mut clients = Vec::new();
    for number in 1..=5 {
        clients.push(numbered(&stage, number).await);
    }
    let left_out = clients[2].connection().id();
    let peers = stage.handle.peers().except(left_out);
    assert_eq!(peers.len(), 4);
    let told = peers.broadcast(async |echo: EchoClient| echo.number(context::current()).await);
    let mut told = told.await;
    told.reached.sort_unstable();
    let others = clients.iter().map(|client| client.connection().id());
    let others: Vec<_> = others.filter(|id| *id != left_out).collect();
    assert_eq!(told.reached, others);
    assert!(told.failed.is_empty(), "{:?}", told.failed);
    stage.end().await;
}

async fn a_broadcast_tells_whom_it_did_not_reach(transport: Transport) {
    let stage = Stage::new(transport).await;
    let serving = numbered(&stage, 1).await;
    let silent = stage.client().await;
    let peers = stage.handle.peers();
    let told = peers
        .broadcast(async |echo: EchoClient| echo.number(context::current()).await)
        .await;
    assert_eq!(told.reached, [serving.connection().id()]);
    let [(id, error)] = &told.failed[..] else {
        panic!("{:?}", told.failed);
    };
    assert_eq!(*id, silent.connection().id());
    assert!(
        matches!(error, CallError::Unimplemented { .. }),
        "{error:?}"
    );
    assert_eq!(peers.serving::<EchoClient>().len(), 1);
    stage.end().await;
}

async fn one_peer_that_hangs_holds_up_no_answer_of_the_others(transport: Transport) {
    let stage = Stage::new(transport).await;
    let mut clients = Vec::new();
    for number in [0, 1, 0, 0] {
        clients.push(numbered(&stage, number).await);
    }
    let peers = stage.handle.peers();
    let hang = async |echo: EchoClient| echo.hang(context::without_deadline()).await;
    let mut results = std::pin::pin!(peers.survey(hang));
    for _ in 0..3 {
        let (id, result) = promptly(results.next()).await.unwrap();
        assert_ne!(id, clients[1].connection().id());
        result.unwrap();
    }
    clients[1].connection().abort();
    let (id, result) = promptly(results.next()).await.unwrap();
    assert_eq!(id, clients[1].connection().id());
    assert!(result.unwrap_err().is_closed());
    assert!(results.next().await.is_none());
    stage.end().await;
}

async fn all_peers_are_pinged_at_once(transport: Transport) {
    let stage = Stage::new(transport).await;
    let clients = [stage.client().await, stage.client().await];
    let peers = stage.handle.peers();
    let mut pinged: Vec<_> = peers.ping_all().collect().await;
    pinged.sort_unstable_by_key(|(id, _)| *id);
    let ids: Vec<_> = clients
        .iter()
        .map(|client| client.connection().id())
        .collect();
    assert_eq!(pinged.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ids);
    assert!(pinged.iter().all(|(_, round_trip)| round_trip.is_ok()));
    stage.end().await;
}

async fn a_peer_is_reached_by_its_id_until_it_has_gone(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let client = numbered(&stage, 7).await;
    let id = stage.connected().await;
    let peer = stage.handle.peer(id).unwrap();
    let echo: EchoClient = peer.client();
    assert_eq!(echo.number(context::current()).await.unwrap(), 7);
    client.connection().abort();
    stage.disconnected().await;
    assert!(stage.handle.peer(id).is_none());
    assert!(
        echo.number(context::current())
            .await
            .unwrap_err()
            .is_closed()
    );
    stage.end().await;
}

async fn a_service_that_is_added_is_called_over_connections_that_are_there(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let early: GuestClient = client.connection().client();
    let error = early.twice(context::current(), 4).await.unwrap_err();
    assert!(
        matches!(error, CallError::Unimplemented { .. }),
        "{error:?}"
    );
    let refused = stage.place.connect::<GuestClient>().await.unwrap_err();
    assert!(
        matches!(
            refused,
            ConnectError::Refused {
                reason: RefusalReason::UnknownService,
                ..
            }
        ),
        "{refused:?}"
    );

    stage.handle.add_service(guest().0).unwrap();
    assert!(promptly(client.connection().peer_serves("Guest")).await);
    assert_eq!(early.twice(context::current(), 4).await.unwrap(), 8);
    let later: GuestClient = client.connection().client();
    assert_eq!(later.twice(context::current(), 5).await.unwrap(), 10);
    let new = stage.place.connect::<GuestClient>().await.unwrap();
    assert_eq!(new.twice(context::current(), 6).await.unwrap(), 12);
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.end().await;
}

async fn a_service_that_is_removed_finishes_its_calls_and_takes_no_more(transport: Transport) {
    let stage = Stage::new(transport).await;
    let (service, released) = guest();
    stage.handle.add_service(service).unwrap();
    let client = stage.place.connect::<GuestClient>().await.unwrap();
    let hanging = {
        let client = client.clone();
        support::Task::spawn(async move { client.hang(context::current()).await })
    };
    // The handler runs by the time that a later call of the same connection was answered.
    client.twice(context::current(), 1).await.unwrap();
    while released.receiver_count() == 0 {
        client.twice(context::current(), 1).await.unwrap();
    }
    assert!(stage.handle.remove_service("Guest"));
    assert!(!stage.handle.remove_service("Guest"));
    let error = client.twice(context::current(), 4).await.unwrap_err();
    assert!(
        matches!(error, CallError::Unimplemented { .. }),
        "{error:?}"
    );
    released.send_replace(true);
    promptly(hanging.join()).await.unwrap();
    assert!(
        !client
            .connection()
            .peer_services()
            .contains(&"Guest".to_owned())
    );
    assert!(stage.place.connect::<GuestClient>().await.is_err());
    stage.end().await;
}

async fn a_service_that_comes_back_is_found_again(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let guest: GuestClient = client.connection().client();
    for round in 0..3 {
        stage.handle.add_service(self::guest().0).unwrap();
        assert!(promptly(client.connection().peer_serves("Guest")).await);
        assert_eq!(
            guest.twice(context::current(), round).await.unwrap(),
            2 * round
        );
        assert!(stage.handle.remove_service("Guest"));
        let error = guest.twice(context::current(), round).await.unwrap_err();
        assert!(
            matches!(error, CallError::Unimplemented { .. }),
            "{error:?}"
        );
        // By now the client has heard of it, too, and takes the next one for another.
        client.connection().ping().await.unwrap();
    }
    stage.end().await;
}

async fn a_service_of_a_name_that_is_taken_is_not_added(transport: Transport) {
    let stage = Stage::new(transport).await;
    stage.handle.add_service(guest().0).unwrap();
    let error = stage.handle.add_service(guest().0).unwrap_err();
    assert!(
        matches!(error, BindError::DuplicateService { name: "Guest" }),
        "{error:?}"
    );
    assert!(stage.handle.remove_service("Lab"));
    assert!(stage.connect().await.is_err());
    stage.end().await;
}

async fn a_client_that_connects_while_services_change_knows_the_last_of_them(transport: Transport) {
    let stage = Stage::new(transport).await;
    for _ in 0..20 {
        let (connected, ()) = tokio::join!(stage.client(), async {
            stage.handle.add_service(guest().0).unwrap();
        });
        assert!(promptly(connected.connection().peer_serves("Guest")).await);
        let guest: GuestClient = connected.connection().client();
        assert_eq!(guest.twice(context::current(), 1).await.unwrap(), 2);
        stage.handle.remove_service("Guest");
    }
    stage.end().await;
}
