//! Openings of streams, and what the reader of one says.

use ipc_rpc::Config;

use super::{
    call, credit, frame, ids, next_of_stream, opened, opening, reason, send_all, small, target,
    told,
};
use crate::hostile_peer::raw::{
    CREDIT, END, FAILURE, Frame, ITEMS, RESET, RESPONSE, STOP, STREAMS,
};
use crate::hostile_peer::{assert_alive, raw_scenarios};

raw_scenarios! {
    credit_beyond_what_was_used_ends_the_connection,
    ids_of_streams_that_are_none_end_the_connection,
    streams_beyond_the_limit_end_the_connection,
    reasons_and_credit_that_are_none_end_the_connection,
    a_stop_is_answered_by_an_end,
    a_wrong_number_of_streams_fails_the_call_alone,
    streams_of_answers_to_nothing_are_stopped,
    streams_of_calls_that_are_not_served_are_stopped,
    streams_that_a_peer_does_not_read_hold_up_nobody,
}

async fn credit_beyond_what_was_used_ends_the_connection() {
    let (mut target, flows) = target(Config::default()).await;
    for (items, bytes) in [
        (1, 0),
        (0, 1),
        (u32::MAX, 0),
        (0, u32::MAX),
        (u32::MAX, u32::MAX),
    ] {
        let mut peer = target.peer().await;
        // Three items of a byte and its length are used, and credited.
        let stream = opened(&mut peer, &call(0, "end", &[1, 3])).await;
        let mut read = 0;
        while read < 3 {
            let frame = peer.frame().await.expect("items");
            assert_eq!((frame.kind, frame.slot), (ITEMS, stream.0));
            read += frame.method;
        }
        peer.send_frame(&frame(CREDIT, stream, credit(2, 4))).await;
        peer.send_frame(&frame(CREDIT, stream, credit(1, 2))).await;
        assert_alive(&mut peer).await;
        peer.send_frame(&frame(CREDIT, stream, credit(items, bytes)))
            .await;
        let told = told(&mut target, peer).await;
        assert!(told.contains("credit"), "{told}");
        flows.wait(1, support::Flow::is_over).await;
    }
    target.end().await;
}

async fn ids_of_streams_that_are_none_end_the_connection() {
    let (mut target, flows) = target(small()).await;
    let open = opening(0, "hold", &[(0, 0)], &[1]);
    let with = |body: Vec<u8>| Frame {
        body,
        ..opening(1, "hold", &[], &[])
    };
    for (frames, what) in [
        (vec![with(vec![])], "streams of a message"),
        (vec![with(vec![1])], "streams of a message"),
        (
            vec![with(vec![1, 0, 0, 0, 0, 0, 0, 0, 0])],
            "streams of a message",
        ),
        (vec![with(vec![0xff; 100])], "streams of a message"),
        (
            vec![opening(1, "hold", &[(0, 0), (0, 0)], &[1])],
            "stream 0.0",
        ),
        (
            vec![opening(1, "hold", &[(0, 0), (0, 1)], &[1])],
            "stream 0.1",
        ),
        (
            vec![open.clone(), opening(1, "hold", &[(0, 0)], &[2])],
            "stream 0.0",
        ),
        (
            vec![open.clone(), opening(1, "hold", &[(0, 1)], &[2])],
            "stream 0.1",
        ),
    ] {
        let mut peer = target.peer().await;
        send_all(&mut peer, &frames).await;
        let told = told(&mut target, peer).await;
        assert!(told.contains(what), "{told}");
    }
    assert!(!flows.of(2).started);
    target.end().await;
}

async fn streams_beyond_the_limit_end_the_connection() {
    let mut config = small();
    config.max_streams = 4;
    let (mut target, _) = target(config).await;
    for slot in [4, 5, u32::MAX] {
        let mut peer = target.peer().await;
        peer.send_frame(&opening(0, "hold", &[(slot, 0)], &[1]))
            .await;
        let told = told(&mut target, peer).await;
        assert!(told.contains("4 at once"), "{told}");
    }
    // One after the other, without end.
    let mut peer = target.peer().await;
    for slot in 0..5 {
        peer.send_frame(&opening(slot, "hold", &[(slot, 0)], &[1]))
            .await;
    }
    let told = told(&mut target, peer).await;
    assert!(told.contains("4 at once"), "{told}");
    target.end().await;
}

async fn reasons_and_credit_that_are_none_end_the_connection() {
    let (mut target, _) = target(Config::default()).await;
    let garbage = [
        vec![],
        vec![0],
        vec![0, 0],
        vec![0, 0, 9, 0, b'x'],
        vec![0, 0, 1, 0, 0xff],
    ];
    for kind in [RESET, STOP, CREDIT] {
        for body in &garbage {
            let mut peer = target.peer().await;
            let ours = (0, 0);
            peer.send_frame(&opening(0, "hold", &[ours], &[1])).await;
            let theirs = opened(&mut peer, &call(1, "end", &[2, 3])).await;
            let stream = if kind == RESET { ours } else { theirs };
            peer.send_frame(&frame(kind, stream, body.clone())).await;
            let told = told(&mut target, peer).await;
            assert!(told.contains("malformed"), "{told}");
        }
    }
    target.end().await;
}

