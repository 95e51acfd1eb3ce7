//! What a server says behind its welcome.

use std::time::Duration;

use ipc_rpc::{CallError, ConnectionError, context};
use support::{LabClient, Task};

use super::super::raw::{Admission, FAILURE, Frame, PING, PONG, REQUEST, RESPONSE, Raw, VIOLATION};
use super::super::raw_scenarios;
use super::Trap;

raw_scenarios! {
    a_broken_frame_fails_pending_calls_and_both_sides_know_why,
    a_response_of_another_shape_fails_its_call_alone,
    a_failure_that_is_none_fails_its_call_alone,
    a_failure_of_a_later_version_is_told_with_its_number,
    responses_that_answer_nothing_are_dropped,
    a_pong_with_other_bytes_fails_its_ping_alone,
    a_request_to_a_client_that_serves_nothing_is_answered,
    limits_without_bounds_are_taken_at_their_word,
    a_service_that_the_welcome_lacks_is_not_called,
    a_server_that_never_reads_holds_up_no_call_beyond_its_deadline,
}

/// A call of `add` that waits for its answer, and the request as the server got it.
async fn adding(client: &LabClient, server: &mut Raw) -> (Task<Result<i64, CallError>>, Frame) {
    let client = client.clone();
    let call = Task::spawn(async move { client.add(context::current(), 2, 3).await });
    let request = server.frame().await.expect("a request");
    assert_eq!(request.kind, REQUEST);
    (call, request)
}

async fn assert_alive(client: &LabClient, server: &mut Raw) {
    let (call, request) = adding(client, server).await;
    server.send_frame(&request.answer(0, [10])).await;
    assert_eq!(call.join().await.unwrap(), 5);
}

async fn a_broken_frame_fails_pending_calls_and_both_sides_know_why() {
    let trap = Trap::new();
    let oversize = Frame::new(RESPONSE, 0, 0).header(u32::MAX);
    for garbage in [vec![0xff; 64], Frame::new(50, 0, 0).bytes(), oversize] {
        let (client, mut server) = trap.admitted().await;
        let (call, _) = adding(&client, &mut server).await;
        server.send(garbage).await;
        assert_eq!(server.expect_goodbye(VIOLATION).await, []);
        drop(server);
        let error = call.join().await.unwrap_err();
        assert!(
            matches!(
                error,
                CallError::Connection {
                    source: ConnectionError::Protocol(_),
                    sent: true
                }
            ),
            "{error:?}"
        );
        let reason = client.connection().closed().await;
        assert!(matches!(reason, ConnectionError::Protocol(_)), "{reason:?}");
        let late = client.add(context::current(), 2, 3).await.unwrap_err();
        assert!(late.is_closed(), "{late:?}");
    }
}

async fn a_response_of_another_shape_fails_its_call_alone() {
    let trap = Trap::new();
    let (client, mut server) = trap.admitted().await;
    let side_part = |request: &Frame| Frame {
        side_len: 3,
        ..request.answer(0, [10, 1, 2, 3])
    };
    let shapes: [fn(&Frame) -> Frame; 4] = [
        |request| request.answer(0, []),
        |request| request.answer(0, [10, 10]),
        |request| request.answer(0, [0xff; 40]),
        |request| request.answer(1, [10]),
    ];
    for shape in shapes.into_iter().chain([side_part as fn(&Frame) -> Frame]) {
        let (call, request) = adding(&client, &mut server).await;
        server.send_frame(&shape(&request)).await;
        let error = call.join().await.unwrap_err();
        assert!(
            matches!(error, CallError::Decode(_) | CallError::Protocol(_)),
            "{error:?}"
        );
        assert_alive(&client, &mut server).await;
    }
}

async fn a_failure_that_is_none_fails_its_call_alone() {
    let trap = Trap::new();
    let (client, mut server) = trap.admitted().await;
    for body in [&[][..], &[1, 0], &[0xff; 19], &[0xff; 30]] {
        let (call, request) = adding(&client, &mut server).await;
        server.send_frame(&request.answer(FAILURE, body)).await;
        let error = call.join().await.unwrap_err();
        assert!(matches!(error, CallError::Protocol(_)), "{error:?}");
        assert_alive(&client, &mut server).await;
    }
}

async fn a_failure_of_a_later_version_is_told_with_its_number() {
    let trap = Trap::new();
    let (client, mut server) = trap.admitted().await;
    let (call, request) = adding(&client, &mut server).await;
    let mut body = 777_u16.to_le_bytes().to_vec();
    body.extend([0; 16]);
    body.extend([3, 0, b'n', b'e', b'w']);
    server.send_frame(&request.answer(FAILURE, body)).await;
    let error = call.join().await.unwrap_err();
    assert!(
        matches!(&error, CallError::Failed { code: 777, message } if message == "new"),
        "{error:?}"
    );
    assert_alive(&client, &mut server).await;
}

