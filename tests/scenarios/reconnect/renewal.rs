//! What goes on over the next connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::poll;
use ipc_rpc::{
    AuthHello, ClientEvent, ClientStatus, Codec, ConnectionError, Followed, Subscription, context,
};
use support::{Lab, LabClient, Stage, Task, Transport, promptly, rig, scenarios};

use super::{
    Counter, Counting, CountingClient, begin, connect, is_closed, is_reconnecting, lose, once,
    until,
};

scenarios! {
    a_client_goes_on_when_its_server_is_back,
    events_and_status_tell_of_every_connection,
    many_servers_in_a_row_are_one_to_the_client,
    clones_and_clients_of_the_same_connection_go_on_together,
    what_the_client_serves_is_served_to_the_next_server,
    the_name_that_the_client_has_is_claimed_again,
    the_auth_payload_is_asked_for_afresh,
    the_codec_stays_the_one_that_was_agreed_first,
    a_subscription_goes_on_and_tells_of_the_gap,
    layers_see_one_call_however_often_it_is_sent,
}

async fn a_client_goes_on_when_its_server_is_back(transport: Transport) {
    let (counter, stage, client) = begin(transport).await;
    assert_eq!(once(&client).await, 1);
    let first = client.connection();
    let place = lose(stage, &client).await;
    let mut waiting = Box::pin(client.once(context::current(), false));
    assert!(poll!(&mut waiting).is_pending());
    let stage = counter.serve_at(&place).await;
    assert_eq!(promptly(waiting).await.unwrap(), 2);
    assert!(first.is_closed());
    assert!(!client.connection().is_closed());
    assert!(client.supports("once"));
    drop(client);
    stage.end().await;
}

async fn events_and_status_tell_of_every_connection(transport: Transport) {
    let counter = Counter::new();
    let stage = counter.serve_at(&transport.place()).await;
    let connect = connect(&stage.place);
    let (mut events, mut status) = (connect.events(), connect.status());
    assert_eq!(status.get(), ClientStatus::Connecting);
    let client = connect.await.unwrap();
    assert_eq!(status.get(), ClientStatus::Connected);
    let place = lose(stage, &client).await;
    let told = until(&mut events, is_reconnecting).await;
    assert!(
        matches!(
            &told[..],
            [
                ClientEvent::Connecting,
                ClientEvent::Connected { .. },
                ClientEvent::Disconnected {
                    reason: ConnectionError::PeerVanished,
                    ..
                },
                ClientEvent::Reconnecting {
                    attempt: 1,
                    error: None,
                    ..
                },
            ]
        ),
        "{told:#?}"
    );
    assert!(promptly(status.until(ClientStatus::Reconnecting)).await);
    // There is nobody yet: the second attempt tells so.
    let told = until(&mut events, is_reconnecting).await;
    assert!(
        matches!(
            &told[..],
            [ClientEvent::Reconnecting { attempt: 2, error: Some(error), .. }]
                if error.is_retryable()
        ),
        "{told:#?}"
    );
    let stage = counter.serve_at(&place).await;
    assert!(promptly(status.until(ClientStatus::Connected)).await);
    client.connection().close("enough").await;
    assert!(promptly(status.until(ClientStatus::Closed)).await);
    assert!(!promptly(status.until(ClientStatus::Connected)).await);
    let told = until(&mut events, is_closed).await;
    assert!(
        matches!(
            &told[..],
            [
                ..,
                ClientEvent::Connected { id },
                ClientEvent::Disconnected { id: ended, reason: ConnectionError::LocallyClosed { .. } },
                ClientEvent::Closed { reason: Some(ConnectionError::LocallyClosed { .. }) },
            ] if id == ended
        ),
        "{told:#?}"
    );
    assert!(events.next().await.is_none());
    stage.end().await;
}

async fn many_servers_in_a_row_are_one_to_the_client(transport: Transport) {
    let (counter, mut stage, client) = begin(transport).await;
    for run in 1..=10 {
        assert_eq!(once(&client).await, run);
        let place = lose(stage, &client).await;
        stage = counter.serve_at(&place).await;
    }
    drop(client);
    stage.end().await;
}

async fn clones_and_clients_of_the_same_connection_go_on_together(transport: Transport) {
    let (counter, stage, client) = begin(transport).await;
    let clone = client.clone();
    let lab: LabClient = client.connection().client();
    assert_eq!(lab.add(context::current(), 2, 3).await.unwrap(), 5);
    let place = lose(stage, &client).await;
    let stage = counter.serve_at(&place).await;
    once(&client).await;
    once(&clone).await;
    assert_eq!(lab.add(context::current(), 3, 4).await.unwrap(), 7);
    assert_eq!(stage.handle.connections().len(), 1);
    drop((client, clone));
    // The last of them still holds it.
    assert_eq!(lab.add(context::current(), 4, 5).await.unwrap(), 9);
    drop(lab);
    stage.end().await;
}

