//! What a check may say, and what becomes of a check that fails by itself.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ipc_rpc::{
    AuthHello, Codec, ConnectError, PeerPolicy, RefusalReason, RejectReason, Rejection,
    ServerError, ServerEvent, context,
};
use serde::{Deserialize, Serialize};
use support::{Stage, Transport, scenarios};
use tokio::sync::mpsc;

use super::{Doorman, rejected};

scenarios! {
    a_rejection_reaches_client_and_observers_with_code_and_text,
    a_session_is_typed_and_belongs_to_its_connection,
    a_session_of_another_type_is_none,
    a_closure_is_an_authenticator,
    a_payload_arrives_in_either_codec,
    a_missing_payload_is_refused_unless_none_is_wanted,
    a_payload_of_another_type_is_refused,
    a_check_that_panics_refuses_and_the_server_goes_on,
    a_check_that_takes_too_long_refuses_and_is_dropped,
    a_check_sees_the_kernels_word_on_the_client,
    a_policy_refuses_before_the_check_is_asked,
    a_policy_that_panics_admits_nobody,
    a_client_that_does_not_trust_its_server_says_so,
    a_full_server_refuses_and_has_room_again,
    a_payload_too_large_for_a_hello_is_not_sent,
}

fn refusal(error: &ConnectError) -> (RefusalReason, &str) {
    match error {
        ConnectError::Refused { reason, message } => (*reason, message),
        other => panic!("{other:?} where a refusal was expected"),
    }
}

async fn a_rejection_reaches_client_and_observers_with_code_and_text(transport: Transport) {
    let mut stage = Stage::with(transport, |server| server.authenticate(Doorman)).await;
    let error = stage.connect().auth("sesam").await.unwrap_err();
    let expected = Rejection::new(42, "no such password");
    assert_eq!(error.rejection(), Some(&expected));
    assert!(error.to_string().contains("42"), "{error}");
    let reason = rejected(&mut stage).await;
    assert_eq!(reason, RejectReason::Rejected(expected));
    assert!(stage.handle.connections().is_empty());
    assert_eq!(stage.lab.all(), []);
    stage.end().await;
}

async fn a_session_is_typed_and_belongs_to_its_connection(transport: Transport) {
    let stage = Stage::with(transport, |server| server.authenticate(Doorman)).await;
    let ali = stage.connect().auth("sesame").await.unwrap();
    let baba = stage.connect().auth("kassim").await.unwrap();
    for (client, name) in [(&ali, "ali"), (&baba, "baba"), (&ali, "ali")] {
        let facts = client.facts(context::current()).await.unwrap();
        assert_eq!(facts.session.as_deref(), Some(name));
        let facts = client.facts_blocking(context::current()).await.unwrap();
        assert_eq!(facts.session.as_deref(), Some(name));
    }
    stage.end().await;
}

async fn a_session_of_another_type_is_none(transport: Transport) {
    let check = |_: AuthHello<()>| async { Ok(7_u32) };
    let stage = Stage::with(transport, |server| server.authenticate(check)).await;
    let client = stage.client().await;
    let facts = client.facts(context::current()).await.unwrap();
    assert_eq!(facts.session, None);
    stage.end().await;
}

async fn a_closure_is_an_authenticator(transport: Transport) {
    let known = Arc::new("sesame".to_owned());
    let check = move |hello: AuthHello<String>| {
        let known = Arc::clone(&known);
        async move {
            if hello.payload == *known {
                Ok(hello.payload)
            } else {
                Err(Rejection::new(1, "unknown"))
            }
        }
    };
    let stage = Stage::with(transport, |server| server.authenticate(check)).await;
    let client = stage.connect().auth("sesame").await.unwrap();
    let facts = client.facts(context::current()).await.unwrap();
    assert_eq!(facts.session.as_deref(), Some("sesame"));
    let error = stage.connect().auth("sesam").await.unwrap_err();
    assert_eq!(error.rejection().map(|rejection| rejection.code), Some(1));
    stage.end().await;
}

#[derive(Serialize, Deserialize)]
struct Ticket {
    name: String,
    seat: Option<u8>,
}

