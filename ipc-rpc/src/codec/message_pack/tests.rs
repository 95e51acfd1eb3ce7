//! What MessagePack carries beyond postcard, and what it loses.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use serde::{
    Deserialize, Serialize,
    de::{Deserializer, SeqAccess, Visitor},
};

use crate::codec::{
    Codec::MessagePack,
    CodecErrorKind,
    tests::{decode_error, round_trip, to_bytes},
};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Text(String),
    Wide(u128),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum InternallyTagged {
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

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Old {
    id: u8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct New {
    #[serde(default)]
    name: Option<String>,
    id: u8,
}

#[test]
fn types_that_ask_the_bytes_are_carried() {
    let text = Untagged::Text("three".to_owned());
    assert_eq!(round_trip(MessagePack, &text).unwrap(), text);
    let circle = InternallyTagged::Circle { radius: 4 };
    assert_eq!(round_trip(MessagePack, &circle).unwrap(), circle);
    let value = serde_json::json!({ "a": [1, -2, 3.5, null], "b": { "c": "d" } });
    assert_eq!(round_trip(MessagePack, &value).unwrap(), value);
    let flattened = Flattened {
        id: 1,
        rest: [("x".to_owned(), 2)].into(),
    };
    assert_eq!(round_trip(MessagePack, &flattened).unwrap(), flattened);
    let skipping = Skipping {
        first: None,
        second: 2,
    };
    assert_eq!(round_trip(MessagePack, &skipping).unwrap(), skipping);
}

#[test]
fn added_optional_field_is_tolerated_in_either_direction() {
    let old = to_bytes(MessagePack, &Old { id: 1 });
    assert_eq!(MessagePack.decode(&old), Ok(New { name: None, id: 1 }));
    let new = to_bytes(
        MessagePack,
        &New {
            name: Some("n".to_owned()),
            id: 1,
        },
    );
    assert_eq!(MessagePack.decode(&new), Ok(Old { id: 1 }));
}

#[test]
fn fields_are_told_by_name_and_integers_by_value() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Widened {
        id: u64,
        name: Option<String>,
    }
    let new = to_bytes(
        MessagePack,
        &New {
            name: None,
            id: 200,
        },
    );
    assert_eq!(
        MessagePack.decode(&new),
        Ok(Widened {
            id: 200,
            name: None
        })
    );
    let widened = to_bytes(
        MessagePack,
        &Widened {
            id: 200,
            name: None,
        },
    );
    assert_eq!(
        MessagePack.decode(&widened),
        Ok(New {
            name: None,
            id: 200
        })
    );
}

#[test]
fn missing_field_without_default_is_named() {
    let kind = decode_error::<Old>(MessagePack, b"\x80");
    assert_eq!(kind.to_string(), "missing field `id`");
}

#[test]
fn variants_are_told_by_name_so_that_their_order_is_free() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Before {
        Yes,
        No(u8),
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum After {
        Maybe,
        No(u8),
        Yes,
    }
    let bytes = to_bytes(MessagePack, &[Before::No(3), Before::Yes]);
    assert_eq!(MessagePack.decode(&bytes), Ok([After::No(3), After::Yes]));
    let kind = decode_error::<Before>(MessagePack, &to_bytes(MessagePack, &After::Maybe));
    assert_eq!(
        kind.to_string(),
        "unknown variant `Maybe`, expected `Yes` or `No`"
    );
}

#[test]
fn some_of_nothing_comes_back_as_none() {
    assert_eq!(round_trip(MessagePack, &Some(None::<u8>)), Ok(None));
    assert_eq!(round_trip(MessagePack, &Some(())), Ok(None));
    assert_eq!(
        round_trip(MessagePack, &Some(serde_json::Value::Null)),
        Ok(None)
    );
    assert_eq!(round_trip(MessagePack, &Some(Some(3))), Ok(Some(Some(3))));
}

#[test]
fn wide_integers_are_carried_but_where_the_type_asks_the_bytes() {
    for wide in [(0, 0), (u128::MAX, i128::MIN), (1 << 100, -1)] {
        assert_eq!(round_trip::<(u128, i128)>(MessagePack, &wide), Ok(wide));
    }
    assert_eq!(
        round_trip(MessagePack, &Some(u128::MAX)),
        Ok(Some(u128::MAX))
    );
    let kind = decode_error::<Untagged>(
        MessagePack,
        &to_bytes(MessagePack, &Untagged::Wide(u128::MAX)),
    );
    let message = "data did not match any variant of untagged enum Untagged".into();
    assert_eq!(kind, CodecErrorKind::Invalid { message });
}

#[test]
fn value_of_another_type_is_told_as_such() {
    let kind = decode_error::<String>(MessagePack, &to_bytes(MessagePack, &5u8));
    assert_eq!(
        kind.to_string(),
        "invalid type: integer `5`, expected a string"
    );
    let kind = decode_error::<u8>(MessagePack, &to_bytes(MessagePack, "five"));
    assert_eq!(
        kind.to_string(),
        "a value of another type was found: FixStr(4)"
    );
}

/// Adds up what the deserializer proposes to reserve.
#[derive(Debug)]
struct Reserving;

static RESERVED: AtomicUsize = AtomicUsize::new(0);

impl<'de> Deserialize<'de> for Reserving {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements;
        impl<'de> Visitor<'de> for Elements {
            type Value = Reserving;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a sequence")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Reserving, A::Error> {
                RESERVED.fetch_add(seq.size_hint().unwrap_or(0), Ordering::Relaxed);
                while seq.next_element::<Reserving>()?.is_some() {}
                Ok(Reserving)
            }
        }
        deserializer.deserialize_seq(Elements)
    }
}

#[test]
fn reservations_follow_bytes_received_and_not_lengths_announced() {
    // Arrays in each other, each of which announces four thousand million elements.
    let bytes = b"\xdd\xff\xff\xff\xff".repeat(100);
    assert_eq!(
        decode_error::<Reserving>(MessagePack, &bytes),
        CodecErrorKind::UnexpectedEnd
    );
    let reserved = RESERVED.load(Ordering::Relaxed);
    assert!((1..=bytes.len()).contains(&reserved), "{reserved}");
}
