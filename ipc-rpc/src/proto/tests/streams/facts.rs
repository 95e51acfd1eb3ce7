//! What each of the two tables does with what an honest peer sends.

use super::{credit, id};
use crate::proto::{Incoming, Outgoing, Spent};
use crate::wire::StreamId;

#[test]
fn as_many_streams_are_opened_as_there_is_room_for() {
    let mut streams = Outgoing::new(3, credit(1, 1));
    assert_eq!(streams.limit(), 3);
    assert!(streams.is_empty());
    assert!(streams.has_room_for(3));
    assert!(!streams.has_room_for(4));
    assert!(!streams.has_room_for(usize::MAX));
    let ids: Vec<_> = (0..3).map(|owner| streams.open(owner)).collect();
    assert_eq!(
        ids.iter().map(|id| id.slot()).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    assert!(streams.has_room_for(0));
    assert!(!streams.has_room_for(1));
    assert!(!streams.has_room_for(usize::MAX));
    assert_eq!(streams.end(ids[1]), Some(1));
    assert!(streams.has_room_for(1));
    assert!(!streams.has_room_for(2));
    assert!(!streams.is_empty());
}

#[test]
fn a_slot_is_used_again_with_another_generation_and_late_frames_miss_it() {
    let mut streams = Outgoing::new(1, credit(2, 10));
    let first = streams.open("first");
    assert_eq!(streams.end(first), Some("first"));
    let second = streams.open("second");
    assert_eq!(second.slot(), first.slot());
    assert_ne!(second.generation(), first.generation());
    assert_eq!(streams.spend(second, 1, 4), Spent::Sent);

    assert_eq!(streams.get_mut(first), None);
    assert_eq!(streams.spend(first, 1, 1), Spent::Over);
    assert_eq!(streams.handle_credit(first, credit(1, 4)), Ok(None));
    assert_eq!(streams.end(first), None);
    let known = streams.handle_credit(second, credit(1, 4)).unwrap();
    assert_eq!(known, Some(&mut "second"), "nothing was credited before");
}

#[test]
fn an_item_is_sent_while_there_is_credit_for_one_item_and_one_byte() {
    let mut streams = Outgoing::new(4, credit(3, 10));
    let by_items = streams.open(());
    for _ in 0..3 {
        assert_eq!(streams.spend(by_items, 1, 1), Spent::Sent);
    }
    assert_eq!(streams.spend(by_items, 1, 1), Spent::NoCredit);

    let by_bytes = streams.open(());
    assert_eq!(streams.spend(by_bytes, 1, 9), Spent::Sent);
    assert_eq!(streams.spend(by_bytes, 1, 1), Spent::Sent, "the last byte");
    assert_eq!(streams.spend(by_bytes, 1, 1), Spent::NoCredit);

    let overdrawn = streams.open(());
    assert_eq!(streams.spend(overdrawn, 1, 9), Spent::Sent);
    assert_eq!(
        streams.spend(overdrawn, 1, 500),
        Spent::Sent,
        "one byte is left"
    );
    assert_eq!(streams.spend(overdrawn, 1, 1), Spent::NoCredit);

    let huge = streams.open(());
    assert_eq!(streams.spend(huge, 1, u32::MAX as usize), Spent::Sent);
    assert_eq!(streams.spend(huge, 1, 1), Spent::NoCredit);
}

#[test]
fn sending_without_credit_takes_none() {
    let mut streams = Outgoing::new(1, credit(2, 10));
    let stream = streams.open(());
    assert_eq!(streams.spend(stream, 3, 1), Spent::NoCredit);
    assert_eq!(streams.spend(stream, 2, 10), Spent::Sent);
    for _ in 0..3 {
        assert_eq!(streams.spend(stream, 1, 1), Spent::NoCredit);
    }
    assert_eq!(
        streams.handle_credit(stream, credit(1, 1)),
        Ok(Some(&mut ()))
    );
    assert_eq!(streams.spend(stream, 1, 1), Spent::Sent);
}

#[test]
fn credit_for_items_or_for_bytes_alone_is_not_enough_to_send() {
    let mut streams = Outgoing::new(1, credit(2, 10));
    let stream = streams.open(());
    assert_eq!(streams.spend(stream, 2, 15), Spent::Sent);
    assert!(streams.handle_credit(stream, credit(2, 0)).is_ok());
    assert_eq!(streams.spend(stream, 1, 1), Spent::NoCredit);
    assert!(streams.handle_credit(stream, credit(0, 5)).is_ok());
    assert_eq!(
        streams.spend(stream, 1, 1),
        Spent::NoCredit,
        "0 bytes are left"
    );
    assert!(streams.handle_credit(stream, credit(0, 1)).is_ok());
    assert_eq!(streams.spend(stream, 1, 1), Spent::Sent);
}

#[test]
fn a_window_of_nothing_lets_nothing_through() {
    for window in [credit(0, 0), credit(0, 10), credit(10, 0)] {
        let mut streams = Outgoing::new(1, window);
        let stream = streams.open(());
        assert_eq!(streams.spend(stream, 1, 1), Spent::NoCredit, "{window:?}");
    }
}

#[test]
fn a_stream_that_was_ended_takes_nothing_more() {
    let mut streams = Outgoing::new(2, credit(4, 10));
    let (stream, other) = (streams.open("stream"), streams.open("other"));
    assert_eq!(streams.spend(stream, 1, 4), Spent::Sent);
    assert_eq!(streams.end(stream), Some("stream"));
    assert_eq!(streams.end(stream), None, "it is ended once");
    assert_eq!(streams.get_mut(stream), None);
    assert_eq!(streams.spend(stream, 1, 1), Spent::Over);
    assert_eq!(streams.handle_credit(stream, credit(1, 4)), Ok(None));
    assert_eq!(streams.get_mut(other), Some(&mut "other"));
    assert_eq!(streams.end(other), Some("other"));
    assert!(streams.is_empty());
}

#[test]
fn the_end_of_the_connection_ends_every_stream_once() {
    let mut outgoing = Outgoing::new(3, credit(4, 10));
    let written: Vec<_> = (0..3).map(|owner| outgoing.open(owner)).collect();
    outgoing.end(written[1]);
    assert_eq!(outgoing.drain().collect::<Vec<_>>(), [0, 2]);
    assert_eq!(outgoing.drain().count(), 0);
    assert!(outgoing.is_empty());
    assert_eq!(outgoing.spend(written[0], 1, 1), Spent::Over);

    let mut incoming = Incoming::new(4, credit(4, 10));
    for slot in 0..4 {
        incoming.open(id(slot, 0), slot).unwrap();
    }
    assert_eq!(incoming.handle_end(id(1, 0)), Some(1));
    assert_eq!(incoming.stop(id(2, 0)), Some(2));
    assert_eq!(
        incoming.drain().collect::<Vec<_>>(),
        [0, 3],
        "those with readers"
    );
    assert_eq!(incoming.drain().count(), 0);
    assert_eq!(incoming.len(), 0);
    assert_eq!(incoming.handle_end(id(0, 0)), None);
    assert_eq!(incoming.take(id(0, 0), credit(4, 10)), None);
}

/// A table with one open stream.
fn reading(items: u32, bytes: u32) -> (Incoming<&'static str>, StreamId) {
    let mut streams = Incoming::new(1, credit(items, bytes));
    let stream = id(0, 7);
    streams.open(stream, "reader").unwrap();
    (streams, stream)
}

#[test]
fn credit_is_given_once_half_a_window_was_taken() {
    let (mut streams, stream) = reading(8, 100);
    streams.handle_items(stream, 8, 90).unwrap();
    assert_eq!(streams.take(stream, credit(3, 10)), None);
    assert_eq!(
        streams.take(stream, credit(1, 10)),
        Some(credit(4, 20)),
        "by items"
    );
    assert_eq!(streams.take(stream, credit(1, 49)), None);
    assert_eq!(
        streams.take(stream, credit(1, 1)),
        Some(credit(2, 50)),
        "by bytes"
    );
    assert_eq!(streams.take(stream, credit(2, 20)), None);
    assert_eq!(streams.take(stream, credit(0, 0)), None);
}

#[test]
fn half_of_an_odd_window_is_the_greater_half() {
    let (mut streams, stream) = reading(5, 7);
    streams.handle_items(stream, 5, 7).unwrap();
    assert_eq!(streams.take(stream, credit(2, 3)), None);
    assert_eq!(streams.take(stream, credit(0, 1)), Some(credit(2, 4)));
    assert_eq!(streams.take(stream, credit(2, 3)), None);
    assert_eq!(streams.take(stream, credit(1, 0)), Some(credit(3, 3)));
}

#[test]
fn a_window_of_one_goes_item_by_item() {
    let (mut streams, stream) = reading(1, 1);
    for _ in 0..3 {
        streams.handle_items(stream, 1, 50).unwrap();
        assert_eq!(streams.take(stream, credit(1, 50)), Some(credit(1, 50)));
    }
}

#[test]
fn an_item_larger_than_the_window_is_given_back_whole() {
    let (mut streams, stream) = reading(8, 100);
    streams.handle_items(stream, 1, 99).unwrap();
    streams.handle_items(stream, 1, 300).unwrap();
    assert_eq!(streams.take(stream, credit(1, 99)), Some(credit(1, 99)));
    assert_eq!(streams.take(stream, credit(1, 300)), Some(credit(1, 300)));
    assert!(
        streams.handle_items(stream, 8, 100).is_ok(),
        "a whole window again"
    );
}

#[test]
fn credit_that_does_not_fit_a_frame_is_given_with_the_next() {
    let window = credit(u32::MAX, u32::MAX);
    let mut streams = Incoming::new(1, window);
    let stream = id(0, 0);
    streams.open(stream, ()).unwrap();
    streams.handle_items(stream, 1, 9).unwrap();
    streams.handle_items(stream, 1, u32::MAX as usize).unwrap();
    assert_eq!(streams.take(stream, credit(1, 9)), None);
    let most = streams.take(stream, credit(1, u32::MAX));
    assert_eq!(most, Some(credit(2, u32::MAX)));
    streams
        .handle_items(stream, 1, u32::MAX as usize - 9)
        .unwrap();
    let rest = streams.take(stream, credit(1, u32::MAX - 9));
    assert_eq!(rest, Some(credit(1, u32::MAX)), "and the 9 from before");
}

#[test]
fn items_of_a_stream_that_is_not_open_are_nobodys() {
    let (mut streams, stream) = reading(2, 10);
    for other in [id(0, 6), id(0, 8), id(1, 7), id(u32::MAX, u32::MAX)] {
        assert_eq!(streams.handle_items(other, 1000, 1000), Ok(None), "{other}");
        assert_eq!(streams.take(other, credit(1000, 1000)), None, "{other}");
        assert_eq!(streams.stop(other), None, "{other}");
        assert_eq!(streams.handle_end(other), None, "{other}");
    }
    assert_eq!(streams.len(), 1);
    let reader = streams.handle_items(stream, 2, 10).unwrap();
    assert_eq!(reader, Some(&mut "reader"), "with all of its credit");
}

#[test]
fn a_stream_that_was_stopped_keeps_its_slot_until_its_writer_ends_it() {
    let (mut streams, stream) = reading(2, 10);
    streams.handle_items(stream, 1, 1).unwrap();
    assert_eq!(streams.stop(stream), Some("reader"));
    assert_eq!(streams.stop(stream), None, "the peer is asked once");
    assert_eq!(streams.handle_items(stream, 1, 1), Ok(None), "on its way");
    assert_eq!(streams.len(), 1);
    assert!(streams.open(id(0, 8), "too early").is_err());
    assert_eq!(streams.handle_end(stream), None, "nobody is to be told");
    assert_eq!(streams.len(), 0);
    streams.open(id(0, 8), "next").unwrap();
    assert_eq!(streams.stop(stream), None);
    assert_eq!(streams.handle_end(stream), None);
    assert_eq!(streams.handle_end(id(0, 8)), Some("next"));
}

#[test]
fn what_is_read_behind_the_end_gives_no_credit() {
    let (mut streams, stream) = reading(2, 10);
    streams.handle_items(stream, 2, 10).unwrap();
    assert_eq!(streams.handle_end(stream), Some("reader"));
    assert_eq!(streams.take(stream, credit(2, 10)), None);
    streams.open(id(0, 8), "next").unwrap();
    assert_eq!(streams.take(stream, credit(2, 10)), None, "nor to the next");
    assert!(streams.handle_items(id(0, 8), 2, 10).is_ok());
    assert!(streams.handle_items(id(0, 8), 1, 1).is_err());
}
