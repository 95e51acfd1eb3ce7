//! Facts about every codec, and the bytes that peers rely on.

use std::{
    collections::BTreeMap,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned, ser};

use super::{Codec, CodecError, CodecErrorKind, CodecSide};

mod properties;

/// What a thread gets by default. Said outright, since the environment can change the default.
const DEFAULT_STACK: usize = 2 << 20;

const MIB: usize = 1 << 20;

pub(super) fn to_bytes<T: Serialize + ?Sized>(codec: Codec, value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    codec.encode(value, &mut out).expect("the value encodes");
    out
}

pub(super) fn encode_error<T: Serialize + ?Sized>(codec: Codec, value: &T) -> CodecErrorKind {
    let error = codec
        .encode(value, &mut Vec::new())
        .expect_err("the value is refused");
    assert_eq!((error.codec(), error.side()), (codec, CodecSide::Encode));
    error.kind().clone()
}

pub(super) fn decode_error<T: DeserializeOwned>(codec: Codec, bytes: &[u8]) -> CodecErrorKind {
    let Err(error) = codec.decode::<T>(bytes) else {
        panic!("the bytes are refused")
    };
    assert_eq!((error.codec(), error.side()), (codec, CodecSide::Decode));
    error.kind().clone()
}

pub(super) fn round_trip<T: Serialize + DeserializeOwned>(
    codec: Codec,
    value: &T,
) -> Result<T, CodecError> {
    codec.decode(&to_bytes(codec, value))
}

/// Runs `test` with the stack that a thread has by default.
pub(super) fn on_default_stack(test: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(DEFAULT_STACK).spawn(test);
    thread
        .expect("a thread starts")
        .join()
        .expect("the thread does not panic");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    x: i32,
    y: Option<u8>,
    label: String,
}

fn point() -> Point {
    Point {
        x: -3,
        y: Some(200),
        label: "hi".to_owned(),
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Meters(f64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Nothing,
    Circle(Meters),
    Rectangle(u16, u16),
    Named { name: String, inner: Box<Self> },
}

/// Some of everything that both codecs carry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    scalars: (bool, char, i8, i16, i64, u32, u64, f32),
    wide: (i128, u128),
    unit: (),
    unit_struct: Option<Unit>,
    shape: Shape,
    points: Vec<Point>,
    map: BTreeMap<u16, Vec<String>>,
    array: [u8; 3],
    bytes: bytes::Bytes,
    result: Result<u8, String>,
}

/// One level for each link, and one for the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Chain {
    End,
    Link(Box<Self>),
}

impl Chain {
    fn of(links: usize) -> Self {
        (0..links).fold(Self::End, |chain, _| Self::Link(Box::new(chain)))
    }

    /// Bytes of a chain that may be longer than any that encodes.
    fn bytes(codec: Codec, links: usize) -> Vec<u8> {
        match codec {
            Codec::Postcard => [vec![1; links], vec![0]].concat(),
            Codec::MessagePack => [b"\x81\xa4Link".repeat(links), b"\xa3End".to_vec()].concat(),
        }
    }
}

/// A linked list as people write it, heavy enough to need stack.
#[derive(Debug, Serialize, Deserialize)]
struct Node {
    names: [String; 8],
    numbers: [u64; 16],
    next: Option<Box<Self>>,
}

/// Nesting by sequences, and two levels each.
#[derive(Debug, Serialize, Deserialize)]
struct Tree(Vec<Self>);

/// Nesting without any byte of its own in MessagePack.
#[derive(Debug, Serialize, Deserialize)]
struct Onion(Option<Box<Self>>);

#[test]
fn small_struct_has_these_bytes_in_postcard() {
    let bytes = to_bytes(Codec::Postcard, &point());
    assert_eq!(bytes, [5, 1, 200, 2, b'h', b'i']);
}

#[test]
fn small_struct_has_these_bytes_in_message_pack() {
    let bytes = to_bytes(Codec::MessagePack, &point());
    assert_eq!(bytes, *b"\x83\xa1x\xfd\xa1y\xcc\xc8\xa5label\xa2hi");
}

#[test]
fn ids_are_those_of_the_handshake_and_lead_back() {
    assert_eq!(Codec::ALL.map(Codec::id), [1, 2]);
    for codec in Codec::ALL {
        assert_eq!(Codec::from_id(codec.id()), Some(codec));
    }
    assert_eq!([0, 3, u8::MAX].map(Codec::from_id), [None; 3]);
    assert_eq!(Codec::default(), Codec::Postcard);
}

#[test]
fn value_is_appended_after_what_was_there() {
    for codec in Codec::ALL {
        let mut out = b"before".to_vec();
        codec.encode(&point(), &mut out).unwrap();
        assert_eq!(
            out,
            [b"before".to_vec(), to_bytes(codec, &point())].concat()
        );
    }
}

#[test]
fn failed_encode_leaves_the_buffer_as_it_was() {
    for codec in Codec::ALL {
        let mut out = b"before".to_vec();
        codec
            .encode(&("written", Chain::of(200)), &mut out)
            .unwrap_err();
        assert_eq!(out, b"before");
    }
}

