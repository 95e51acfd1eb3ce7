//! Providers of auth payloads that fail, and what the policy bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ipc_rpc::{
    CallError, ClientEvent, ClientStatus, ConnectError, ConnectionError, ServerEvent, context,
};
use support::{Stage, Task, Transport, promptly, scenarios};

use tokio::time::timeout;

use super::{
    Counter, CountingClient, connect, is_closed, is_disconnected, is_reconnecting, lose, soon,
    until,
};

scenarios! {
    a_provider_that_panics_ends_the_client,
    a_provider_that_takes_too_long_is_told_apart_from_a_server_that_is_not_there,
    an_attempt_takes_no_longer_than_the_client_may_be_without_a_connection,
    a_policy_without_pauses_does_not_ask_without_end,
    a_server_that_admits_and_dies_at_once_uses_attempts_up,
    the_status_is_told_when_it_changes_and_only_then,
}

async fn a_provider_that_panics_ends_the_client(transport: Transport) {
    let stage = Counter::new().serve_at(&transport.place()).await;
    let asked = AtomicU64::new(0);
    let provider = move || {
        let number = asked.fetch_add(1, Ordering::SeqCst);
        async move { assert!(number == 0, "a provider's own panic") }
    };
    let connect = connect(&stage.place).auth_with(provider);
    let mut events = connect.events();
    let mut status = connect.status();
    let client = connect.await.unwrap();
    lose(stage, &client).await;
    let error = promptly(client.once(context::without_deadline(), false))
        .await
        .unwrap_err();
    let told = until(&mut events, is_closed).await;
    assert!(promptly(status.until(ClientStatus::Closed)).await);
    assert!(told.iter().filter(|event| is_disconnected(event)).count() == 1);
    assert!(
        matches!(
            error,
            CallError::Connection {
                source: ConnectionError::Aborted,
                sent: false
            }
        ),
        "{error:?}"
    );
    assert!(events.next().await.is_none());
}

async fn a_provider_that_takes_too_long_is_told_apart_from_a_server_that_is_not_there(
    transport: Transport,
) {
    let stage = Counter::new().serve_at(&transport.place()).await;
    let connect = stage
        .place
        .connect::<CountingClient>()
        .connect_timeout(Duration::from_millis(200))
        .auth_with(std::future::pending::<()>);
    let error: ConnectError = connect.await.err().unwrap();
    assert!(
        !error.to_string().contains("could not be reached"),
        "{error}"
    );
    stage.end().await;
}

async fn an_attempt_takes_no_longer_than_the_client_may_be_without_a_connection(
    transport: Transport,
) {
    let stage = Counter::new().serve_at(&transport.place()).await;
    let asked = Arc::new(AtomicU64::new(0));
    let provider = {
        let asked = Arc::clone(&asked);
        move || {
            let number = asked.fetch_add(1, Ordering::SeqCst);
            async move {
                if number > 0 {
                    std::future::pending::<()>().await;
                }
            }
        }
    };
    let mut policy = soon();
    policy.give_up_after = Some(Duration::from_millis(100));
    let connect = stage
        .place
        .connect::<CountingClient>()
        .reconnect(policy)
        .auth_with(provider);
    let mut events = connect.events();
    let client = connect.await.unwrap();
    let _place = lose(stage, &client).await;
    // Sooner than connecting may take.
    until(&mut events, is_closed).await;
}

async fn a_policy_without_pauses_does_not_ask_without_end(transport: Transport) {
    let counter = Counter::new();
    let stage = counter.serve_at(&transport.place()).await;
    let mut policy = soon();
    policy.first_delay = Duration::ZERO;
    let connect = stage.place.connect::<CountingClient>().reconnect(policy);
    let mut events = connect.events();
    let client = connect.await.unwrap();
    lose(stage, &client).await;
    let mut attempts = 0;
    let counting = async {
        while let Some(event) = events.next().await {
            attempts += u32::from(is_reconnecting(&event));
        }
    };
    assert!(timeout(Duration::from_millis(300), counting).await.is_err());
    assert!(attempts < 100, "{attempts} attempts in 0.3 s");
}

async fn a_server_that_admits_and_dies_at_once_uses_attempts_up(transport: Transport) {
    let counter = Counter::new();
    let stage = counter.serve_at(&transport.place()).await;
    let mut policy = soon();
    policy.longest_delay = Duration::from_millis(200);
    policy.max_attempts = Some(3);
    let connect = stage.place.connect::<CountingClient>().reconnect(policy);
    let mut events = connect.events();
    let client = connect.await.unwrap();
    let Stage {
        handle,
        events: mut server_events,
        ..
    } = stage;
    let killer = Task::spawn(async move {
        for connection in handle.connections() {
            connection.abort();
        }
        while let Some(event) = server_events.next().await {
            if let ServerEvent::Connected { id, .. } = event
                && let Some(connection) = handle.connection(id)
            {
                connection.abort();
            }
        }
    });
    let mut times = 0;
    while times < 12 {
        match events.next().await.unwrap() {
            ClientEvent::Reconnecting { .. } => times += 1,
            event if is_closed(&event) => break,
            _ => {}
        }
    }
    assert!(
        times < 12,
        "12 connections that died at once, and it goes on"
    );
    drop((client, killer));
}

async fn the_status_is_told_when_it_changes_and_only_then(transport: Transport) {
    let counter = Counter::new();
    let stage = counter.serve_at(&transport.place()).await;
    let connect = connect(&stage.place);
    let mut status = connect.status();
    let client = connect.await.unwrap();
    stage.kill().await;
    promptly(client.connection().closed()).await;
    let mut seen = vec![status.get()];
    for _ in 0..4 {
        if let Ok(Some(now)) =
            tokio::time::timeout(Duration::from_millis(300), status.changed()).await
        {
            seen.push(now);
        }
    }
    assert!(seen.windows(2).all(|two| two[0] != two[1]), "{seen:?}");
}
