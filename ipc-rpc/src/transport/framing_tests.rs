use std::collections::VecDeque;
use std::task::Waker;

use proptest::collection::vec;
use proptest::prelude::*;
use tokio::io::{AsyncRead, ReadBuf};

use super::*;
use crate::wire::{Kind, RequestId};

/// The greatest frame that is still lent out of the common buffer.
const LARGEST_LENT: usize = LARGE_FRAME;

const LIMIT: usize = 1024 * 1024;

/// A stream that delivers these pieces, one a read unless the reader has less room, and then its end.
struct Pieces(VecDeque<Vec<u8>>);

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(mut piece) = self.0.pop_front() {
            let rest = piece.split_off(piece.len().min(buf.remaining()));
            buf.put_slice(&piece);
            if !rest.is_empty() {
                self.0.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// A frame of this length, of which the last `side_len` bytes are the side part. No two bytes in a row are equal.
fn frame(number: u32, len: usize, side_len: usize) -> (Header, Vec<u8>) {
    let mut header = Header::new(Kind::Request, RequestId::new(number, 1));
    header.len = len as u32;
    header.side_len = side_len as u32;
    let body = (0..len).map(|at| (at as u32).wrapping_mul(31) as u8 ^ number as u8);
    (header, body.collect())
}

fn bytes_of(frames: &[(Header, Vec<u8>)]) -> Vec<u8> {
    let bytes = frames.iter().flat_map(|(header, body)| {
        let header = header.encode();
        header.into_iter().chain(body.iter().copied())
    });
    bytes.collect()
}

struct Read {
    frames: Vec<(Header, Vec<u8>)>,
    /// What ended it: `None` if the stream did.
    error: Option<ProtocolError>,
    reader: FrameReader,
}

fn reader(pieces: impl IntoIterator<Item = Vec<u8>>, read_ahead: &[u8]) -> FrameReader {
    let pieces = pieces.into_iter().filter(|piece| !piece.is_empty());
    let io = crate::transport::plain(Pieces(pieces.collect()));
    FrameReader::new(io, read_ahead, LIMIT)
}

/// Takes every frame as soon as it is there, as the connection's task does.
fn read_all(mut reader: FrameReader) -> Read {
    let mut frames = Vec::new();
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        loop {
            match reader.find_frame() {
                Ok(true) => {
                    let announced = *reader.header();
                    let Frame { header, body, side } = reader.take_frame();
                    assert_eq!(*header, announced);
                    assert_eq!(side.len(), header.side_len as usize);
                    frames.push((*header, [&body[..], &side[..]].concat()));
                }
                Ok(false) => break,
                Err(error) => {
                    return Read {
                        frames,
                        error: Some(*error),
                        reader,
                    };
                }
            }
        }
        match reader.poll_fill(&mut cx) {
            Poll::Ready(Ok(0)) => {
                return Read {
                    frames,
                    error: None,
                    reader,
                };
            }
            Poll::Ready(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[track_caller]
fn assert_read(read: &Read, expected: &[(Header, Vec<u8>)]) {
    assert_eq!(read.error, None);
    assert_eq!(read.frames.len(), expected.len());
    for (index, (found, expected)) in read.frames.iter().zip(expected).enumerate() {
        assert_eq!(found.0, expected.0, "header of frame {index}");
        assert!(found.1 == expected.1, "body of frame {index}");
    }
}

#[test]
fn frames_split_at_every_byte_are_read_as_they_were() {
    let frames = [frame(1, 5, 0), frame(2, 0, 0), frame(3, 9, 4)];
    let bytes = bytes_of(&frames);
    for at in 0..=bytes.len() {
        let (front, back) = bytes.split_at(at);
        let pieces = [front.to_vec(), back.to_vec()];
        assert_read(&read_all(reader(pieces, &[])), &frames);
        // The same where the front arrived behind the hello.
        assert_read(&read_all(reader([back.to_vec()], front)), &frames);
    }
    let single = bytes.iter().map(|byte| vec![*byte]);
    assert_read(&read_all(reader(single, &[])), &frames);
}

#[test]
fn a_large_frame_split_anywhere_near_its_ends_is_read_as_it_was() {
    let frames = [frame(1, 3, 0), frame(2, 70_000, 66_000), frame(3, 7, 7)];
    let bytes = bytes_of(&frames);
    let begin = HEADER_LEN + 3;
    let end = begin + HEADER_LEN + 70_000;
    let near = |at: usize| at - 34..at + 36;
    for at in near(begin).chain(near(end)).chain([end - 66_000]) {
        let (front, back) = bytes.split_at(at);
        let pieces = [front.to_vec(), back.to_vec()];
        assert_read(&read_all(reader(pieces, &[])), &frames);
    }
}

#[test]
fn many_frames_of_one_read_are_all_there() {
    let frames: Vec<_> = (0..500).map(|number| frame(number, 0, 0)).collect();
    assert_read(&read_all(reader([bytes_of(&frames)], &[])), &frames);
    assert_read(&read_all(reader([], &bytes_of(&frames))), &frames);
}

#[test]
fn frames_at_the_borders_are_read_and_those_behind_them_too() {
    for len in [
        0,
        1,
        FIRST_READ - HEADER_LEN,
        FIRST_READ - HEADER_LEN + 1,
        FIRST_READ + 1,
        LARGEST_LENT - 1,
        LARGEST_LENT,
        LARGEST_LENT + 1,
        BUFFER_LEN - HEADER_LEN,
        BUFFER_LEN,
        BUFFER_LEN + 1,
        LIMIT - 1,
        LIMIT,
    ] {
        for side_len in [0, len / 2, len] {
            let frames = [frame(1, len, side_len), frame(2, 2, 1), frame(3, len, 0)];
            let bytes = bytes_of(&frames);
            assert_read(&read_all(reader([bytes.clone()], &[])), &frames);
            let pieces = bytes.chunks(10_007).map(<[u8]>::to_vec);
            assert_read(&read_all(reader(pieces, &[])), &frames);
            assert_read(&read_all(reader([], &bytes)), &frames);
        }
    }
}

#[test]
fn a_frame_above_the_limit_is_an_error_before_its_body_has_arrived() {
    for len in [LIMIT + 1, u32::MAX as usize] {
        let (header, _) = frame(2, 0, 0);
        let oversize = Header {
            len: len as u32,
            ..header
        };
        let small = frame(1, 4, 0);
        let mut bytes = bytes_of(std::slice::from_ref(&small));
        bytes.extend_from_slice(&oversize.encode());
        let read = read_all(reader([bytes], &[]));
        assert_eq!(read.frames, [small]);
        let expected = ProtocolError::FrameTooLarge {
            size: len,
            limit: LIMIT,
        };
        assert_eq!(read.error, Some(expected));
    }
}

#[test]
fn nothing_is_kept_of_what_follows_a_broken_header() {
    let mut unknown_kind = frame(1, 0, 0).0.encode();
    unknown_kind[4] = 99;
    let mut oversize = frame(1, 0, 0).0;
    oversize.len = LIMIT as u32 + 1;
    for broken in [unknown_kind, oversize.encode()] {
        let flood = (0..200).map(|_| vec![0xff; 64 * 1024]);
        let pieces = std::iter::once(broken.to_vec()).chain(flood);
        let Read {
            error, mut reader, ..
        } = read_all(reader(pieces, &[]));
        assert!(error.is_some());
        let mut cx = Context::from_waker(Waker::noop());
        while let Poll::Ready(Ok(1..)) = reader.poll_fill(&mut cx) {
            assert!(matches!(reader.find_frame(), Ok(false)));
            assert!(reader.buffer.capacity() <= BUFFER_LEN);
        }
    }
}

#[test]
fn a_stream_that_ends_within_a_frame_yields_no_part_of_it() {
    let whole = frame(1, 4, 0);
    for len in [10, 70_000] {
        let mut bytes = bytes_of(&[whole.clone(), frame(2, len, 0)]);
        for _ in 0..2 {
            bytes.truncate(bytes.len() - 7);
            assert_read(
                &read_all(reader([bytes.clone()], &[])),
                std::slice::from_ref(&whole),
            );
        }
    }
}

#[test]
fn a_large_frame_takes_memory_for_itself_and_the_buffer_stays_small() {
    let frames = [frame(1, LIMIT, LIMIT), frame(2, 1, 0), frame(3, 1, 0)];
    let bytes = bytes_of(&frames);
    let pieces = bytes.chunks(100_000).map(<[u8]>::to_vec);
    let read = read_all(reader(pieces, &[]));
    assert_read(&read, &frames);
    assert!(read.reader.buffer.capacity() <= BUFFER_LEN);
}

#[test]
fn small_frames_are_lent_and_large_ones_keep_their_memory() {
    for (len, is_lent) in [(0, true), (LARGEST_LENT, true), (LARGEST_LENT + 1, false)] {
        let bytes = bytes_of(&[frame(1, len, 0)]);
        let mut whole = reader([], &bytes);
        let Ok(true) = whole.find_frame() else {
            panic!("a frame of {len} bytes was expected");
        };
        let Frame { body, .. } = whole.take_frame();
        assert_eq!(matches!(body, Body::Lent(_)), is_lent, "{len} bytes");
    }
}

#[test]
fn a_body_is_skipped_into_and_never_beyond() {
    let owned = || Body::Owned(Bytes::from_static(b"abc"));
    for (count, rest) in [
        (0, &b"abc"[..]),
        (2, b"c"),
        (3, b""),
        (4, b""),
        (usize::MAX, b""),
    ] {
        assert_eq!(&*Body::Lent(b"abc").skip(count), rest);
        assert_eq!(&*owned().skip(count), rest);
    }
}

proptest! {
    // Each case is some hundred kilobytes, and the borders have tests of their own.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_frames_are_read_as_they_were_however_they_are_cut(
        sizes in vec((prop_oneof![0..200_usize, 65_000..66_000_usize, Just(150_000)], 0..=100_usize), 1..6),
        cuts in vec(1..90_000_usize, 1..12),
    ) {
        let frames: Vec<_> = (1..)
            .zip(sizes)
            .map(|(number, (len, percent))| frame(number, len, len * percent / 100))
            .collect();
        let mut bytes = &bytes_of(&frames)[..];
        let mut pieces = Vec::new();
        for cut in cuts.iter().cycle() {
            let (piece, rest) = bytes.split_at((*cut).min(bytes.len()));
            pieces.push(piece.to_vec());
            bytes = rest;
            if bytes.is_empty() {
                break;
            }
        }
        assert_read(&read_all(reader(pieces, &[])), &frames);
    }

    #[test]
    fn no_bytes_panic_the_reader(bytes in vec(any::<u8>(), 0..400), cut in 1..50_usize) {
        let pieces = bytes.chunks(cut).map(<[u8]>::to_vec);
        let read = read_all(reader(pieces, &[]));
        prop_assert!(read.reader.buffer.capacity() <= BUFFER_LEN);
    }
}

/// What can be read at once and no other way.
struct AtOnce(VecDeque<Vec<u8>>);

impl AsyncRead for AtOnce {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl crate::transport::half::Receive for AtOnce {
    fn timekeeper(&self) -> Timekeeper {
        Timekeeper::Runtime
    }

    fn keeps_last_words(&self) -> bool {
        false
    }

    fn read_now(&mut self, buf: &mut [u8]) -> Option<io::Result<usize>> {
        let mut piece = self.0.pop_front()?;
        let rest = piece.split_off(piece.len().min(buf.len()));
        buf[..piece.len()].copy_from_slice(&piece);
        if !rest.is_empty() {
            self.0.push_front(rest);
        }
        Some(Ok(piece.len()))
    }
}

#[test]
fn who_asks_gets_what_the_runtime_does_not_know_of() {
    let frames: Vec<_> = (0..40).map(|number| frame(number, 100, 10)).collect();
    let bytes = bytes_of(&frames);
    for piece in [1, 50, 131, bytes.len()] {
        let pieces = bytes.chunks(piece).map(<[u8]>::to_vec).collect();
        let mut reader = FrameReader::new(Box::new(AtOnce(pieces)), &[], LIMIT);
        let mut cx = Context::from_waker(Waker::noop());
        let mut read = Vec::new();
        loop {
            while reader.find_frame().unwrap() {
                let Frame { header, body, side } = reader.take_frame();
                read.push((*header, [&body[..], &side[..]].concat()));
            }
            assert!(
                reader.poll_fill(&mut cx).is_pending(),
                "the runtime is asked"
            );
            match reader.poll_ask(&mut cx) {
                Poll::Ready(count) => assert!(count.unwrap() > 0),
                Poll::Pending => break,
            }
        }
        assert!(read == frames, "in pieces of {piece}");
    }
}
