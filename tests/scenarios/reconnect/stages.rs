//! Ends at whichever stage a client is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::poll;
use ipc_rpc::{CallError, ConnectionError, Context, context, ipc_service};
use support::{LabClient, Task, Transport, promptly, scenarios};

use super::{
    Counter, CountingClient, begin, connect, is_closed, is_disconnected, lose, once, soon, until,
};

scenarios! {
    closing_ends_a_client_whose_server_dies_while_it_drains,
    closing_by_a_handle_of_an_earlier_connection_ends_the_client,
    aborting_by_a_handle_of_an_earlier_connection_ends_the_client,
    of_two_that_close_the_first_ones_reason_is_told,
    closing_ends_an_attempt_that_is_under_way,
    a_connection_that_outlives_the_last_client_is_not_renewed,
    a_client_that_is_never_awaited_closes,
    a_client_that_a_service_of_the_clients_keeps_does_not_have_it_connect_again,
    a_client_whose_runtime_goes_while_it_is_not_connected_ends,
    a_client_whose_runtime_goes_during_a_call_ends_in_order,
}

#[ipc_service]
trait Keeps {
    async fn keep(&self, ctx: Context) -> u64;
}

#[derive(Clone)]
struct Keeper(
    Arc<std::sync::Mutex<Option<LabClient>>>,
    tokio::sync::watch::Sender<bool>,
);

impl Keeps for Keeper {
    async fn keep(&self, ctx: Context) -> u64 {
        *self.0.lock().unwrap() = Some(ctx.peer().client());
        self.1.send_replace(true);
        7
    }
}

async fn closing_ends_a_client_whose_server_dies_while_it_drains(transport: Transport) {
    let counter = Counter::new();
    let stage = counter.serve_at(&transport.place()).await;
    let connect = connect(&stage.place);
    let mut events = connect.events();
    let client = connect.await.unwrap();
    let calling = client.clone();
    let call = Task::spawn(async move { calling.again(context::without_deadline(), true).await });
    counter.has_run(1).await;
    let mut close = Box::pin(client.connection().close("enough"));
    assert!(poll!(&mut close).is_pending());
    // The server dies while the call is still drained.
    let place = stage.place.clone();
    stage.kill().await;
    assert!(promptly(close).await);
    let stage = counter.serve_at(&place).await;
    let told = tokio::time::timeout(Duration::from_secs(3), until(&mut events, is_closed)).await;
    let ran = counter.runs();
    let again = tokio::time::timeout(
        Duration::from_secs(1),
        client.once(context::without_deadline(), false),
    )
    .await;
    assert!(
        told.is_ok(),
        "the client goes on: the call ran {ran} times, and another came to {again:?}"
    );
    let _ = promptly(call.join()).await;
    stage.end().await;
}

async fn closing_by_a_handle_of_an_earlier_connection_ends_the_client(transport: Transport) {
    let (counter, stage, client) = begin(transport).await;
    let first = client.connection();
    let place = lose(stage, &client).await;
    let stage = counter.serve_at(&place).await;
    once(&client).await;
    first.close("enough").await;
    let again = client.once(context::without_deadline(), false).await;
    assert!(again.is_err(), "the client goes on");
    stage.end().await;
}

async fn aborting_by_a_handle_of_an_earlier_connection_ends_the_client(transport: Transport) {
    let (counter, stage, client) = begin(transport).await;
    let first = client.connection();
    let place = lose(stage, &client).await;
    let stage = counter.serve_at(&place).await;
    once(&client).await;
    first.abort();
    let again = client.once(context::without_deadline(), false).await;
    assert!(again.is_err(), "the client goes on");
    stage.end().await;
}

async fn of_two_that_close_the_first_ones_reason_is_told(transport: Transport) {
    let (_counter, stage, client) = begin(transport).await;
    once(&client).await;
    let a = client.connection();
    let (x, y) = tokio::join!(a.close("one"), a.close("two"));
    assert!(x && !y);
    let error = client
        .once(context::without_deadline(), false)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, CallError::Connection { source: ConnectionError::LocallyClosed { reason }, .. } if reason == "one"),
        "{error:?}"
    );
    stage.end().await;
}

async fn closing_ends_an_attempt_that_is_under_way(transport: Transport) {
    let stage = Counter::new().serve_at(&transport.place()).await;
    let asked = AtomicU64::new(0);
    let (tx, mut rx) = tokio::sync::watch::channel(0);
    let provider = move || {
        let number = asked.fetch_add(1, Ordering::SeqCst);
        tx.send_replace(number);
        async move {
            if number > 0 {
                std::future::pending::<()>().await
            }
        }
    };
    let connect = connect(&stage.place).auth_with(provider);
    let mut events = connect.events();
    let client = connect.await.unwrap();
    lose(stage, &client).await;
    rx.wait_for(|n| *n == 1).await.unwrap();
    let calling = client.clone();
    let call = Task::spawn(async move { calling.once(context::without_deadline(), false).await });
    tokio::task::yield_now().await;
    promptly(client.connection().close("x")).await;
    assert!(promptly(call.join()).await.is_err());
    let told = until(&mut events, is_closed).await;
    assert_eq!(
        told.iter().filter(|event| is_disconnected(event)).count(),
        1
    );
}

