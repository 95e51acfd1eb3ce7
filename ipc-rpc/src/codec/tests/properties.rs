//! What holds for any value and any bytes.

use proptest::{collection, option, prelude::*};

use super::*;

fn text() -> impl Strategy<Value = String> {
    collection::vec(any::<char>(), 0..8).prop_map(String::from_iter)
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::Nothing),
        (-1e9..1e9).prop_map(|meters| Shape::Circle(Meters(meters))),
        any::<(u16, u16)>().prop_map(|(width, height)| Shape::Rectangle(width, height)),
    ];
    leaf.prop_recursive(5, 6, 1, |inner| {
        (text(), inner).prop_map(|(name, inner)| Shape::Named {
            name,
            inner: Box::new(inner),
        })
    })
}

fn everything() -> impl Strategy<Value = Everything> {
    let point =
        (any::<i32>(), any::<Option<u8>>(), text()).prop_map(|(x, y, label)| Point { x, y, label });
    let scalars = (
        any::<(bool, char, i8, i16, i64, u32, u64)>(),
        proptest::num::f32::NORMAL,
    );
    (
        scalars,
        any::<(i128, u128)>(),
        option::of(Just(Unit)),
        shape(),
        collection::vec(point, 0..4),
        collection::btree_map(any::<u16>(), collection::vec(text(), 0..3), 0..3),
        any::<[u8; 3]>(),
        collection::vec(any::<u8>(), 0..40),
        prop_oneof![any::<u8>().prop_map(Ok), text().prop_map(Err)],
    )
        .prop_map(
            |((scalars, float), wide, unit_struct, shape, points, map, array, bytes, result)| {
                let (a, b, c, d, e, f, g) = scalars;
                Everything {
                    scalars: (a, b, c, d, e, f, g, float),
                    wide,
                    unit: (),
                    unit_struct,
                    shape,
                    points,
                    map,
                    array,
                    bytes: bytes.into(),
                    result,
                }
            },
        )
}

/// Decodes as many kinds of type as there are ways through a deserializer.
fn decode_all(bytes: &[u8]) {
    fn decode<T: DeserializeOwned>(bytes: &[u8]) {
        for codec in Codec::ALL {
            let _ = codec.decode::<T>(bytes);
        }
    }
    decode::<Everything>(bytes);
    decode::<Point>(bytes);
    decode::<Vec<Shape>>(bytes);
    decode::<Chain>(bytes);
    decode::<Tree>(bytes);
    decode::<Onion>(bytes);
    decode::<Vec<()>>(bytes);
    decode::<BTreeMap<(), Vec<Unit>>>(bytes);
    decode::<Option<Option<char>>>(bytes);
    decode::<(i128, u128)>(bytes);
    decode::<Vec<String>>(bytes);
    decode::<bytes::Bytes>(bytes);
    decode::<serde_json::Value>(bytes);
    decode::<std::time::SystemTime>(bytes);
    decode::<std::net::SocketAddr>(bytes);
    decode::<std::ffi::CString>(bytes);
}

proptest! {
    #[test]
    fn everything_comes_back_as_it_went(value in everything()) {
        for codec in Codec::ALL {
            prop_assert_eq!(&round_trip(codec, &value).unwrap(), &value);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in collection::vec(any::<u8>(), 0..200)) {
        decode_all(&bytes);
    }

    #[test]
    fn damaged_values_never_panic(
        value in everything(),
        damage in collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        for codec in Codec::ALL {
            let mut bytes = to_bytes(codec, &value);
            for (at, byte) in &damage {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            decode_all(&bytes);
        }
    }
}
