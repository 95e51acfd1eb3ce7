//! Whatever is written is read as it was.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn a_hello_comes_back_as_it_was(hello in any_hello()) {
        let message = hello.encode();
        let (prelude, body) = split(&message);
        prop_assert_eq!(prelude.kind, PreludeKind::Hello);
        prop_assert_eq!(Hello::decode(body).unwrap(), hello);
    }

    #[test]
    fn a_welcome_comes_back_as_it_was(welcome in any_welcome()) {
        let message = welcome.encode();
        let (prelude, body) = split(&message);
        prop_assert_eq!(Verdict::decode(prelude.kind, body).unwrap(), Verdict::Welcome(welcome));
    }

    #[test]
    fn a_refusal_comes_back_as_it_was_whatever_its_code(
        code in any::<u16>(),
        detail in any::<u32>(),
        text in "\\PC{0,100}",
        extensions in any_extensions(),
    ) {
        let mut body = code.to_le_bytes().to_vec();
        let mut refusal = Refusal::new(RefusalCode::Other(code), text).with_detail(detail);
        refusal.extensions = extensions;
        let message = refusal.encode();
        body.extend_from_slice(&split(&message).1[2..]);
        let Ok(Verdict::Refusal(decoded)) = Verdict::decode(PreludeKind::Refusal, &body) else {
            panic!("a refusal was expected");
        };
        prop_assert_eq!(decoded.encode(), message);
        prop_assert_eq!((decoded.detail, decoded.text), (refusal.detail, refusal.text));
        prop_assert_eq!(decoded.extensions, refusal.extensions);
    }

    #[test]
    fn goodbyes_and_failures_come_back_as_they_were_whatever_their_code(
        code in any::<u16>(),
        (size, limit) in any::<(u64, u64)>(),
        text in "\\PC{0,100}",
    ) {
        let goodbye = Goodbye::new(GoodbyeCode::Other(code), text.as_str()).encode();
        let decoded = Goodbye::decode(&goodbye).unwrap();
        prop_assert_eq!(decoded.encode(), goodbye);
        prop_assert_eq!(&decoded.text, &text);

        let mut failure = Vec::new();
        CallFailure { code: FailureCode::Other(code), size, limit, text }.encode(&mut failure);
        let mut again = Vec::new();
        CallFailure::decode(&failure).unwrap().encode(&mut again);
        prop_assert_eq!(again, failure);
    }

    #[test]
    fn a_header_that_reads_is_written_as_it_was(mut bytes in any::<[u8; HEADER_LEN]>()) {
        bytes[28..].fill(0); // A deadline within a year: beyond it is moved nearer.
        if let Ok(header) = Header::decode(&bytes) {
            prop_assert_eq!(header.encode(), bytes);
        }
    }

    #[test]
    fn a_trace_context_comes_back_as_it_was(
        trace_id in any::<u128>(),
        span_id in any::<u64>(),
        sampled in any::<bool>(),
    ) {
        let trace = TraceContext { trace_id, span_id, sampled };
        let mut bytes = Vec::new();
        trace.encode(&mut bytes);
        prop_assert_eq!(TraceContext::decode(&bytes), Ok((trace, &[][..])));
    }

    #[test]
    fn versions_in_common_are_in_both_ranges(
        (a, b, c, d) in (0..6_u16, 0..6_u16, 0..6_u16, 0..6_u16),
    ) {
        let (ours, theirs) = (
            VersionRange { oldest: a, newest: b },
            VersionRange { oldest: c, newest: d },
        );
        let shared = (0..6).filter(|v| (a..=b).contains(v) && (c..=d).contains(v)).max();
        prop_assert_eq!(ours.common(theirs), shared);
        prop_assert_eq!(theirs.common(ours), shared);
    }
}

fn any_method() -> impl Strategy<Value = MethodEntry> {
    (any::<u32>(), any::<u64>(), any::<u32>(), any::<String>()).prop_map(
        |(id, signature, since, name)| MethodEntry {
            id,
            signature,
            since,
            name: name.into(),
        },
    )
}

fn any_services() -> impl Strategy<Value = Vec<ServiceEntry>> {
    let service = (
        any::<String>(),
        any::<u32>(),
        any::<u8>(),
        any::<u64>(),
        vec(any_method(), 0..4),
    );
    let service = service.prop_map(|(name, version, kind, schema, methods)| ServiceEntry {
        name: name.into(),
        version,
        hash_kind: match kind {
            1 => HashKind::Declared,
            kind => HashKind::Other(kind),
        },
        schema,
        methods,
    });
    vec(service, 0..4)
}

/// None of those that a hello knows.
fn any_extensions() -> impl Strategy<Value = Vec<Extension>> {
    let unknown = any::<u16>().prop_filter("a known tag", |tag| !(1..=4).contains(tag));
    let extension = (unknown, any::<bool>(), vec(any::<u8>(), 0..40));
    let extension = extension.prop_map(|(tag, critical, value)| Extension {
        tag,
        critical,
        value,
    });
    vec(extension, 0..4)
}

fn any_offer() -> impl Strategy<Value = Offer> {
    let versions = (".{0,20}", any::<(u32, u32)>());
    let versions = versions.prop_map(|(service, (oldest, newest))| ServiceVersions {
        service: service.into(),
        oldest,
        newest,
    });
    let offer = (vec(versions, 0..4), vec("\\PC{1,40}", 0..4));
    offer.prop_map(|(versions, features)| Offer {
        versions,
        features: features.into_iter().map(Into::into).collect(),
    })
}

fn any_limits() -> impl Strategy<Value = PeerLimits> {
    any::<(u32, u32, u32, u32, u32)>().prop_map(
        |(max_frame_len, max_in_flight, max_streams, items, bytes)| PeerLimits {
            max_frame_len,
            max_in_flight,
            max_streams,
            stream_window: Credit { items, bytes },
        },
    )
}

prop_compose! {
    pub(super) fn any_hello()(
        (oldest, newest, allow_partial) in any::<(u16, u16, bool)>(),
        codecs in vec(any::<u8>(), 0..20),
        limits in any_limits(),
        (calls, serves) in (any_services(), any_services()),
        auth in proptest::option::of((any::<u8>(), vec(any::<u8>(), 0..60))),
        peer_name in proptest::option::of("\\PC{1,60}"),
        offer in any_offer(),
        extensions in any_extensions(),
    ) -> Hello {
        Hello {
            versions: VersionRange { oldest, newest },
            codecs,
            allow_partial,
            limits,
            calls,
            serves: serves.into(),
            auth: auth.map(|(codec, bytes)| AuthPayload { codec, bytes }),
            peer_name: peer_name.map(Into::into),
            mode: Mode::Frames,
            offer,
            extensions,
        }
    }
}

prop_compose! {
    pub(super) fn any_welcome()(
        (connection, version, codec) in any::<(u64, u16, u8)>(),
        limits in any_limits(),
        (calls, serves) in (any_services(), any_services()),
        offer in any_offer(),
        extensions in any_extensions(),
    ) -> Welcome {
        Welcome {
            connection: ConnectionId::new(connection),
            version,
            codec,
            limits,
            serves: serves.into(),
            calls,
            offer,
            extensions,
        }
    }
}