#[test]
fn panic_while_encoding_leaves_the_buffer_as_it_was() {
    struct Panics;
    impl Serialize for Panics {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("user code")
        }
    }
    for codec in Codec::ALL {
        let mut out = b"before".to_vec();
        let encode = AssertUnwindSafe(|| codec.encode(&("written", Panics), &mut out));
        catch_unwind(encode).unwrap_err();
        assert_eq!(out, b"before");
    }
}

#[test]
fn trailing_bytes_are_counted_and_refused() {
    for codec in Codec::ALL {
        for count in [1, 2, 300] {
            for filler in [0x00, 0x93, 0xc1, 0xdd] {
                let mut bytes = to_bytes(codec, &point());
                bytes.resize(bytes.len() + count, filler);
                let kind = decode_error::<Point>(codec, &bytes);
                assert_eq!(
                    kind,
                    CodecErrorKind::TrailingBytes { count },
                    "{codec} {filler:#x}"
                );
            }
        }
    }
}

#[test]
fn every_truncation_is_an_unexpected_end() {
    for codec in Codec::ALL {
        let bytes = to_bytes(codec, &point());
        for len in 0..bytes.len() {
            let kind = decode_error::<Point>(codec, &bytes[..len]);
            assert_eq!(kind, CodecErrorKind::UnexpectedEnd, "{codec} {len}");
        }
    }
}

#[test]
fn the_types_own_words_are_kept() {
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "u16")]
    struct Port;
    impl TryFrom<u16> for Port {
        type Error = &'static str;
        fn try_from(_: u16) -> Result<Self, Self::Error> {
            Err("port 0 is reserved")
        }
    }
    struct Refuses;
    impl Serialize for Refuses {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(ser::Error::custom("not today"))
        }
    }
    for codec in Codec::ALL {
        let error = codec.decode::<Port>(&to_bytes(codec, &0u16)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot decode from {codec}: port 0 is reserved")
        );
        let error = codec.encode(&Refuses, &mut Vec::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot encode as {codec}: not today")
        );
    }
}

#[test]
fn failing_display_is_an_error_and_no_panic() {
    struct Fails;
    impl fmt::Display for Fails {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }
    impl Serialize for Fails {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(self)
        }
    }
    for codec in Codec::ALL {
        let message = "a `Display` implementation failed".into();
        assert_eq!(
            encode_error(codec, &Fails),
            CodecErrorKind::Invalid { message }
        );
    }
}

#[test]
fn nesting_ends_at_the_same_level_for_all_codecs_and_sides() {
    let too_deep = CodecErrorKind::TooDeep { limit: 128 };
    for codec in Codec::ALL {
        assert_eq!(to_bytes(codec, &Chain::of(127)), Chain::bytes(codec, 127));
        assert_eq!(round_trip(codec, &Chain::of(127)).unwrap(), Chain::of(127));
        assert_eq!(encode_error(codec, &Chain::of(128)), too_deep);
        assert_eq!(
            decode_error::<Chain>(codec, &Chain::bytes(codec, 128)),
            too_deep
        );
    }
}

#[test]
fn levels_are_given_back_at_the_end_of_each_value() {
    for codec in Codec::ALL {
        let shallow = vec![(Some(point()), Shape::Rectangle(1, 2), Chain::of(100)); 1000];
        assert_eq!(round_trip(codec, &shallow).unwrap(), shallow);
    }
}

#[test]
fn mebibyte_of_nesting_is_an_error_on_a_default_stack() {
    fn assert_too_deep<T: DeserializeOwned>(codec: Codec, level: &[u8]) {
        let kind = decode_error::<T>(codec, &level.repeat(MIB / level.len()));
        assert_eq!(
            kind,
            CodecErrorKind::TooDeep { limit: 128 },
            "{codec} {level:?}"
        );
    }
    on_default_stack(|| {
        let postcard_node = [[0; 24].as_slice(), &[1]].concat();
        assert_too_deep::<Node>(Codec::Postcard, &postcard_node);
        assert_too_deep::<Tree>(Codec::Postcard, &[1]);
        assert_too_deep::<Onion>(Codec::Postcard, &[1]);
        assert_too_deep::<Chain>(Codec::Postcard, &[1]);

        assert_too_deep::<Node>(Codec::MessagePack, b"\x81\xa4next");
        assert_too_deep::<Tree>(Codec::MessagePack, b"\x91");
        assert_too_deep::<Onion>(Codec::MessagePack, b"\x01");
        assert_too_deep::<Chain>(Codec::MessagePack, b"\x81\xa4Link");
        assert_too_deep::<serde_json::Value>(Codec::MessagePack, b"\x91");
        assert_too_deep::<serde::de::IgnoredAny>(Codec::MessagePack, b"\x81\xa1k");
    });
}

#[test]
fn deepest_accepted_nesting_fits_a_default_stack() {
    on_default_stack(|| {
        let node = |next| Node {
            names: Default::default(),
            numbers: [u64::MAX; 16],
            next,
        };
        // A struct and an option each.
        let list = (0..63).fold(node(None), |list, _| node(Some(Box::new(list))));
        for codec in Codec::ALL {
            round_trip(codec, &list).unwrap();
        }
        for codec in Codec::ALL {
            round_trip(
                codec,
                &(0..63).fold(Tree(vec![]), |tree, _| Tree(vec![tree])),
            )
            .unwrap();
        }
    });
}
