//! What travels on streams, byte for byte, and lengths in front of packed items.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

#[test]
fn the_streams_of_a_message_have_the_documented_bytes() {
    let bytes = hex("
        02 00                       # streams
        05 00 00 00  09 00 00 00    #   slot, generation
        04 03 02 01  08 07 06 05    #   slot, generation
    ");
    let streams = [StreamId::new(5, 9), StreamId::new(0x0102_0304, 0x0506_0708)];
    let mut encoded = Vec::new();
    StreamId::encode_all(&streams, &mut encoded);
    assert_eq!(encoded, bytes);
    assert_eq!(encoded.len(), 2 + 2 * StreamId::LEN);
    let decoded = StreamId::decode_all(&bytes);
    assert_eq!(decoded, Ok((streams.to_vec(), bytes.len())));
}

#[test]
fn streams_stand_between_the_trace_context_and_the_body() {
    let bytes = hex("
        10 0f 0e 0d 0c 0b 0a 09 08 07 06 05 04 03 02 01   # trace id
        28 27 26 25 24 23 22 21                           # span id
        01                                                # sampled
        01 00                                             # streams
        05 00 00 00  09 00 00 00                          #   slot, generation
        aa bb                                             # the body
    ");
    let trace = TraceContext {
        trace_id: 0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10,
        span_id: 0x2122_2324_2526_2728,
        sampled: true,
    };
    let (decoded, rest) = TraceContext::decode(&bytes).unwrap();
    assert_eq!(decoded, trace);
    let (streams, len) = StreamId::decode_all(rest).unwrap();
    assert_eq!(streams, [StreamId::new(5, 9)]);
    assert_eq!(rest[len..], [0xaa, 0xbb]);
}

#[test]
fn a_message_may_say_that_it_opens_no_stream() {
    let mut encoded = Vec::new();
    StreamId::encode_all(&[], &mut encoded);
    assert_eq!(encoded, [0, 0]);
    assert_eq!(StreamId::decode_all(&[0, 0, 7]), Ok((Vec::new(), 2)));
}

#[test]
fn every_frame_of_a_stream_has_the_documented_header() {
    for (number, kind) in [
        (8, Kind::Items),
        (9, Kind::End),
        (10, Kind::Reset),
        (11, Kind::Credit),
        (12, Kind::Stop),
    ] {
        let header = Header::new(kind, StreamId::new(1, 2).in_header());
        let mut bytes = hex("
            00 00 00 00               # bytes behind the header
            00 00                     # kind, flags
            00 00                     # lane
            01 00 00 00  02 00 00 00  # stream: slot, generation
            00 00 00 00               # items
            00 00 00 00               # of them side part
            00 00 00 00 00 00 00 00   # no deadline
        ");
        bytes[4] = number;
        assert_eq!(header.encode()[..], bytes[..], "{kind:?}");
        let decoded = Header::decode(bytes.first_chunk().unwrap()).unwrap();
        assert_eq!(decoded, header);
        assert_eq!(StreamId::of(decoded.request), StreamId::new(1, 2));
    }
}

#[test]
fn the_flags_of_streams_keep_their_bits() {
    let mut header = Header::new(Kind::Request, RequestId::new(0, 0));
    header.flags = Flags::STREAMS;
    assert_eq!(header.encode()[5], 4);
    header.flags = Flags::ONE_WAY.with(Flags::TRACE).with(Flags::STREAMS);
    assert_eq!(header.encode()[5], 7);
    header.kind = Kind::Response;
    header.flags = Flags::STREAMS;
    assert_eq!(header.encode()[5], 4);
    header.kind = Kind::Items;
    header.flags = Flags::SINGLE;
    assert_eq!(header.encode()[5], 1);
}

#[test]
fn several_items_have_the_documented_bytes() {
    let mut header = Header::new(Kind::Items, StreamId::new(5, 9).in_header());
    header.len = 0x88;
    header.method = 3;
    let mut bytes = hex("
        88 00 00 00               # bytes behind the header
        08                        # kind: items
        00                        # flags: each with its length in front
        00 00                     # lane
        05 00 00 00  09 00 00 00  # stream: slot, generation
        03 00 00 00               # items
        00 00 00 00               # of them side part
        00 00 00 00 00 00 00 00   # no deadline
        02  aa bb                 # an item: length, bytes
        00                        # an item without bytes
        82 01                     # an item of 130 bytes
    ");
    bytes.extend([7; 130]);
    assert_eq!(header.len as usize, bytes.len() - HEADER_LEN);
    let items: [&[u8]; 3] = [&[0xaa, 0xbb], &[], &[7; 130]];
    let mut encoded = header.encode().to_vec();
    for item in items {
        put_packed_len(item.len(), &mut encoded);
        encoded.extend_from_slice(item);
    }
    assert_eq!(encoded, bytes);
    let mut rest = &bytes[HEADER_LEN..];
    for item in items {
        assert_eq!(take_packed(&mut rest), Some(item));
    }
    assert!(rest.is_empty());
    assert_eq!(take_packed(&mut rest), None);
}

#[test]
fn a_header_that_is_written_anew_differs_in_length_and_number_of_items_alone() {
    let mut header = Header::new(Kind::Items, StreamId::new(5, 9).in_header());
    header.len = 3;
    header.method = 1;
    let mut bytes = header.encode();
    header.len = 0x0102_0304;
    header.method = 0x0506_0708;
    header.patch(&mut bytes);
    assert_eq!(bytes, header.encode());
}

#[test]
fn credit_has_the_documented_bytes() {
    let credit = Credit {
        items: 0x0102_0304,
        bytes: 0x0506_0708,
    };
    let bytes = hex("
        04 03 02 01               # items
        08 07 06 05               # bytes
    ");
    assert_eq!(credit.encode()[..], bytes[..]);
    assert_eq!(Credit::decode(&bytes), Ok(credit));
}

#[test]
fn the_reason_of_a_reset_or_a_stop_has_the_documented_bytes() {
    let reason = StreamReason::new(StreamCode::Codec, "nö");
    let bytes = hex("
        03 00                     # code: codec
        03 00  6e c3 b6           # text
    ");
    assert_eq!(reason.encode(), bytes);
    assert_eq!(StreamReason::decode(&bytes), Ok(reason));
}

#[test]
fn the_codes_of_a_reason_keep_their_numbers() {
    let codes = [
        StreamCode::Aborted,
        StreamCode::Dropped,
        StreamCode::Panicked,
        StreamCode::Codec,
        StreamCode::Other(4),
    ];
    for (number, code) in (0_u8..).zip(codes) {
        let reason = StreamReason::new(code, "");
        assert_eq!(reason.encode(), [number, 0, 0, 0]);
        assert_eq!(StreamReason::decode(&[number, 0, 0, 0]), Ok(reason));
    }
}

#[test]
fn the_text_of_a_reason_is_cut_at_a_characters_border_on_both_sides() {
    let long = format!("x{}", "ß".repeat(20_000));
    let reason = StreamReason::new(StreamCode::Aborted, long.as_str());
    let sent = reason.encode();
    assert_eq!(sent.len(), 4 + 1023);
    let text = StreamReason::decode(&sent).unwrap().text;
    assert_eq!(text.len(), 1023);
    assert!(long.starts_with(&text));

    // A peer that does not cut what it sends.
    let mut uncut = vec![0, 0];
    uncut.extend_from_slice(&40_001_u16.to_le_bytes());
    uncut.extend_from_slice(long.as_bytes());
    assert_eq!(StreamReason::decode(&uncut).unwrap().text, text);
}

#[test]
fn the_length_of_a_packed_item_has_seven_bits_a_byte_the_lowest_first() {
    for (len, fixture) in [
        (0, "00"),
        (1, "01"),
        (0x7f, "7f"),
        (0x80, "80 01"),
        (0x3fff, "ff 7f"),
        (0x4000, "80 80 01"),
        (0x1f_ffff, "ff ff 7f"),
        (0x20_0000, "80 80 80 01"),
        (0xfff_ffff, "ff ff ff 7f"),
        (0x1000_0000, "80 80 80 80 01"),
        (u32::MAX as usize, "ff ff ff ff 0f"),
    ] {
        let bytes = hex(fixture);
        let mut encoded = vec![0xee];
        put_packed_len(len, &mut encoded);
        assert_eq!(encoded[1..], bytes[..], "{len}");
        assert_eq!(packed_len(len), bytes.len() + len, "{len}");
    }
}

/// An item behind a length of these bytes, and one more byte.
fn packed(len: &[u8], item: &[u8]) -> Vec<u8> {
    [len, item, &[0xee]].concat()
}

#[test]
fn packed_items_at_the_borders_of_their_lengths_are_taken_whole() {
    for len in [0, 1, 0x7f, 0x80, 0x81, 0x3fff, 0x4000, 0x1f_ffff, 0x20_0000] {
        let item = vec![7; len];
        let mut prefix = Vec::new();
        put_packed_len(len, &mut prefix);
        let bytes = packed(&prefix, &item);
        let mut rest = &bytes[..];
        assert!(take_packed(&mut rest) == Some(&item[..]), "{len}");
        assert_eq!(rest, [0xee], "{len}");
        assert_eq!(bytes.len() - rest.len(), packed_len(len), "{len}");
    }
}

#[test]
fn a_length_with_more_bytes_than_it_needs_is_read_up_to_five() {
    for len in [
        &[0x02][..],
        &[0x82, 0x00],
        &[0x82, 0x80, 0x00],
        &[0x82, 0x80, 0x80, 0x00],
        &[0x82, 0x80, 0x80, 0x80, 0x00],
    ] {
        let bytes = packed(len, b"ab");
        let mut rest = &bytes[..];
        assert_eq!(take_packed(&mut rest), Some(&b"ab"[..]), "{len:x?}");
        assert_eq!(rest, [0xee]);
    }
    for len in [
        &[0x82, 0x80, 0x80, 0x80, 0x80, 0x00][..],
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        &[0x80; 20],
    ] {
        let bytes = packed(len, b"ab");
        let mut rest = &bytes[..];
        assert_eq!(take_packed(&mut rest), None, "{len:x?}");
        assert_eq!(rest, bytes, "nothing is taken");
    }
}

#[test]
fn a_packed_item_that_is_not_all_there_is_not_taken() {
    let mut whole = Vec::new();
    put_packed_len(300, &mut whole);
    whole.extend([7; 300]);
    for len in 0..whole.len() {
        let mut rest = &whole[..len];
        assert_eq!(take_packed(&mut rest), None, "cut at {len}");
        assert_eq!(rest.len(), len, "nothing is taken");
    }
    for len in [
        &[0xff, 0xff, 0xff, 0xff, 0x0f][..],
        &[0xff, 0xff, 0xff, 0xff, 0x7f],
        &[0x80, 0x80, 0x80, 0x80, 0x01],
    ] {
        let bytes = packed(len, b"few");
        assert_eq!(take_packed(&mut &bytes[..]), None, "{len:x?}");
    }
}

proptest! {
    #[test]
    fn streams_of_a_message_come_back_as_they_were_in_front_of_any_body(
        ids in vec(any::<(u32, u32)>(), 0..20),
        body in vec(any::<u8>(), 0..40),
    ) {
        let streams: Vec<_> = ids
            .into_iter()
            .map(|(slot, generation)| StreamId::new(slot, generation))
            .collect();
        let mut bytes = Vec::new();
        StreamId::encode_all(&streams, &mut bytes);
        let len = bytes.len();
        bytes.extend_from_slice(&body);
        prop_assert_eq!(StreamId::decode_all(&bytes), Ok((streams, len)));
    }

    #[test]
    fn a_stream_id_is_that_of_its_header(slot in any::<u32>(), generation in any::<u32>()) {
        let id = StreamId::new(slot, generation);
        prop_assert_eq!(StreamId::of(id.in_header()), id);
        prop_assert_eq!((id.slot(), id.generation()), (slot as usize, generation));
        prop_assert_eq!(id.to_string(), format!("{slot}.{generation}"));
    }

    #[test]
    fn credit_comes_back_as_it_was(items in any::<u32>(), bytes in any::<u32>()) {
        let credit = Credit { items, bytes };
        prop_assert_eq!(Credit::decode(&credit.encode()), Ok(credit));
    }

    #[test]
    fn a_reason_comes_back_as_it_was_whatever_its_code(
        code in any::<u16>(),
        text in "\\PC{0,100}",
    ) {
        let bytes = StreamReason::new(StreamCode::Other(code), text.as_str()).encode();
        let decoded = StreamReason::decode(&bytes).unwrap();
        prop_assert_eq!(decoded.encode(), bytes);
        prop_assert_eq!(decoded.text, text);
    }

    /// What the credit of an item is counted by and what its frame has are the same.
    #[test]
    fn the_length_of_a_packed_item_is_as_long_as_it_is_said_to_be(
        (bits, noise) in (0..=32_u32, any::<u32>()),
    ) {
        // As many lengths of each number of bytes.
        let len = (u64::from(noise) & ((1_u64 << bits) - 1)) as usize;
        let mut bytes = Vec::new();
        put_packed_len(len, &mut bytes);
        prop_assert_eq!(packed_len(len), bytes.len() + len);
        prop_assert!(bytes.len() <= 5);
        let read = bytes.iter().rev().fold(0, |read, byte| read << 7 | usize::from(byte & 0x7f));
        prop_assert_eq!(read, len);
    }

    #[test]
    fn packed_items_come_back_as_they_were(items in vec(vec(any::<u8>(), 0..300), 0..12)) {
        let mut bytes = Vec::new();
        for item in &items {
            put_packed_len(item.len(), &mut bytes);
            bytes.extend_from_slice(item);
        }
        let expected: usize = items.iter().map(|item| packed_len(item.len())).sum();
        prop_assert_eq!(bytes.len(), expected);
        let mut rest = &bytes[..];
        for item in &items {
            prop_assert_eq!(take_packed(&mut rest), Some(&item[..]));
        }
        prop_assert!(rest.is_empty());
    }

    #[test]
    fn no_bytes_make_more_packed_items_than_there_are(bytes in vec(any::<u8>(), 0..600)) {
        let mut rest = &bytes[..];
        loop {
            let before = rest.len();
            match take_packed(&mut rest) {
                Some(item) => prop_assert!((item.len() + 1..=item.len() + 5).contains(&(before - rest.len()))),
                None => break prop_assert_eq!(rest.len(), before),
            }
        }
    }
}