async fn a_connection_that_outlives_the_last_client_is_not_renewed(transport: Transport) {
    let counter = Counter::new();
    let stage = counter.serve_at(&transport.place()).await;
    let connect = connect(&stage.place);
    let mut events = connect.events();
    let client = connect.await.unwrap();
    let kept = client.connection();
    drop(client);
    assert!(kept.ping().await.is_ok());
    stage.kill().await;
    let told = until(&mut events, is_closed).await;
    assert_eq!(told.len(), 4, "{told:?}");
    let revived: CountingClient = kept.client();
    assert!(
        promptly(revived.once(context::without_deadline(), false))
            .await
            .is_err()
    );
}

async fn a_client_that_is_never_awaited_closes(transport: Transport) {
    let connect = connect(&transport.place());
    let (mut events, mut status) = (connect.events(), connect.status());
    drop(connect);
    let status_changed = promptly(status.changed()).await;
    let event = tokio::time::timeout(Duration::from_secs(1), events.next()).await;
    assert!(
        event.is_ok(),
        "status: {status_changed:?}, {:?}; events wait for ever",
        status.get()
    );
}

async fn a_client_that_a_service_of_the_clients_keeps_does_not_have_it_connect_again(
    transport: Transport,
) {
    let counter = Counter::new();
    let mut stage = counter.serve_at(&transport.place()).await;
    let keeper = Keeper(Arc::default(), tokio::sync::watch::Sender::new(false));
    let mut policy = soon();
    policy.give_up_after = None;
    let connect = stage
        .place
        .connect::<CountingClient>()
        .reconnect(policy)
        .serve(keeper.serve());
    let mut events = connect.events();
    let client = connect.await.unwrap();
    let id = stage.connected().await;
    let keeps: KeepsClient = stage.handle.connection(id).unwrap().client();
    assert_eq!(keeps.keep(context::current()).await.unwrap(), 7);
    drop(keeps);
    drop(client);
    stage.kill().await;
    let told = tokio::time::timeout(Duration::from_secs(2), async {
        while !is_closed(&events.next().await.unwrap()) {}
    })
    .await;
    assert!(
        told.is_ok(),
        "nobody of the application's has a client, and it connects for ever"
    );
}

async fn a_client_whose_runtime_goes_while_it_is_not_connected_ends(transport: Transport) {
    if transport == Transport::Memory {
        return;
    }
    let stage = Counter::new().serve_at(&transport.place()).await;
    let place = stage.place.clone();
    let (goes, client, mut events) = tokio::task::spawn_blocking(move || {
        let goes = tokio::runtime::Runtime::new().unwrap();
        let (client, events) = goes.block_on(async {
            let connect = connect(&place);
            let events = connect.events();
            (connect.await.unwrap(), events)
        });
        (goes, client, events)
    })
    .await
    .unwrap();
    let place = lose(stage, &client).await;
    let _ = place;
    let calling = client.clone();
    let call = Task::spawn(async move { calling.once(context::without_deadline(), false).await });
    tokio::task::yield_now().await;
    goes.shutdown_background();
    let error = promptly(call.join()).await.unwrap_err();
    assert!(error.is_closed(), "{error:?}");
    until(&mut events, is_closed).await;
    assert!(!promptly(client.connection().close("x")).await);
}

async fn a_client_whose_runtime_goes_during_a_call_ends_in_order(transport: Transport) {
    // A runtime that goes takes streams in memory along; and under Wine it may leave a pipe open.
    if transport == Transport::Memory || transport.is_pipe() {
        return;
    }
    for _ in 0..50 {
        let counter = Counter::new();
        let stage = counter.serve_at(&transport.place()).await;
        let place = stage.place.clone();
        let (goes, client, mut events) = tokio::task::spawn_blocking(move || {
            let goes = tokio::runtime::Runtime::new().unwrap();
            let (client, events) = goes.block_on(async {
                let connect = connect(&place);
                let events = connect.events();
                (connect.await.unwrap(), events)
            });
            (goes, client, events)
        })
        .await
        .unwrap();
        let calling = client.clone();
        let call =
            Task::spawn(async move { calling.again(context::without_deadline(), true).await });
        counter.has_run(1).await;
        goes.shutdown_background();
        let error = promptly(call.join()).await.unwrap_err();
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
        let told = until(&mut events, is_closed).await;
        assert_eq!(
            told.iter().filter(|event| is_disconnected(event)).count(),
            1
        );
        drop(client);
        stage.end().await;
    }
}
