//! What a peer may not do, and what it is told then.

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{credit, id};
use crate::error::ProtocolError;
use crate::proto::{Incoming, Outgoing, Spent};
use crate::wire::{Credit, StreamId};

#[test]
fn a_stream_in_a_taken_slot_is_a_duplicate_whatever_its_generation() {
    let mut streams = Incoming::new(4, credit(1, 1));
    streams.open(id(2, 7), "first").unwrap();
    for again in [id(2, 7), id(2, 8), id(2, 6)] {
        let expected = ProtocolError::DuplicateStream {
            id: again.to_string(),
        };
        assert_eq!(streams.open(again, "again"), Err(expected));
    }
    assert_eq!(streams.len(), 1);
    assert_eq!(streams.handle_end(id(2, 7)), Some("first"));
    streams.open(id(2, 7), "free again").unwrap();
}

#[test]
fn a_stream_beyond_the_limit_is_not_entered_and_costs_nothing() {
    let mut streams = Incoming::new(4, credit(1, 1));
    streams.open(id(3, 0), ()).unwrap();
    for slot in [4, 5, u32::MAX] {
        let expected = ProtocolError::TooManyStreams {
            slot: slot as usize,
            limit: 4,
        };
        assert_eq!(streams.open(id(slot, 0), ()), Err(expected));
    }
    assert_eq!((streams.len(), streams.limit()), (1, 4));
    assert_eq!(streams.drain().count(), 1);
}

#[test]
fn items_without_credit_are_told_with_what_was_left() {
    let mut streams = Incoming::new(1, credit(4, 10));
    let stream = id(0, 3);
    streams.open(stream, ()).unwrap();
    streams.handle_items(stream, 2, 3).unwrap();
    let expected = ProtocolError::NoCredit {
        id: "0.3".to_owned(),
        items: 3,
        bytes: 2,
        credit: "2 items and 7 bytes".to_owned(),
    };
    assert_eq!(streams.handle_items(stream, 3, 2), Err(expected));
    streams.handle_items(stream, 1, 10).expect("the last bytes");
    for (items, bytes) in [(1, 1), (1, 0), (0, 1), (0, 0), (u32::MAX, usize::MAX)] {
        let error = streams.handle_items(stream, items, bytes).unwrap_err();
        let is_named = matches!(error, ProtocolError::NoCredit { .. });
        assert!(is_named, "{items} items, {bytes} bytes: {error:?}");
    }
}

#[test]
fn items_without_credit_are_a_violation_though_nobody_reads_them() {
    let mut streams = Incoming::new(1, credit(2, 10));
    let stream = id(0, 0);
    streams.open(stream, ()).unwrap();
    assert_eq!(streams.stop(stream), Some(()));
    assert_eq!(streams.handle_items(stream, 2, 2), Ok(None));
    assert!(streams.handle_items(stream, 1, 1).is_err());
}

#[test]
fn credit_beyond_what_was_used_is_told_with_how_much_it_was() {
    for (items, bytes) in [
        (3, 0),
        (0, 7),
        (3, 6),
        (2, 7),
        (u32::MAX, 0),
        (0, u32::MAX),
        (u32::MAX, u32::MAX),
    ] {
        let mut streams = Outgoing::new(1, credit(4, 10));
        let stream = streams.open(());
        assert_eq!(streams.spend(stream, 2, 6), Spent::Sent);
        let expected = ProtocolError::TooMuchCredit {
            id: stream.to_string(),
            items,
            bytes,
        };
        let told = streams.handle_credit(stream, credit(items, bytes));
        assert_eq!(told, Err(expected));
    }
}

#[test]
fn credit_for_all_that_was_used_and_for_nothing_is_fine() {
    let mut streams = Outgoing::new(1, credit(4, 10));
    let stream = streams.open(());
    assert!(streams.handle_credit(stream, credit(0, 0)).is_ok());
    assert_eq!(streams.spend(stream, 2, 600), Spent::Sent);
    assert!(streams.handle_credit(stream, credit(2, 600)).is_ok());
    assert!(streams.handle_credit(stream, credit(0, 1)).is_err());
    assert!(streams.handle_credit(stream, credit(1, 0)).is_err());
}

#[test]
fn credit_never_overflows_however_large_the_window_and_the_item() {
    let window = credit(u32::MAX, u32::MAX);
    let mut streams = Outgoing::new(1, window);
    let stream = streams.open(());
    assert!(streams.handle_credit(stream, window).is_err());
    assert_eq!(
        streams.spend(stream, u32::MAX, u32::MAX as usize - 1),
        Spent::Sent
    );
    assert!(streams.handle_credit(stream, credit(1, 0)).is_ok());
    assert_eq!(streams.spend(stream, 1, u32::MAX as usize), Spent::Sent);
    assert_eq!(streams.spend(stream, 0, usize::MAX), Spent::NoCredit);
    assert!(streams.handle_credit(stream, window).is_ok());
    assert!(streams.handle_credit(stream, credit(0, u32::MAX)).is_err());
    assert!(
        streams
            .handle_credit(stream, credit(0, u32::MAX - 1))
            .is_ok()
    );
    assert!(streams.handle_credit(stream, credit(0, 1)).is_err());
}

#[derive(Clone, Copy, Debug)]
enum Hostile {
    Open(StreamId),
    Items(StreamId, u32, usize),
    End(StreamId),
    /// The reader takes the half of what it holds.
    Take(StreamId),
    /// The reader goes.
    Stop(StreamId),
}