async fn what_the_client_serves_is_served_to_the_next_server(transport: Transport) {
    let counter = Counter::new();
    let mut stage = counter.serve_at(&transport.place()).await;
    let client = connect(&stage.place).serve(rig().0.serve()).await.unwrap();
    for _ in 0..2 {
        let id = stage.connected().await;
        let lab: LabClient = stage.handle.connection(id).unwrap().client();
        assert_eq!(lab.add(context::current(), 2, 3).await.unwrap(), 5);
        let place = lose(stage, &client).await;
        stage = counter.serve_at(&place).await;
    }
    stage.connected().await;
    drop(client);
    stage.end().await;
}

async fn the_name_that_the_client_has_is_claimed_again(transport: Transport) {
    let counter = Counter::new();
    let mut stage = counter.serve_at(&transport.place()).await;
    let client = connect(&stage.place).peer_name("worker").await.unwrap();
    let place = lose(stage, &client).await;
    stage = counter.serve_at(&place).await;
    stage.connected().await;
    assert!(stage.handle.peer_named("worker").is_some());
    drop(client);
    stage.end().await;
}

async fn the_auth_payload_is_asked_for_afresh(transport: Transport) {
    let shown = |place| async move {
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let stage = Stage::at(place, |server| {
            let (seen, counter) = (Arc::clone(&seen), Counter::new());
            server
                .service(counter.serve())
                .authenticate(move |hello: AuthHello<u64>| {
                    seen.lock().unwrap().push(hello.payload);
                    async { Ok::<_, ipc_rpc::Rejection>(()) }
                })
        });
        (stage.await, seen)
    };
    let (stage, seen) = shown(transport.place()).await;
    let asked = Arc::new(AtomicU64::new(0));
    let provider = {
        let asked = Arc::clone(&asked);
        move || {
            let number = asked.fetch_add(1, Ordering::SeqCst) + 1;
            async move { number }
        }
    };
    let client = connect(&stage.place).auth_with(provider).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [1]);
    let place = lose(stage, &client).await;
    let (stage, seen) = shown(place).await;
    once(&client).await;
    let last = asked.load(Ordering::SeqCst);
    assert!(last > 1);
    assert_eq!(*seen.lock().unwrap(), [last]);
    drop(client);
    stage.end().await;
}

async fn the_codec_stays_the_one_that_was_agreed_first(transport: Transport) {
    let counter = Counter::new();
    let served = counter.clone();
    let stage = Stage::with(transport, |server| {
        server.codec(Codec::MessagePack).service(served.serve())
    });
    let stage = stage.await;
    let client = connect(&stage.place).await.unwrap();
    let place = lose(stage, &client).await;
    // A server that takes either: alone, the client would have postcard with it.
    let stage = counter.serve_at(&place).await;
    once(&client).await;
    assert_eq!(client.connection().codec(), Codec::MessagePack);
    drop(client);
    stage.end().await;
}

async fn a_subscription_goes_on_and_tells_of_the_gap(transport: Transport) {
    let (counter, stage, client) = begin(transport).await;
    let follower = client.clone();
    let mut numbers = Subscription::new(move || {
        let client = follower.clone();
        async move { client.follow(context::without_deadline()).await }
    });
    let publish = |counter: &Counter, number| {
        let topic = counter.numbers.clone();
        Task::spawn(async move {
            while topic.subscribers() == 0 {
                tokio::task::yield_now().await;
            }
            topic.publish(number).await
        })
    };
    let published = publish(&counter, 1);
    let item = promptly(numbers.recv()).await.unwrap().unwrap();
    assert_eq!(item, Followed::Item(1));
    published.join().await;
    let place = lose(stage, &client).await;
    let other = Counter::new();
    let stage = other.serve_at(&place).await;
    let item = promptly(numbers.recv()).await.unwrap().unwrap();
    assert_eq!(item, Followed::Resumed);
    let published = publish(&other, 2);
    let item = promptly(numbers.recv()).await.unwrap().unwrap();
    assert_eq!(item, Followed::Item(2));
    published.join().await;
    // A stream that is complete is not asked for again.
    other.numbers.close();
    assert!(promptly(numbers.recv()).await.is_none());
    assert!(numbers.recv().await.is_none());
    drop((client, numbers));
    stage.end().await;
}

async fn layers_see_one_call_however_often_it_is_sent(transport: Transport) {
    struct Seen(Arc<AtomicU64>);

    impl ipc_rpc::layer::Layer for Seen {
        async fn call(
            &self,
            request: ipc_rpc::layer::Request,
            next: ipc_rpc::layer::Next,
        ) -> ipc_rpc::layer::Response {
            self.0.fetch_add(1, Ordering::SeqCst);
            next.run(request).await
        }
    }

    let counter = Counter::new();
    let stage = counter.serve_at(&transport.place()).await;
    let seen = Arc::new(AtomicU64::new(0));
    let client = connect(&stage.place).layer(Seen(Arc::clone(&seen)));
    let client: CountingClient = client.await.unwrap();
    let calling = client.clone();
    let call = Task::spawn(async move { calling.again(context::without_deadline(), true).await });
    counter.has_run(1).await;
    let place = lose(stage, &client).await;
    let stage = counter.serve_at(&place).await;
    counter.has_run(2).await;
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    call.stop().await;
    drop(client);
    stage.end().await;
}
