//! Listeners: their names, their limits, and waiting for clients.

use std::time::Duration;

use futures_util::FutureExt;
use ipc_rpc::raw::ListenerEvent;
use ipc_rpc::{AcceptError, BindError, BindPolicy, ConnectError, RefusalReason, ServerError};
use support::{Place, Task, Transport, scenarios};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{LONG, listen, pair};

scenarios! {
    waiting_for_a_client_ends_when_it_was_told_to,
    a_wait_that_is_given_up_loses_no_client,
    the_clients_of_all_names_are_handed_out,
    a_listener_takes_so_many_streams_and_no_more,
    a_dropped_listener_gives_its_name_back_and_leaves_its_streams,
    a_listener_that_is_robbed_hands_out_who_had_come_and_ends,
    a_client_waits_for_a_listener_that_comes,
}

#[expect(clippy::disallowed_methods, reason = "it is about time that passes")]
async fn waiting_for_a_client_ends_when_it_was_told_to(transport: Transport) {
    let place = transport.place();
    let mut listener = listen(&place);
    let time = Duration::from_millis(30);
    let begun = tokio::time::Instant::now();
    assert!(listener.accept_timeout(time).await.unwrap().is_none());
    assert!(begun.elapsed() >= time);
    let (client, server) = tokio::join!(place.connect_raw(), listener.accept_timeout(LONG));
    assert_eq!(client.unwrap().id(), server.unwrap().unwrap().id());
}

async fn a_wait_that_is_given_up_loses_no_client(transport: Transport) {
    const CLIENTS: usize = 20;

    let place = transport.place();
    let mut listener = listen(&place);
    let connecting = Task::spawn({
        let place = place.clone();
        async move {
            let all = (0..CLIENTS).map(|_| place.connect_raw().into_future());
            futures_util::future::join_all(all).await
        }
    });
    let mut accepted = Vec::new();
    while accepted.len() < CLIENTS {
        // Each wait is dropped after one look.
        match listener.accept().now_or_never() {
            Some(stream) => accepted.push(stream.unwrap().id()),
            None => tokio::task::yield_now().await,
        }
    }
    let connected = connecting.join().await;
    let mut connected: Vec<_> = connected
        .into_iter()
        .map(|stream| stream.unwrap().id())
        .collect();
    connected.sort_unstable();
    accepted.sort_unstable();
    assert_eq!(connected, accepted);
}

async fn the_clients_of_all_names_are_handed_out(transport: Transport) {
    let places = [transport.place(), transport.place()];
    let mut listener = match &places[1] {
        Place::Memory(address) => places[0].listener().also_at(address),
        Place::LocalSocket(name) => places[0].listener().also_at(name),
    }
    .bind()
    .unwrap();
    assert_eq!(listener.names().len(), 2);
    for place in places.iter().chain(&places) {
        pair(place, &mut listener).await;
    }
}

async fn a_listener_takes_so_many_streams_and_no_more(transport: Transport) {
    let place = transport.place();
    let mut listener = place.listener().max_connections(2).bind().unwrap();
    let first = pair(&place, &mut listener).await;
    let second = pair(&place, &mut listener).await;
    let refused = async {
        tokio::select! {
            accepted = listener.accept() => panic!("{accepted:?}"),
            refused = place.connect_raw().into_future() => refused.unwrap_err(),
        }
    };
    let error = refused.await;
    assert!(
        matches!(
            error,
            ConnectError::Refused {
                reason: RefusalReason::ServerFull,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.is_retryable());
    // A half is enough to keep the place.
    let (read, write) = first.1.into_split();
    drop(write);
    let error = tokio::select! {
        accepted = listener.accept() => panic!("{accepted:?}"),
        refused = place.connect_raw().into_future() => refused.unwrap_err(),
    };
    assert!(error.is_retryable(), "{error:?}");
    drop(read);
    pair(&place, &mut listener).await;
    drop(second);
}

async fn a_dropped_listener_gives_its_name_back_and_leaves_its_streams(transport: Transport) {
    let place = transport.place();
    let mut listener = listen(&place);
    let error = place.listener().bind().unwrap_err();
    assert!(error.is_already_running(), "{error:?}");
    let (mut client, mut server) = pair(&place, &mut listener).await;
    drop(listener);
    // A pipe is there until its last connection has ended.
    if !transport.is_pipe() {
        let error = place.connect_raw().await.unwrap_err();
        assert!(
            matches!(error, ConnectError::NotRunning { .. }),
            "{error:?}"
        );
        pair(&place, &mut listen(&place)).await;
    }
    client.write_all(b"as ever").await.unwrap();
    let mut bytes = [0; 7];
    server.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"as ever");
}

async fn a_listener_that_is_robbed_hands_out_who_had_come_and_ends(transport: Transport) {
    let place = transport.place();
    let mut robbed = listen(&place);
    let mut events = robbed.events();
    let thief = place.listener().bind_policy(BindPolicy::TakeOver);
    if transport.is_pipe() {
        let error = thief.bind().unwrap_err();
        assert!(
            matches!(error, BindError::CannotTakeOver { .. }),
            "{error:?}"
        );
        return;
    }
    // One that says hello before the name is gone, and is accepted behind that.
    let mut earlier = Box::pin(place.connect_raw().into_future());
    assert!(futures_util::poll!(&mut earlier).is_pending());
    let mut thief = thief.bind().unwrap();
    let (client, server) = tokio::join!(earlier, robbed.accept());
    assert_eq!(client.unwrap().id(), server.unwrap().id());
    for _ in 0..3 {
        let ended = robbed.accept().await.unwrap_err();
        let AcceptError::NamesLost { names } = &ended else {
            panic!("{ended:?}");
        };
        assert_eq!(*names, robbed.names().join(", "));
    }
    assert!(robbed.accept_timeout(LONG).await.is_err());
    match events.next().await {
        Some(ListenerEvent::Error { error }) => {
            assert!(matches!(*error, ServerError::NameLost { .. }), "{error:?}");
        }
        other => panic!("{other:?}"),
    }
    drop(robbed);
    pair(&place, &mut thief).await;
}

async fn a_client_waits_for_a_listener_that_comes(transport: Transport) {
    let place = transport.place();
    let waiting = place.connect_raw().wait_for_server(LONG);
    let mut waiting = Box::pin(waiting.into_future());
    assert!(futures_util::poll!(&mut waiting).is_pending());
    let mut listener = listen(&place);
    let (client, server) = tokio::join!(waiting, listener.accept());
    assert_eq!(client.unwrap().id(), server.unwrap().id());
    drop(listener);
    let patience = Duration::from_millis(30);
    let error = transport
        .place()
        .connect_raw()
        .wait_for_server(patience)
        .await
        .unwrap_err();
    assert!(
        matches!(error, ConnectError::TimedOut { reached: false, after, .. } if after == patience),
        "{error:?}"
    );
}
