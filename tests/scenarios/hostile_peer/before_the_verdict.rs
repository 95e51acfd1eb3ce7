//! Strangers: what they say before they are admitted.

use std::time::Duration;

use ipc_rpc::{RefusalReason, RejectReason, context};
use support::Report;
use tokio::time::interval;

use super::raw::{Frame, Offer, Raw, Verdict, message, prelude};
use super::{Target, raw_scenarios, refused, rejected};

const MALFORMED: u16 = 9;
const HANDSHAKE_TIMEOUT: u16 = 8;
const UNKNOWN_SERVICE: u16 = 5;
const NO_COMMON_CODEC: u16 = 4;

raw_scenarios! {
    a_call_in_place_of_a_hello_is_refused_and_reaches_no_handler,
    a_call_behind_a_hello_that_is_refused_reaches_no_handler,
    a_call_behind_a_hello_that_is_welcome_is_answered_behind_the_welcome,
    what_is_no_hello_is_refused_in_words,
    a_hello_that_announces_too_much_is_refused_before_it_arrives,
    a_hello_that_promises_more_than_it_holds_is_refused,
    a_hello_that_trickles_in_is_refused_in_total_time,
    silent_connections_do_not_keep_a_client_out,
    stalled_handshakes_do_not_delay_the_next,
    a_hello_split_at_every_byte_is_welcome,
    a_refusal_arrives_although_much_was_sent_behind_the_hello,
    a_client_that_vanishes_within_its_hello_is_told_as_vanished,
    a_hostile_name_of_a_service_is_told_escaped_and_cut,
    a_name_that_no_client_may_have_is_refused_without_showing_it,
}

async fn refusal(peer: &mut Raw) -> (u16, String) {
    match peer.verdict().await {
        Verdict::Refusal { code, text, .. } => (code, text),
        Verdict::Welcome => panic!("a refusal was expected"),
    }
}

async fn a_call_in_place_of_a_hello_is_refused_and_reaches_no_handler() {
    let mut target = Target::new().await;
    let mut peer = target.stranger().await;
    peer.send_frame(&Frame::call(0, "hang", [1])).await;
    assert_eq!(refusal(&mut peer).await.0, MALFORMED);
    assert_eq!(peer.drain().await, 0);
    let (reason, _) = refused(&mut target.stage.events).await;
    assert_eq!(reason, RefusalReason::Malformed);
    assert_eq!(target.stage.lab.all(), []);
    target.end().await;
}

async fn a_call_behind_a_hello_that_is_refused_reaches_no_handler() {
    let mut target = Target::new().await;
    let mut peer = target.stranger().await;
    let offer = Offer {
        codecs: vec![77],
        ..Offer::default()
    };
    let call = Frame::call(0, "hang", [1]).bytes();
    peer.send([offer.bytes(), call].concat()).await;
    assert_eq!(refusal(&mut peer).await.0, NO_COMMON_CODEC);
    assert_eq!(peer.drain().await, 0);
    refused(&mut target.stage.events).await;
    assert_eq!(target.stage.lab.all(), []);
    target.end().await;
}

async fn a_call_behind_a_hello_that_is_welcome_is_answered_behind_the_welcome() {
    let mut target = Target::new().await;
    let mut peer = target.stranger().await;
    let call = Frame::call(0, "add", [4, 6]);
    peer.send([Offer::default().bytes(), call.bytes()].concat())
        .await;
    assert_eq!(peer.verdict().await, Verdict::Welcome);
    target.stage.connected().await;
    assert_eq!(peer.frame().await, Some(call.answer(0, [10])));
    drop(peer);
    target.stage.disconnected().await;
    target.end().await;
}

async fn what_is_no_hello_is_refused_in_words() {
    let mut target = Target::new().await;
    let http = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec();
    let mut unknown_kind = prelude(9, 0);
    unknown_kind.extend([0; 100]);
    for (bytes, word) in [
        (http, "GET / HT"),
        (vec![0xff; 64], "\\xff"),
        (vec![0; 64], "\\x00"),
        (unknown_kind, "kind 9"),
        (message(2, &[0; 64]), "hello expected"),
        (message(3, &[0; 64]), "hello expected"),
        (message(1, &[]), "bytes expected"),
    ] {
        let mut peer = target.stranger().await;
        peer.send(bytes).await;
        let (code, text) = refusal(&mut peer).await;
        assert_eq!(code, MALFORMED);
        assert!(text.contains(word), "{text:?} lacks {word:?}");
        assert!(text.is_ascii() && !text.contains(char::is_control));
        assert_eq!(peer.drain().await, 0);
        refused(&mut target.stage.events).await;
    }
    target.end().await;
}

