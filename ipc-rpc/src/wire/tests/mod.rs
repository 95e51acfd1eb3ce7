//! The bytes themselves: fixtures that hold the layouts still, and bytes that nobody sane would send.

#[expect(unsafe_code, reason = "an allocator that counts is an unsafe trait")]
mod allocations;
mod fixtures;
mod hostile;
mod mode;
mod offer;
mod peer_name;
mod round_trips;
mod streams;

use std::time::Duration;

use super::hello::Extension;
use super::*;

/// The bytes of a fixture: hexadecimal, white space and, behind `#`, comments to the end of the line.
fn hex(fixture: &str) -> Vec<u8> {
    let digits: Vec<u8> = fixture
        .lines()
        .flat_map(|line| line.split('#').next().unwrap_or_default().chars())
        .filter(|digit| !digit.is_whitespace())
        .map(|digit| digit.to_digit(16).expect("hexadecimal digits only") as u8)
        .collect();
    assert!(digits.len().is_multiple_of(2), "half a byte at the end");
    digits
        .chunks_exact(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

/// The prelude of a message, and what follows it.
fn split(message: &[u8]) -> (Prelude, &[u8]) {
    let (prelude, body) = message.split_first_chunk().expect("a whole prelude");
    let prelude = Prelude::decode(prelude).expect("a prelude");
    assert_eq!(prelude.len as usize, body.len(), "the length is the body's");
    (prelude, body)
}

fn service() -> ServiceEntry {
    ServiceEntry {
        name: "Calc".into(),
        version: 3,
        hash_kind: HashKind::Declared,
        schema: 0x0102_0304_0506_0708,
        methods: vec![
            MethodEntry {
                id: 0xA1A2_A3A4,
                signature: 0xB1B2_B3B4_B5B6_B7B8,
                since: 1,
                name: "add".into(),
            },
            MethodEntry {
                id: 5,
                signature: 6,
                since: 2,
                name: "größer".into(),
            },
        ],
    }
}

fn other_service() -> ServiceEntry {
    ServiceEntry {
        name: "Log".into(),
        version: 1,
        hash_kind: HashKind::Other(0x7F),
        schema: 9,
        methods: Vec::new(),
    }
}

fn hello() -> Hello {
    Hello {
        versions: VersionRange {
            oldest: 1,
            newest: 2,
        },
        codecs: vec![1, 2],
        allow_partial: true,
        limits: PeerLimits {
            max_frame_len: 0x0080_0000,
            max_in_flight: 1024,
            max_streams: 7,
            stream_window: Credit {
                items: 0x0102_0304,
                bytes: 0x0506_0708,
            },
        },
        calls: vec![service()],
        serves: [other_service()].into(),
        auth: Some(AuthPayload {
            codec: 2,
            bytes: b"key".to_vec(),
        }),
        peer_name: None,
        mode: Mode::Frames,
        offer: Offer::default(),
        extensions: extensions(),
    }
}

fn extensions() -> Vec<Extension> {
    vec![
        Extension {
            tag: 0x0102,
            critical: false,
            value: b"xyz".to_vec(),
        },
        Extension {
            tag: 0x8000,
            critical: true,
            value: Vec::new(),
        },
    ]
}

fn welcome() -> Welcome {
    Welcome {
        connection: ConnectionId::new(0x1122_3344_5566_7788),
        version: 1,
        codec: 2,
        limits: PeerLimits {
            max_frame_len: 0x0080_0000,
            max_in_flight: 1024,
            max_streams: 0,
            stream_window: Credit::default(),
        },
        serves: [service()].into(),
        calls: vec![other_service()],
        offer: Offer::default(),
        extensions: extensions(),
    }
}

fn refusal() -> Refusal {
    Refusal {
        code: RefusalCode::UnknownExtension,
        detail: 0x8000,
        text: "nein".to_owned(),
        extensions: extensions(),
    }
}
