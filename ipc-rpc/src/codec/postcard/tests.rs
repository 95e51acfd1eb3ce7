//! What postcard refuses, and in which words.

use std::collections::{BTreeMap, HashSet};

use serde::{
    Deserialize, Serialize, Serializer,
    de::{Deserializer, IgnoredAny, SeqAccess, Visitor},
};

use crate::codec::{
    Codec::Postcard,
    CodecErrorKind,
    tests::{decode_error, encode_error, round_trip, to_bytes},
};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Text(String),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum InternallyTagged {
    Circle { radius: u32 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "content")]
enum AdjacentlyTagged {
    Circle { radius: u32 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flattened {
    id: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Skipping {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<u8>,
    second: u8,
}

#[test]
fn types_that_ask_the_bytes_are_told_to_use_message_pack() {
    let untagged = to_bytes(Postcard, &Untagged::Number(1));
    let internal = to_bytes(Postcard, &InternallyTagged::Circle { radius: 1 });
    let adjacent = to_bytes(Postcard, &AdjacentlyTagged::Circle { radius: 1 });
    let value = to_bytes(Postcard, &serde_json::json!([1, "two"]));
    for kind in [
        decode_error::<Untagged>(Postcard, &untagged),
        decode_error::<InternallyTagged>(Postcard, &internal),
        decode_error::<AdjacentlyTagged>(Postcard, &adjacent),
        decode_error::<serde_json::Value>(Postcard, &value),
        decode_error::<IgnoredAny>(Postcard, &value),
    ] {
        assert_eq!(kind, CodecErrorKind::NotSelfDescribing);
    }
    assert_eq!(
        Postcard
            .decode::<Untagged>(&untagged)
            .unwrap_err()
            .to_string(),
        "cannot decode from postcard: the type asks the bytes what comes next, but postcard is not \
         self-describing: it cannot carry untagged, internally or adjacently tagged, or flattened \
         types, nor `serde_json::Value`; choose `Codec::MessagePack` with `.codec(..)`"
    );
}

#[test]
fn flattened_struct_is_refused_on_both_sides() {
    let flattened = Flattened {
        id: 1,
        rest: BTreeMap::new(),
    };
    assert_eq!(
        encode_error(Postcard, &flattened),
        CodecErrorKind::UnknownLength
    );
    assert_eq!(
        Postcard
            .encode(&flattened, &mut Vec::new())
            .unwrap_err()
            .to_string(),
        "cannot encode as postcard: a sequence or map does not know its length in advance, as with \
         `#[serde(flatten)]`, and postcard writes the length first; collect it before, or choose \
         `Codec::MessagePack` with `.codec(..)`"
    );
    assert!(matches!(
        decode_error::<Flattened>(Postcard, &[1, 1, b'i', 1]),
        CodecErrorKind::NotSelfDescribing
    ));
}

#[test]
fn skipped_field_is_refused_and_named() {
    let kept = Skipping {
        first: Some(1),
        second: 2,
    };
    assert_eq!(round_trip(Postcard, &kept).unwrap(), kept);
    let skipped = Skipping {
        first: None,
        second: 2,
    };
    let error = Postcard.encode(&skipped, &mut Vec::new()).unwrap_err();
    assert_eq!(
        error.kind(),
        &CodecErrorKind::SkippedField { field: "first" }
    );
    assert!(error.is_unsupported());
    assert_eq!(
        error.to_string(),
        "cannot encode as postcard: field `first` was left out by `skip_serializing_if`, but \
         postcard tells fields by their order alone; remove the attribute, or choose \
         `Codec::MessagePack` with `.codec(..)`"
    );
}

/// Not wanted, but serde tells nobody. The docs of `Codec` warn of it.
#[test]
fn skipped_field_of_a_tuple_struct_goes_unnoticed() {
    #[derive(Serialize)]
    struct Pair(
        #[serde(skip_serializing_if = "Option::is_none")] Option<u8>,
        u8,
    );
    assert_eq!(to_bytes(Postcard, &Pair(None, 7)), [7]);
}

#[test]
fn nested_options_and_wide_integers_are_carried() {
    for value in [None, Some(None), Some(Some(3))] {
        assert_eq!(
            round_trip::<Option<Option<u8>>>(Postcard, &value).unwrap(),
            value
        );
    }
    assert_eq!(round_trip(Postcard, &Some(())).unwrap(), Some(()));
    assert_eq!(
        round_trip(Postcard, &(u128::MAX, i128::MIN)).unwrap(),
        (u128::MAX, i128::MIN)
    );
}

#[test]
fn added_field_is_an_error_in_either_direction() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Old {
        id: u8,
    }
    #[derive(Debug, Serialize, Deserialize)]
    struct New {
        id: u8,
        #[serde(default)]
        name: Option<String>,
    }
    let old = to_bytes(Postcard, &Old { id: 1 });
    assert_eq!(
        decode_error::<New>(Postcard, &old),
        CodecErrorKind::UnexpectedEnd
    );
    let new = to_bytes(Postcard, &New { id: 1, name: None });
    assert_eq!(
        decode_error::<Old>(Postcard, &new),
        CodecErrorKind::TrailingBytes { count: 1 }
    );
}

#[test]
fn integers_may_be_widened_from_sixteen_bits_up() {
    let narrow = to_bytes(Postcard, &(u16::MAX, i16::MIN, u32::MAX));
    let wide = (
        u64::from(u16::MAX),
        i64::from(i16::MIN),
        u128::from(u32::MAX),
    );
    assert_eq!(Postcard.decode(&narrow), Ok(wide));
    // 200 is one byte as `u8`, and half an integer otherwise.
    assert_eq!(
        decode_error::<u16>(Postcard, &[200]),
        CodecErrorKind::UnexpectedEnd
    );
}

#[test]
fn unknown_variant_is_named() {
    #[derive(Debug, Deserialize)]
    enum Answer {
        Yes,
        No,
    }
    let error = Postcard.decode::<Answer>(&[2]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot decode from postcard: invalid value: integer `2`, expected variant index 0 <= i < 2"
    );
    assert!(matches!(Postcard.decode(&[0]), Ok(Answer::Yes)));
    assert!(matches!(Postcard.decode(&[1]), Ok(Answer::No)));
}

#[test]
fn length_that_no_honest_message_has_is_refused_at_once() {
    let bytes = to_bytes(Postcard, &(1u64 << 60));
    let refused = CodecErrorKind::TooManyElements {
        elements: 1 << 60,
        limit: 65_536 + bytes.len(),
    };
    assert_eq!(decode_error::<Vec<()>>(Postcard, &bytes), refused);
    assert_eq!(decode_error::<Vec<String>>(Postcard, &bytes), refused);
    assert_eq!(decode_error::<HashSet<()>>(Postcard, &bytes), refused);
    assert_eq!(decode_error::<BTreeMap<(), ()>>(Postcard, &bytes), refused);
}

#[test]
fn elements_without_bytes_are_budgeted_for_the_whole_message() {
    let half = vec![(); 32_768];
    assert_eq!(
        round_trip(Postcard, &(half.clone(), half)).unwrap().1.len(),
        32_768
    );

    // Each sequence alone is within the limit, both together are not.
    let length = to_bytes(Postcard, &40_000u64);
    let refused = CodecErrorKind::TooManyElements {
        elements: 80_000,
        limit: 65_536 + 6,
    };
    let bytes = length.repeat(2);
    assert_eq!(
        decode_error::<(Vec<()>, Vec<()>)>(Postcard, &bytes),
        refused
    );
    let value = (vec![(); 40_000], vec![(); 40_000]);
    assert_eq!(encode_error(Postcard, &value), refused);
}

#[test]
fn elements_with_bytes_are_never_too_many() {
    let value = vec![vec![1u8; 100]; 3_000];
    assert_eq!(round_trip(Postcard, &value).unwrap(), value);
}

#[test]
fn elements_left_unread_are_an_error() {
    #[derive(Debug)]
    struct First;
    impl<'de> Deserialize<'de> for First {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct TakesOne;
            impl<'de> Visitor<'de> for TakesOne {
                type Value = First;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("a sequence")
                }
                fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<First, A::Error> {
                    seq.next_element::<u8>().map(|_| First)
                }
            }
            deserializer.deserialize_seq(TakesOne)
        }
    }
    let message = "the type left 2 elements unread".into();
    assert_eq!(
        decode_error::<First>(Postcard, &[3, 1, 2, 3]),
        CodecErrorKind::Invalid { message }
    );
}

#[test]
fn sequence_of_unknown_length_is_refused() {
    struct Evens;
    impl Serialize for Evens {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq((0..10).filter(|n| n % 2 == 0))
        }
    }
    assert_eq!(
        encode_error(Postcard, &Evens),
        CodecErrorKind::UnknownLength
    );
}

#[test]
fn malformed_scalars_are_told_apart() {
    fn message<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> String {
        decode_error::<T>(Postcard, bytes).to_string()
    }
    assert_eq!(message::<bool>(&[2]), "a bool is neither 0 nor 1");
    assert_eq!(
        message::<Option<u8>>(&[2]),
        "the tag of an option is neither 0 nor 1"
    );
    assert_eq!(
        message::<u16>(&[0xff; 3]),
        "an integer is too large for its type"
    );
    assert_eq!(message::<String>(&[1, 0xff]), "a string is not UTF-8");
    assert_eq!(
        message::<char>(&[1, 0xff]),
        "a char is not one Unicode scalar value"
    );
}
