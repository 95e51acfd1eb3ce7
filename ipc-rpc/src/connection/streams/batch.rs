//! Items that are gathered by the one task that makes them, and sent together.

use std::future::poll_fn;
use std::sync::MutexGuard;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::writer::{LARGE_ITEM, Sent, StreamWriter, WriterEnd};
use crate::clock;
use crate::connection::outbox::MAX_PACKED;
use crate::connection::shared::Core;
use crate::proto::{Allowance, Spent};
use crate::wake::Place;
use crate::wire::{MAX_PACKED_LEN, pack_behind};

/// The most items of a batch. Behind so many, what a batch costs by itself does not show any more.
const MAX_ITEMS: u32 = 64;

/// What it may take to gather a batch, whose first item waits for the last: not much more than it takes to send one.
const MAX_TIME: Duration = Duration::from_micros(20);

/// Others have their turn when a producer has had as much time as this.
const SLOW: Duration = Duration::from_micros(200);

/// Items of a stream, encoded one behind the other, which are sent under one lock.
///
/// They have their credit already, out of what there was when the connection was last asked: that grows meanwhile and does
/// not shrink, for nobody else sends on the stream.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Whole items, and behind them what is left of one that could not be encoded.
    bytes: Vec<u8>,
    /// Bytes of the whole ones.
    len: usize,
    items: u32,
    /// When it was begun to gather them, while that goes on.
    since: Option<Instant>,
    left: Allowance,
    /// Items that are worth waiting for: one of a producer that is slow, as far as is known, and ever more of one that has
    /// them at hand.
    worth: u32,
    /// Time that the producer had since others had their turn.
    busy: Duration,
    /// Bytes that leave room for another item in the frame.
    max_len: usize,
    max_item_len: usize,
}

impl Batch {
    /// `max_frame_len` is what the peer takes.
    pub(crate) fn new(max_frame_len: usize) -> Self {
        Self {
            bytes: Vec::new(),
            len: 0,
            items: 0,
            since: None,
            left: Allowance::NONE,
            worth: 1,
            busy: Duration::ZERO,
            // To a peer that takes such small frames only, each item goes by itself.
            max_len: MAX_PACKED
                .min(max_frame_len)
                .saturating_sub(LARGE_ITEM + MAX_PACKED_LEN),
            max_item_len: max_frame_len.min(LARGE_ITEM),
        }
    }

    /// Whether there is nothing in it.
    pub(crate) const fn is_empty(&self) -> bool {
        self.items == 0
    }

    /// Whether it is to be sent before it takes another item.
    #[inline]
    pub(crate) const fn is_full(&self) -> bool {
        self.items >= self.worth || self.len >= self.max_len || !self.left.any()
    }

    /// Whether an item of so many bytes can be added.
    #[inline]
    pub(crate) const fn takes(&self, len: usize) -> bool {
        len + 1 < self.max_item_len && self.left.any()
    }

    /// Begins to gather.
    pub(crate) fn begin(&mut self) {
        self.since = Some(clock::now());
    }

    /// Adds an item. One that is large or for which there is no credit comes back encoded, to be sent by itself behind those
    /// that were gathered.
    #[inline]
    pub(crate) fn push<E>(
        &mut self,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Option<Bytes>, E> {
        self.bytes.truncate(self.len);
        // Kept free for the item's length.
        self.bytes.push(0);
        encode(&mut self.bytes)?;
        if !self.takes(self.bytes.len() - self.len - 1) {
            return Ok(Some(self.take_last()));
        }
        pack_behind(self.len, &mut self.bytes);
        self.left.take(1, self.bytes.len() - self.len);
        self.len = self.bytes.len();
        self.items += 1;
        Ok(None)
    }

    /// Takes the item out that was encoded last. Memory for a large one is not kept.
    #[cold]
    fn take_last(&mut self) -> Bytes {
        if self.is_empty() {
            return Bytes::from(std::mem::take(&mut self.bytes)).slice(1..);
        }
        let item = self.bytes.split_off(self.len + 1);
        self.bytes.shrink_to(MAX_PACKED);
        item.into()
    }

    /// It was gathered, or what follows has to be waited for. Returns whether others are to have their turn.
    pub(crate) fn end(&mut self) -> bool {
        let Some(since) = self.since.take() else {
            return false;
        };
        let took = clock::now() - since;
        if self.items > 0 {
            self.worth = if took > MAX_TIME {
                let fitting = u128::from(self.items) * MAX_TIME.as_nanos() / took.as_nanos();
                u32::try_from(fitting).unwrap_or(MAX_ITEMS).max(1)
            } else {
                (2 * self.worth).min(MAX_ITEMS)
            };
        }
        self.busy += took;
        let is_long = self.busy > SLOW;
        if is_long {
            self.busy = Duration::ZERO;
        }
        is_long
    }

    /// The producer has to be waited for, so that others have their turn.
    pub(crate) const fn pause(&mut self) {
        self.since = None;
        self.busy = Duration::ZERO;
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.len = 0;
        self.items = 0;
    }
}

impl StreamWriter {
    /// A batch of items for this stream, which are sent in no other way from then on.
    pub(crate) fn batch(&self) -> Batch {
        Batch::new(self.connection().max_item_len())
    }