async fn a_payload_arrives_in_either_codec(transport: Transport) {
    let check = |hello: AuthHello<Ticket>| async move {
        Ok(format!("{}{:?}", hello.payload.name, hello.payload.seat))
    };
    let ticket = Ticket {
        name: "ali".to_owned(),
        seat: Some(40),
    };
    for codec in [Codec::Postcard, Codec::MessagePack] {
        let stage = Stage::with(transport, |server| server.authenticate(check)).await;
        let client = stage.connect().codec(codec).auth(&ticket).await.unwrap();
        assert_eq!(client.connection().codec(), codec);
        let facts = client.facts(context::current()).await.unwrap();
        assert_eq!(facts.session.as_deref(), Some("aliSome(40)"));
        stage.end().await;
        // The payload is in a codec of its own, whatever the calls will be in.
        let stage = Stage::with(transport, |server| server.codec(codec).authenticate(check)).await;
        let client = stage.connect().auth(&ticket).await.unwrap();
        assert_eq!(client.connection().codec(), codec);
        let facts = client.facts(context::current()).await.unwrap();
        assert_eq!(facts.session.as_deref(), Some("aliSome(40)"));
        stage.end().await;
    }
}

async fn a_missing_payload_is_refused_unless_none_is_wanted(transport: Transport) {
    let mut stage = Stage::with(transport, |server| server.authenticate(Doorman)).await;
    let error = stage.connect().await.unwrap_err();
    let (reason, message) = refusal(&error);
    assert_eq!(reason, RefusalReason::BadAuthPayload);
    assert!(message.contains("String"), "{message}");
    let told = rejected(&mut stage).await;
    assert!(
        matches!(&told, RejectReason::Refused { message: m, .. } if m == message),
        "{told:?}"
    );
    stage.end().await;

    let check = |_: AuthHello<()>| async { Ok("nobody".to_owned()) };
    let stage = Stage::with(transport, |server| server.authenticate(check)).await;
    for connect in [stage.connect(), stage.connect().auth(&())] {
        let client = connect.await.unwrap();
        let facts = client.facts(context::current()).await.unwrap();
        assert_eq!(facts.session.as_deref(), Some("nobody"));
    }
    stage.end().await;
}

async fn a_payload_of_another_type_is_refused(transport: Transport) {
    let stage = Stage::with(transport, |server| server.authenticate(Doorman)).await;
    for codec in [Codec::Postcard, Codec::MessagePack] {
        let error = stage
            .connect()
            .codec(codec)
            .auth(&(7, 8))
            .await
            .unwrap_err();
        let (reason, message) = refusal(&error);
        assert_eq!(reason, RefusalReason::BadAuthPayload);
        assert!(message.contains("String"), "{message}");
        let error = stage.connect().codec(codec).auth(&-1).await.unwrap_err();
        assert_eq!(refusal(&error).0, RefusalReason::BadAuthPayload);
    }
    stage.end().await;
}

async fn a_check_that_panics_refuses_and_the_server_goes_on(transport: Transport) {
    let check = |hello: AuthHello<u8>| {
        assert_ne!(hello.payload, 1, "before it waits");
        async move {
            tokio::task::yield_now().await;
            assert_ne!(hello.payload, 2, "after it has waited");
            Ok(())
        }
    };
    let mut stage = Stage::with(transport, |server| server.authenticate(check)).await;
    for payload in [1_u8, 2] {
        let error = stage.connect().auth(&payload).await.unwrap_err();
        let (reason, message) = refusal(&error);
        assert_eq!(reason, RefusalReason::Internal);
        assert!(
            !message.contains("wait"),
            "the panic is not told: {message}"
        );
        let event = stage.events.next().await;
        let Some(ServerEvent::Error { error }) = event else {
            panic!("{event:?}");
        };
        assert!(matches!(*error, ServerError::AuthenticatorPanicked));
        rejected(&mut stage).await;
    }
    let client = stage.connect().auth(&3_u8).await.unwrap();
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.end().await;
}

async fn a_check_that_takes_too_long_refuses_and_is_dropped(transport: Transport) {
    struct Told(mpsc::UnboundedSender<&'static str>);
    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.0.send("dropped");
        }
    }
    let (sender, mut dropped) = mpsc::unbounded_channel();
    let check = move |_: AuthHello<()>| {
        let told = Told(sender.clone());
        async move {
            let _told = told;
            pending::<Result<(), Rejection>>().await
        }
    };
    let time = Duration::from_millis(100);
    let mut stage = Stage::with(transport, |server| {
        server.authenticate(check).handshake_timeout(time)
    })
    .await;
    let error = stage.connect().await.unwrap_err();
    let (reason, message) = refusal(&error);
    assert_eq!(reason, RefusalReason::HandshakeTimeout);
    assert!(message.contains("100ms"), "{message}");
    assert!(error.is_timeout() && error.is_retryable());
    assert_eq!(dropped.recv().await, Some("dropped"));
    rejected(&mut stage).await;
    stage.end().await;
}

