//! What a hello is answered with, and which welcomes a client takes.

use std::sync::Arc;

use crate::descriptor::{MethodDescriptor, ServiceDescriptor};
use crate::error::ProtocolError;
use crate::proto::entries;
use crate::proto::handshake::{Agreement, Terms, accept, admit, judge_protocol, judge_services};
use crate::wire::{
    ConnectionId, Credit, HashKind, Hello, Mode, Offer, PeerLimits, Refusal, RefusalCode,
    ServiceEntry, VERSIONS, Verdict, VersionRange, Welcome,
};

const LIMITS: PeerLimits = PeerLimits {
    max_frame_len: 4096,
    max_in_flight: 8,
    max_streams: 0,
    stream_window: Credit { items: 0, bytes: 0 },
};

const CALC: ServiceDescriptor = ServiceDescriptor::new(
    "Calc",
    2,
    "",
    &[
        MethodDescriptor::new("add", 1, 10, ""),
        MethodDescriptor::new("divide", 2, 20, ""),
        MethodDescriptor::new("note", 3, 30, ""),
    ],
);

/// The same service: `add` and `divide` differ, `note` is missing, `root` is new.
const LATER_CALC: ServiceDescriptor = ServiceDescriptor::new(
    "Calc",
    3,
    "",
    &[
        MethodDescriptor::new("add", 1, 11, ""),
        MethodDescriptor::new("divide", 2, 21, ""),
        MethodDescriptor::new("root", 4, 40, ""),
    ],
);

/// The same methods in another order.
const SHUFFLED_CALC: ServiceDescriptor = ServiceDescriptor::new(
    "Calc",
    2,
    "",
    &[
        MethodDescriptor::new("note", 3, 30, ""),
        MethodDescriptor::new("add", 1, 10, ""),
        MethodDescriptor::new("divide", 2, 20, ""),
    ],
);

/// Methods come and go, and none that both have differs.
const GROWN_CALC: ServiceDescriptor = ServiceDescriptor::new(
    "Calc",
    4,
    "",
    &[
        MethodDescriptor::new("add", 1, 10, ""),
        MethodDescriptor::new("root", 4, 40, ""),
    ],
);

const LOG: ServiceDescriptor = ServiceDescriptor::new("Log", 1, "", &[]);

fn terms(serves: &[ServiceDescriptor]) -> Terms {
    Terms {
        codecs: vec![1, 2],
        limits: LIMITS,
        serves: entries(serves).into(),
        calls: Vec::new(),
        allow_partial: false,
        offer: Arc::default(),
    }
}

pub(super) fn hello(calls: &[ServiceDescriptor]) -> Hello {
    Hello {
        versions: VERSIONS,
        codecs: vec![1, 2],
        allow_partial: false,
        limits: LIMITS,
        calls: entries(calls),
        serves: Arc::default(),
        auth: None,
        peer_name: None,
        mode: Mode::Frames,
        offer: Offer::default(),
        extensions: Vec::new(),
    }
}

/// A hello that came over the wire with one extension, marked critical or not.
fn hello_with_extension(critical: u8) -> Hello {
    let message = hello(&[CALC]).encode();
    let mut body = message[crate::wire::PRELUDE_LEN..].to_vec();
    body.truncate(body.len() - 2);
    body.extend_from_slice(&[1, 0, 0x34, 0x12, critical, 1, 0, 0, 0, 0xff]);
    Hello::decode(&body).unwrap()
}

fn refused(hello: &Hello, terms: &Terms) -> Refusal {
    judge_protocol(hello, terms).unwrap_err()
}

#[test]
fn versions_without_one_in_common_are_refused_naming_both() {
    let mut hello = hello(&[]);
    for (oldest, newest, text) in [
        (2, 2, "version 2,"),
        (7, 9, "version 7 to 9,"),
        (0, 0, "0,"),
    ] {
        hello.versions = VersionRange { oldest, newest };
        let refusal = refused(&hello, &terms(&[]));
        assert_eq!(refusal.code, RefusalCode::VersionMismatch);
        assert!(refusal.text.contains(text), "{refusal:?}");
        let ours = format!("the server {VERSIONS}");
        assert!(refusal.text.contains(&ours), "{refusal:?}");
    }
}