async fn a_hello_that_announces_too_much_is_refused_before_it_arrives() {
    let mut target = Target::new().await;
    for len in [64 * 1024 - 15, 1024 * 1024, u32::MAX] {
        let mut peer = target.stranger().await;
        peer.send(prelude(1, len)).await;
        let (code, text) = refusal(&mut peer).await;
        assert_eq!(code, MALFORMED);
        assert!(text.contains("65536"), "{text}");
        assert_eq!(peer.drain().await, 0);
        refused(&mut target.stage.events).await;
    }
    target.end().await;
}

async fn a_hello_that_promises_more_than_it_holds_is_refused() {
    let mut target = Target::new().await;
    let hello = Offer::default().bytes();
    let body = &hello[16..];
    for at in 0..body.len() {
        let mut peer = target.stranger().await;
        peer.send(message(1, &body[..at])).await;
        assert_eq!(refusal(&mut peer).await.0, MALFORMED);
        refused(&mut target.stage.events).await;
    }
    // Counts of services and extensions that nothing follows.
    for at in [body.len() - 2, body.len() - 5, body.len() - 7] {
        let mut body = body.to_vec();
        body[at..at + 2].fill(0xff);
        let mut peer = target.stranger().await;
        peer.send(message(1, &body)).await;
        assert_eq!(refusal(&mut peer).await.0, MALFORMED);
        refused(&mut target.stage.events).await;
    }
    target.end().await;
}

async fn a_hello_that_trickles_in_is_refused_in_total_time() {
    let time = Duration::from_millis(200);
    let mut target = Target::with(|server| server.handshake_timeout(time)).await;
    let offer = Offer {
        auth: Some((1, vec![0; 10_000])),
        ..Offer::default()
    };
    let hello = offer.bytes();
    let mut peer = target.stranger().await;
    let mut ticks = interval(Duration::from_millis(5));
    let mut sent = 0;
    let verdict = loop {
        tokio::select! {
            biased;
            ready = peer.0.readable() => {
                ready.unwrap();
                break peer.verdict().await;
            }
            _ = ticks.tick() => {
                peer.send([hello[sent]]).await;
                sent += 1;
            }
        }
    };
    let Verdict::Refusal { code, text, .. } = verdict else {
        panic!("admitted after {sent} of {} bytes", hello.len());
    };
    assert_eq!(code, HANDSHAKE_TIMEOUT);
    assert!(text.contains("200ms"), "{text}");
    let (reason, _) = refused(&mut target.stage.events).await;
    assert_eq!(reason, RefusalReason::HandshakeTimeout);
    target.end().await;
}

async fn silent_connections_do_not_keep_a_client_out() {
    let hour = Duration::from_secs(3600);
    let target = Target::with(|server| server.handshake_timeout(hour)).await;
    let mut silent = Vec::new();
    for _ in 0..500 {
        silent.push(target.stranger().await);
    }
    let client = target.stage.client().await;
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    // Those beyond the 64 that may be shaking hands were told, the oldest first.
    let (code, text) = refusal(&mut silent[0]).await;
    assert_eq!(code, HANDSHAKE_TIMEOUT);
    assert!(text.contains("64"), "{text}");
    drop(silent);
    drop(client);
    target.end().await;
}

async fn stalled_handshakes_do_not_delay_the_next() {
    let hour = Duration::from_secs(3600);
    let mut target = Target::with(|server| server.handshake_timeout(hour)).await;
    let silent = target.stranger().await;
    let mut halfway = target.stranger().await;
    let hello = Offer::default().bytes();
    halfway.send(&hello[..20]).await;
    for _ in 0..3 {
        let peer = target.peer().await;
        drop(peer);
        target.stage.disconnected().await;
    }
    halfway.send(&hello[20..]).await;
    assert_eq!(halfway.verdict().await, Verdict::Welcome);
    target.stage.connected().await;
    drop((silent, halfway));
    target.end().await;
}

