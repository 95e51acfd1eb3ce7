//! How folds end.

use std::time::Duration;

use ipc_rpc::{CallError, ConnectionError, FoldError, context};
use support::{Task, Transport, promptly, scenarios};
use tokio::sync::oneshot;

use super::{Folding, Gate, State, TallyClient, handle, sent, waiting};

scenarios! {
    a_call_that_waits_when_the_fold_stops_is_refused_as_shutting_down,
    a_shutdown_from_elsewhere_handles_what_waits,
    a_shutdown_without_grace_waits_for_the_handler_and_for_nobody_else,
    a_fold_until_something_returns_its_state,
    a_panic_fails_its_call_ends_the_fold_and_frees_the_name,
    a_state_that_is_lent_survives_a_panic,
    a_fold_that_is_dropped_is_a_server_that_vanished,
    a_handler_that_stops_its_server_through_the_handle_does_not_wait_for_itself_for_ever,
}

async fn a_call_that_waits_when_the_fold_stops_is_refused_as_shutting_down(transport: Transport) {
    let folding = Folding::start(transport);
    let (client, other) = (folding.client().await, folding.client().await);
    let hanging = folding.hanging(&client, context::current()).await;
    let finishing = {
        let call = client.clone();
        sent(
            &client,
            async move { call.finish(context::current()).await },
        )
        .await
    };
    let both = [waiting(&client, 10).await, waiting(&other, 10).await];
    folding.gate.release();
    assert_eq!(promptly(hanging.join()).await.unwrap(), 1);
    assert_eq!(promptly(finishing.join()).await.unwrap(), 1);
    for waiting in both {
        let error = promptly(waiting.join()).await.unwrap_err();
        assert!(matches!(error, CallError::ShuttingDown), "{error:?}");
        assert!(error.is_retryable());
    }
    assert_eq!(folding.ended().await.added, [1]);
}

async fn a_shutdown_from_elsewhere_handles_what_waits(transport: Transport) {
    let folding = Folding::start(transport);
    let (client, other) = (folding.client().await, folding.client().await);
    let hanging = folding.hanging(&client, context::current()).await;
    let both = [waiting(&client, 10).await, waiting(&other, 10).await];
    let handle = folding.handle.clone();
    let stopping = Task::spawn(async move { handle.shutdown(Duration::from_secs(3600)).await });
    folding.gate.release();
    assert_eq!(promptly(hanging.join()).await.unwrap(), 1);
    for waiting in both {
        promptly(waiting.join()).await.unwrap();
    }
    assert_eq!(promptly(stopping.join()).await.cut, 0);
    assert_eq!(folding.ended().await.total, 21);
}

async fn a_shutdown_without_grace_waits_for_the_handler_and_for_nobody_else(transport: Transport) {
    let folding = Folding::start(transport);
    let client = folding.client().await;
    let hanging = folding.hanging(&client, context::current()).await;
    let waits = waiting(&client, 10).await;
    let shutdown = promptly(folding.handle.shutdown(Duration::ZERO)).await;
    assert_eq!(shutdown.cut, 1);
    for cut in [hanging, waits] {
        promptly(cut.join()).await.unwrap_err();
    }
    folding.gate.release();
    assert_eq!(folding.ended().await.added, [1]);
}

async fn a_fold_until_something_returns_its_state(transport: Transport) {
    let place = transport.place();
    let server = place.server().bind().unwrap();
    let state = State::new(Gate::new(), server.handle());
    let (stop, stopped) = oneshot::channel::<()>();
    let folding = server.fold_until(state, stopped, handle);
    let calling = async {
        let client: TallyClient = place.connect().await.unwrap();
        assert_eq!(client.add(context::current(), 7).await.unwrap(), 7);
        stop.send(()).unwrap();
        promptly(client.connection().closed()).await
    };
    let (folded, closed) = tokio::join!(folding, calling);
    assert!(matches!(closed, ConnectionError::PeerClosed(close) if close.shutting_down));
    assert_eq!(folded.unwrap().0.total, 7);
}

async fn a_panic_fails_its_call_ends_the_fold_and_frees_the_name(transport: Transport) {
    let folding = Folding::start(transport);
    let (client, other) = (folding.client().await, folding.client().await);
    let hanging = folding.hanging(&client, context::current()).await;
    let panicking = {
        let call = client.clone();
        sent(&client, async move {
            call.panic(context::without_deadline()).await
        })
        .await
    };
    let waits = waiting(&other, 10).await;
    folding.gate.release();
    assert_eq!(promptly(hanging.join()).await.unwrap(), 1);
    let error = promptly(panicking.join()).await.unwrap_err();
    assert!(matches!(error, CallError::Panicked), "{error:?}");
    let error = promptly(waits.join()).await.unwrap_err();
    assert!(matches!(error, CallError::ShuttingDown), "{error:?}");
    let closed = promptly(other.connection().closed()).await;
    assert!(
        matches!(closed, ConnectionError::PeerClosed(_)),
        "{closed:?}"
    );
    let Folding { fold, place, .. } = folding;
    let folded = promptly(fold.join()).await;
    assert!(matches!(folded, Err(FoldError::Panicked)), "{folded:?}");
    drop(place.server().bind().unwrap());
}

async fn a_state_that_is_lent_survives_a_panic(transport: Transport) {
    let place = transport.place();
    let server = place.server().bind().unwrap();
    let mut state = State::new(Gate::new(), server.handle());
    let folding = server.fold(&mut state, async |state: &mut &mut State, call| {
        handle(state, call).await
    });
    let calling = async {
        let client: TallyClient = place.connect().await.unwrap();
        assert_eq!(client.add(context::current(), 7).await.unwrap(), 7);
        client.panic(context::current()).await.unwrap_err()
    };
    let (folded, error) = tokio::join!(folding, calling);
    assert!(matches!(error, CallError::Panicked), "{error:?}");
    folded.map(|_| ()).unwrap_err();
    assert_eq!(state.total, 7);
}

async fn a_fold_that_is_dropped_is_a_server_that_vanished(transport: Transport) {
    let folding = Folding::start(transport);
    let client = folding.client().await;
    let hanging = folding.hanging(&client, context::without_deadline()).await;
    let waits = waiting(&client, 10).await;
    let Folding { fold, place, .. } = folding;
    fold.stop().await;
    for call in [hanging, waits] {
        let error = promptly(call.join()).await.unwrap_err();
        assert!(
            matches!(
                error,
                CallError::Connection {
                    source: ConnectionError::PeerVanished,
                    sent: true
                } | CallError::Cancelled
            ),
            "{error:?}"
        );
    }
    drop(place.server().bind().unwrap());
}

async fn a_handler_that_stops_its_server_through_the_handle_does_not_wait_for_itself_for_ever(
    transport: Transport,
) {
    let place = transport.place();
    let server = place.server().bind().unwrap();
    let own = server.handle();
    let folding = server.fold(0, async |total: &mut i64, call| {
        if let super::TallyCall::Add { amount, .. } = call {
            *total += amount;
            own.shutdown(Duration::from_millis(50)).await;
            *total += amount;
        }
    });
    let calling = async {
        let client: TallyClient = place.connect().await.unwrap();
        client
            .add(context::without_deadline(), 2)
            .await
            .unwrap_err();
    };
    let (folded, ()) = promptly(async { tokio::join!(folding, calling) }).await;
    let (total, shutdown) = folded.unwrap();
    assert_eq!((total, shutdown.cut), (4, 1));
}