#[test]
fn the_newest_version_in_common_is_chosen() {
    for (oldest, newest) in [(0, 1), (1, 1), (1, u16::MAX), (0, u16::MAX)] {
        let mut hello = hello(&[CALC]);
        hello.versions = VersionRange { oldest, newest };
        let terms = terms(&[CALC]);
        let chosen = judge_protocol(&hello, &terms).unwrap();
        let (welcome, _) = admit(hello, &terms, ConnectionId::new(1), chosen);
        assert_eq!(welcome.version, VERSIONS.newest);
    }
}

#[test]
fn a_range_of_versions_turned_round_has_none_in_common() {
    let mut hello = hello(&[]);
    hello.versions = VersionRange {
        oldest: u16::MAX,
        newest: 0,
    };
    assert_eq!(
        refused(&hello, &terms(&[])).code,
        RefusalCode::VersionMismatch
    );
}

#[test]
fn the_clients_first_codec_that_the_server_takes_is_chosen() {
    let mut terms = terms(&[]);
    for (offered, taken, chosen) in [
        (&[1, 2][..], &[1, 2][..], Some(1)),
        (&[2, 1], &[1, 2], Some(2)),
        (&[200, 2, 1], &[1, 2], Some(2)),
        (&[1, 2], &[2], Some(2)),
        (&[1], &[2], None),
        (&[], &[1, 2], None),
    ] {
        terms.codecs = taken.to_vec();
        let mut hello = hello(&[]);
        hello.codecs = offered.to_vec();
        match (judge_protocol(&hello, &terms), chosen) {
            (Ok(chosen), Some(expected)) => assert_eq!(chosen.codec, expected),
            (Err(refusal), None) => {
                assert_eq!(refusal.code, RefusalCode::NoCommonCodec);
                assert!(
                    refusal.text.contains(&format!("{offered:?}")),
                    "{refusal:?}"
                );
                assert!(refusal.text.contains(&format!("{taken:?}")), "{refusal:?}");
            }
            (judged, _) => panic!("{offered:?} and {taken:?}: {judged:?}"),
        }
    }
}

#[test]
fn an_unknown_extension_is_refused_if_it_is_critical_and_ignored_if_not() {
    let refusal = refused(&hello_with_extension(1), &terms(&[CALC]));
    assert_eq!(refusal.code, RefusalCode::UnknownExtension);
    assert_eq!(refusal.detail, 0x1234);
    assert!(refusal.text.contains("4660"), "{refusal:?}");
    assert!(judge_protocol(&hello_with_extension(0), &terms(&[CALC])).is_ok());
}

#[test]
fn a_name_is_no_unknown_extension_and_spares_no_other() {
    let name = Some("worker".into());
    let mut named = hello(&[CALC]);
    named.peer_name.clone_from(&name);
    assert!(judge_protocol(&named, &terms(&[CALC])).is_ok());
    let mut named = hello_with_extension(1);
    named.peer_name = name;
    let refusal = refused(&named, &terms(&[CALC]));
    assert_eq!(refusal.code, RefusalCode::UnknownExtension);
    assert_eq!(refusal.detail, 0x1234);
}

#[test]
fn the_server_alone_learns_the_others_name() {
    let (welcome, server, terms) = agreed();
    assert_eq!(server.peer_name.as_deref(), Some("worker"));
    assert_eq!(accept(welcome, &terms).unwrap().peer_name, None);
}

#[test]
fn a_limit_of_nothing_in_a_hello_is_refused() {
    for (max_frame_len, max_in_flight, max_streams, items, bytes) in [
        (0, 1, 0, 0, 0),
        (1, 0, 0, 0, 0),
        (0, 0, 0, 0, 0),
        (1, 1, 1, 0, 1),
        (1, 1, 1, 1, 0),
    ] {
        let mut hello = hello(&[]);
        hello.limits = PeerLimits {
            max_frame_len,
            max_in_flight,
            max_streams,
            stream_window: Credit { items, bytes },
        };
        assert_eq!(refused(&hello, &terms(&[])).code, RefusalCode::Malformed);
    }
}

