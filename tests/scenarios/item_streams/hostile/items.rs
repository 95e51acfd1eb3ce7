//! Items and ends of streams that a hostile peer writes.

use ipc_rpc::StreamError;

use super::{
    credit, frame, items, next_of_stream, opening, reason, send_all, single, small, target, told,
};
use crate::hostile_peer::raw::{CREDIT, END, Frame, ITEMS, RESET, RESPONSE, STOP};
use crate::hostile_peer::{assert_alive, raw_scenarios};

raw_scenarios! {
    items_within_the_credit_arrive,
    items_beyond_the_credit_end_the_connection,
    bytes_beyond_the_credit_end_the_connection,
    frames_about_streams_that_are_not_open_are_ignored,
    a_second_end_and_what_follows_an_end_are_ignored,
    packed_items_that_lie_fail_their_stream_alone,
    a_reset_of_a_later_version_is_told_with_its_number,
}

async fn items_within_the_credit_arrive() {
    let (mut target, flows) = target(small()).await;
    let mut peer = target.peer().await;
    let stream = (3, 77);
    peer.send_frame(&opening(0, "pour", &[stream], &[1])).await;
    for _ in 0..10 {
        // All there is; half a window comes back twice.
        peer.send_frame(&items(stream, 16)).await;
        let mut given = 0;
        while given < 16 {
            let given_back = next_of_stream(&mut peer).await;
            let about = (given_back.kind, given_back.slot, given_back.generation);
            assert_eq!(about, (CREDIT, 3, 77));
            assert_eq!(given_back.body, credit(8, 16));
            given += 8;
        }
    }
    peer.send_frame(&frame(END, stream, [])).await;
    let poured = flows.wait(1, |flow| flow.finished).await;
    assert_eq!((poured.read, poured.error.is_none()), (160, true));
    assert_eq!(peer.frame().await.map(|frame| frame.kind), Some(RESPONSE));
    assert_alive(&mut peer).await;
    drop(peer);
    target.stage.disconnected().await;
    target.end().await;
}

async fn items_beyond_the_credit_end_the_connection() {
    let (mut target, _) = target(small()).await;
    let stream = (0, 0);
    for beyond in [
        vec![items(stream, 17)],
        vec![items(stream, 16), items(stream, 1)],
        vec![items(stream, 16), single(stream, 1)],
        vec![Frame {
            method: u32::MAX,
            ..items(stream, 1)
        }],
    ] {
        let mut peer = target.peer().await;
        peer.send_frame(&opening(0, "hold", &[stream], &[1])).await;
        send_all(&mut peer, &beyond).await;
        let told = told(&mut target, peer).await;
        assert!(told.contains("credit"), "{told}");
    }
    target.end().await;
}

async fn bytes_beyond_the_credit_end_the_connection() {
    let (mut target, _) = target(small()).await;
    let stream = (0, 0);
    for (allowed, beyond) in [
        (single(stream, 4096), items(stream, 1)),
        (single(stream, 100_000), single(stream, 0)),
        (
            Frame {
                method: 1,
                ..frame(ITEMS, stream, vec![0; 5000])
            },
            items(stream, 1),
        ),
        // One that says it has none.
        (
            Frame {
                method: 0,
                ..frame(ITEMS, stream, vec![0; 5000])
            },
            items(stream, 0),
        ),
    ] {
        let mut peer = target.peer().await;
        peer.send_frame(&opening(0, "hold", &[stream], &[1])).await;
        peer.send_frame(&allowed).await;
        assert_alive(&mut peer).await;
        peer.send_frame(&beyond).await;
        let told = told(&mut target, peer).await;
        assert!(told.contains("credit"), "{told}");
    }
    target.end().await;
}

async fn frames_about_streams_that_are_not_open_are_ignored() {
    let (mut target, flows) = target(small()).await;
    let mut peer = target.peer().await;
    peer.send_frame(&opening(0, "pour", &[(2, 5)], &[1])).await;
    for stream in [
        (0, 0),
        (2, 4),
        (2, 6),
        (255, 0),
        (256, 0),
        (u32::MAX, u32::MAX),
    ] {
        let about_none = [
            items(stream, 100),
            single(stream, 10_000),
            frame(END, stream, []),
            frame(RESET, stream, reason(0, "")),
            frame(CREDIT, stream, credit(u32::MAX, u32::MAX)),
            frame(STOP, stream, reason(1, "")),
        ];
        send_all(&mut peer, &about_none).await;
    }
    assert_alive(&mut peer).await;
    send_all(&mut peer, &[items((2, 5), 3), frame(END, (2, 5), [])]).await;
    assert_eq!(flows.wait(1, |flow| flow.finished).await.read, 3);
    drop(peer);
    target.stage.disconnected().await;
    target.end().await;
}

