//! Admitted peers with strange but legal habits, and what fails alone: a call, never its connection.

use ipc_rpc::ConnectionError;
use support::Report;
use tokio::io::AsyncWriteExt;

use super::raw::{
    CANCEL, CLOSED, FAILURE, Frame, PING, PONG, RESPONSE, Raw, STREAMS, TRACE, UNDECODABLE,
};
use super::{Target, assert_alive, raw_scenarios};

const UNIMPLEMENTED: u16 = 1;
const DEADLINE_EXCEEDED: u16 = 6;
const CANCELLED: u16 = 7;

raw_scenarios! {
    frames_split_at_every_byte_are_served,
    many_frames_of_one_write_are_served_in_their_order,
    frames_without_a_body_are_frames,
    an_unknown_lane_or_method_fails_its_call_alone,
    arguments_that_do_not_decode_fail_their_call_alone,
    hostile_deadlines_are_clamped,
    unknown_kinds_from_128_on_are_skipped,
    answers_and_cancels_for_nothing_in_flight_are_dropped,
    a_flood_of_cancelled_calls_frees_every_slot,
    a_flood_of_pings_is_answered_and_nothing_else_suffers,
    a_peer_that_closes_its_writing_half_gets_the_answers_that_were_done,
    nothing_is_read_behind_a_goodbye,
    an_end_within_a_frame_is_a_peer_that_vanished,
    answers_wait_for_a_peer_that_does_not_read_and_then_arrive_whole,
}

async fn gone(target: &mut Target, peer: Raw) {
    drop(peer);
    let (_, reason) = target.stage.disconnected().await;
    assert!(
        matches!(reason, ConnectionError::PeerVanished),
        "{reason:?}"
    );
}

