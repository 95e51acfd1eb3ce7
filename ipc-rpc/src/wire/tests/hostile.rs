//! Bytes that no peer of ours sends: nothing panics, nothing is allocated on a peer's word alone.

use proptest::collection::vec;
use proptest::prelude::*;

use super::allocations::count;
use super::round_trips::{any_hello, any_welcome};
use super::*;

/// Every decoder of this module, for whatever stands behind a prelude or a header.
fn decode_all(bytes: &[u8]) {
    let _ = Hello::decode(bytes);
    for kind in [
        PreludeKind::Hello,
        PreludeKind::Welcome,
        PreludeKind::Refusal,
    ] {
        let _ = Verdict::decode(kind, bytes);
    }
    let _ = Goodbye::decode(bytes);
    let _ = CallFailure::decode(bytes);
    let _ = TraceContext::decode(bytes);
    let _ = StreamId::decode_all(bytes);
    let _ = StreamReason::decode(bytes);
    let _ = Credit::decode(bytes);
    let _ = take_packed(&mut &bytes[..]);
    if let Some(prelude) = bytes.first_chunk() {
        let _ = Prelude::decode(prelude);
    }
    if let Some(header) = bytes.first_chunk() {
        let _ = Header::decode(header);
    }
}

/// Decoders that `decode_all` calls, each of which may take this many bytes for each that is there; the
/// constant is for the texts of errors.
const MULTIPLE: usize = 4 * 32;
const ERROR_TEXTS: usize = 8 * 1024;

fn assert_frugal(bytes: &[u8]) {
    let ((), allocated) = count(|| decode_all(bytes));
    assert!(
        allocated <= MULTIPLE * bytes.len() + ERROR_TEXTS,
        "{allocated} bytes allocated for {}",
        bytes.len()
    );
}

