//! The layouts, byte for byte. A change in here is a change of the protocol: old peers read the old bytes.

use std::sync::Arc;

use super::*;

/// `Calc` of [`service`].
const SERVICE: &str = "
    04 00  43 61 6c 63        # name: length, \"Calc\"
    03 00 00 00               # version
    01                        # hash kind: declared
    08 07 06 05 04 03 02 01   # schema
    02 00                     # methods
    a4 a3 a2 a1               #   id
    b8 b7 b6 b5 b4 b3 b2 b1   #   signature
    01 00 00 00               #   since
    03 00  61 64 64           #   name
    05 00 00 00               #   id
    06 00 00 00 00 00 00 00   #   signature
    02 00 00 00               #   since
    08 00  67 72 c3 b6 c3 9f 65 72   # name: length in bytes, UTF-8
";

/// `Log` of [`other_service`].
const OTHER_SERVICE: &str = "
    03 00  4c 6f 67           # name
    01 00 00 00               # version
    7f                        # hash kind: one of a later version
    09 00 00 00 00 00 00 00   # schema
    00 00                     # methods
";

const EXTENSIONS: &str = "
    02 00                     # extensions
    02 01                     #   tag
    00                        #   not critical
    03 00 00 00  78 79 7a     #   value: length, bytes
    00 80                     #   tag
    01                        #   critical
    00 00 00 00               #   value: none
";

fn message(kind: u8, body: &str) -> Vec<u8> {
    let body = hex(body);
    let mut message = hex("89 69 70 63 72 70 63 0a   # magic");
    message.push(kind);
    message.extend(hex("00 00 00   # reserved"));
    message.extend((body.len() as u32).to_le_bytes());
    message.extend(body);
    message
}

