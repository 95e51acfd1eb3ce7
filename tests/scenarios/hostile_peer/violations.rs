//! Admitted peers that break the protocol: they are told, and both sides know why it ended.

use std::time::Duration;

use support::Report;
use tokio::time::timeout;

use super::raw::{
    FAILURE, Frame, GOODBYE, OVERLOADED, Offer, PING, PONG, REQUEST, RESPONSE, SERVICES_CHANGED,
    VIOLATION,
};
use super::{Target, raw_scenarios};

const OVERLOADED_CALL: u16 = 8;

raw_scenarios! {
    unknown_kinds_below_128_end_the_connection_with_a_reason_on_both_sides,
    garbage_is_answered_with_a_goodbye_within_a_second,
    a_second_request_in_a_taken_slot_ends_the_connection_and_is_never_run,
    a_request_in_a_slot_beyond_the_cap_is_answered_and_then_the_connection_ends,
    a_frame_above_the_limit_ends_the_connection_before_it_arrives,
    a_side_part_longer_than_its_frame_ends_the_connection,
    a_goodbye_that_is_none_ends_the_connection,
    a_table_of_services_from_a_client_ends_the_connection,
    nothing_is_written_behind_a_goodbye,
    nothing_is_served_behind_a_violation,
    a_peer_that_pings_and_never_reads_is_given_up,
}

/// A second would do for a healthy machine; a busy one gets more, as long as it is not the lingering that ends it.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(5), future)
        .await
        .expect("it takes no waiting for anything")
}

async fn unknown_kinds_below_128_end_the_connection_with_a_reason_on_both_sides() {
    let mut target = Target::new().await;
    for kind in [0, 13, 99, 127] {
        let mut peer = target.peer().await;
        peer.send_frame(&Frame::new(kind, 0, 0)).await;
        let goodbye = peer.frame().await.unwrap();
        assert_eq!((goodbye.kind, goodbye.code()), (GOODBYE, VIOLATION));
        let told = String::from_utf8_lossy(&goodbye.body[4..]).into_owned();
        assert!(told.contains(&kind.to_string()), "{told}");
        assert_eq!(peer.drain().await, 0);
        drop(peer);
        assert_eq!(target.violation().await, told);
    }
    target.end().await;
}

async fn garbage_is_answered_with_a_goodbye_within_a_second() {
    let mut config = ipc_rpc::Config::default();
    config.linger_timeout = Duration::from_secs(3600);
    let mut target = Target::with(|server| server.config(config)).await;
    for garbage in [
        &[0xff; 32][..],
        &[0x7f; 500],
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ] {
        let mut peer = target.peer().await;
        peer.send(garbage).await;
        soon(peer.expect_goodbye(VIOLATION)).await;
        drop(peer);
        target.violation().await;
    }
    target.end().await;
}

async fn a_second_request_in_a_taken_slot_ends_the_connection_and_is_never_run() {
    let mut target = Target::new().await;
    for generation in [0, 1] {
        let mut peer = target.peer().await;
        peer.send_frame(&Frame::call(3, "hang", [1])).await;
        let again = Frame {
            generation,
            ..Frame::call(3, "hang", [2])
        };
        peer.send_frame(&again).await;
        assert_eq!(soon(peer.expect_goodbye(VIOLATION)).await, []);
        drop(peer);
        let told = target.violation().await;
        assert!(told.contains("3."), "{told}");
    }
    let lab = &target.stage.lab;
    lab.wait_until(|log| log.iter().filter(|r| **r == Report::Dropped(1)).count() == 2)
        .await;
    assert!(!lab.has(&Report::Started(2)));
    target.end().await;
}

async fn a_request_in_a_slot_beyond_the_cap_is_answered_and_then_the_connection_ends() {
    let mut config = ipc_rpc::Config::default();
    config.max_in_flight = 4;
    let mut target = Target::with(|server| server.config(config)).await;
    for slot in [4, 5, u32::MAX] {
        let mut peer = target.peer().await;
        for slot in 0..4 {
            peer.send_frame(&Frame::call(slot, "hang", [1])).await;
        }
        peer.send_frame(&Frame::call(slot, "hang", [2])).await;
        let frames = soon(peer.expect_goodbye(OVERLOADED)).await;
        let [answer] = &frames[..] else {
            panic!("one answer was expected: {frames:?}");
        };
        assert_eq!((answer.kind, answer.flags), (RESPONSE, FAILURE));
        assert_eq!((answer.slot, answer.code()), (slot, OVERLOADED_CALL));
        drop(peer);
        let told = target.violation().await;
        assert!(told.contains("4 at once"), "{told}");
    }
    assert!(!target.stage.lab.has(&Report::Started(2)));
    target.end().await;
}

async fn a_frame_above_the_limit_ends_the_connection_before_it_arrives() {
    let mut config = ipc_rpc::Config::default();
    config.max_frame_len = 10_000;
    let mut target = Target::with(|server| server.config(config)).await;
    let mut peer = target.peer().await;
    // The limit itself is no violation.
    let mut body = vec![0];
    body.resize(10_000, 7);
    let largest = Frame {
        side_len: 9_999,
        ..Frame::call(0, "measure", body)
    };
    assert_eq!(peer.call(&largest).await.body, [0x8f, 0x4e]);
    drop(peer);
    target.stage.disconnected().await;
    for len in [10_001, u32::MAX] {
        for kind in [REQUEST, RESPONSE, PING, PONG, GOODBYE, 200] {
            let mut peer = target.peer().await;
            peer.send(Frame::new(kind, 0, 0).header(len)).await;
            soon(peer.expect_goodbye(VIOLATION)).await;
            drop(peer);
            let told = target.violation().await;
            assert!(told.contains("10000"), "{told}");
        }
    }
    target.end().await;
}

