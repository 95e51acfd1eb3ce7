//! Raw streams: who is let in, and that nothing of theirs is touched from then on.

mod listener;
#[cfg(unix)]
mod strangers;
mod streams;

use std::time::Duration;

use ipc_rpc::raw::{Listener, ListenerEvent, Stream};
use ipc_rpc::{
    AuthHello, ConnectError, Events, PeerPolicy, RefusalReason, RejectReason, Rejection,
    ServerError,
};
use support::{LabClient, Place, Stage, Task, Transport, promptly, scenarios};

scenarios! {
    an_admitted_client_and_its_listener_know_each_other,
    a_client_that_is_rejected_is_told_and_the_next_is_accepted,
    a_client_of_a_user_that_is_not_admitted_is_refused,
    a_check_that_panics_turns_its_client_away,
    a_check_that_takes_long_holds_up_no_other_client,
    a_raw_client_at_a_server_of_services_is_told_so,
    a_client_of_services_at_a_raw_listener_is_told_so,
}

const LONG: Duration = Duration::from_secs(3600);

fn listen(place: &Place) -> Listener {
    place.listener().bind().unwrap()
}

/// Both ends of a stream: the client's, and the listener's.
async fn pair(place: &Place, listener: &mut Listener) -> (Stream, Stream) {
    let (client, server) = tokio::join!(place.connect_raw(), listener.accept());
    (client.unwrap(), server.unwrap())
}

async fn reason(events: &mut Events<ListenerEvent>) -> RejectReason {
    match events.next().await {
        Some(ListenerEvent::Rejected { reason, .. }) => reason,
        other => panic!("{other:?} where a client was to be turned away"),
    }
}

/// Admits whoever knows the word; the session is its length. Panics at the sight of a `!`.
async fn doorman(hello: AuthHello<String>) -> Result<usize, Rejection> {
    match hello.payload.as_str() {
        "sesame" => Ok(6),
        "!" => panic!("on purpose"),
        "hang" => std::future::pending().await,
        _ => Err(Rejection::new(42, "no such password")),
    }
}

async fn an_admitted_client_and_its_listener_know_each_other(transport: Transport) {
    let place = transport.place();
    let listener = place.listener().authenticate(doorman);
    let mut listener = listener.bind().unwrap();
    let connect = place.connect_raw().auth("sesame");
    let (client, server) = tokio::join!(connect, listener.accept());
    let (client, server) = (client.unwrap(), server.unwrap());
    assert_eq!(client.id(), server.id());
    assert_eq!(server.session::<usize>().as_deref(), Some(&6));
    assert_eq!(server.session::<()>(), None);
    assert_eq!(client.session::<()>(), None);
    for stream in [&client, &server] {
        assert!(stream.peer_identity().is_same_user());
        if !cfg!(target_vendor = "apple") {
            assert_eq!(stream.peer_identity().pid(), Some(std::process::id()));
        }
    }
    let (again, other) = tokio::join!(
        place.connect_raw().auth("sesame").into_future(),
        listener.accept()
    );
    assert_ne!(again.unwrap().id(), client.id());
    drop(other);
}

async fn a_client_that_is_rejected_is_told_and_the_next_is_accepted(transport: Transport) {
    let place = transport.place();
    let listener = place.listener().authenticate(doorman);
    let mut listener = listener.bind().unwrap();
    let mut events = listener.events();
    let accepting = listener.accept();
    let connecting = async {
        for _ in 0..3 {
            let error = place.connect_raw().auth("sesam").await.unwrap_err();
            assert_eq!(error.rejection().map(|rejection| rejection.code), Some(42));
            let error = place.connect_raw().await.unwrap_err();
            assert!(
                matches!(
                    error,
                    ConnectError::Refused {
                        reason: RefusalReason::BadAuthPayload,
                        ..
                    }
                ),
                "{error:?}"
            );
        }
        place.connect_raw().auth("sesame").await
    };
    let (accepted, connected) = tokio::join!(accepting, connecting);
    assert_eq!(accepted.unwrap().id(), connected.unwrap().id());
    for _ in 0..3 {
        let rejected = reason(&mut events).await;
        assert_eq!(
            rejected,
            RejectReason::Rejected(Rejection::new(42, "no such password"))
        );
        let refused = reason(&mut events).await;
        assert!(
            matches!(
                refused,
                RejectReason::Refused {
                    reason: RefusalReason::BadAuthPayload,
                    ..
                }
            ),
            "{refused:?}"
        );
    }
    drop(listener);
    assert!(matches!(events.next().await, Some(ListenerEvent::Closed)));
    assert!(events.next().await.is_none());
}