async fn a_hello_split_at_every_byte_is_welcome() {
    let mut target = Target::new().await;
    let hello = Offer {
        auth: Some((1, Vec::new())),
        ..Offer::default()
    }
    .bytes();
    for at in 1..hello.len() {
        let (front, back) = hello.split_at(at);
        let mut peer = target.stranger().await;
        peer.send(front).await;
        tokio::task::yield_now().await;
        peer.send(back).await;
        assert_eq!(peer.verdict().await, Verdict::Welcome, "split at {at}");
        target.stage.connected().await;
        drop(peer);
        target.stage.disconnected().await;
    }
    target.end().await;
}

async fn a_refusal_arrives_although_much_was_sent_behind_the_hello() {
    let mut target = Target::patient(|server| server).await;
    let offer = Offer {
        calls: vec!["Nobody".to_owned()],
        ..Offer::default()
    };
    for _ in 0..20 {
        let mut peer = target.stranger().await;
        let calls = Frame::call(0, "hang", [1]).bytes().repeat(20_000);
        peer.send(offer.bytes()).await;
        // More than the sockets hold, so that the server has to read on behind its refusal.
        peer.send(calls).await;
        let (code, text) = refusal(&mut peer).await;
        assert_eq!(code, UNKNOWN_SERVICE);
        assert!(
            text.contains("`Nobody`") && text.contains("`Lab`"),
            "{text}"
        );
        peer.expect_end().await;
        drop(peer);
        refused(&mut target.stage.events).await;
    }
    assert_eq!(
        target.stage.lab.count(|r| matches!(r, Report::Started(_))),
        0
    );
    target.end().await;
}

async fn a_client_that_vanishes_within_its_hello_is_told_as_vanished() {
    let mut target = Target::new().await;
    // Whoever only looks whether somebody is there is not worth an event.
    drop(target.stranger().await);
    let mut peer = target.stranger().await;
    peer.send(&Offer::default().bytes()[..10]).await;
    drop(peer);
    assert_eq!(
        rejected(&mut target.stage.events).await,
        RejectReason::Vanished
    );
    target.end().await;
}

async fn a_hostile_name_of_a_service_is_told_escaped_and_cut() {
    let mut target = Target::new().await;
    let mut peer = target.stranger().await;
    let offer = Offer {
        calls: vec!["\x1b[2J\n".repeat(10_000)],
        ..Offer::default()
    };
    peer.send(offer.bytes()).await;
    let (code, told) = refusal(&mut peer).await;
    assert_eq!(code, UNKNOWN_SERVICE);
    assert!(!told.contains(char::is_control));
    let (_, logged) = refused(&mut target.stage.events).await;
    assert_eq!(logged, told, "observers get what the client was told");
    assert!(told.len() <= 4096, "{} bytes", told.len());
    target.end().await;
}

async fn a_name_that_no_client_may_have_is_refused_without_showing_it() {
    let mut target = Target::new().await;
    let long = vec![b'x'; 256];
    for names in [
        vec![&b""[..]],
        vec![&b"\x1b[2Jspy"[..]],
        vec![&b"spy\n"[..]],
        vec![&b"spy\xc2\x85"[..]],
        vec![&b"spy\xff"[..]],
        vec![&long[..]],
        vec![&[b'x'; 60_000][..]],
        vec![&b"spy"[..], &b"spy"[..]],
        vec![&b"spy"[..], &b"other"[..]],
    ] {
        let mut peer = target.stranger().await;
        let offer = Offer {
            names: names.into_iter().map(<[u8]>::to_vec).collect(),
            ..Offer::default()
        };
        peer.send(offer.bytes()).await;
        let (code, text) = refusal(&mut peer).await;
        assert_eq!(code, MALFORMED);
        assert!(text.contains("name") && !text.contains("spy"), "{text}");
        assert!(!text.contains("xxx") && !text.contains(char::is_control));
        assert_eq!(peer.drain().await, 0);
        let (reason, logged) = refused(&mut target.stage.events).await;
        assert_eq!((reason, logged), (RefusalReason::Malformed, text));
        assert!(target.stage.handle.peer_named("spy").is_none());
    }
    let named = Offer {
        names: vec![b"spy".to_vec()],
        ..Offer::default()
    };
    let _peer = target.peer_with(&named).await;
    assert!(target.stage.handle.peer_named("spy").is_some());
    target.end().await;
}
