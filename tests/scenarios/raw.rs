//! Raw streams: who is let in, and that nothing of theirs is touched from then on.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt};
use ipc_rpc::raw::codec::{BytesCodec, LengthDelimitedCodec, LinesCodec};
use ipc_rpc::raw::{self, FixedCodec, Listener, ListenerEvent, Stream};
use ipc_rpc::{
    AcceptError, AuthHello, BindError, BindPolicy, ConnectError, Events, PeerPolicy, RefusalReason,
    RejectReason, Rejection, ServerError,
};
use support::{LabClient, Place, Stage, Task, Transport, promptly, scenarios};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

scenarios! {
    an_admitted_client_and_its_listener_know_each_other,
    bytes_pass_both_ways_at_once_and_end_whole,
    halves_wait_for_nothing_but_the_socket,
    a_client_that_is_rejected_is_told_and_the_next_is_accepted,
    a_client_of_a_user_that_is_not_admitted_is_refused,
    a_check_that_panics_turns_its_client_away,
    a_check_that_takes_long_holds_up_no_other_client,
    a_raw_client_at_a_server_of_services_is_told_so,
    a_client_of_services_at_a_raw_listener_is_told_so,
    waiting_for_a_client_ends_when_it_was_told_to,
    a_wait_that_is_given_up_loses_no_client,
    the_clients_of_all_names_are_handed_out,
    a_listener_takes_so_many_streams_and_no_more,
    a_dropped_listener_gives_its_name_back_and_leaves_its_streams,
    a_listener_that_is_robbed_hands_out_who_had_come_and_ends,
    a_client_waits_for_a_listener_that_comes,
    any_codec_makes_frames_of_it,
    a_torn_last_frame_is_an_error_and_never_a_short_one,
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

async fn bytes_pass_both_ways_at_once_and_end_whole(transport: Transport) {
    let place = transport.place();
    let mut listener = listen(&place);
    let (client, server) = pair(&place, &mut listener).await;
    // More than any buffer on the way holds.
    let sent: Arc<Vec<u8>> = Arc::new((0..1 << 20).map(|n: u32| (n % 251) as u8).collect());
    let both = [client, server].map(|mut stream| {
        let sent = Arc::clone(&sent);
        Task::spawn(async move {
            let mut received = vec![0; sent.len()];
            let (mut read, mut write) = tokio::io::split(&mut stream);
            let (wrote, got) = tokio::join!(write.write_all(&sent), read.read_exact(&mut received));
            wrote.unwrap();
            got.unwrap();
            assert!(received == *sent);
            stream
        })
    });
    let [client, server] = both;
    let (mut client, server) = (client.join().await, server.join().await);
    // What was written before the end is read before the end.
    client.write_all(b"last words").await.unwrap();
    drop(client);
    let mut server = server;
    let mut rest = Vec::new();
    server.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"last words");
}

