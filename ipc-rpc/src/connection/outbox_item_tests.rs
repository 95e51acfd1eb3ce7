//! Items of streams among other frames, and how what waits is counted.

use std::sync::{Arc, Mutex};

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::connection::streams::LARGE_ITEM;
use crate::wire::{RequestId, take_packed};

/// A transport that takes as much as it is told to, and keeps it.
#[derive(Clone, Default)]
struct Taker(Arc<Mutex<Taken>>);

#[derive(Default)]
struct Taken {
    bytes: Vec<u8>,
    /// How much more it takes.
    room: usize,
}

impl Taker {
    fn write(&self, slices: &[&[u8]]) -> Poll<io::Result<usize>> {
        let mut taken = self.0.lock().unwrap();
        let mut count = 0;
        for slice in slices {
            let fits = slice.len().min(taken.room);
            taken.room -= fits;
            taken.bytes.extend_from_slice(&slice[..fits]);
            count += fits;
        }
        if count == 0 {
            return Poll::Pending;
        }
        Poll::Ready(Ok(count))
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap().bytes.len()
    }
}

impl AsyncWrite for Taker {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.write(&[bytes])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(&slices.iter().map(|slice| &slice[..]).collect::<Vec<_>>())
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// What was appended, and what has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Unit {
    Item(StreamId, Vec<u8>),
    /// The kind of a frame that is no item, and what is behind its header.
    Frame(Kind, Vec<u8>),
}

/// An outbox, what it writes to, and what is to become of what was appended.
struct Bench {
    outbox: Outbox,
    taker: Taker,
    /// Away to be written.
    writer: Option<Writer>,
    appended: Vec<Unit>,
    /// Where each control frame lies among all bytes that were appended.
    control: Vec<(usize, usize)>,
    /// Bytes that were appended, and those that were written by the outbox's knowledge.
    len: usize,
    written: usize,
}

impl Bench {
    fn new(max_frame_len: usize) -> Self {
        let taker = Taker::default();
        Self {
            outbox: Outbox::new(Box::new(taker.clone()), usize::MAX, max_frame_len),
            taker,
            writer: None,
            appended: Vec::new(),
            control: Vec::new(),
            len: 0,
            written: 0,
        }
    }

    fn item(&mut self, stream: StreamId, item: Vec<u8>) {
        if item.len() < LARGE_ITEM {
            self.outbox.append_item(stream, Payload::Small(&item));
        } else {
            let item = Bytes::from(item.clone());
            self.outbox.append_item(stream, Payload::Large(&item));
        }
        self.appended.push(Unit::Item(stream, item));
        // Whether it has a header of its own is the outbox's choice.
        self.len = self.outbox.len() + self.written;
    }

    fn control(&mut self, body: Vec<u8>) {
        let header = Header::new(Kind::Credit, RequestId::new(0, 0));
        if body.len() < LARGE_BODY {
            self.outbox.append_control(header, &body);
        } else {
            self.outbox
                .append_large_control(header, body.clone().into());
        }
        let begin = self.len;
        self.len += HEADER_LEN + body.len();
        self.control.push((begin, self.len));
        self.appended.push(Unit::Frame(Kind::Credit, body));
    }

    fn message(&mut self, body: Vec<u8>) {
        let header = Header::new(Kind::Request, RequestId::new(0, 0));
        self.len += HEADER_LEN + body.len();
        let message = &mut Encoded::new(body.clone());
        self.outbox.append(header, b"", message);
        self.appended.push(Unit::Frame(Kind::Request, body));
    }

    fn lend(&mut self) {
        self.writer = self.writer.take().or_else(|| self.outbox.lend());
    }

    /// Writes up to `room` bytes, if the writer is lent, and gives it back.
    fn write(&mut self, room: usize) {
        let Some(mut writer) = self.writer.take() else {
            return;
        };
        self.taker.0.lock().unwrap().room = room;
        let before = self.taker.len();
        let returned = match writer.write(Waker::noop()) {
            Poll::Ready(written) => {
                let written = written.unwrap();
                assert_eq!(self.taker.len() - before, written);
                self.written += written;
                self.outbox.give_back(writer, written)
            }
            Poll::Pending => self.outbox.give_back_blocked(writer),
        };
        assert!(returned.is_none());
    }

    /// How much waits, and how much of that is control frames, byte for byte.
    fn check(&self) {
        assert_eq!(self.outbox.len(), self.len - self.written);
        let waits = |(begin, end): &(usize, usize)| end - (*begin).max(self.written).min(*end);
        let control: usize = self.control.iter().map(waits).sum();
        assert_eq!(self.outbox.control_len(), control);
    }

