//! Servers that come and go, and clients that end at any time.

use std::time::Duration;

use ipc_rpc::{ClientEvent, context};
use support::{Task, Transport, scenarios};

use super::{Counter, CountingClient, is_closed, soon, until};

scenarios! {
    dropping_a_client_at_any_time_ends_it_in_order,
    closing_a_client_at_any_time_ends_it_in_order,
    aborting_a_client_at_any_time_ends_it_in_order,
}

/// Checks that every connection begins and ends once, and nothing follows the end of the client.
fn orderly(told: &[ClientEvent]) {
    let mut open = None;
    let mut closed = false;
    for event in told {
        assert!(!closed, "{told:#?}");
        match event {
            ClientEvent::Connecting => {}
            ClientEvent::Connected { id } => {
                assert!(open.replace(*id).is_none(), "{told:#?}");
            }
            ClientEvent::Disconnected { id, .. } => {
                assert_eq!(open.take(), Some(*id), "{told:#?}");
            }
            ClientEvent::Reconnecting { .. } => assert!(open.is_none(), "{told:#?}"),
            ClientEvent::Closed { .. } => {
                assert!(open.is_none(), "{told:#?}");
                closed = true;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(closed);
}

/// Not over pipes: one server after the other at one name, which a pipe keeps until its last connection has ended.
async fn stress(transport: Transport, end: fn(CountingClient) -> Option<Task<bool>>) {
    if transport.is_pipe() {
        return;
    }
    let counter = Counter::new();
    let place = transport.place();
    let flap = {
        let (counter, place) = (counter.clone(), place.clone());
        Task::spawn(async move {
            let mut n: u64 = 1;
            loop {
                let stage = counter.serve_at(&place).await;
                n = n
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                let _ = tokio::time::timeout(
                    Duration::from_micros((n >> 33) % 4000),
                    std::future::pending::<()>(),
                )
                .await;
                stage.kill().await;
            }
        })
    };
    let mut policy = soon();
    policy.first_delay = Duration::from_millis(1);
    policy.longest_delay = Duration::from_millis(3);
    let mut n: u64 = 7;
    for _ in 0..250 {
        let (client, mut events) = loop {
            let connect = place.connect::<CountingClient>().reconnect(policy.clone());
            let events = connect.events();
            if let Ok(client) = connect.await {
                break (client, events);
            }
            tokio::task::yield_now().await;
            let _ = tokio::time::timeout(Duration::from_micros(300), std::future::pending::<()>())
                .await;
        };
        let calling = client.clone();
        let call = Task::spawn(async move {
            for _ in 0..50 {
                let _ = calling.again(context::without_deadline(), false).await;
            }
        });
        n = n
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let _ = tokio::time::timeout(
            Duration::from_micros((n >> 33) % 8000),
            std::future::pending::<()>(),
        )
        .await;
        let _ending = end(client);
        call.stop().await;
        let told = until(&mut events, is_closed).await;
        orderly(&told);
        assert!(events.next().await.is_none());
    }
    flap.stop().await;
}

async fn dropping_a_client_at_any_time_ends_it_in_order(transport: Transport) {
    stress(transport, |client| {
        drop(client);
        None
    })
    .await;
}

async fn closing_a_client_at_any_time_ends_it_in_order(transport: Transport) {
    stress(transport, |client| {
        // With the client, so that it is not its drop that ends it.
        Some(Task::spawn(async move {
            client.connection().close("enough").await
        }))
    })
    .await;
}

async fn aborting_a_client_at_any_time_ends_it_in_order(transport: Transport) {
    stress(transport, |client| {
        client.connection().abort();
        Some(Task::spawn(async move {
            let _client = client;
            std::future::pending().await
        }))
    })
    .await;
}