/// A message, and how what stands behind its prelude is decoded.
type Sample = (&'static str, Vec<u8>, fn(&[u8]) -> Result<(), Malformed>);

fn samples() -> Vec<Sample> {
    let body = |message: Vec<u8>| split(&message).1.to_vec();
    let mut failure = Vec::new();
    CallFailure::new(FailureCode::Undecodable, "no").encode(&mut failure);
    let mut trace = Vec::new();
    let context = TraceContext {
        trace_id: 1,
        span_id: 2,
        sampled: false,
    };
    context.encode(&mut trace);
    let mut streams = Vec::new();
    StreamId::encode_all(&[StreamId::new(1, 2), StreamId::new(3, 4)], &mut streams);
    vec![
        ("hello", body(hello().encode()), |bytes| {
            Hello::decode(bytes).map(drop)
        }),
        ("welcome", body(welcome().encode()), |bytes| {
            Verdict::decode(PreludeKind::Welcome, bytes).map(drop)
        }),
        ("refusal", body(refusal().encode()), |bytes| {
            Verdict::decode(PreludeKind::Refusal, bytes).map(drop)
        }),
        (
            "goodbye",
            Goodbye::new(GoodbyeCode::Closed, "done").encode(),
            |bytes| Goodbye::decode(bytes).map(drop),
        ),
        ("call failure", failure, |bytes| {
            CallFailure::decode(bytes).map(drop)
        }),
        ("trace context", trace, |bytes| {
            TraceContext::decode(bytes).map(drop)
        }),
        ("streams of a message", streams, |bytes| {
            StreamId::decode_all(bytes).map(drop)
        }),
        (
            "reason of a stream",
            StreamReason::new(StreamCode::Aborted, "no").encode(),
            |bytes| StreamReason::decode(bytes).map(drop),
        ),
        (
            "credit",
            Credit { items: 1, bytes: 2 }.encode().to_vec(),
            |bytes| Credit::decode(bytes).map(drop),
        ),
    ]
}

#[test]
fn a_message_cut_short_anywhere_is_an_error_that_names_it() {
    for (name, bytes, decode) in samples() {
        assert_eq!(decode(&bytes), Ok(()), "{name}");
        for len in 0..bytes.len() {
            let error = decode(&bytes[..len]).expect_err("it was cut short");
            assert_eq!(error.what, name, "cut at {len}");
        }
    }
}

#[test]
fn bytes_behind_a_message_belong_to_a_later_version() {
    for (name, mut bytes, decode) in samples() {
        bytes.extend_from_slice(b"later");
        assert_eq!(decode(&bytes), Ok(()), "{name}");
    }
}

#[test]
fn counts_and_lengths_that_promise_more_than_is_there_cost_nothing() {
    for (name, bytes, decode) in samples() {
        for at in 0..bytes.len() {
            for width in [1, 2, 4] {
                let mut bytes = bytes.clone();
                let end = bytes.len().min(at + width);
                bytes[at..end].fill(0xff);
                let (_, allocated) = count(|| decode(&bytes));
                assert!(
                    allocated <= 32 * bytes.len() + 1024,
                    "{name} with {width} bytes of 0xff at {at}: {allocated} bytes allocated"
                );
            }
        }
    }
}

#[test]
fn an_auth_payload_is_there_or_not_and_nothing_else() {
    let mut without = hello();
    without.auth = None;
    without.extensions.clear();
    let mut body = split(&without.encode()).1.to_vec();
    let mark = body.len() - 3;
    assert_eq!(body[mark], 0);
    for value in 2..=255 {
        body[mark] = value;
        assert!(Hello::decode(&body).is_err(), "{value}");
    }
}

#[test]
fn a_text_that_is_no_utf8_is_an_error() {
    let mut body = Goodbye::new(GoodbyeCode::Closed, "abc").encode();
    *body.last_mut().unwrap() = 0xff;
    let error = Goodbye::decode(&body).unwrap_err();
    assert!(error.problem.contains("UTF-8"), "{error:?}");
}

#[test]
fn texts_are_cut_at_a_characters_border_on_both_sides() {
    let long = "ß".repeat(20_000);
    let goodbye = Goodbye::new(GoodbyeCode::Closed, format!("x{long}"));
    let sent = Goodbye::decode(&goodbye.encode()).unwrap().text;
    assert_eq!(sent.len(), 1023);
    assert!(goodbye.text.starts_with(&sent));

    let mut failure = Vec::new();
    CallFailure::new(FailureCode::Refused, long.clone()).encode(&mut failure);
    assert_eq!(CallFailure::decode(&failure).unwrap().text.len(), 1024);

    let refusal = Refusal::new(RefusalCode::Rejected, format!("x{long}")).encode();
    let (prelude, body) = split(&refusal);
    let Ok(Verdict::Refusal(refusal)) = Verdict::decode(prelude.kind, body) else {
        panic!("a refusal was expected");
    };
    assert_eq!(refusal.text.len(), 4095);

    // A peer that does not cut what it sends.
    let mut uncut = vec![0, 0];
    uncut.extend_from_slice(&40_000_u16.to_le_bytes());
    uncut.extend_from_slice(long.as_bytes());
    assert_eq!(Goodbye::decode(&uncut).unwrap().text.len(), 1024);
}

#[test]
fn a_name_too_long_for_its_length_is_cut_and_the_message_still_reads() {
    let mut long = hello();
    long.calls[0].name = "é".repeat(40_000).into();
    let decoded = Hello::decode(split(&long.encode()).1).unwrap();
    assert_eq!(decoded.calls[0].name.len(), 65_534);
    assert_eq!(decoded.extensions, long.extensions);
}

#[test]
fn unknown_kinds_from_128_on_are_skippable_and_those_below_are_not_known() {
    for number in 0..=255 {
        let mut bytes = Header::new(Kind::Ping, RequestId::new(0, 0)).encode();
        bytes[4] = number;
        match Header::decode(&bytes) {
            Ok(header) => {
                assert!(matches!(number, 1..=12 | 128..), "{number}");
                let skippable = matches!(header.kind, Kind::Skippable(kind) if kind == number);
                assert_eq!(skippable, number >= 128);
                assert_eq!(header.encode(), bytes);
            }
            Err(error) => {
                assert!(matches!(number, 0 | 13..=127), "{number}");
                assert!(error.problem.contains(&number.to_string()), "{error:?}");
            }
        }
    }
}

#[test]
fn unknown_flags_are_carried_and_do_not_hide_the_known() {
    let mut bytes = Header::new(Kind::Request, RequestId::new(0, 0)).encode();
    bytes[5] = 0xfe;
    let header = Header::decode(&bytes).unwrap();
    assert!(header.flags.has(Flags::TRACE));
    assert!(!header.flags.has(Flags::ONE_WAY));
    assert_eq!(header.encode(), bytes);
}

#[test]
fn a_side_part_longer_than_its_frame_is_an_error() {
    let mut header = Header::new(Kind::Request, RequestId::new(0, 0));
    header.len = 10;
    header.side_len = 10;
    assert!(Header::decode(&header.encode()).is_ok());
    header.side_len = 11;
    assert!(Header::decode(&header.encode()).is_err());
    header.side_len = u32::MAX;
    assert!(Header::decode(&header.encode()).is_err());
}

fn deadline_of(micros: u64) -> Option<Duration> {
    let mut bytes = Header::new(Kind::Request, RequestId::new(0, 0)).encode();
    bytes[24..].copy_from_slice(&micros.to_le_bytes());
    Header::decode(&bytes).unwrap().deadline
}

#[test]
fn a_peers_deadline_is_at_most_a_year() {
    let year = MAX_DEADLINE.as_micros() as u64;
    assert_eq!(deadline_of(0), None);
    assert_eq!(deadline_of(1), Some(Duration::from_micros(1)));
    assert_eq!(deadline_of(year - 1), Some(Duration::from_micros(year - 1)));
    for hostile in [year, year + 1, u64::MAX / 2, u64::MAX - 1, u64::MAX] {
        assert_eq!(deadline_of(hostile), Some(MAX_DEADLINE), "{hostile}");
    }
}

#[test]
fn a_deadline_is_sent_as_at_most_a_year_and_never_as_none() {
    let sent = |deadline| {
        let mut header = Header::new(Kind::Request, RequestId::new(0, 0));
        header.deadline = deadline;
        Header::decode(&header.encode()).unwrap().deadline
    };
    assert_eq!(sent(None), None);
    // What has passed already is sent as the shortest there is.
    assert_eq!(sent(Some(Duration::ZERO)), Some(Duration::from_micros(1)));
    assert_eq!(
        sent(Some(Duration::from_nanos(1))),
        Some(Duration::from_micros(1))
    );
    for long in [MAX_DEADLINE, MAX_DEADLINE * 2, Duration::MAX] {
        assert_eq!(sent(Some(long)), Some(MAX_DEADLINE));
    }
}

#[test]
fn an_auth_payload_is_not_shown() {
    let secret = AuthPayload {
        codec: 1,
        bytes: b"open sesame".to_vec(),
    };
    let mut hello = hello();
    hello.auth = Some(secret.clone());
    for shown in [format!("{secret:?}"), format!("{hello:#?}")] {
        assert!(shown.contains("AuthPayload"), "{shown}");
        assert!(!shown.contains("sesame"), "{shown}");
        assert!(!shown.contains("111"), "as numbers: {shown}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_a_decoder_or_make_it_allocate_more_than_they_are_worth(
        bytes in vec(any::<u8>(), 0..2048),
    ) {
        assert_frugal(&bytes);
    }

    /// Mostly right, which gets further than noise does.
    #[test]
    fn no_damaged_message_panics_a_decoder_or_makes_it_allocate_much(
        hello in any_hello(),
        welcome in any_welcome(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        for message in [hello.encode(), welcome.encode()] {
            let mut body = split(&message).1.to_vec();
            for (at, value) in &damage {
                let at = at.index(body.len());
                body[at] = *value;
            }
            assert_frugal(&body);
        }
    }
}