async fn a_client_of_a_user_that_is_not_admitted_is_refused(transport: Transport) {
    let place = transport.place();
    let policy = PeerPolicy::custom(|_| false);
    let mut listener = place.listener().admit(policy).bind().unwrap();
    let nobody = Task::spawn(async move { listener.accept().await.map(|_| ()) });
    let error = place.connect_raw().await.unwrap_err();
    assert!(
        matches!(
            error,
            ConnectError::Refused {
                reason: RefusalReason::PeerNotAllowed,
                ..
            }
        ),
        "{error:?}"
    );
    let untrusting = place.connect_raw().trust(PeerPolicy::custom(|_| false));
    let error = untrusting.await.unwrap_err();
    assert!(
        matches!(error, ConnectError::UntrustedServer { .. }),
        "{error:?}"
    );
    nobody.stop().await;
}

async fn a_check_that_panics_turns_its_client_away(transport: Transport) {
    let place = transport.place();
    let listener = place.listener().authenticate(doorman);
    let mut listener = listener.bind().unwrap();
    let mut events = listener.events();
    let accepting = Task::spawn(async move { listener.accept().await.map(|_| ()) });
    let error = place.connect_raw().auth("!").await.unwrap_err();
    assert!(
        matches!(
            error,
            ConnectError::Refused {
                reason: RefusalReason::Internal,
                ..
            }
        ),
        "{error:?}"
    );
    let first = events.next().await;
    let Some(ListenerEvent::Error { error }) = &first else {
        panic!("{first:?}");
    };
    assert!(
        matches!(**error, ServerError::AuthenticatorPanicked),
        "{error:?}"
    );
    reason(&mut events).await;
    place.connect_raw().auth("sesame").await.unwrap();
    accepting.join().await.unwrap();
}

async fn a_check_that_takes_long_holds_up_no_other_client(transport: Transport) {
    let place = transport.place();
    let listener = place.listener().authenticate(doorman);
    let mut listener = listener.handshake_timeout(LONG).bind().unwrap();
    let accepting = Task::spawn(async move {
        let mut streams = Vec::new();
        for _ in 0..3 {
            streams.push(listener.accept().await.unwrap());
        }
        streams
    });
    let slow: Vec<_> = (0..10)
        .map(|_| {
            let connect = place.connect_raw().auth("hang").connect_timeout(LONG);
            Task::spawn(connect.into_future())
        })
        .collect();
    for _ in 0..3 {
        promptly(place.connect_raw().auth("sesame").into_future())
            .await
            .unwrap();
    }
    assert_eq!(accepting.join().await.len(), 3);
    for slow in slow {
        slow.stop().await;
    }
}

async fn a_raw_client_at_a_server_of_services_is_told_so(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let error = stage.place.connect_raw().await.unwrap_err();
    let ConnectError::Refused { reason, message } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*reason, RefusalReason::ModeMismatch);
    assert!(message.contains("server of services"), "{message}");
    assert!(!error.is_retryable());
    match stage.events.next().await {
        Some(ipc_rpc::ServerEvent::Rejected {
            reason:
                RejectReason::Refused {
                    reason: RefusalReason::ModeMismatch,
                    ..
                },
            ..
        }) => {}
        other => panic!("{other:?}"),
    }
    stage.client().await;
    stage.end().await;
}

async fn a_client_of_services_at_a_raw_listener_is_told_so(transport: Transport) {
    let place = transport.place();
    let mut listener = listen(&place);
    let mut events = listener.events();
    let accepting = Task::spawn(async move { listener.accept().await.map(|_| ()) });
    let error = place.connect::<LabClient>().await.unwrap_err();
    let ConnectError::Refused { reason, message } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*reason, RefusalReason::ModeMismatch);
    assert!(message.contains("raw::connect"), "{message}");
    let told = self::reason(&mut events).await;
    assert!(
        matches!(
            &told,
            RejectReason::Refused { reason: RefusalReason::ModeMismatch, message: same } if same == message
        ),
        "{told:?}"
    );
    place.connect_raw().await.unwrap();
    accepting.join().await.unwrap();
}