async fn a_second_end_and_what_follows_an_end_are_ignored() {
    let (mut target, flows) = target(small()).await;
    let mut peer = target.peer().await;
    let stream = (0, 9);
    for (id, end) in [frame(END, stream, []), frame(RESET, stream, reason(0, "x"))]
        .into_iter()
        .enumerate()
    {
        let frames = [
            opening(id as u32, "pour", &[stream], &[id as u8]),
            items(stream, 5),
            end.clone(),
            end,
            frame(END, stream, []),
            items(stream, 100),
            frame(RESET, stream, reason(0, "y")),
        ];
        send_all(&mut peer, &frames).await;
        let poured = flows.wait(id as u64, |flow| flow.finished).await;
        assert_eq!(poured.read, 5);
        let is_right = match &poured.error {
            None => id == 0,
            Some(StreamError::Aborted { reason }) => id == 1 && reason == "x",
            _ => false,
        };
        assert!(is_right, "{poured:?}");
        assert_eq!(peer.frame().await.map(|frame| frame.kind), Some(RESPONSE));
    }
    assert_alive(&mut peer).await;
    drop(peer);
    target.stage.disconnected().await;
    target.end().await;
}

async fn packed_items_that_lie_fail_their_stream_alone() {
    let (mut target, flows) = target(small()).await;
    let mut peer = target.peer().await;
    let overlong = vec![0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
    for (id, (count, body, honest)) in [
        (2, vec![1, 7], 1),
        (1, vec![1, 7, 1, 7], 1),
        (0, vec![1, 7], 0),
        (1, vec![], 0),
        (1, vec![5, 7], 0),
        (2, vec![1, 7, 5, 7], 1),
        (1, vec![0xff, 0xff, 0xff, 0xff, 0x0f], 0),
        (1, vec![0xff, 0xff, 0xff, 0xff, 0x7f, 7], 0),
        (1, overlong, 0),
        (1, vec![0x80], 0),
    ]
    .into_iter()
    .enumerate()
    {
        let (slot, stream) = (id as u32, (1, id as u32));
        peer.send_frame(&opening(slot, "pour", &[stream], &[id as u8]))
            .await;
        let lie = Frame {
            method: count,
            ..frame(ITEMS, stream, body)
        };
        peer.send_frame(&lie).await;
        let poured = flows.wait(id as u64, |flow| flow.finished).await;
        assert_eq!(poured.read, honest, "{id}");
        assert!(
            matches!(poured.error, Some(StreamError::Protocol(_))),
            "{poured:?}"
        );
        let stop = next_of_stream(&mut peer).await;
        assert_eq!((stop.kind, stop.slot, stop.generation), (STOP, 1, slot));
        peer.send_frame(&frame(END, stream, [])).await;
    }
    // An item that is whole and no number is an error of the stream as well.
    let stream = (1, 99);
    peer.send_frame(&opening(50, "pour", &[stream], &[50]))
        .await;
    let broken = Frame {
        method: 1,
        ..frame(ITEMS, stream, [2, 0xff, 0xff])
    };
    peer.send_frame(&broken).await;
    let poured = flows.wait(50, |flow| flow.finished).await;
    assert!(
        matches!(poured.error, Some(StreamError::Decode(_))),
        "{poured:?}"
    );
    let stop = next_of_stream(&mut peer).await;
    assert_eq!((stop.kind, &stop.body[..2]), (STOP, &[3, 0][..]));
    while peer.0.try_read(&mut [0; 4096]).is_ok() {}
    drop(peer);
    target.stage.disconnected().await;
    target.end().await;
}

async fn a_reset_of_a_later_version_is_told_with_its_number() {
    let (mut target, _) = target(small()).await;
    let mut peer = target.peer().await;
    peer.send_frame(&opening(0, "sum", &[(0, 0)], &[])).await;
    peer.send_frame(&frame(RESET, (0, 0), reason(999, "\x1b[2Jlater")))
        .await;
    let answer = peer.frame().await.unwrap();
    let told = String::from_utf8_lossy(&answer.body[1..]).into_owned();
    assert!(told.contains("999") && told.contains("later"), "{told}");
    drop(peer);
    target.stage.disconnected().await;
    target.end().await;
}