    /// Writes the rest, and returns the frames that have arrived, with what is behind their headers.
    fn finish(&mut self) -> Vec<(Header, Vec<u8>)> {
        while self.outbox.len() > 0 {
            self.lend();
            self.write(usize::MAX);
            self.check();
        }
        assert_eq!(self.outbox.control_len(), 0);
        assert!(self.outbox.is_flushed());
        let bytes = std::mem::take(&mut self.taker.0.lock().unwrap().bytes);
        let mut rest = &bytes[..];
        let mut frames = Vec::new();
        while let Some((header, behind)) = rest.split_first_chunk() {
            let header = Header::decode(header).expect("a header");
            let (body, behind) = behind.split_at(header.len as usize);
            frames.push((header, body.to_vec()));
            rest = behind;
        }
        assert!(rest.is_empty());
        frames
    }
}

/// The items and frames that these bytes are, read as a peer does.
fn units(frames: Vec<(Header, Vec<u8>)>) -> Vec<Unit> {
    let mut units = Vec::new();
    for (header, body) in frames {
        let stream = StreamId::of(header.request);
        if header.kind != Kind::Items {
            units.push(Unit::Frame(header.kind, body));
        } else if header.flags.has(Flags::SINGLE) {
            assert_eq!(header.method, 1);
            units.push(Unit::Item(stream, body));
        } else {
            let mut rest = &body[..];
            for _ in 0..header.method {
                let item = take_packed(&mut rest).expect("as many items as there are said to be");
                units.push(Unit::Item(stream, item.to_vec()));
            }
            assert!(rest.is_empty(), "and no more");
        }
    }
    units
}

const A: StreamId = StreamId::new(0, 1);
const B: StreamId = StreamId::new(1, 1);

/// What the frames of items have: how many items, and how many bytes.
fn shapes(frames: &[(Header, Vec<u8>)]) -> Vec<(u32, u32)> {
    let items = frames
        .iter()
        .filter(|(header, _)| header.kind == Kind::Items);
    items
        .map(|(header, _)| (header.method, header.len))
        .collect()
}

#[test]
fn small_items_of_a_stream_in_a_row_share_a_frame() {
    let mut bench = Bench::new(usize::MAX);
    for len in [0, 2, 200] {
        bench.item(A, vec![7; len]);
    }
    assert_eq!(shapes(&bench.finish()), [(3, 1 + 3 + 202)]);
}

#[test]
fn whatever_stands_between_two_items_parts_their_frames() {
    let between: [fn(&mut Bench); 5] = [
        |bench| bench.item(B, vec![1]),
        |bench| bench.item(A, vec![1; LARGE_ITEM]),
        |bench| bench.control(Vec::new()),
        |bench| bench.control(vec![1; LARGE_BODY]),
        |bench| bench.message(vec![1]),
    ];
    for (number, between) in between.into_iter().enumerate() {
        let mut bench = Bench::new(usize::MAX);
        bench.item(A, vec![7]);
        between(&mut bench);
        bench.item(A, vec![8]);
        bench.check();
        let appended = bench.appended.clone();
        let frames = bench.finish();
        assert_eq!(frames.len(), 3, "{number}");
        assert_eq!(units(frames), appended, "{number}");
    }
}

#[test]
fn a_frame_that_is_away_to_be_written_takes_no_more_items() {
    let mut bench = Bench::new(usize::MAX);
    bench.item(A, vec![7]);
    bench.lend();
    bench.item(A, vec![8]);
    bench.item(A, vec![9]);
    bench.write(usize::MAX);
    assert_eq!(shapes(&bench.finish()), [(1, 2), (2, 4)]);
}

#[test]
fn a_frame_behind_a_write_that_was_cut_still_takes_items() {
    let mut bench = Bench::new(usize::MAX);
    bench.item(A, vec![7]);
    bench.lend();
    bench.item(A, vec![8]);
    bench.write(HEADER_LEN + 1);
    bench.lend();
    bench.item(A, vec![9]);
    bench.write(0);
    bench.item(A, vec![10]);
    assert_eq!(shapes(&bench.finish()), [(1, 2), (3, 6)]);
}

