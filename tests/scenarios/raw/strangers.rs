//! What can be seen only byte by byte.

use std::time::{Duration, Instant};

use ipc_rpc::raw::{self, Listener};
use ipc_rpc::{RefusalReason, RejectReason};
use support::{Place, Task, promptly};
use tokio::io::AsyncReadExt;

use super::{LONG, pair, reason};
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

#[expect(clippy::disallowed_methods, reason = "it is about time that passes")]
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