async fn halves_wait_for_nothing_but_the_socket(transport: Transport) {
    let place = transport.place();
    let mut listener = listen(&place);
    let (client, mut server) = pair(&place, &mut listener).await;
    let (mut read, mut write) = client.into_split();
    let mut byte = [0];
    let reading = read.read_exact(&mut byte);
    let writing = async {
        write.write_all(b"ping").await.unwrap();
        let mut ping = [0; 4];
        server.read_exact(&mut ping).await.unwrap();
        assert_eq!(&ping, b"ping");
        server.write_all(b"!").await.unwrap();
        write
    };
    let (got, mut write) = tokio::join!(reading, writing);
    got.unwrap();
    assert_eq!(&byte, b"!");
    if transport.is_pipe() {
        return;
    }
    // One direction ends, the other goes on.
    write.shutdown().await.unwrap();
    assert_eq!(server.read(&mut [0]).await.unwrap(), 0);
    server.write_all(b"still here").await.unwrap();
    drop(server);
    let mut rest = Vec::new();
    read.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"still here");
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
    let error = place.connect_raw().await.unwrap_err();
    if !transport.is_pipe() {
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

async fn any_codec_makes_frames_of_it(transport: Transport) {
    let place = transport.place();
    let mut listener = listen(&place);

    let (client, server) = pair(&place, &mut listener).await;
    let mut client = client.into_framed(LinesCodec::new_with_max_length(64));
    let mut server = server.into_framed(LinesCodec::new_with_max_length(64));
    for line in ["one", "", "größer"] {
        client.send(line).await.unwrap();
        assert_eq!(server.next().await.unwrap().unwrap(), line);
    }
    client.send("n".repeat(65)).await.unwrap();
    server.next().await.unwrap().unwrap_err();

    let (client, server) = pair(&place, &mut listener).await;
    let mut client = client.into_framed(LengthDelimitedCodec::new());
    let mut server = server.into_framed(LengthDelimitedCodec::new());
    for len in [0, 1, 100_000] {
        let frame = bytes::Bytes::from(vec![7; len]);
        let (sent, got) = tokio::join!(client.send(frame.clone()), server.next());
        sent.unwrap();
        assert_eq!(got.unwrap().unwrap(), frame);
    }

    let (client, server) = pair(&place, &mut listener).await;
    let mut client = client.into_framed(BytesCodec::new());
    let mut server = server.into_framed(FixedCodec::new(3));
    let pieces = [&b"a"[..], b"bcd", b"ef"].map(bytes::Bytes::from_static);
    for piece in pieces {
        client.send(piece).await.unwrap();
    }
    assert_eq!(server.next().await.unwrap().unwrap(), &b"abc"[..]);
    assert_eq!(server.next().await.unwrap().unwrap(), &b"def"[..]);
    drop(client);
    assert!(server.next().await.is_none());
}

async fn a_torn_last_frame_is_an_error_and_never_a_short_one(transport: Transport) {
    let place = transport.place();
    let mut listener = listen(&place);
    let (mut client, server) = pair(&place, &mut listener).await;
    client.write_all(b"abcde").await.unwrap();
    drop(client);
    let mut server = server.into_framed(FixedCodec::new(3));
    assert_eq!(server.next().await.unwrap().unwrap(), &b"abc"[..]);
    let error = server.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

/// What can be seen only byte by byte.
#[cfg(unix)]
mod bytes_of_it {
    use std::time::Instant;

    use super::*;
    use crate::hostile_peer::raw::{Admission, Offer, Raw, SocketFile, Verdict};
    use crate::hostile_peer::raw_scenarios;

    raw_scenarios! {
        what_arrives_together_with_the_hello_is_read_first,
        what_arrives_together_with_the_welcome_is_read_first,
        a_client_that_says_nothing_is_turned_away_in_time_and_holds_up_nobody,
        more_silent_clients_than_may_shake_hands_keep_no_honest_one_out,
        a_client_that_goes_before_its_verdict_is_told_of_and_one_that_only_looks_is_not,
        a_client_that_claims_a_name_is_refused,
        garbage_in_place_of_a_hello_ends_nothing,
    }

    fn raw_offer() -> Offer {
        Offer {
            raw: true,
            ..Offer::default()
        }
    }

    fn at(socket: &SocketFile) -> raw::ListenerBuilder {
        Listener::builder(socket.name())
    }

    async fn what_arrives_together_with_the_hello_is_read_first() {
        let socket = SocketFile::new();
        let mut listener = at(&socket).bind().unwrap();
        // Less and more than the handshake reads at once.
        for len in [1, 5, 100_000] {
            let early: Vec<_> = (0..len).map(|n: usize| (n % 251) as u8).collect();
            let mut peer = Raw::connect(socket.path()).await;
            let send = async {
                peer.send([raw_offer().bytes(), early.clone()].concat())
                    .await;
                assert_eq!(peer.verdict().await, Verdict::Welcome);
                peer.send(b"late").await;
                peer
            };
            let (peer, stream) = tokio::join!(send, listener.accept());
            drop(peer);
            let mut all = Vec::new();
            stream.unwrap().read_to_end(&mut all).await.unwrap();
            assert!(all == [&early[..], b"late"].concat(), "{len}");
        }
    }

    async fn what_arrives_together_with_the_welcome_is_read_first() {
        let socket = SocketFile::new();
        let server = socket.listen();
        let serve = async {
            let (stream, _) = server.accept().await.unwrap();
            let mut peer = Raw(stream);
            let (kind, hello) = peer.message().await;
            assert_eq!(kind, 1);
            // The last extension is that it wants raw bytes: its tag, critical, without a value.
            assert_eq!(hello[hello.len() - 9..], [1, 0, 2, 0, 1, 0, 0, 0, 0]);
            let welcome = Admission {
                serves_lab: false,
                ..Admission::default()
            };
            peer.send([&welcome.bytes()[..], b"early"].concat()).await;
            peer.send(b" and late").await;
        };
        let (stream, ()) = tokio::join!(raw::connect(socket.name()).into_future(), serve);
        let mut all = String::new();
        stream.unwrap().read_to_string(&mut all).await.unwrap();
        assert_eq!(all, "early and late");
    }

    async fn a_client_that_says_nothing_is_turned_away_in_time_and_holds_up_nobody() {
        let socket = SocketFile::new();
        let time = Duration::from_millis(300);
        let mut listener = at(&socket).handshake_timeout(time).bind().unwrap();
        let mut events = listener.events();
        let place = Place::LocalSocket(socket.name());
        let begun = Instant::now();
        let mut silent = Raw::connect(socket.path()).await;
        let (client, server) = pair(&place, &mut listener).await;
        drop((client, server));
        let waiting = Task::spawn(async move { listener.accept().await.map(|_| ()) });
        let Verdict::Refusal { code: 8, .. } = silent.verdict().await else {
            panic!("not told that it took too long");
        };
        assert!(begun.elapsed() >= time);
        let told = reason(&mut events).await;
        assert!(
            matches!(
                told,
                RejectReason::Refused {
                    reason: RefusalReason::HandshakeTimeout,
                    ..
                }
            ),
            "{told:?}"
        );
        waiting.stop().await;
    }

    async fn more_silent_clients_than_may_shake_hands_keep_no_honest_one_out() {
        let socket = SocketFile::new();
        let mut listener = at(&socket).handshake_timeout(LONG).bind().unwrap();
        let place = Place::LocalSocket(socket.name());
        let mut silent = Vec::new();
        for _ in 0..100 {
            silent.push(Raw::connect(socket.path()).await);
        }
        promptly(pair(&place, &mut listener)).await;
    }

    async fn a_client_that_goes_before_its_verdict_is_told_of_and_one_that_only_looks_is_not() {
        let socket = SocketFile::new();
        let mut listener = at(&socket).bind().unwrap();
        let mut events = listener.events();
        let waiting = Task::spawn(async move { listener.accept().await.map(|_| ()) });
        drop(Raw::connect(socket.path()).await);
        assert!(socket.name().is_alive().await.unwrap());
        let mut peer = Raw::connect(socket.path()).await;
        peer.send(&raw_offer().bytes()[..20]).await;
        drop(peer);
        assert_eq!(reason(&mut events).await, RejectReason::Vanished);
        waiting.stop().await;
    }

    async fn a_client_that_claims_a_name_is_refused() {
        let socket = SocketFile::new();
        let mut listener = at(&socket).bind().unwrap();
        let waiting = Task::spawn(async move { listener.accept().await.map(|_| ()) });
        let mut peer = Raw::connect(socket.path()).await;
        let offer = Offer {
            names: vec![b"ada".to_vec()],
            ..raw_offer()
        };
        let verdict = peer.say_hello(&offer).await;
        assert!(
            matches!(
                verdict,
                Verdict::Refusal {
                    code: 10,
                    detail: 1,
                    ..
                }
            ),
            "{verdict:?}"
        );
        waiting.stop().await;
    }

    async fn garbage_in_place_of_a_hello_ends_nothing() {
        let socket = SocketFile::new();
        let mut listener = at(&socket).bind().unwrap();
        let place = Place::LocalSocket(socket.name());
        for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 64], &[0xff; 64]] {
            let mut peer = Raw::connect(socket.path()).await;
            peer.send(garbage).await;
            let (verdict, _) = tokio::join!(peer.verdict(), pair(&place, &mut listener));
            assert!(
                matches!(verdict, Verdict::Refusal { code: 9, .. }),
                "{verdict:?}"
            );
        }
    }
}