#[test]
fn items_share_a_frame_up_to_the_peers_limit_and_no_further() {
    for (limit, expected) in [
        (usize::MAX, vec![(16, MAX_PACKED as u32), (4, 4 * 1024)]),
        (4096, vec![(4, 4096); 5]),
        (4095, [vec![(3, 3072); 6], vec![(2, 2048)]].concat()),
        (1024, vec![(1, 1024); 20]),
    ] {
        let mut bench = Bench::new(limit);
        for _ in 0..20 {
            // With its length 1,024 bytes.
            bench.item(A, vec![7; 1022]);
        }
        assert_eq!(shapes(&bench.finish()), expected, "{limit}");
    }
}

#[test]
fn a_large_item_is_a_frame_by_itself_without_a_length() {
    for len in [LARGE_ITEM, LARGE_BODY - 1, LARGE_BODY, LARGE_BODY + 1] {
        let mut bench = Bench::new(usize::MAX);
        bench.item(A, vec![7; len]);
        bench.item(A, vec![8; len]);
        bench.check();
        let frames = bench.finish();
        assert_eq!(shapes(&frames), [(1, len as u32); 2]);
        assert!(
            frames
                .iter()
                .all(|(header, _)| header.flags.has(Flags::SINGLE))
        );
        assert!(frames[0].1 == vec![7; len] && frames[1].1 == vec![8; len]);
    }
}

#[test]
fn nothing_follows_a_goodbye_not_even_an_item() {
    let mut bench = Bench::new(usize::MAX);
    bench.item(A, vec![7]);
    bench.control(Vec::new());
    bench.outbox.close();
    let (len, control_len) = (bench.outbox.len(), bench.outbox.control_len());
    bench.outbox.append_item(A, Payload::Small(&[8]));
    let large = Bytes::from(vec![9; LARGE_BODY]);
    bench.outbox.append_item(A, Payload::Large(&large));
    assert_eq!(
        (bench.outbox.len(), bench.outbox.control_len()),
        (len, control_len)
    );
    let appended = bench.appended.clone();
    assert_eq!(units(bench.finish()), appended);
}

#[test]
fn a_failed_outbox_counts_nothing_and_takes_no_items() {
    let mut bench = Bench::new(usize::MAX);
    bench.item(A, vec![7]);
    bench.control(vec![1; 100]);
    bench.lend();
    bench.item(A, vec![8]);
    drop(bench.outbox.fail());
    bench.outbox.append_item(A, Payload::Small(&[9]));
    assert_eq!((bench.outbox.len(), bench.outbox.control_len()), (0, 0));
    let writer = bench.writer.take().expect("it was lent");
    assert!(bench.outbox.give_back(writer, 10).is_some());
    assert_eq!((bench.outbox.len(), bench.outbox.control_len()), (0, 0));
    assert!(bench.outbox.lend().is_none());
}

#[derive(Clone, Debug)]
enum Step {
    Item(StreamId, usize),
    Control(usize),
    Message(usize),
    Lend,
    Write(usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    let stream = prop_oneof![3 => Just(A), 1 => Just(B)];
    let len = || {
        prop_oneof![
            8 => 0..20_usize,
            3 => 100..300_usize,
            2 => LARGE_ITEM - 3..LARGE_ITEM + 3,
            1 => LARGE_BODY - 2..LARGE_BODY + 2,
        ]
    };
    prop_oneof![
        10 => (stream, len()).prop_map(|(stream, len)| Step::Item(stream, len)),
        2 => len().prop_map(Step::Control),
        1 => len().prop_map(Step::Message),
        2 => Just(Step::Lend),
        3 => prop_oneof![0..80_usize, 0..6000_usize, Just(usize::MAX)].prop_map(Step::Write),
    ]
}

proptest! {
    /// However appending and writing interleave, frames arrive whole and in order, with the items that their headers
    /// announce, and what waits is counted byte for byte.
    #[test]
    fn items_of_two_streams_among_other_frames_arrive_as_they_were_appended(
        max_frame_len in prop_oneof![Just(usize::MAX), 4100..9000_usize],
        steps in vec(any_step(), 0..120),
    ) {
        let mut bench = Bench::new(max_frame_len);
        for (number, step) in (0_u8..).zip(steps) {
            match step {
                Step::Item(stream, len) => bench.item(stream, vec![number; len]),
                Step::Control(len) => bench.control(vec![number; len]),
                Step::Message(len) => bench.message(vec![number; len]),
                Step::Lend => bench.lend(),
                Step::Write(room) => bench.write(room),
            }
            bench.check();
        }
        let frames = bench.finish();
        for (header, _) in &frames {
            if header.kind == Kind::Items && !header.flags.has(Flags::SINGLE) {
                prop_assert!(header.len as usize <= MAX_PACKED.min(max_frame_len));
            }
        }
        prop_assert!(units(frames) == bench.appended);
    }
}