    /// Sends what was gathered, once there is room for it.
    ///
    /// # Errors
    ///
    /// Nothing can be sent any more.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, what was not sent is still in the batch.
    pub(crate) async fn send_batch(&self, batch: &mut Batch) -> Result<(), WriterEnd> {
        let mut place = Place::default();
        poll_fn(|cx| self.poll_sent(&mut place, cx, |place| self.try_send_batch(batch, place)))
            .await
    }

    /// Sends what was gathered, if there is room for it, and looks how much there is credit for.
    fn try_send_batch(&self, batch: &mut Batch, place: Option<&Place>) -> Sent {
        let mut core = self.shared().lock();
        if !batch.is_empty()
            && let Some(waits) = self.await_room(&mut core, place)
        {
            return waits;
        }
        self.send_under(core, batch)
    }

    /// Sends what was gathered by who goes, and cannot wait for room.
    pub(crate) fn send_last_batch(&self, batch: &mut Batch) {
        if !batch.is_empty() {
            // Over: nobody wants it.
            let _ = self.send_under(self.shared().lock(), batch);
        }
    }

    fn send_under(&self, mut core: MutexGuard<'_, Core>, batch: &mut Batch) -> Sent {
        if !batch.is_empty() {
            match core.outgoing.spend(self.id(), batch.items, batch.len) {
                Spent::Sent => {}
                spent => {
                    // Their credit was looked for before.
                    debug_assert!(spent == Spent::Over, "{spent:?}");
                    return Sent::Over;
                }
            }
            let packed = &batch.bytes[..batch.len];
            let begins = core.outbox.append_packed(self.id(), packed, batch.items);
            self.owe_turn(begins, batch.len);
        }
        let Some(left) = core.outgoing.left(self.id()) else {
            return Sent::Over;
        };
        batch.left = left;
        if !batch.is_empty() {
            batch.clear();
            self.shared().settle_items(core);
        }
        Sent::Done
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use proptest::prelude::*;

    use super::*;
    use crate::wire::{Credit, take_packed};

    const MAX_FRAME_LEN: usize = 8 * 1024 * 1024;

    fn left(items: u32) -> Allowance {
        Allowance::whole(Credit {
            items,
            bytes: 1024 * 1024,
        })
    }

    fn batch() -> Batch {
        let mut batch = Batch::new(MAX_FRAME_LEN);
        batch.left = left(u32::MAX);
        batch
    }

    fn push(batch: &mut Batch, item: &[u8]) -> Option<Bytes> {
        let Ok(rest) = batch.push::<Infallible>(|out| {
            out.extend_from_slice(item);
            Ok(())
        });
        rest
    }

    fn items(batch: &Batch) -> Vec<Vec<u8>> {
        let mut rest = &batch.bytes[..batch.len];
        let items = std::iter::from_fn(|| take_packed(&mut rest).map(<[u8]>::to_vec)).collect();
        assert!(rest.is_empty());
        items
    }

    #[test]
    fn ever_more_items_are_gathered_of_a_producer_that_has_them_at_hand() {
        let mut batch = batch();
        let mut counts = Vec::new();
        for _ in 0..9 {
            while !batch.is_full() {
                assert_eq!(push(&mut batch, b"item"), None);
            }
            counts.push(batch.items);
            // As if it took no time, on whatever machine.
            batch.since = Some(clock::now() + MAX_TIME);
            assert!(!batch.end());
            batch.clear();
        }
        assert_eq!(counts, [1, 2, 4, 8, 16, 32, 64, 64, 64]);
    }

    #[test]
    fn items_of_a_producer_that_is_slow_do_not_wait_for_each_other() {
        let mut batch = batch();
        batch.worth = MAX_ITEMS;
        while !batch.is_full() {
            push(&mut batch, b"item");
        }
        batch.since = clock::now().checked_sub(100 * SLOW);
        assert!(batch.end(), "others are to have their turn");
        batch.clear();
        for _ in 0..3 {
            batch.since = clock::now().checked_sub(MAX_TIME);
            push(&mut batch, b"item");
            assert!(batch.is_full());
            batch.end();
            batch.clear();
        }
    }

    #[test]
    fn others_have_their_turn_when_many_small_batches_took_long_together() {
        let mut batch = batch();
        let turns = (0..100).filter(|_| {
            push(&mut batch, b"item");
            batch.since = clock::now().checked_sub(SLOW / 5);
            let is_long = batch.end();
            batch.clear();
            is_long
        });
        assert!(turns.count() >= 16);
        batch.busy = SLOW;
        batch.pause();
        batch.since = Some(clock::now() + SLOW);
        assert!(
            !batch.end(),
            "they had one while the producer was waited for"
        );
    }

    #[test]
    fn memory_for_a_large_item_is_not_kept() {
        let mut batch = batch();
        for small in [0, 3] {
            (0..small).for_each(|_| drop(push(&mut batch, b"small")));
            assert_eq!(
                push(&mut batch, &[7; 1_000_000]).unwrap(),
                [7; 1_000_000][..]
            );
            assert!(batch.bytes.capacity() <= MAX_PACKED);
            assert_eq!(items(&batch), vec![b"small".to_vec(); small]);
        }
    }

    #[test]
    fn a_batch_ends_with_its_credit_and_fits_into_a_frame() {
        let mut batch = batch();
        batch.worth = MAX_ITEMS;
        batch.left = left(3);
        for _ in 0..3 {
            assert!(!batch.is_full());
            assert_eq!(push(&mut batch, b"item"), None);
        }
        assert!(batch.is_full());
        assert_eq!(push(&mut batch, b"more"), Some(Bytes::from_static(b"more")));
        assert_eq!(items(&batch), [b"item"; 3]);
        for max_frame_len in [4 * 1024, 10_000, MAX_FRAME_LEN] {
            let mut batch = Batch::new(max_frame_len);
            batch.left = left(u32::MAX);
            batch.worth = MAX_ITEMS;
            while !batch.is_full() {
                assert_eq!(push(&mut batch, &[7; LARGE_ITEM - 3]), None);
            }
            assert!(batch.len <= max_frame_len.min(MAX_PACKED), "{}", batch.len);
        }
    }

    #[test]
    fn an_item_that_is_not_encoded_leaves_those_before_it() {
        let mut batch = batch();
        push(&mut batch, b"first");
        let refused = batch.push(|out| {
            out.extend_from_slice(b"half");
            Err("no")
        });
        assert_eq!(refused, Err("no"));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _ = batch.push::<()>(|out| {
                out.extend_from_slice(b"half");
                panic!("on purpose");
            });
        }));
        assert!(panicked.is_err());
        push(&mut batch, b"second");
        assert_eq!(items(&batch), [&b"first"[..], b"second"]);
    }

    proptest! {
        #[test]
        fn small_items_are_packed_and_large_ones_come_back(
            lens in prop::collection::vec(prop_oneof![0_usize..300, 0_usize..6000], 0..20),
        ) {
            let mut batch = batch();
            let mut expected = Vec::new();
            for (number, len) in lens.into_iter().enumerate() {
                let item = vec![number as u8; len];
                match push(&mut batch, &item) {
                    None => {
                        prop_assert!(len < LARGE_ITEM);
                        expected.push(item);
                    }
                    Some(back) => {
                        prop_assert!(len + 1 >= LARGE_ITEM);
                        prop_assert_eq!(back, item);
                    }
                }
            }
            prop_assert_eq!(batch.items as usize, expected.len());
            prop_assert_eq!(items(&batch), expected);
        }
    }
}