#[test]
fn a_prelude_has_the_documented_bytes() {
    let bytes = hex("
        89 69 70 63 72 70 63 0a   # magic: \\x89ipcrpc\\n
        01                        # kind: hello
        00 00 00                  # reserved
        04 03 02 01               # bytes that follow
    ");
    let prelude = Prelude::decode(bytes.first_chunk().unwrap()).unwrap();
    assert_eq!(
        prelude,
        Prelude {
            kind: PreludeKind::Hello,
            len: 0x0102_0304,
        }
    );
}

#[test]
fn a_prelude_names_its_message() {
    for (kind, expected) in [
        (1, PreludeKind::Hello),
        (2, PreludeKind::Welcome),
        (3, PreludeKind::Refusal),
    ] {
        let (prelude, _) = split_owned(message(kind, ""));
        assert_eq!(prelude.kind, expected);
    }
    for kind in [0, 4, 127, 128, 255] {
        let bytes = message(kind, "");
        let error = Prelude::decode(bytes.first_chunk().unwrap()).unwrap_err();
        assert!(error.problem.contains(&kind.to_string()), "{error:?}");
    }
}

fn split_owned(message: Vec<u8>) -> (Prelude, Vec<u8>) {
    let (prelude, body) = split(&message);
    (prelude, body.to_vec())
}

#[test]
fn the_reserved_bytes_of_a_prelude_are_a_later_versions() {
    let mut bytes = message(2, "");
    bytes[9..12].copy_from_slice(&[1, 2, 3]);
    assert!(Prelude::decode(bytes.first_chunk().unwrap()).is_ok());
}

#[test]
fn a_wrong_magic_is_told_with_what_was_found_escaped() {
    let error = Prelude::decode(b"HTTP/1.1 400 Bad").unwrap_err();
    assert!(error.problem.contains("HTTP/1.1"), "{error:?}");
    let error = Prelude::decode(b"\x1b[31m\n\0\x07\xff400 Bad").unwrap_err();
    assert!(error.problem.contains(r"\x1b[31m\n\x00\x07"), "{error:?}");
    assert!(!error.problem.contains('\x1b'), "{error:?}");
}

#[test]
fn a_hello_has_the_documented_bytes() {
    let bytes = message(
        1,
        &format!(
            "
            01 00                     # oldest version
            02 00                     # newest version
            02  01 02                 # codecs: count, numbers
            01                        # allow partial
            00 00 80 00               # frame limit
            00 04 00 00               # requests in flight
            07 00 00 00               # streams
            04 03 02 01               # items of a stream
            08 07 06 05               # bytes of a stream
            01 00                     # services it calls
            {SERVICE}
            01 00                     # services it serves
            {OTHER_SERVICE}
            01                        # auth payload: there is one
            02                        #   codec
            03 00 00 00  6b 65 79     #   length, bytes
            {EXTENSIONS}
            "
        ),
    );
    assert_eq!(hello().encode(), bytes);
    assert_eq!(Hello::decode(split(&bytes).1).unwrap(), hello());
}

#[test]
fn a_hello_with_nothing_in_it_has_the_documented_bytes() {
    let bytes = message(
        1,
        "
        01 00  01 00              # versions
        00                        # codecs
        00                        # allow partial
        00 00 00 00               # frame limit
        00 00 00 00               # requests in flight
        00 00 00 00               # streams
        00 00 00 00               # items of a stream
        00 00 00 00               # bytes of a stream
        00 00                     # services it calls
        00 00                     # services it serves
        00                        # no auth payload
        00 00                     # extensions
        ",
    );
    let empty = Hello {
        versions: VERSIONS,
        codecs: Vec::new(),
        allow_partial: false,
        limits: PeerLimits {
            max_frame_len: 0,
            max_in_flight: 0,
            max_streams: 0,
            stream_window: Credit::default(),
        },
        calls: Vec::new(),
        serves: Arc::default(),
        auth: None,
        peer_name: None,
        mode: Mode::Frames,
        offer: Offer::default(),
        extensions: Vec::new(),
    };
    assert_eq!(empty.encode(), bytes);
    assert_eq!(Hello::decode(split(&bytes).1).unwrap(), empty);
}

#[test]
fn a_welcome_has_the_documented_bytes() {
    let bytes = message(
        2,
        &format!(
            "
            88 77 66 55 44 33 22 11   # connection id
            01 00                     # version
            02                        # codec
            00 00 80 00               # frame limit
            00 04 00 00               # requests in flight
            00 00 00 00               # streams
            00 00 00 00               # items of a stream
            00 00 00 00               # bytes of a stream
            01 00                     # services it serves
            {SERVICE}
            01 00                     # services it calls
            {OTHER_SERVICE}
            {EXTENSIONS}
            "
        ),
    );
    assert_eq!(welcome().encode(), bytes);
    let (prelude, body) = split(&bytes);
    assert_eq!(
        Verdict::decode(prelude.kind, body).unwrap(),
        Verdict::Welcome(welcome())
    );
}

#[test]
fn a_refusal_has_the_documented_bytes() {
    let bytes = message(
        3,
        &format!(
            "
            0a 00                     # code: unknown extension
            00 80 00 00               # detail: its tag
            04 00  6e 65 69 6e        # text
            {EXTENSIONS}
            "
        ),
    );
    assert_eq!(refusal().encode(), bytes);
    let (prelude, body) = split(&bytes);
    assert_eq!(
        Verdict::decode(prelude.kind, body).unwrap(),
        Verdict::Refusal(refusal())
    );
}

#[test]
fn the_codes_of_a_refusal_keep_their_numbers() {
    let codes = [
        RefusalCode::Rejected,
        RefusalCode::PeerNotAllowed,
        RefusalCode::VersionMismatch,
        RefusalCode::NoCommonCodec,
        RefusalCode::UnknownService,
        RefusalCode::ServiceMismatch,
        RefusalCode::ServerFull,
        RefusalCode::HandshakeTimeout,
        RefusalCode::Malformed,
        RefusalCode::UnknownExtension,
        RefusalCode::BadAuthPayload,
        RefusalCode::ShuttingDown,
        RefusalCode::Internal,
        RefusalCode::NameTaken,
    ];
    for (number, code) in (1_u8..).zip(codes) {
        assert_eq!(split(&Refusal::new(code, "").encode()).1[0], number);
    }
}

#[test]
fn a_goodbye_has_the_documented_bytes() {
    let goodbye = Goodbye::new(GoodbyeCode::ProtocolViolation, "nö");
    let bytes = hex("
        02 00                     # code: protocol violation
        03 00  6e c3 b6           # text
    ");
    assert_eq!(goodbye.encode(), bytes);
    assert_eq!(Goodbye::decode(&bytes).unwrap(), goodbye);
    let codes = [
        GoodbyeCode::Closed,
        GoodbyeCode::ShuttingDown,
        GoodbyeCode::ProtocolViolation,
        GoodbyeCode::Overloaded,
    ];
    for (number, code) in (0_u8..).zip(codes) {
        assert_eq!(Goodbye::new(code, "").encode()[..2], [number, 0]);
    }
}

#[test]
fn a_call_failure_has_the_documented_bytes() {
    let failure = CallFailure {
        code: FailureCode::TooLarge,
        size: 0x0102_0304_0506_0708,
        limit: 0x10,
        text: "zu groß".to_owned(),
    };
    let bytes = hex("
        04 00                             # code: too large
        08 07 06 05 04 03 02 01           # size
        10 00 00 00 00 00 00 00           # limit
        08 00  7a 75 20 67 72 6f c3 9f    # text
    ");
    let mut encoded = Vec::new();
    failure.encode(&mut encoded);
    assert_eq!(encoded, bytes);
    assert_eq!(CallFailure::decode(&bytes).unwrap(), failure);
}

#[test]
fn the_codes_of_a_call_failure_keep_their_numbers() {
    let codes = [
        FailureCode::Unimplemented,
        FailureCode::Undecodable,
        FailureCode::Unencodable,
        FailureCode::TooLarge,
        FailureCode::Panicked,
        FailureCode::DeadlineExceeded,
        FailureCode::Cancelled,
        FailureCode::Overloaded,
        FailureCode::ShuttingDown,
        FailureCode::Refused,
        FailureCode::TooManyStreams,
    ];
    for (number, code) in (1_u8..).zip(codes) {
        let mut encoded = Vec::new();
        CallFailure::new(code, "").encode(&mut encoded);
        assert_eq!(encoded[..2], [number, 0]);
    }
}

#[test]
fn a_request_header_has_the_documented_bytes() {
    let header = Header {
        len: 0x0000_0140,
        kind: Kind::Request,
        flags: Flags::ONE_WAY.with(Flags::TRACE),
        lane: 0x0201,
        request: RequestId::new(0x0000_0005, 0x0000_0009),
        method: 0xA1A2_A3A4,
        side_len: 0x0000_0100,
        deadline: Some(Duration::from_millis(30_000)),
    };
    let bytes = hex("
        40 01 00 00               # bytes behind the header
        01                        # kind: request
        03                        # flags: one-way, trace
        01 02                     # lane
        05 00 00 00  09 00 00 00  # request id: slot, generation
        a4 a3 a2 a1               # method
        00 01 00 00               # of them side part
        80 c3 c9 01 00 00 00 00   # deadline, in microseconds
    ");
    assert_eq!(header.encode()[..], bytes[..]);
    assert_eq!(Header::decode(bytes.first_chunk().unwrap()), Ok(header));
}

#[test]
fn every_kind_of_header_has_the_documented_bytes() {
    for (number, kind, flags, flag_bits) in [
        (1, Kind::Request, Flags::NONE, 0),
        (1, Kind::Request, Flags::ONE_WAY, 1),
        (1, Kind::Request, Flags::TRACE, 2),
        (2, Kind::Response, Flags::NONE, 0),
        (2, Kind::Response, Flags::SERVICE_ERROR, 1),
        (2, Kind::Response, Flags::FAILURE, 2),
        (3, Kind::Cancel, Flags::NONE, 0),
        (4, Kind::Ping, Flags::NONE, 0),
        (5, Kind::Pong, Flags::NONE, 0),
        (6, Kind::Goodbye, Flags::NONE, 0),
        (7, Kind::ServicesChanged, Flags::NONE, 0),
        (128, Kind::Skippable(128), Flags::NONE, 0),
        (255, Kind::Skippable(255), Flags::NONE, 0),
    ] {
        let mut header = Header::new(kind, RequestId::new(1, 2));
        header.flags = flags;
        let mut bytes = hex("
            00 00 00 00               # bytes behind the header
            00 00                     # kind, flags
            00 00                     # lane
            01 00 00 00  02 00 00 00  # request id: slot, generation
            00 00 00 00               # method
            00 00 00 00               # of them side part
            00 00 00 00 00 00 00 00   # no deadline
        ");
        bytes[4] = number;
        bytes[5] = flag_bits;
        assert_eq!(header.encode()[..], bytes[..], "{kind:?}");
        assert_eq!(Header::decode(bytes.first_chunk().unwrap()), Ok(header));
    }
}

#[test]
fn a_trace_context_has_the_documented_bytes() {
    let trace = TraceContext {
        trace_id: 0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10,
        span_id: 0x2122_2324_2526_2728,
        sampled: true,
    };
    let bytes = hex("
        10 0f 0e 0d 0c 0b 0a 09 08 07 06 05 04 03 02 01   # trace id
        28 27 26 25 24 23 22 21                           # span id
        01                                                # sampled
        aa bb                                             # the body it stands in front of
    ");
    let mut encoded = Vec::new();
    trace.encode(&mut encoded);
    assert_eq!(encoded.len(), TraceContext::LEN);
    assert_eq!(encoded, bytes[..TraceContext::LEN]);
    assert_eq!(TraceContext::decode(&bytes), Ok((trace, &[0xaa, 0xbb][..])));
}