#[test]
fn equal_services_are_welcome_in_whatever_order_their_methods_stand() {
    let terms = terms(&[LOG, CALC]);
    for called in [&[CALC][..], &[SHUFFLED_CALC], &[CALC, LOG], &[]] {
        assert_eq!(judge_services(&hello(called), &terms), Ok(()));
    }
}

#[test]
fn methods_that_only_one_side_has_are_no_difference() {
    assert_eq!(
        judge_services(&hello(&[GROWN_CALC]), &terms(&[CALC])),
        Ok(())
    );
    assert_eq!(
        judge_services(&hello(&[CALC]), &terms(&[GROWN_CALC])),
        Ok(())
    );
}

#[test]
fn a_service_that_differs_is_refused_naming_methods_and_both_versions() {
    let refusal = judge_services(&hello(&[CALC]), &terms(&[LATER_CALC])).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::ServiceMismatch);
    for part in ["`Calc`", "`add`", "`divide`", "version 2", "version 3"] {
        assert!(refusal.text.contains(part), "{part}: {refusal:?}");
    }
    assert!(!refusal.text.contains("note"), "{refusal:?}");
    assert!(!refusal.text.contains("root"), "{refusal:?}");
}

#[test]
fn hashes_of_different_kinds_say_nothing_about_each_other() {
    let mut hello = hello(&[CALC]);
    hello.calls[0].hash_kind = HashKind::Other(9);
    assert_eq!(judge_services(&hello, &terms(&[LATER_CALC])), Ok(()));
}

#[test]
fn every_service_that_differs_is_named() {
    let other = |signature: u64| ServiceEntry {
        name: "Other".into(),
        schema: signature,
        ..entries(&[LATER_CALC]).remove(0)
    };
    let mut hello = hello(&[CALC]);
    hello.calls.push(other(1));
    hello.calls[1].methods[0].signature = 99;
    let mut terms = terms(&[LATER_CALC]);
    terms.serves = [entries(&[LATER_CALC]).remove(0), other(2)].into();
    let refusal = judge_services(&hello, &terms).unwrap_err();
    assert!(refusal.text.contains("`Calc`"), "{refusal:?}");
    assert!(refusal.text.contains("`Other`"), "{refusal:?}");
}

#[test]
fn a_service_that_is_not_served_is_refused_naming_those_that_are() {
    let refusal = judge_services(&hello(&[LOG]), &terms(&[CALC])).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::UnknownService);
    assert!(refusal.text.contains("`Log`"), "{refusal:?}");
    assert!(refusal.text.contains("`Calc`"), "{refusal:?}");
    let refusal = judge_services(&hello(&[LOG]), &terms(&[])).unwrap_err();
    assert!(refusal.text.contains("no service"), "{refusal:?}");
}

#[test]
fn either_side_can_let_services_differ() {
    for (client, server) in [(true, false), (false, true), (true, true)] {
        let mut hello = hello(&[CALC, LOG]);
        hello.allow_partial = client;
        let mut terms = terms(&[LATER_CALC]);
        terms.allow_partial = server;
        assert_eq!(judge_services(&hello, &terms), Ok(()));
    }
}

#[test]
fn names_from_a_client_are_escaped_in_texts() {
    let mut hello = hello(&[CALC]);
    hello.calls[0].name = "\x1b[2J\nroot".into();
    let refusal = judge_services(&hello, &terms(&[])).unwrap_err();
    assert!(!refusal.text.contains(['\x1b', '\n']), "{refusal:?}");

    hello.calls = entries(&[CALC]);
    hello.calls[0].methods[0].name = "\r\nadd".into();
    let refusal = judge_services(&hello, &terms(&[LATER_CALC])).unwrap_err();
    assert!(!refusal.text.contains(['\r', '\n']), "{refusal:?}");
}

#[test]
fn a_refusals_text_is_bounded_whatever_a_client_calls_its_services() {
    let mut hello = hello(&[CALC]);
    hello.calls[0].name = "\u{7f}".repeat(60_000).into();
    let refusal = judge_services(&hello, &terms(&[])).unwrap_err();
    assert!(refusal.text.len() <= 4096, "{} bytes", refusal.text.len());
}