fn any_hostile() -> impl Strategy<Value = Hostile> {
    let any_id = (0..6_u32, 0..2_u32).prop_map(|(slot, generation)| id(slot, generation));
    (any_id, 0..10_u8, 0..5_u32, 0..60_usize).prop_map(|(id, kind, items, bytes)| match kind {
        0..3 => Hostile::Open(id),
        3..7 => Hostile::Items(id, items, bytes),
        7 => Hostile::End(id),
        8 => Hostile::Take(id),
        _ => Hostile::Stop(id),
    })
}

/// What is known of a stream that a hostile peer opened.
struct Held {
    generation: u32,
    /// What has arrived and was not given back.
    items: u64,
    bytes: u64,
    /// What of that the reader has not yet taken.
    waiting: Credit,
    stopped: bool,
}

/// Slots that there are.
const LIMIT: usize = 4;

proptest! {
    /// Whatever a peer sends, it is entered, dropped or named a violation, and of a stream no more is ever here than one
    /// window and one frame.
    #[test]
    fn no_frames_of_a_peer_get_beyond_a_window_and_a_frame(
        (items, bytes) in (1..8_u32, 1..100_u32),
        frames in vec(any_hostile(), 0..200),
    ) {
        let window = credit(items, bytes);
        let mut streams = Incoming::new(LIMIT, window);
        let mut open: HashMap<usize, Held> = HashMap::new();
        for frame in frames {
            match frame {
                Hostile::Open(id) => {
                    let opened = streams.open(id, id);
                    let is_fine = id.slot() < LIMIT && !open.contains_key(&id.slot());
                    prop_assert_eq!(opened.is_ok(), is_fine, "{:?}", opened);
                    if is_fine {
                        let generation = id.generation();
                        let waiting = credit(0, 0);
                        let held = Held { generation, items: 0, bytes: 0, waiting, stopped: false };
                        open.insert(id.slot(), held);
                    }
                }
                Hostile::Items(id, count, len) => {
                    let held = open.get_mut(&id.slot()).filter(|held| held.generation == id.generation());
                    let handled = streams.handle_items(id, count, len).map(|owner| owner.copied());
                    let Some(held) = held else {
                        prop_assert_eq!(handled, Ok(None));
                        continue;
                    };
                    let is_fine = held.items + u64::from(count) <= u64::from(window.items)
                        && held.bytes < u64::from(window.bytes);
                    prop_assert_eq!(handled.is_ok(), is_fine, "{:?}", handled);
                    if is_fine {
                        prop_assert_eq!(handled, Ok((!held.stopped).then_some(id)));
                        held.items += u64::from(count);
                        held.bytes += len as u64;
                        held.waiting.items += count;
                        held.waiting.bytes += len as u32;
                        prop_assert!(held.items <= u64::from(window.items));
                        prop_assert!(held.bytes < u64::from(window.bytes) + len.max(1) as u64);
                    }
                }
                Hostile::End(id) => {
                    let is_open = open.get(&id.slot()).is_some_and(|held| held.generation == id.generation());
                    let ended = is_open.then(|| open.remove(&id.slot())).flatten();
                    let is_read = ended.is_some_and(|held| !held.stopped);
                    prop_assert_eq!(streams.handle_end(id), is_read.then_some(id));
                }
                Hostile::Take(id) => {
                    let held = open.get_mut(&id.slot()).filter(|held| held.generation == id.generation());
                    let Some(held) = held.filter(|held| !held.stopped) else { continue };
                    let taken = credit(held.waiting.items.div_ceil(2), held.waiting.bytes.div_ceil(2));
                    held.waiting.items -= taken.items;
                    held.waiting.bytes -= taken.bytes;
                    if let Some(given) = streams.take(id, taken) {
                        held.items -= u64::from(given.items);
                        held.bytes -= u64::from(given.bytes);
                    }
                    // What was taken and not given back is less than half a window.
                    let kept = held.items - u64::from(held.waiting.items);
                    prop_assert!(kept < u64::from(window.items.div_ceil(2)));
                    let kept = held.bytes - u64::from(held.waiting.bytes);
                    prop_assert!(kept < u64::from(window.bytes.div_ceil(2)));
                }
                Hostile::Stop(id) => {
                    let held = open.get_mut(&id.slot()).filter(|held| held.generation == id.generation());
                    let was_read = held.is_some_and(|held| !std::mem::replace(&mut held.stopped, true));
                    prop_assert_eq!(streams.stop(id), was_read.then_some(id));
                }
            }
            prop_assert_eq!(streams.len(), open.len());
        }
        let expected = open.values().filter(|held| !held.stopped).count();
        prop_assert_eq!(streams.drain().count(), expected);
    }

    /// Whatever credit a peer gives, a writer never has more than a window out.
    #[test]
    fn no_credit_of_a_peer_lets_a_writer_send_more_than_a_window_and_an_item(
        window in (1..8_u32, 1..100_u32),
        steps in vec((any::<bool>(), 0..5_u32, 0..120_u32), 0..200),
    ) {
        let window = credit(window.0, window.1);
        let mut streams = Outgoing::new(1, window);
        let stream = streams.open(());
        let (mut items, mut bytes) = (0_u64, 0_u64);
        for (sends, count, len) in steps {
            if sends {
                let is_fine = items < u64::from(window.items) && bytes < u64::from(window.bytes);
                let expected = if is_fine { Spent::Sent } else { Spent::NoCredit };
                prop_assert_eq!(streams.spend(stream, 1, len as usize), expected);
                if is_fine {
                    items += 1;
                    bytes += u64::from(len);
                }
            } else {
                let is_fine = u64::from(count) <= items && u64::from(len) <= bytes;
                let handled = streams.handle_credit(stream, credit(count, len));
                prop_assert_eq!(handled.is_ok(), is_fine);
                if is_fine {
                    items -= u64::from(count);
                    bytes -= u64::from(len);
                }
            }
        }
        prop_assert_eq!(streams.end(stream), Some(()));
    }
}
