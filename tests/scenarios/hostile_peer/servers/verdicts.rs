//! What a server answers a hello with.

use std::time::Duration;

use ipc_rpc::{ClientEvent, ConnectError, ConnectionError, ProtocolError, RefusalReason};
use support::Task;

use super::super::raw::{Admission, Frame, Offer, Raw, message, prelude, refusal};
use super::super::raw_scenarios;
use super::Trap;

raw_scenarios! {
    a_verdict_that_is_none_is_an_error_of_the_protocol,
    a_welcome_to_what_was_not_offered_is_an_error_of_the_protocol,
    a_server_that_hangs_up_before_its_verdict_is_an_end,
    a_server_that_says_nothing_is_given_up_in_time,
    a_server_that_trickles_its_verdict_is_given_up_in_time,
    a_refusal_of_a_later_version_is_told_with_its_number,
    the_text_of_a_refusal_is_cut,
    a_goodbye_right_behind_the_welcome_is_heard,
}

async fn a_verdict_that_is_none_is_an_error_of_the_protocol() {
    let trap = Trap::new();
    let mut huge_text = message(3, &[1, 0, 0, 0, 0, 0, 0xff, 0xff]);
    huge_text.extend([b'x'; 100]);
    for bytes in [
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec(),
        vec![0; 16],
        vec![0xff; 5_000],
        Offer::default().bytes(),
        message(2, &[]),
        message(2, &[0xff; 300]),
        message(3, &[]),
        message(7, &[0; 30]),
        huge_text,
        prelude(2, u32::MAX),
        prelude(3, 1024 * 1024),
    ] {
        let error = trap.answer(bytes.clone()).await.unwrap_err();
        assert!(
            matches!(error, ConnectError::Protocol(_)),
            "{error:?} for {:?}",
            bytes.escape_ascii().to_string()
        );
    }
}

async fn a_welcome_to_what_was_not_offered_is_an_error_of_the_protocol() {
    let trap = Trap::new();
    let honest = Admission::default;
    for admission in [
        Admission {
            version: 0,
            ..honest()
        },
        Admission {
            version: 2,
            ..honest()
        },
        Admission {
            codec: 0,
            ..honest()
        },
        Admission {
            codec: 99,
            ..honest()
        },
        Admission {
            max_frame_len: 0,
            ..honest()
        },
        Admission {
            max_in_flight: 0,
            ..honest()
        },
        Admission {
            critical_extension: true,
            ..honest()
        },
    ] {
        let error = trap.answer(admission.bytes()).await.unwrap_err();
        assert!(
            matches!(
                error,
                ConnectError::Protocol(ProtocolError::Unexpected { .. })
            ),
            "{error:?} for {admission:?}"
        );
    }
    // Cut anywhere and made consistent again.
    let welcome = honest().bytes();
    for len in (0..welcome.len() - 16).step_by(7) {
        let error = trap.answer(message(2, &welcome[16..16 + len])).await;
        assert!(matches!(error, Err(ConnectError::Protocol(_))), "{error:?}");
    }
}

async fn a_server_that_hangs_up_before_its_verdict_is_an_end() {
    let trap = Trap::new();
    let welcome = Admission::default().bytes();
    for len in [0, 1, 15, 16, 17, welcome.len() - 1] {
        let (connecting, mut server) = trap.caught().await;
        server.send(&welcome[..len]).await;
        drop(server);
        let error = connecting.join().await.unwrap_err();
        assert!(
            matches!(error, ConnectError::Ended(ConnectionError::PeerVanished)),
            "{error:?} after {len} bytes"
        );
    }
    // Before the hello was read, too.
    let connecting = Task::spawn(trap.connect().into_future());
    drop(trap.listener.accept().await.unwrap());
    let error = connecting.join().await.unwrap_err();
    assert!(matches!(error, ConnectError::Ended(_)), "{error:?}");
}

async fn a_server_that_says_nothing_is_given_up_in_time() {
    let trap = Trap::new();
    let time = Duration::from_millis(100);
    let connect = trap.connect().connect_timeout(time);
    let mut events = connect.events();
    let error = connect.await.unwrap_err();
    assert!(
        matches!(error, ConnectError::TimedOut { after, .. } if after == time),
        "{error:?}"
    );
    assert!(matches!(events.next().await, Some(ClientEvent::Connecting)));
    let last = events.next().await;
    assert!(
        matches!(last, Some(ClientEvent::Closed { reason: None })),
        "{last:?}"
    );
    assert!(events.next().await.is_none());
}

async fn a_server_that_trickles_its_verdict_is_given_up_in_time() {
    let trap = Trap::new();
    let time = Duration::from_millis(100);
    let connecting = Task::spawn(trap.connect().connect_timeout(time).into_future());
    let (stream, _) = trap.listener.accept().await.unwrap();
    let mut server = Raw(stream);
    server.message().await;
    let verdict = [prelude(2, 500_000), vec![0; 500_000]].concat();
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    for byte in verdict {
        ticks.tick().await;
        if !server.try_send([byte]).await {
            break;
        }
    }
    let error = connecting.join().await.unwrap_err();
    assert!(matches!(error, ConnectError::TimedOut { .. }), "{error:?}");
}

async fn a_refusal_of_a_later_version_is_told_with_its_number() {
    let trap = Trap::new();
    let error = trap.answer(refusal(999, 5, "not today")).await.unwrap_err();
    let ConnectError::Refused { reason, message } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*reason, RefusalReason::Other(999));
    assert_eq!(message, "not today");
    assert!(error.to_string().contains("999"), "{error}");
}

async fn the_text_of_a_refusal_is_cut() {
    let trap = Trap::new();
    let long = "ß".repeat(30_000);
    for (code, limit) in [(1, 1024), (13, 4096)] {
        let error = trap.answer(refusal(code, 5, &long)).await.unwrap_err();
        let text = match &error {
            ConnectError::Rejected(rejection) => &rejection.reason,
            ConnectError::Refused { message, .. } => message,
            other => panic!("{other:?}"),
        };
        assert_eq!(text.len(), limit);
    }
}

async fn a_goodbye_right_behind_the_welcome_is_heard() {
    let trap = Trap::new();
    let (connecting, mut server) = trap.caught().await;
    let goodbye = Frame::goodbye(1, "moving house").bytes();
    server
        .send([Admission::default().bytes(), goodbye].concat())
        .await;
    let client = connecting.join().await.unwrap();
    let reason = client.connection().closed().await;
    let ConnectionError::PeerClosed(close) = &reason else {
        panic!("{reason:?}");
    };
    assert!(close.shutting_down);
    assert_eq!(close.reason, "moving house");
    drop(server);
}
