//! Bytes that a peer leaves in the body of its message, where they lay once, or that it cuts otherwise: told as an
//! error, and never taken for no bytes.

use bytes::Bytes;
use ipc_rpc::{CallError, context};
use support::Task;

use super::raw::{FAILURE, Frame, UNDECODABLE};
use super::servers::Trap;
use super::{Target, assert_alive, raw_scenarios};

raw_scenarios! {
    arguments_whose_bytes_are_in_the_body_are_answered_as_undecodable,
    a_result_whose_bytes_are_in_the_body_fails_its_call_alone,
}

/// A message with so many of its last bytes in the side part.
fn with_side(frame: Frame, side_len: u32) -> Frame {
    Frame { side_len, ..frame }
}

async fn arguments_whose_bytes_are_in_the_body_are_answered_as_undecodable() {
    let mut target = Target::new().await;
    let mut peer = target.peer().await;
    // As it is to be: nothing in the body, and everything beside it.
    let request = with_side(Frame::call(0, "bytes", *b"\0abc"), 3);
    let answer = peer.call(&request).await;
    assert_eq!((answer.flags & FAILURE, answer.side_len), (0, 3));
    assert!(answer.body.ends_with(b"abc"), "{answer:?}");
    let request = with_side(Frame::call(1, "join", *b"\0\x01m\0\x02\0\0\0abyz"), 8);
    let answer = peer.call(&request).await;
    assert!(answer.body.ends_with(b"abmyz"), "{answer:?}");

    let wrong = [
        ("bytes", &b"\x03abc"[..], 0),
        ("bytes", b"\x03abcde", 2),
        ("measure", b"\x03abc", 0),
        ("measure", b"\x01ab", 1),
        ("join", b"\x02ab\x01m\x02yz", 0),
        // One in the body and one beside it, either way round.
        ("join", b"\x02ab\x01m\0\0\0\0\0yz", 6),
        ("join", b"\0\x01m\x02yz\x02\0\0\0ab", 6),
        // Beside the body, with lengths that do not fit.
        ("join", b"\0\x01m\0\x05\0\0\0abyz", 8),
        ("join", b"\0\x01m\0ab", 2),
        // Beside the body of a message that declares no bytes.
        ("add", b"\x02\x04abc", 3),
    ];
    for (generation, (name, body, side_len)) in (0..).zip(wrong) {
        let mut request = with_side(Frame::call(2, name, body), side_len);
        request.generation = generation;
        let answer = peer.call(&request).await;
        assert_eq!(answer.code(), UNDECODABLE, "{name} {body:?}: {answer:?}");
    }
    assert_alive(&mut peer).await;
    target.end().await;
}

async fn a_result_whose_bytes_are_in_the_body_fails_its_call_alone() {
    let trap = Trap::new();
    let (client, mut server) = trap.admitted().await;
    // A result lies as an argument does.
    for (body, side_len, is_right) in [
        (&b"\0abc"[..], 3, true),
        (b"\x03abc", 0, false),
        (b"\x03abcabc", 3, false),
        (b"\x01abc", 2, false),
    ] {
        let call = {
            let client = client.clone();
            let bytes = Bytes::from_static(b"abc");
            Task::spawn(async move { client.bytes(context::current(), bytes).await })
        };
        let request = server.frame().await.unwrap();
        assert_eq!((&request.body[..], request.side_len), (&b"\0abc"[..], 3));
        let answer = with_side(request.answer(0, body), side_len);
        server.send_frame(&answer).await;
        match call.join().await {
            Ok(bytes) => assert!(is_right && bytes == "abc"),
            Err(CallError::Decode(_)) => assert!(!is_right),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(!client.connection().is_closed());
}