fn agreed() -> (Welcome, Agreement, Terms) {
    let client = Terms {
        codecs: vec![2, 1],
        limits: PeerLimits {
            max_frame_len: 1,
            max_in_flight: 2,
            max_streams: 0,
            stream_window: Credit::default(),
        },
        serves: entries(&[LOG]).into(),
        calls: entries(&[CALC]),
        allow_partial: false,
        offer: Arc::default(),
    };
    let hello = Hello {
        codecs: client.codecs.clone(),
        limits: client.limits,
        serves: client.serves.clone(),
        peer_name: Some("worker".into()),
        ..hello(&[CALC])
    };
    let terms = terms(&[LOG, CALC]);
    let chosen = judge_protocol(&hello, &terms).unwrap();
    let (welcome, agreement) = admit(hello, &terms, ConnectionId::new(77), chosen);
    (welcome, agreement, client)
}

#[test]
fn both_sides_agree_on_the_same() {
    let (welcome, server, terms) = agreed();
    let bytes = welcome.encode();
    let (prelude, body) = bytes.split_first_chunk().unwrap();
    let prelude = crate::wire::Prelude::decode(prelude).unwrap();
    let Ok(Verdict::Welcome(welcome)) = Verdict::decode(prelude.kind, body) else {
        panic!("a welcome was expected");
    };
    let client = accept(welcome, &terms).unwrap();
    assert_eq!(client.connection, ConnectionId::new(77));
    assert_eq!(client.connection, server.connection);
    assert_eq!((client.codec, server.codec), (2, 2));
    assert_eq!(client.peer_limits, LIMITS);
    assert_eq!(server.peer_limits, terms.limits);
    assert_eq!(*client.peer_serves, entries(&[LOG, CALC]));
    assert_eq!(*server.peer_serves, entries(&[LOG]));
}

#[test]
fn a_welcome_that_chooses_what_was_not_offered_is_not_taken() {
    type Spoil = (&'static str, fn(&mut Welcome));
    let spoils: [Spoil; 6] = [
        ("protocol version 2", |welcome| welcome.version = 2),
        ("protocol version 0", |welcome| welcome.version = 0),
        ("codec 3", |welcome| welcome.codec = 3),
        ("codec 0", |welcome| welcome.codec = 0),
        ("limit of 0", |welcome| welcome.limits.max_frame_len = 0),
        ("limit of 0", |welcome| welcome.limits.max_in_flight = 0),
    ];
    for (found_text, spoil) in spoils {
        let (mut welcome, _, terms) = agreed();
        spoil(&mut welcome);
        let error = accept(welcome, &terms).unwrap_err();
        assert!(
            matches!(&error, ProtocolError::Unexpected { found, .. } if found.contains(found_text)),
            "{error}"
        );
    }
}

#[test]
fn a_welcome_with_a_critical_extension_is_not_taken_and_one_with_another_is() {
    for critical in [0, 1] {
        let (welcome, _, terms) = agreed();
        let mut bytes = welcome.encode();
        bytes.truncate(bytes.len() - 2);
        bytes.extend_from_slice(&[1, 0, 0x34, 0x12, critical, 0, 0, 0, 0]);
        let body = &bytes[crate::wire::PRELUDE_LEN..];
        let Ok(Verdict::Welcome(welcome)) =
            Verdict::decode(crate::wire::PreludeKind::Welcome, body)
        else {
            panic!("a welcome was expected");
        };
        assert_eq!(accept(welcome, &terms).is_err(), critical == 1);
    }
}

#[test]
fn a_clients_hello_is_no_verdict() {
    assert!(Verdict::decode(crate::wire::PreludeKind::Hello, &[]).is_err());
}

#[test]
fn an_entry_says_of_a_service_what_its_descriptor_does() {
    let [entry] = &entries(&[CALC])[..] else {
        panic!("one entry was expected");
    };
    assert_eq!((&*entry.name, entry.version), ("Calc", 2));
    assert_eq!(entry.schema, CALC.schema);
    assert_eq!(entry.schema, SHUFFLED_CALC.schema);
    assert_ne!(entry.schema, LATER_CALC.schema);
    let names: Vec<_> = entry.methods.iter().map(|m| &*m.name).collect();
    assert_eq!(names, ["add", "divide", "note"]);
    assert_eq!(entry.methods[1].signature, 20);
    assert_eq!(entry.methods[1].since, 1);
}