async fn frames_split_at_every_byte_are_served() {
    let mut target = Target::new().await;
    let mut peer = target.peer().await;
    let calls: Vec<_> = (0..2)
        .map(|slot| Frame::call(slot, "add", [4, 6]))
        .collect();
    let bytes: Vec<u8> = calls.iter().flat_map(Frame::bytes).collect();
    // Answers come in any order.
    async fn answers(peer: &mut Raw) -> Vec<Frame> {
        let mut answers = Vec::new();
        for _ in 0..2 {
            answers.push(peer.frame().await.expect("an answer to each"));
        }
        answers.sort_by_key(|answer| answer.slot);
        answers
    }
    let expected: Vec<_> = calls.iter().map(|call| call.answer(0, [10])).collect();
    for at in 0..=bytes.len() {
        peer.send(&bytes[..at]).await;
        tokio::task::yield_now().await;
        peer.send(&bytes[at..]).await;
        assert_eq!(answers(&mut peer).await, expected, "at {at}");
    }
    for byte in &bytes {
        peer.send([*byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(answers(&mut peer).await, expected);
    gone(&mut target, peer).await;
    target.end().await;
}

async fn many_frames_of_one_write_are_served_in_their_order() {
    let mut target = Target::new().await;
    let mut peer = target.peer().await;
    let calls: Vec<_> = (0..1000)
        .map(|slot| Frame::call(slot, "add", [2 * (slot % 50) as u8, 0]))
        .collect();
    let bytes: Vec<u8> = calls.iter().flat_map(Frame::bytes).collect();
    peer.send(bytes).await;
    let mut answers = Vec::new();
    for _ in &calls {
        answers.push(peer.frame().await.expect("an answer to each"));
    }
    answers.sort_by_key(|answer| answer.slot);
    for (call, answer) in calls.iter().zip(answers) {
        assert_eq!(answer, call.answer(0, [call.body[0]]));
    }
    gone(&mut target, peer).await;
    target.end().await;
}

async fn frames_without_a_body_are_frames() {
    let mut target = Target::new().await;
    let mut peer = target.peer().await;
    peer.send_frame(&Frame::new(PING, 3, 4)).await;
    assert_eq!(peer.frame().await, Some(Frame::new(PONG, 3, 4)));
    // `outlive` wants one argument, and this is none.
    let answer = peer.call(&Frame::call(0, "outlive", [])).await;
    assert_eq!(answer.code(), UNDECODABLE);
    assert_alive(&mut peer).await;
    gone(&mut target, peer).await;
    target.end().await;
}

async fn an_unknown_lane_or_method_fails_its_call_alone() {
    let mut target = Target::new().await;
    let mut peer = target.peer().await;
    let call = Frame::call(5, "add", [4, 6]);
    for (lane, method) in [(1, call.method), (u16::MAX, call.method), (0, 0), (0, 1)] {
        let unknown = Frame {
            lane,
            method,
            ..call.clone()
        };
        assert_eq!(peer.call(&unknown).await.code(), UNIMPLEMENTED);
    }
    assert_eq!(peer.call(&call).await.body, [10]);
    gone(&mut target, peer).await;
    target.end().await;
}

async fn arguments_that_do_not_decode_fail_their_call_alone() {
    let mut target = Target::new().await;
    let mut peer = target.peer().await;
    let add = |body: &[u8]| Frame::call(2, "add", body);
    let short_trace = Frame {
        flags: TRACE,
        ..add(&[0; 24])
    };
    let side_part = Frame {
        side_len: 2,
        ..add(&[4, 6, 1, 1])
    };
    for call in [
        add(&[4]),
        add(&[4, 6, 0]),
        add(&[0xff; 30]),
        short_trace,
        side_part,
        Frame::call(2, "echo", [4, 0xff, 0xfe, 0xfd, 0xfc]),
        Frame::call(2, "echo", [0xff, 0xff, 0xff, 0xff, 0x0f, b'a']),
        Frame::call(2, "measure", [0xff, 0xff, 0xff, 0xff, 0x0f, 0]),
    ] {
        let answer = peer.call(&call).await;
        assert_eq!(answer.code(), UNDECODABLE, "{call:?}");
        assert!(answer.body.len() <= 20 + 1024);
    }
    let traced = Frame {
        flags: TRACE,
        ..add(&[&[7; 25][..], &[4, 6]].concat())
    };
    assert_eq!(peer.call(&traced).await.body, [10]);
    gone(&mut target, peer).await;
    target.end().await;
}

async fn hostile_deadlines_are_clamped() {
    let mut target = Target::new().await;
    let mut peer = target.peer().await;
    for deadline in [u64::MAX, u64::MAX / 2, 1 << 62, 1 << 40, 0] {
        let call = Frame {
            deadline,
            ..Frame::call(0, "facts", [])
        };
        let answer = peer.call(&call).await;
        assert_eq!(answer.flags & FAILURE, 0, "{deadline}");
    }
    for deadline in [1, 1000] {
        let call = Frame {
            deadline,
            ..Frame::call(1, "hang", [1])
        };
        assert_eq!(peer.call(&call).await.code(), DEADLINE_EXCEEDED);
    }
    // Far deadlines wait beside a near one and do not hold it up.
    for (slot, deadline) in [(2, u64::MAX), (3, 1 << 50)] {
        peer.send_frame(&Frame {
            deadline,
            ..Frame::call(slot, "hang", [2])
        })
        .await;
    }
    let near = Frame {
        deadline: 5_000,
        ..Frame::call(4, "hang", [3])
    };
    assert_eq!(peer.call(&near).await.code(), DEADLINE_EXCEEDED);
    gone(&mut target, peer).await;
    target.end().await;
}

async fn unknown_kinds_from_128_on_are_skipped() {
    let mut target = Target::new().await;
    let mut peer = target.peer().await;
    for kind in 128..=255 {
        for len in [0, 40, 70_000] {
            peer.send_frame(&Frame {
                body: vec![0xff; len],
                flags: 0xff,
                ..Frame::new(kind, 9, 9)
            })
            .await;
        }
    }
    assert_alive(&mut peer).await;
    gone(&mut target, peer).await;
    target.end().await;
}

async fn answers_and_cancels_for_nothing_in_flight_are_dropped() {
    let mut target = Target::new().await;
    let mut peer = target.peer().await;
    for slot in [0, 1, 1023, 1024, u32::MAX] {
        for kind in [RESPONSE, CANCEL, PONG] {
            // All of them but the one by which the body begins with streams.
            for flags in [0, FAILURE, !STREAMS] {
                peer.send_frame(&Frame {
                    flags,
                    body: vec![0xff; 30],
                    ..Frame::new(kind, slot, 7)
                })
                .await;
            }
        }
    }
    assert_alive(&mut peer).await;
    gone(&mut target, peer).await;
    target.end().await;
}

async fn a_flood_of_cancelled_calls_frees_every_slot() {
    let mut target = Target::new().await;
    let mut peer = target.peer().await;
    let mut flood = 0;
    for generation in 0..20 {
        let mut bytes = Vec::new();
        for slot in 0..100 {
            let call = Frame {
                generation,
                ..Frame::call(slot, "hang", [1])
            };
            let cancel = Frame::new(CANCEL, slot, generation).bytes();
            bytes.extend(call.bytes());
            bytes.extend(cancel.repeat(3));
        }
        peer.send(bytes).await;
        for _ in 0..100 {
            let answer = peer.frame().await.expect("a cancelled call is answered");
            assert_eq!((answer.kind, answer.generation), (RESPONSE, generation));
            assert_eq!(answer.code(), CANCELLED);
            flood += 1;
        }
    }
    assert_eq!(flood, 2_000);
    // A handler that is cancelled before it is polled never starts; whatever started has ended.
    let count = |log: &[Report], what| log.iter().filter(|report| **report == what).count();
    let all_ended =
        |log: &[Report]| count(log, Report::Started(1)) == count(log, Report::Dropped(1));
    target.stage.lab.wait_until(all_ended).await;
    gone(&mut target, peer).await;
    target.end().await;
}

async fn a_flood_of_pings_is_answered_and_nothing_else_suffers() {
    let mut target = Target::new().await;
    let mut peer = target.peer().await;
    let client = target.stage.client().await;
    target.stage.connected().await;
    let count = 50_000;
    let pings = Frame::new(PING, 1, 1).bytes().repeat(count);
    let (mut reading, mut writing) = peer.0.into_split();
    let flood = async { writing.write_all(&pings).await.unwrap() };
    let pongs = async {
        let mut pongs = vec![0; pings.len()];
        tokio::io::AsyncReadExt::read_exact(&mut reading, &mut pongs)
            .await
            .unwrap();
        assert_eq!(pongs, Frame::new(PONG, 1, 1).bytes().repeat(count));
    };
    let calls = async {
        for _ in 0..50 {
            let sum = client.add(ipc_rpc::context::current(), 2, 3).await;
            assert_eq!(sum.unwrap(), 5);
        }
    };
    tokio::join!(flood, pongs, calls);
    drop(client);
    target.stage.disconnected().await;
    peer = Raw(reading.reunite(writing).unwrap());
    assert_alive(&mut peer).await;
    gone(&mut target, peer).await;
    target.end().await;
}

async fn a_peer_that_closes_its_writing_half_gets_the_answers_that_were_done() {
    let mut target = Target::new().await;
    let mut peer = target.peer().await;
    let hang = Frame::call(0, "hang", [9]);
    let add = Frame::call(1, "add", [4, 6]);
    peer.send([hang.bytes(), add.bytes()].concat()).await;
    peer.0.shutdown().await.unwrap();
    assert_eq!(peer.rest().await, [add.answer(0, [10])]);
    let (_, reason) = target.stage.disconnected().await;
    assert!(
        matches!(reason, ConnectionError::PeerVanished),
        "{reason:?}"
    );
    target.stage.lab.wait(Report::Dropped(9)).await;
    target.end().await;
}

async fn nothing_is_read_behind_a_goodbye() {
    let mut target = Target::new().await;
    let mut peer = target.peer().await;
    let call = Frame::call(0, "hang", [9]).bytes();
    let goodbye = Frame::goodbye(CLOSED, "\x1b[2Jthat is all").bytes();
    peer.send([goodbye, call, vec![0xff; 100]].concat()).await;
    let (_, reason) = target.stage.disconnected().await;
    let ConnectionError::PeerClosed(close) = &reason else {
        panic!("{reason:?}");
    };
    assert_eq!(close.reason, "\x1b[2Jthat is all");
    assert!(reason.is_clean());
    assert!(!reason.to_string().contains('\x1b'), "{reason}");
    assert_eq!(peer.drain().await, 0);
    assert_eq!(target.stage.lab.all(), []);
    target.end().await;
}

async fn an_end_within_a_frame_is_a_peer_that_vanished() {
    let mut target = Target::new().await;
    let small = Frame::call(0, "hang", [9]).bytes();
    let large = Frame {
        body: vec![0; 100_000],
        ..Frame::call(0, "measure", [])
    }
    .bytes();
    for part in [
        &small[..1],
        &small[..31],
        &small[..32],
        &large[..32],
        &large[..90_000],
    ] {
        let mut peer = target.peer().await;
        peer.send(part).await;
        gone(&mut target, peer).await;
    }
    assert_eq!(target.stage.lab.all(), []);
    target.end().await;
}

async fn answers_wait_for_a_peer_that_does_not_read_and_then_arrive_whole() {
    let mut config = ipc_rpc::Config::default();
    config.max_outbound_len = 64 * 1024;
    config.max_in_flight = 64;
    let mut target = Target::with(|server| server.config(config)).await;
    let mut peer = target.peer().await;
    // 300,000 as a varint.
    let len = [0xe0, 0xa7, 0x12];
    for slot in 0..64 {
        let call = Frame::call(slot, "fill", len);
        peer.send_frame(&call).await;
    }
    // Others are served while the answers of this one stand still.
    let client = target.stage.client().await;
    let sum = client.add(ipc_rpc::context::current(), 2, 3).await;
    assert_eq!(sum.unwrap(), 5);
    target.stage.connected().await;
    let mut slots: Vec<_> = Vec::new();
    for _ in 0..64 {
        let answer = peer.frame().await.expect("an answer to each");
        assert_eq!((answer.kind, answer.flags), (RESPONSE, 0));
        assert_eq!(answer.side_len, 300_000);
        slots.push(answer.slot);
    }
    slots.sort_unstable();
    assert!(slots.into_iter().eq(0..64));
    assert_alive(&mut peer).await;
    drop(client);
    target.stage.disconnected().await;
    gone(&mut target, peer).await;
    target.end().await;
}
