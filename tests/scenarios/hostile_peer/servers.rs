//! Servers that do not keep to the protocol: whatever they send, a client gets an error and goes on.

use std::time::Duration;

use ipc_rpc::{
    CallError, ClientEvent, Connect, ConnectError, ConnectionError, ProtocolError, RefusalReason,
    context,
};
use support::{LabClient, Task};
use tokio::net::UnixListener;

use super::raw::{
    Admission, FAILURE, Frame, Offer, PING, PONG, REQUEST, RESPONSE, Raw, SocketFile, VIOLATION,
    message, prelude, refusal,
};
use super::raw_scenarios;

raw_scenarios! {
    a_verdict_that_is_none_is_an_error_of_the_protocol,
    a_welcome_to_what_was_not_offered_is_an_error_of_the_protocol,
    a_server_that_hangs_up_before_its_verdict_is_an_end,
    a_server_that_says_nothing_is_given_up_in_time,
    a_server_that_trickles_its_verdict_is_given_up_in_time,
    a_refusal_of_a_later_version_is_told_with_its_number,
    the_text_of_a_refusal_is_cut,
    a_goodbye_right_behind_the_welcome_is_heard,
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

/// A place where the test is the server.
struct Trap {
    socket: SocketFile,
    listener: UnixListener,
}

impl Trap {
    fn new() -> Self {
        let socket = SocketFile::new();
        let listener = socket.listen();
        Self { socket, listener }
    }

    fn connect(&self) -> Connect<LabClient> {
        Connect::new(self.socket.name())
    }

    /// A client that connects here, and the server's end of it behind the hello.
    async fn caught(&self) -> (Task<Result<LabClient, ConnectError>>, Raw) {
        let connecting = Task::spawn(self.connect().into_future());
        let (stream, _) = self.listener.accept().await.unwrap();
        let mut server = Raw(stream);
        let (kind, _) = server.message().await;
        assert_eq!(kind, 1, "a hello comes first");
        (connecting, server)
    }

    /// The same, admitted.
    async fn admitted(&self) -> (LabClient, Raw) {
        self.admitted_with(&Admission::default()).await
    }

    async fn admitted_with(&self, admission: &Admission) -> (LabClient, Raw) {
        let (connecting, mut server) = self.caught().await;
        server.send(admission.bytes()).await;
        (connecting.join().await.unwrap(), server)
    }

    /// What a client comes to that gets these bytes for its hello.
    async fn answer(&self, bytes: Vec<u8>) -> Result<LabClient, ConnectError> {
        let (connecting, mut server) = self.caught().await;
        server.try_send(bytes).await;
        let result = connecting.join().await;
        // Held until here: the client does not need the end of the stream to make up its mind.
        drop(server);
        result
    }
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
        matches!(error, ConnectError::TimedOut { after } if after == time),
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
