use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::sync::Arc;
use std::thread;

use futures_util::{FutureExt, StreamExt, poll};
use proptest::prelude::*;
use tokio::task::coop::unconstrained;

use super::*;

/// What is there to be read.
fn ready<T: Message>(receiver: &mut Receiver<T>) -> Vec<T> {
    std::iter::from_fn(|| unconstrained(receiver.recv()).now_or_never()?)
        .map(|item| item.expect("the stream goes on"))
        .collect()
}

/// What there is of a stream that ends.
fn rest<T: Message>(receiver: &mut Receiver<T>) -> (Vec<T>, Result<(), StreamError>) {
    let mut items = Vec::new();
    loop {
        match unconstrained(receiver.recv())
            .now_or_never()
            .expect("it ends")
        {
            Some(Ok(item)) => items.push(item),
            Some(Err(error)) => return (items, Err(error)),
            None => return (items, Ok(())),
        }
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

fn publish<T: Message + Clone>(topic: &Topic<T>, items: impl IntoIterator<Item = T>) {
    for item in items {
        assert!(topic.try_publish(item).is_ok());
    }
}

#[test]
fn every_subscriber_gets_what_is_published_since_it_subscribed() {
    let topic = Topic::new(8);
    assert_eq!(topic.try_publish(0), Ok(0));
    let mut first = topic.subscribe();
    assert_eq!(topic.try_publish(1), Ok(1));
    let mut second = topic.subscribe_lossless();
    let mut third = topic.subscribe_lossy();
    assert_eq!(block_on(topic.publish(2)), 3);
    assert_eq!(ready(&mut first), [1, 2]);
    assert_eq!(ready(&mut second), [2]);
    assert_eq!(ready(&mut third), [Update::Item(2)]);
}

#[test]
fn a_capacity_of_none_is_one() {
    let topic = Topic::new(0);
    let mut lossless = topic.subscribe_lossless();
    assert_eq!(topic.try_publish(1), Ok(1));
    assert_eq!(topic.try_publish(2), Err(2));
    assert_eq!(ready(&mut lossless), [1]);
}

#[test]
fn a_lossy_subscriber_is_told_of_a_gap_where_it_is() {
    let topic = Topic::new(2);
    let mut lossy = topic.subscribe_lossy();
    publish(&topic, 0..5);
    assert_eq!(
        ready(&mut lossy),
        [Update::Missed(3), Update::Item(3), Update::Item(4)]
    );
    publish(&topic, [5]);
    assert_eq!(ready(&mut lossy), [Update::Item(5)]);
    publish(&topic, 6..9);
    topic.close();
    let (items, end) = rest(&mut lossy);
    assert_eq!(items, [Update::Missed(1), Update::Item(7), Update::Item(8)]);
    assert!(end.is_ok());
}

#[test]
fn a_subscriber_that_is_too_slow_ends_behind_what_waits_and_no_other_does() {
    let topic = Topic::new(2);
    let mut slow = topic.subscribe();
    let mut quick = topic.subscribe();
    for n in 0..5 {
        assert_eq!(topic.try_publish(n), Ok(if n < 2 { 2 } else { 1 }));
        assert_eq!(ready(&mut quick), [n]);
    }
    assert_eq!(topic.subscribers(), 1);
    let (items, end) = rest(&mut slow);
    assert_eq!(items, [0, 1]);
    assert!(
        matches!(&end, Err(StreamError::Aborted { reason }) if reason.contains("too slow")),
        "{end:?}"
    );
    assert!(block_on(slow.recv()).is_none());
}

#[test]
fn a_subscriber_that_was_too_slow_leaves_no_other_in_its_place() {
    let topic = Topic::new(1);
    let slow = topic.subscribe();
    publish(&topic, 0..2);
    let mut next = topic.subscribe();
    drop(slow);
    assert_eq!(topic.try_publish(2), Ok(1));
    assert_eq!(ready(&mut next), [2]);
}

#[tokio::test]
async fn publishers_wait_in_line_for_a_lossless_subscriber() {
    let topic = Topic::new(1);
    let mut lossless = topic.subscribe_lossless();
    let mut other = topic.subscribe();
    publish(&topic, [0]);
    assert_eq!(ready(&mut other), [0]);
    let mut first = pin!(topic.publish(1));
    assert!(poll!(&mut first).is_pending());
    let mut second = pin!(topic.publish(2));
    assert!(poll!(&mut second).is_pending());
    // Nothing goes to anybody before it goes to all.
    assert!(ready(&mut other).is_empty());
    assert_eq!(ready(&mut lossless), [0]);
    assert_eq!(topic.try_publish(3), Err(3), "overtakes");
    assert!(poll!(&mut second).is_pending(), "overtakes");
    assert_eq!(first.await, 2);
    assert_eq!(ready(&mut other), [1]);
    assert!(poll!(&mut second).is_pending());
    assert_eq!(ready(&mut lossless), [1]);
    assert_eq!(second.await, 2);
    assert_eq!(ready(&mut lossless), [2]);
    assert_eq!(ready(&mut other), [2]);
    assert_eq!(topic.try_publish(3), Ok(2));
}

#[tokio::test]
async fn a_publisher_that_is_cancelled_gives_way_and_has_published_nothing() {
    let topic = Topic::new(1);
    let mut lossless = topic.subscribe_lossless();
    publish(&topic, [0]);
    let mut first = Box::pin(topic.publish(1));
    assert!(poll!(&mut first).is_pending());
    let mut second = pin!(topic.publish(2));
    assert!(poll!(&mut second).is_pending());
    drop(first);
    assert!(poll!(&mut second).is_pending());
    assert_eq!(ready(&mut lossless), [0]);
    assert_eq!(second.await, 1);
    assert_eq!(ready(&mut lossless), [2]);
}

#[tokio::test]
async fn a_publisher_waits_for_nobody_who_has_gone() {
    let topic = Topic::new(1);
    let (gone, mut stays) = (topic.subscribe_lossless(), topic.subscribe_lossless());
    publish(&topic, [0]);
    assert_eq!(ready(&mut stays), [0]);
    let waiting = async { topic.publish(1).await };
    let leaving = async { drop(gone) };
    let (reached, ()) = futures_util::join!(waiting, leaving);
    assert_eq!(reached, 1);
    assert_eq!(ready(&mut stays), [1]);
}

#[tokio::test]
async fn a_topic_that_is_closed_ends_behind_what_waits() {
    let topic = Topic::new(1);
    let mut lossless = topic.subscribe_lossless();
    publish(&topic, [0]);
    let waiting = async { topic.publish(1).await };
    let closing = async { topic.clone().close() };
    let (reached, ()) = futures_util::join!(waiting, closing);
    assert_eq!(reached, 0);
    assert!(topic.is_closed());
    assert_eq!(topic.subscribers(), 0);
    assert_eq!(topic.try_publish(2), Ok(0));
    let (items, end) = rest(&mut lossless);
    assert_eq!(items, [0]);
    assert!(end.is_ok());
    for mut late in [topic.subscribe(), topic.subscribe_lossless()] {
        assert!(late.recv().await.is_none());
    }
    assert!(topic.subscribe_lossy().recv().await.is_none());
}

#[tokio::test]
async fn the_last_clone_of_a_topic_ends_it_while_somebody_waits() {
    let topic = Topic::<u64>::new(4);
    let mut subscriber = topic.subscribe();
    let kept = topic.clone();
    drop(topic);
    publish(&kept, [1]);
    assert_eq!(ready(&mut subscriber), [1]);
    let waiting = async { subscriber.recv().await };
    let dropping = async { drop(kept) };
    let (end, ()) = futures_util::join!(waiting, dropping);
    assert!(end.is_none());
}

#[test]
fn nothing_is_left_of_a_topic_and_its_subscribers() {
    let item = Arc::new(());
    let topic = Topic::new(2);
    let audience = Arc::downgrade(&topic.audience);
    let subscribers = [topic.subscribe(), topic.subscribe(), topic.subscribe()];
    publish(&topic, [Token(Arc::clone(&item)), Token(Arc::clone(&item))]);
    assert_eq!(Arc::strong_count(&item), 7);
    let [first, second, third] = subscribers;
    drop(first);
    assert_eq!(topic.subscribers(), 2);
    assert_eq!(Arc::strong_count(&item), 5);
    publish(&topic, [Token(Arc::clone(&item))]);
    assert_eq!(topic.subscribers(), 0);
    drop(second);
    drop(topic);
    assert!(audience.upgrade().is_none());
    drop(third);
    assert_eq!(Arc::strong_count(&item), 1);
}

/// An item that is only looked at from outside.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Token(#[serde(skip)] Arc<()>);

thread_local! {
    static CLONES: Cell<usize> = const { Cell::new(0) };
    static ON_CLONE: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
    static ON_DROP: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

/// An item whose clones and drops do things.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Busy(u64);

impl Clone for Busy {
    fn clone(&self) -> Self {
        CLONES.set(CLONES.get() + 1);
        if let Some(act) = ON_CLONE.take() {
            act();
        }
        Self(self.0)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        ON_DROP.with_borrow(|act| act.iter().for_each(|act| act()));
    }
}

#[test]
fn an_item_is_cloned_for_all_but_one() {
    let topic = Topic::new(1);
    publish(&topic, [Busy(0)]);
    assert_eq!(CLONES.get(), 0);
    let mut all = [topic.subscribe(), topic.subscribe(), topic.subscribe()];
    publish(&topic, [Busy(1)]);
    assert_eq!(CLONES.get(), 2);
    for subscriber in &mut all {
        assert_eq!(ready(subscriber), [Busy(1)]);
    }
}

#[test]
fn whoever_comes_or_goes_while_an_item_is_cloned_gets_it_or_not() {
    let topic = Topic::new(2);
    let mut stays = topic.subscribe_lossy();
    let goes = topic.subscribe();
    let comes = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (inner, come) = (topic.clone(), Arc::clone(&comes));
    ON_CLONE.set(Some(Box::new(move || {
        drop(goes);
        let mut come = come.lock().unwrap();
        come.extend([inner.subscribe(), inner.subscribe()]);
        // Published within the publishing of another, and before it.
        assert_eq!(inner.try_publish(Busy(1)), Ok(3));
    })));
    assert_eq!(topic.try_publish(Busy(2)), Ok(3));
    let both = [1, 2].map(Busy);
    assert_eq!(ready(&mut stays), both.clone().map(Update::Item));
    for came in comes.lock().unwrap().iter_mut() {
        assert_eq!(ready(came), both);
    }
}

#[test]
fn a_clone_that_panics_publishes_to_nobody_and_harms_nobody() {
    let topic = Topic::new(2);
    let mut all = [topic.subscribe(), topic.subscribe()];
    ON_CLONE.set(Some(Box::new(|| panic!("on purpose"))));
    let publishing = || topic.try_publish(Busy(1));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(publishing)).is_err());
    publish(&topic, [Busy(2)]);
    for subscriber in &mut all {
        assert_eq!(ready(subscriber), [Busy(2)]);
    }
}

#[test]
fn items_are_dropped_where_the_topic_may_be_used() {
    let topic = Topic::new(1);
    let (inner, seen) = (topic.clone(), std::rc::Rc::new(Cell::new(0)));
    let drops = std::rc::Rc::clone(&seen);
    ON_DROP.set(Some(Box::new(move || {
        drops.set(drops.get() + 1);
        drop(inner.subscribe());
        assert!(inner.subscribers() <= 3);
    })));
    let (lossy, plain, lossless) = (
        topic.subscribe_lossy(),
        topic.subscribe(),
        topic.subscribe_lossless(),
    );
    publish(&topic, [Busy(1)]);
    drop(topic.try_publish(Busy(2)));
    assert_eq!(seen.get(), 1);
    drop(lossless);
    assert_eq!(topic.try_publish(Busy(3)), Ok(1));
    assert_eq!(seen.get(), 4);
    drop((lossy, plain));
    assert_eq!(seen.get(), 6);
    publish(&topic, [Busy(4)]);
    assert_eq!(seen.get(), 7);
    ON_DROP.set(None);
}

#[test]
fn all_see_one_order_whoever_publishes() {
    const PUBLISHERS: u64 = 4;
    const ITEMS: u64 = 2_000;
    let topic = Topic::new(16);
    let readers: Vec<_> = (0..4)
        .map(|_| topic.subscribe_lossless())
        .map(|items| thread::spawn(|| block_on(items.map(Result::unwrap).collect::<Vec<_>>())))
        .collect();
    let mut lossy = topic.subscribe_lossy();
    thread::scope(|scope| {
        for publisher in 0..PUBLISHERS {
            let topic = &topic;
            scope.spawn(move || {
                block_on(async {
                    for n in 0..ITEMS {
                        topic.publish((publisher, n)).await;
                    }
                });
            });
        }
    });
    topic.close();
    let seen: Vec<_> = readers.into_iter().map(|it| it.join().unwrap()).collect();
    for publisher in 0..PUBLISHERS {
        let of_one = seen[0].iter().filter(|(by, _)| *by == publisher);
        assert!(of_one.map(|(_, n)| *n).eq(0..ITEMS));
    }
    assert!(seen.iter().all(|other| *other == seen[0]));
    let all = seen[0].len();
    assert_eq!(rest(&mut lossy).0[0], Update::Missed(all as u64 - 16));
}

proptest! {
    #[test]
    fn what_a_lossy_subscriber_gets_and_misses_is_what_was_published(
        capacity in 1_usize..6,
        turns in prop::collection::vec((0_u64..9, 0_usize..9), 0..20),
    ) {
        let topic = Topic::new(capacity);
        let mut lossy = topic.subscribe_lossy();
        let (mut published, mut next) = (0, 0);
        let mut see = |update| match update {
            Update::Item(n) => {
                assert_eq!(n, next, "an item in the wrong place");
                next += 1;
            }
            Update::Missed(count) => {
                assert!(count > 0);
                next += count;
            }
        };
        for (more, read) in turns {
            publish(&topic, published..published + more);
            published += more;
            for _ in 0..read {
                if let Some(Some(update)) = lossy.recv().now_or_never() {
                    see(update.unwrap());
                }
            }
        }
        drop(topic);
        rest(&mut lossy).0.into_iter().for_each(see);
        prop_assert_eq!(next, published);
    }
}

#[test]
fn a_topic_can_be_kept_anywhere() {
    fn assert_anywhere<T: Clone + Send + Sync + fmt::Debug + 'static>(_: &T) {}
    // An item need not be `Sync`.
    let topic = Topic::<Cell<u64>>::new(1);
    assert_anywhere(&topic);
    let _kept = topic.subscribe();
    assert_eq!(
        format!("{topic:?}"),
        "Topic { subscribers: 1, closed: false, .. }"
    );
}