async fn a_check_sees_the_kernels_word_on_the_client(transport: Transport) {
    let (sender, mut seen) = mpsc::unbounded_channel();
    let check = move |hello: AuthHello<()>| {
        let _ = sender.send((hello.peer, hello.connection));
        async { Ok(()) }
    };
    let stage = Stage::with(transport, |server| server.authenticate(check)).await;
    let client = stage.client().await;
    let (peer, connection) = seen.recv().await.unwrap();
    assert_eq!(connection, client.connection().id());
    assert!(peer.is_same_user());
    let facts = client.facts(context::current()).await.unwrap();
    assert_eq!(facts.pid, peer.pid());
    if peer.pid().is_some() {
        assert_eq!(peer.pid(), Some(std::process::id()));
    }
    stage.end().await;
}

async fn a_policy_refuses_before_the_check_is_asked(transport: Transport) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let check = move |_: AuthHello<()>| {
        counter.fetch_add(1, Ordering::Relaxed);
        async { Ok(()) }
    };
    let mut stage = Stage::with(transport, |server| {
        server
            .authenticate(check)
            .admit(PeerPolicy::custom(|_| false))
    })
    .await;
    let error = stage.connect().await.unwrap_err();
    assert_eq!(refusal(&error).0, RefusalReason::PeerNotAllowed);
    assert!(!error.is_retryable());
    rejected(&mut stage).await;
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    stage.end().await;
}

async fn a_policy_that_panics_admits_nobody(transport: Transport) {
    let policy = PeerPolicy::custom(|_| panic!("the policy fails"));
    let mut stage = Stage::with(transport, |server| server.admit(policy)).await;
    for _ in 0..2 {
        let error = stage.connect().await.unwrap_err();
        assert_eq!(refusal(&error).0, RefusalReason::PeerNotAllowed);
        rejected(&mut stage).await;
    }
    let untrusted = stage
        .connect()
        .trust(PeerPolicy::custom(|_| panic!("so does this one")));
    let error = untrusted.await.unwrap_err();
    assert!(
        matches!(error, ConnectError::UntrustedServer { .. }),
        "{error:?}"
    );
    stage.end().await;
}

async fn a_client_that_does_not_trust_its_server_says_so(transport: Transport) {
    let stage = Stage::new(transport).await;
    let connect = stage.connect().trust(PeerPolicy::custom(|_| false));
    let error = connect.auth("sesame").await.unwrap_err();
    let ConnectError::UntrustedServer { identity, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(identity.is_same_user());
    // The server saw nobody who said a word: the next event is that of a client which it knows.
    let mut stage = stage;
    let client = stage.client().await;
    assert_eq!(stage.connected().await, client.connection().id());
    stage.end().await;
}

async fn a_full_server_refuses_and_has_room_again(transport: Transport) {
    let mut stage = Stage::with(transport, |server| server.max_connections(2)).await;
    let first = stage.client().await;
    let second = stage.client().await;
    stage.connected().await;
    stage.connected().await;
    for _ in 0..2 {
        let error = stage.connect().await.unwrap_err();
        let (reason, message) = refusal(&error);
        assert_eq!(reason, RefusalReason::ServerFull);
        assert!(message.contains('2'), "{message}");
        assert!(error.is_retryable());
        rejected(&mut stage).await;
    }
    first.connection().close("making room").await;
    stage.disconnected().await;
    let third = stage.client().await;
    stage.connected().await;
    second.connection().abort();
    stage.disconnected().await;
    let fourth = stage.client().await;
    assert_eq!(fourth.add(context::current(), 2, 3).await.unwrap(), 5);
    drop(third);
    stage.end().await;
}

async fn a_payload_too_large_for_a_hello_is_not_sent(transport: Transport) {
    let mut stage = Stage::with(transport, |server| server.authenticate(Doorman)).await;
    let error = stage.connect().auth(&"x".repeat(65_536)).await.unwrap_err();
    assert!(
        matches!(
            error,
            ConnectError::HelloTooLarge {
                size: 65_537..,
                limit: 65_536
            }
        ),
        "{error:?}"
    );
    let client = stage.connect().auth("sesame").await.unwrap();
    assert_eq!(stage.connected().await, client.connection().id());
    stage.end().await;
}