async fn a_side_part_longer_than_its_frame_ends_the_connection() {
    let mut target = Target::new().await;
    let mut peer = target.peer().await;
    let frame = Frame {
        side_len: 6,
        ..Frame::call(0, "bytes", [0; 5])
    };
    peer.send_frame(&frame).await;
    soon(peer.expect_goodbye(VIOLATION)).await;
    drop(peer);
    let told = target.violation().await;
    assert!(told.contains("side part"), "{told}");
    target.end().await;
}

async fn a_goodbye_that_is_none_ends_the_connection() {
    let mut target = Target::new().await;
    for body in [&[][..], &[0, 0], &[0, 0, 9, 0, b'x'], &[0, 0, 1, 0, 0xff]] {
        let mut peer = target.peer().await;
        let goodbye = Frame {
            body: body.to_vec(),
            ..Frame::new(GOODBYE, 0, 0)
        };
        peer.send_frame(&goodbye).await;
        soon(peer.expect_goodbye(VIOLATION)).await;
        drop(peer);
        let told = target.violation().await;
        assert!(told.contains("goodbye"), "{told}");
    }
    target.end().await;
}

async fn a_table_of_services_from_a_client_ends_the_connection() {
    let mut target = Target::new().await;
    for body in [vec![], vec![0, 0], vec![0xff; 30]] {
        let mut peer = target.peer().await;
        peer.send_frame(&Frame {
            body,
            ..Frame::new(SERVICES_CHANGED, 0, 0)
        })
        .await;
        let goodbye = soon(peer.frame()).await.unwrap();
        assert_eq!((goodbye.kind, goodbye.code()), (GOODBYE, VIOLATION));
        drop(peer);
        let told = target.violation().await;
        assert!(told.contains("table of services"), "{told}");
    }
    target.end().await;
}

async fn nothing_is_written_behind_a_goodbye() {
    let mut config = ipc_rpc::Config::default();
    config.max_outbound_len = 64 * 1024;
    config.linger_timeout = Duration::from_secs(3600);
    let mut target = Target::with(|server| server.config(config)).await;
    for _ in 0..10 {
        let mut peer = target.peer().await;
        // More than the socket holds and than may wait (1,048,576 as a varint), so that the answers to the
        // others have to wait until the peer reads, by which time goodbye has been said.
        let mut bytes = Frame::call(0, "fill", [0x80, 0x80, 0x40]).bytes();
        for slot in 1..100 {
            bytes.extend(Frame::call(slot, "add", [4, 6]).bytes());
        }
        bytes.extend(Frame::new(99, 0, 0).bytes());
        bytes.extend(Frame::new(PING, 0, 0).bytes());
        peer.send(bytes).await;
        let before = soon(peer.expect_goodbye(VIOLATION)).await;
        assert_eq!(before[0].side_len, 1024 * 1024);
        assert!(before.iter().all(|frame| frame.kind == RESPONSE));
        drop(peer);
        target.violation().await;
    }
    target.end().await;
}

async fn nothing_is_served_behind_a_violation() {
    let mut target = Target::new().await;
    let mut peer = target.peer().await;
    let violation = Frame::new(99, 0, 0).bytes();
    let duplicate = [
        Frame::call(0, "hang", [1]).bytes(),
        Frame::call(0, "hang", [1]).bytes(),
    ];
    let after = Frame::call(7, "hang", [2]).bytes();
    peer.send([violation, after.clone()].concat()).await;
    soon(peer.expect_goodbye(VIOLATION)).await;
    drop(peer);
    target.violation().await;
    let mut peer = target.peer().await;
    peer.send([duplicate.concat(), after].concat()).await;
    soon(peer.expect_goodbye(VIOLATION)).await;
    drop(peer);
    target.violation().await;
    assert!(!target.stage.lab.has(&Report::Started(2)));
    target.end().await;
}

async fn a_peer_that_pings_and_never_reads_is_given_up() {
    let mut config = ipc_rpc::Config::default();
    config.max_outbound_len = 64 * 1024;
    let mut target = Target::with(|server| server.config(config)).await;
    let offer = Offer {
        max_frame_len: u32::MAX,
        ..Offer::default()
    };
    let ping = Frame {
        body: vec![7; 1024 * 1024],
        ..Frame::new(PING, 0, 0)
    };
    let mut unimplemented = Frame::call(0, "add", vec![0; 1000]);
    unimplemented.method = 0;
    // Either kind of answer is owed to what the peer sends, and neither waits for a handler.
    let floods = [ping.bytes(), unimplemented.bytes().repeat(1000)];
    for (number, flood) in floods.into_iter().enumerate() {
        let mut peer = target.peer_with(&offer).await;
        let mut sent = 0;
        while sent < 512 * 1024 * 1024 && peer.try_send(&flood).await {
            sent += flood.len();
        }
        assert!(sent < 512 * 1024 * 1024, "nobody stopped flood {number}");
        let (_, reason) = target.stage.disconnected().await;
        assert!(
            matches!(reason, ipc_rpc::ConnectionError::PeerNotReading { .. }),
            "{reason:?}"
        );
        drop(peer);
    }
    target.end().await;
}
