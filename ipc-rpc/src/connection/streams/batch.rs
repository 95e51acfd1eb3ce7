//! Items that are gathered by the one task that makes them, and sent together.

use std::future::poll_fn;
use std::time::{Duration, Instant};

use super::writer::{LARGE_ITEM, Sent, StreamWriter, WriterEnd};
use crate::clock;
use crate::connection::outbox::MAX_PACKED;
use crate::proto::{Allowance, Spent};
use crate::wake::Place;
use crate::wire::{MAX_PACKED_LEN, pack_behind};

/// The most items of a batch. Behind so many, what a batch costs by itself does not show any more.
const MAX_ITEMS: u32 = 64;

/// What it may take to gather a batch, whose first item waits for the last: not much more than it takes to send one.
const MAX_TIME: Duration = Duration::from_micros(20);

/// Others have their turn when it took as long as this, since who polls them does not get to it meanwhile.
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
    /// When the first of them was added.
    since: Option<Instant>,
    left: Allowance,
    /// Items that are worth waiting for: one of a producer that is slow, as far as is known, and ever more of one that has
    /// them at hand.
    worth: u32,
    /// Whether the last ones took so long that others are to have their turn.
    was_slow: bool,
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
            was_slow: false,
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
        len < self.max_item_len && self.left.any()
    }

    /// Adds an item. One that is large or for which there is no credit comes back encoded, to be sent by itself behind those
    /// that were gathered.
    #[inline]
    pub(crate) fn push<E>(
        &mut self,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Option<Vec<u8>>, E> {
        if self.items == 0 {
            self.since = Some(clock::now());
        }
        self.bytes.truncate(self.len);
        // Kept free for the item's length.
        self.bytes.push(0);
        encode(&mut self.bytes)?;
        if !self.takes(self.bytes.len() - self.len) {
            return Ok(Some(self.bytes.split_off(self.len + 1)));
        }
        pack_behind(self.len, &mut self.bytes);
        self.left.take(1, self.bytes.len() - self.len);
        self.len = self.bytes.len();
        self.items += 1;
        Ok(None)
    }

    /// Whether the items of the last one were made so slowly that others are to have their turn, once.
    pub(crate) const fn was_slow(&mut self) -> bool {
        std::mem::replace(&mut self.was_slow, false)
    }

    /// Goes on with what there is credit for.
    fn begin(&mut self, left: Allowance) {
        self.left = left;
        if self.is_empty() {
            return;
        }
        let took = self.since.take().map(|since| clock::now() - since);
        let took = took.unwrap_or_default();
        self.was_slow = took > SLOW;
        self.worth = if took > MAX_TIME {
            let fitting = u128::from(self.items) * MAX_TIME.as_nanos() / took.as_nanos();
            u32::try_from(fitting).unwrap_or(MAX_ITEMS).max(1)
        } else {
            (2 * self.worth).min(MAX_ITEMS)
        };
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

    /// Sends what was gathered, or looks how much there is credit for.
    pub(crate) fn try_send_batch(&self, batch: &mut Batch, place: Option<&Place>) -> Sent {
        let shared = self.shared();
        let mut core = shared.lock();
        if !batch.is_empty() {
            if let Some(waits) = self.await_room(&mut core, place) {
                return waits;
            }
            match core.outgoing.spend(self.id(), batch.items, batch.len) {
                Spent::Sent => {}
                // Their credit was looked for before.
                Spent::NoCredit | Spent::Over => return Sent::Over,
            }
            let packed = &batch.bytes[..batch.len];
            if core.outbox.append_packed(self.id(), packed, batch.items) {
                self.owe_turn(MAX_PACKED);
            }
        }
        let Some(left) = core.outgoing.left(self.id()) else {
            return Sent::Over;
        };
        if batch.is_empty() {
            drop(core);
        } else {
            shared.settle_items(core);
        }
        batch.begin(left);
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
        batch.begin(left(u32::MAX));
        batch
    }

    fn push(batch: &mut Batch, item: &[u8]) -> Option<Vec<u8>> {
        let pushed: Result<_, Infallible> = batch.push(|out| {
            out.extend_from_slice(item);
            Ok(())
        });
        pushed.unwrap()
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
            // As if it took no time, on whatever machine.
            while !batch.is_full() {
                assert_eq!(push(&mut batch, b"item"), None);
                batch.since = Some(clock::now() + MAX_TIME);
            }
            counts.push(batch.items);
            batch.begin(left(u32::MAX));
            assert!(batch.is_empty() && !batch.was_slow());
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
        batch.begin(left(u32::MAX));
        assert!(batch.was_slow(), "others are to have their turn");
        assert!(!batch.was_slow(), "once");
        push(&mut batch, b"item");
        assert!(batch.is_full());
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
        assert_eq!(push(&mut batch, b"more"), Some(b"more".to_vec()));
        assert_eq!(items(&batch), [b"item"; 3]);
        for max_frame_len in [4 * 1024, 10_000, MAX_FRAME_LEN] {
            let mut batch = Batch::new(max_frame_len);
            batch.begin(left(u32::MAX));
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