async fn a_stop_is_answered_by_an_end() {
    let (mut target, flows) = target(small()).await;
    let mut peer = target.peer().await;
    for slot in 0..20 {
        let stream = opened(&mut peer, &call(slot, "end", &[slot as u8, 3])).await;
        let stop = frame(STOP, stream, reason(1, ""));
        send_all(&mut peer, &[stop.clone(), stop]).await;
        loop {
            let frame = next_of_stream(&mut peer).await;
            assert_eq!((frame.slot, frame.generation), stream);
            match frame.kind {
                ITEMS => {}
                kind => break assert_eq!(kind, END),
            }
        }
        flows.wait(u64::from(slot), support::Flow::is_over).await;
        assert_alive(&mut peer).await;
    }
    drop(peer);
    target.stage.disconnected().await;
    target.end().await;
}

async fn a_wrong_number_of_streams_fails_the_call_alone() {
    let (mut target, flows) = target(small()).await;
    let mut peer = target.peer().await;
    for (slot, (name, streams)) in [
        ("hold", &[][..]),
        ("hold", &[(0, 0), (1, 0)]),
        ("add", &[(2, 0)]),
        ("end", &[(3, 0)]),
    ]
    .into_iter()
    .enumerate()
    {
        let args = if name == "hold" { vec![1] } else { vec![1, 3] };
        let mut request = opening(slot as u32, name, streams, &args);
        if streams.is_empty() {
            request = call(slot as u32, name, &args);
        }
        peer.send_frame(&request).await;
        let mut stopped = 0;
        let answer = loop {
            let frame = peer.frame().await.unwrap();
            match frame.kind {
                STOP => stopped += 1,
                _ => break frame,
            }
        };
        assert_eq!((answer.kind, answer.flags), (RESPONSE, FAILURE), "{name}");
        while stopped < streams.len() {
            assert_eq!(peer.frame().await.unwrap().kind, STOP);
            stopped += 1;
        }
    }
    assert!(!flows.of(1).started);
    assert_alive(&mut peer).await;
    drop(peer);
    target.stage.disconnected().await;
    target.end().await;
}

async fn streams_of_answers_to_nothing_are_stopped() {
    let (mut target, _) = target(small()).await;
    let mut peer = target.peer().await;
    for round in 0..100 {
        let answer = Frame {
            flags: STREAMS,
            body: ids(&[(0, round), (15, round), (7, 7)]),
            ..Frame::new(RESPONSE, round, 0)
        };
        peer.send_frame(&answer).await;
        for slot in [0, 15, 7] {
            let stop = peer.frame().await.unwrap();
            assert_eq!((stop.kind, stop.slot), (STOP, slot));
        }
    }
    assert_alive(&mut peer).await;
    drop(peer);
    target.stage.disconnected().await;
    target.end().await;
}

async fn streams_of_calls_that_are_not_served_are_stopped() {
    let (mut target, _) = target(small()).await;
    let mut peer = target.peer().await;
    let known = opening(0, "hold", &[(0, 0)], &[1]);
    for (slot, (lane, method)) in [(1, 0), (9, known.method), (0, 0)].into_iter().enumerate() {
        let slot = slot as u32;
        let request = Frame {
            lane,
            method,
            ..opening(slot, "hold", &[(slot, 0)], &[1])
        };
        peer.send_frame(&request).await;
        let kinds = [peer.frame().await.unwrap(), peer.frame().await.unwrap()];
        let mut kinds = kinds.map(|frame| frame.kind);
        kinds.sort_unstable();
        assert_eq!(kinds, [RESPONSE, STOP]);
    }
    assert_alive(&mut peer).await;
    drop(peer);
    target.stage.disconnected().await;
    target.end().await;
}

async fn streams_that_a_peer_does_not_read_hold_up_nobody() {
    let mut config = Config::default();
    config.max_outbound_len = 64 * 1024;
    let (mut target, flows) = target(config).await;
    let mut peer = target.peer().await;
    for slot in 0..100_u32 {
        // 100,000 bytes an item, 10,000 of them.
        let args = [&[slot as u8][..], &[0xa0, 0x8d, 0x06], &[0x90, 0x4e]].concat();
        peer.send_frame(&call(slot, "blobs", &args)).await;
    }
    for id in 0..100 {
        flows.wait(id, |flow| flow.started).await;
    }
    let client = target.stage.client().await;
    target.stage.connected().await;
    for _ in 0..100 {
        let sum = client.add(ipc_rpc::context::current(), 2, 3).await;
        assert_eq!(sum.unwrap(), 5);
    }
    drop(client);
    target.stage.disconnected().await;
    let sent: u64 = (0..100).map(|id| flows.of(id).sent).sum();
    assert!(sent <= 100 * 11, "a window and an item more each: {sent}");
    drop(peer);
    target.stage.disconnected().await;
    for id in 0..100 {
        flows.wait(id, support::Flow::is_over).await;
    }
    target.end().await;
}