async fn responses_that_answer_nothing_are_dropped() {
    let trap = Trap::new();
    let (client, mut server) = trap.admitted().await;
    let (call, request) = adding(&client, &mut server).await;
    for (slot, generation) in [
        (request.slot, request.generation.wrapping_add(1)),
        (request.slot + 1, request.generation),
        (u32::MAX, u32::MAX),
    ] {
        let foreign = Frame {
            body: vec![99],
            ..Frame::new(RESPONSE, slot, generation)
        };
        server.send_frame(&foreign).await;
    }
    server.send_frame(&Frame::new(PONG, 0, 0)).await;
    // Twice: the first counts, and the next call in this slot is not answered by the second.
    let twice = request.answer(0, [10]).bytes().repeat(2);
    server.send(twice).await;
    assert_eq!(call.join().await.unwrap(), 5);
    let (call, next) = adding(&client, &mut server).await;
    server.send(request.answer(0, [80]).bytes()).await;
    server.send(next.answer(0, [12]).bytes()).await;
    assert_eq!(call.join().await.unwrap(), 6);
}

async fn a_pong_with_other_bytes_fails_its_ping_alone() {
    let trap = Trap::new();
    let (client, mut server) = trap.admitted().await;
    let connection = client.connection().clone();
    let pinging = Task::spawn(async move { connection.ping_with(b"marco").await });
    let ping = server.frame().await.unwrap();
    assert_eq!((ping.kind, &ping.body[..]), (PING, &b"marco"[..]));
    let pong = Frame {
        kind: PONG,
        body: b"polo".to_vec(),
        ..ping
    };
    server.send_frame(&pong).await;
    let error = pinging.join().await.unwrap_err();
    assert!(matches!(error, CallError::Protocol(_)), "{error:?}");
    assert_alive(&client, &mut server).await;
}

async fn a_request_to_a_client_that_serves_nothing_is_answered() {
    let trap = Trap::new();
    let (client, mut server) = trap.admitted().await;
    let answer = server.call(&Frame::call(0, "hang", [1])).await;
    assert_eq!(answer.code(), 1);
    assert_alive(&client, &mut server).await;
}

async fn limits_without_bounds_are_taken_at_their_word() {
    let trap = Trap::new();
    let (client, mut server) = trap
        .admitted_with(&Admission {
            max_frame_len: u32::MAX,
            max_in_flight: u32::MAX,
            ..Admission::default()
        })
        .await;
    assert_alive(&client, &mut server).await;
    // And tight ones are kept to: nothing above them is sent.
    let (client, mut server) = trap
        .admitted_with(&Admission {
            max_frame_len: 1,
            max_in_flight: 1,
            ..Admission::default()
        })
        .await;
    let error = client.add(context::current(), 2, 3).await.unwrap_err();
    assert!(matches!(error, CallError::TooLarge { .. }), "{error:?}");
    let error = client.connection().ping_with(b"xx").await.unwrap_err();
    assert!(matches!(error, CallError::TooLarge { .. }), "{error:?}");
    client.connection().abort();
    assert_eq!(server.drain().await, 0);
}

async fn a_service_that_the_welcome_lacks_is_not_called() {
    let trap = Trap::new();
    let (client, mut server) = trap
        .admitted_with(&Admission {
            serves_lab: false,
            ..Admission::default()
        })
        .await;
    let error = client.add(context::current(), 2, 3).await.unwrap_err();
    assert!(
        matches!(error, CallError::Unimplemented { .. }),
        "{error:?}"
    );
    client.connection().abort();
    assert_eq!(server.drain().await, 0);
}

async fn a_server_that_never_reads_holds_up_no_call_beyond_its_deadline() {
    let mut config = ipc_rpc::Config::default();
    config.max_outbound_len = 64 * 1024;
    config.ping_timeout = Duration::from_millis(50);
    let trap = Trap::new();
    let connecting = Task::spawn(trap.connect().config(config).into_future());
    let (stream, _) = trap.listener.accept().await.unwrap();
    let mut server = Raw(stream);
    server.message().await;
    server.send(Admission::default().bytes()).await;
    let client = connecting.join().await.unwrap();
    for _ in 0..20 {
        let call = client.measure(
            context::with_timeout(Duration::from_millis(20)),
            vec![7; 1024 * 1024],
        );
        let error = call.await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
    }
    let error = client.connection().ping().await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    drop(server);
    let reason = client.connection().closed().await;
    assert!(
        matches!(reason, ConnectionError::PeerVanished),
        "{reason:?}"
    );
}
