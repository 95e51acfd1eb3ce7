//! What is published, and what of it reaches whoever has subscribed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use ipc_rpc::{
    Codec, Config, Connect, Context, Receiver, StreamError, Topic, Update, context, ipc_service,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use support::{LabClient, Stage, Task, Transport, promptly, scenarios};

scenarios! {
    subscribers_on_several_connections_see_the_same_items,
    ten_thousand_items_reach_twenty_subscribers_in_order,
    a_subscriber_that_stops_reading_is_cut_off_and_no_other,
    a_lossy_subscriber_that_stops_reading_is_told_how_many_it_missed,
    a_lossless_subscriber_that_stops_reading_holds_up_the_publisher,
    a_lossless_subscriber_whose_connection_ends_is_no_longer_waited_for,
    a_subscriber_that_drops_its_receiver_is_none_any_more,
    a_server_that_is_cut_leaves_no_subscriber,
    a_server_whose_topic_is_closed_stops_without_cutting_anybody,
    an_item_that_is_too_large_for_one_subscriber_ends_that_one,
    updates_travel_in_every_codec,
}

/// As many items may wait for a subscriber.
const CAPACITY: u64 = 8;

/// As many more are in the window of a stream that nobody reads, and one is on its way there.
const UNDERWAY: u64 = 16 + 1;

/// A service that publishes.
#[ipc_service]
trait Press {
    /// Follows until it is too slow.
    async fn follow(&self, ctx: Context) -> Receiver<u64>;
    /// Follows with gaps.
    async fn glance(&self, ctx: Context) -> Receiver<Update<u64>>;
    /// Follows and is waited for.
    async fn attend(&self, ctx: Context) -> Receiver<u64>;
    /// Follows longer texts.
    async fn read(&self, ctx: Context) -> Receiver<Update<String>>;
}

#[derive(Clone)]
struct Printing {
    numbers: Topic<u64>,
    texts: Topic<String>,
}

impl Press for Printing {
    async fn follow(&self, _: Context) -> Receiver<u64> {
        self.numbers.subscribe()
    }

    async fn glance(&self, _: Context) -> Receiver<Update<u64>> {
        self.numbers.subscribe_lossy()
    }

    async fn attend(&self, _: Context) -> Receiver<u64> {
        self.numbers.subscribe_lossless()
    }

    async fn read(&self, _: Context) -> Receiver<Update<String>> {
        self.texts.subscribe_lossy()
    }
}

async fn stage(transport: Transport) -> (Stage, Printing) {
    let printing = Printing {
        numbers: Topic::new(CAPACITY as usize),
        texts: Topic::new(CAPACITY as usize),
    };
    let served = printing.clone();
    let stage = Stage::with(transport, |server| server.service(served.serve())).await;
    (stage, printing)
}

fn connect(stage: &Stage) -> Connect<PressClient> {
    // The smallest window there is: what is behind it is the topic's.
    let mut config = Config::default();
    config.stream_window_items = 16;
    stage.place.connect().config(config)
}

async fn client(stage: &Stage) -> PressClient {
    connect(stage).await.unwrap()
}

/// All items, of a stream that is complete.
async fn all<T>(mut items: Receiver<T>) -> Vec<T>
where
    T: Serialize + DeserializeOwned + Send + 'static,
{
    let mut all = Vec::new();
    while let Some(item) = items.recv().await {
        all.push(item.unwrap());
    }
    all
}

/// Counts what was received and missed, which is what was published if the items are in their places.
fn count(updates: impl IntoIterator<Item = Update<u64>>) -> (u64, u64) {
    let (mut received, mut missed) = (0, 0);
    for update in updates {
        match update {
            Update::Item(n) => {
                assert_eq!(n, received + missed, "an item in the wrong place");
                received += 1;
            }
            Update::Missed(count) => missed += count,
        }
    }
    (received, missed)
}

/// Publishes for as long as anybody is there to receive it.
async fn until_nobody_is_there(numbers: &Topic<u64>) {
    while promptly(numbers.publish(0)).await > 0 {}
}

async fn subscribers_on_several_connections_see_the_same_items(transport: Transport) {
    let (stage, Printing { numbers, .. }) = stage(transport).await;
    let (mut plain, mut lossy) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let client = client(&stage).await;
        plain.push(client.follow(context::current()).await.unwrap());
        plain.push(client.attend(context::current()).await.unwrap());
        lossy.push(client.glance(context::current()).await.unwrap());
    }
    for n in 0..100 {
        assert_eq!(promptly(numbers.publish(n)).await, 9);
        for items in &mut plain {
            assert_eq!(promptly(items.recv()).await.unwrap().unwrap(), n);
        }
        for items in &mut lossy {
            let update = promptly(items.recv()).await.unwrap().unwrap();
            assert_eq!(update, Update::Item(n));
        }
    }
    assert_eq!(numbers.subscribers(), 9);
    numbers.close();
    for items in plain {
        assert!(promptly(all(items)).await.is_empty());
    }
    for items in lossy {
        assert!(promptly(all(items)).await.is_empty());
    }
    stage.end().await;
}

async fn ten_thousand_items_reach_twenty_subscribers_in_order(transport: Transport) {
    const ITEMS: u64 = 10_000;
    let (stage, Printing { numbers, .. }) = stage(transport).await;
    let mut readers = Vec::new();
    for _ in 0..4 {
        let client: PressClient = stage.place.connect().await.unwrap();
        for _ in 0..5 {
            let items = client.attend(context::current()).await.unwrap();
            readers.push(Task::spawn(all(items)));
        }
    }
    for n in 0..ITEMS {
        assert_eq!(numbers.publish(n).await, 20);
    }
    numbers.close();
    for reader in readers {
        assert!(reader.join().await.into_iter().eq(0..ITEMS));
    }
    stage.end().await;
}

async fn a_subscriber_that_stops_reading_is_cut_off_and_no_other(transport: Transport) {
    let (stage, Printing { numbers, .. }) = stage(transport).await;
    let client = client(&stage).await;
    let mut slow = client.follow(context::current()).await.unwrap();
    let mut quick = client.follow(context::current()).await.unwrap();
    for n in 0..500 {
        promptly(numbers.publish(n)).await;
        assert_eq!(promptly(quick.recv()).await.unwrap().unwrap(), n);
    }
    assert_eq!(numbers.subscribers(), 1);
    let lab: LabClient = client.connection().client();
    let sum = promptly(lab.add(context::current(), 2, 3)).await;
    assert_eq!(sum.unwrap(), 5);
    let mut seen = 0;
    let end = loop {
        match promptly(slow.recv()).await.unwrap() {
            Ok(n) => assert_eq!(n, seen),
            Err(error) => break error,
        }
        seen += 1;
    };
    assert!(
        matches!(&end, StreamError::Aborted { reason } if reason.contains("too slow")),
        "{end:?}"
    );
    assert!((CAPACITY..=CAPACITY + UNDERWAY).contains(&seen), "{seen}");
    assert_eq!(promptly(numbers.publish(500)).await, 1);
    assert_eq!(promptly(quick.recv()).await.unwrap().unwrap(), 500);
    stage.end().await;
}

async fn a_lossy_subscriber_that_stops_reading_is_told_how_many_it_missed(transport: Transport) {
    const ITEMS: u64 = 500;
    let (stage, Printing { numbers, .. }) = stage(transport).await;
    let client = client(&stage).await;
    let slow = client.glance(context::current()).await.unwrap();
    let mut quick = client.follow(context::current()).await.unwrap();
    for n in 0..ITEMS {
        assert_eq!(promptly(numbers.publish(n)).await, 2);
        assert_eq!(promptly(quick.recv()).await.unwrap().unwrap(), n);
    }
    numbers.close();
    let updates = promptly(all(slow)).await;
    assert_eq!(updates.last(), Some(&Update::Item(ITEMS - 1)));
    let (received, missed) = count(updates);
    assert_eq!(received + missed, ITEMS);
    let most = CAPACITY + UNDERWAY;
    assert!((CAPACITY..=most).contains(&received), "{received}");
    stage.end().await;
}

async fn a_lossless_subscriber_that_stops_reading_holds_up_the_publisher(transport: Transport) {
    const ITEMS: u64 = 200;
    let (stage, Printing { numbers, .. }) = stage(transport).await;
    let (client, other) = (client(&stage).await, client(&stage).await);
    let slow = client.attend(context::current()).await.unwrap();
    let mut quick = other.attend(context::current()).await.unwrap();
    let published = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&published);
    let publishing = Task::spawn(async move {
        for n in 0..ITEMS {
            assert_eq!(numbers.publish(n).await, 2);
            counted.fetch_add(1, Ordering::SeqCst);
        }
        numbers.close();
    });
    for n in 0..CAPACITY {
        assert_eq!(promptly(quick.recv()).await.unwrap().unwrap(), n);
    }
    let rest = Task::spawn(all(quick));
    // Time for a publisher that would not wait.
    for _ in 0..50 {
        promptly(client.connection().ping()).await.unwrap();
    }
    let most = CAPACITY + UNDERWAY;
    let published = published.load(Ordering::SeqCst);
    assert!(published <= most, "{published} were published");
    assert!(promptly(all(slow)).await.into_iter().eq(0..ITEMS));
    assert!(rest.join().await.into_iter().eq(CAPACITY..ITEMS));
    publishing.join().await;
    stage.end().await;
}

async fn a_lossless_subscriber_whose_connection_ends_is_no_longer_waited_for(transport: Transport) {
    const ITEMS: u64 = 200;
    let (stage, Printing { numbers, .. }) = stage(transport).await;
    let (gone, other) = (client(&stage).await, client(&stage).await);
    let unread = gone.attend(context::current()).await.unwrap();
    let mut quick = other.attend(context::current()).await.unwrap();
    let publisher = numbers.clone();
    let publishing = Task::spawn(async move {
        for n in 0..ITEMS {
            publisher.publish(n).await;
        }
    });
    for n in 0..CAPACITY {
        assert_eq!(promptly(quick.recv()).await.unwrap().unwrap(), n);
    }
    gone.connection().abort();
    for n in CAPACITY..ITEMS {
        assert_eq!(promptly(quick.recv()).await.unwrap().unwrap(), n);
    }
    promptly(publishing.join()).await;
    assert_eq!(numbers.subscribers(), 1);
    drop(unread);
    stage.end().await;
}

async fn a_subscriber_that_drops_its_receiver_is_none_any_more(transport: Transport) {
    let (stage, Printing { numbers, .. }) = stage(transport).await;
    let client = client(&stage).await;
    for _ in 0..10 {
        let calls = (0..20).map(|_| client.attend(context::current()));
        let subscribed = promptly(join_all(calls)).await;
        assert_eq!(numbers.subscribers(), 20);
        assert!(subscribed.iter().all(Result::is_ok));
        drop(subscribed);
        until_nobody_is_there(&numbers).await;
        assert_eq!(numbers.subscribers(), 0);
    }
    // Without a client, a receiver keeps its connection; then that goes as well.
    let followed = client.attend(context::current()).await.unwrap();
    drop(client);
    assert_eq!(numbers.try_publish(0), Ok(1));
    drop(followed);
    until_nobody_is_there(&numbers).await;
    stage.end().await;
}

async fn a_server_that_is_cut_leaves_no_subscriber(transport: Transport) {
    let (stage, Printing { numbers, .. }) = stage(transport).await;
    let client = client(&stage).await;
    let mut lossless = client.attend(context::current()).await.unwrap();
    let mut lossy = client.glance(context::current()).await.unwrap();
    promptly(numbers.publish(0)).await;
    assert_eq!(promptly(lossless.recv()).await.unwrap().unwrap(), 0);
    promptly(lossy.recv()).await.unwrap().unwrap();
    promptly(stage.end()).await;
    let end = promptly(lossless.recv()).await.unwrap().unwrap_err();
    assert!(end.is_connection(), "{end:?}");
    let end = promptly(lossy.recv()).await.unwrap().unwrap_err();
    assert!(end.is_connection(), "{end:?}");
    until_nobody_is_there(&numbers).await;
    assert_eq!(numbers.subscribers(), 0);
}

async fn a_server_whose_topic_is_closed_stops_without_cutting_anybody(transport: Transport) {
    let (stage, Printing { numbers, .. }) = stage(transport).await;
    let client = client(&stage).await;
    let plain = client.follow(context::current()).await.unwrap();
    let lossy = client.glance(context::current()).await.unwrap();
    for n in 0..CAPACITY {
        assert_eq!(numbers.try_publish(n), Ok(2));
    }
    numbers.close();
    let stopping = stage.stopping(Duration::from_secs(60));
    let (plain, lossy) = futures_util::join!(promptly(all(plain)), promptly(all(lossy)));
    assert!(plain.into_iter().eq(0..CAPACITY));
    assert_eq!(count(lossy), (CAPACITY, 0));
    assert_eq!(promptly(stopping.join()).await.cut, 0);
    stage.end().await;
}

async fn an_item_that_is_too_large_for_one_subscriber_ends_that_one(transport: Transport) {
    let (stage, Printing { texts, .. }) = stage(transport).await;
    let mut config = Config::default();
    config.max_frame_len = 4096;
    let narrow: PressClient = stage.place.connect().config(config).await.unwrap();
    let wide = client(&stage).await;
    let mut narrow = narrow.read(context::current()).await.unwrap();
    let mut wide = wide.read(context::current()).await.unwrap();
    for len in [10, 100_000, 10] {
        let text = "x".repeat(len);
        promptly(texts.publish(text.clone())).await;
        let update = promptly(wide.recv()).await.unwrap().unwrap();
        assert_eq!(update, Update::Item(text));
    }
    assert!(promptly(narrow.recv()).await.unwrap().is_ok());
    let end = promptly(narrow.recv()).await.unwrap().unwrap_err();
    assert!(matches!(end, StreamError::PeerCodec { .. }), "{end:?}");
    stage.end().await;
}

async fn updates_travel_in_every_codec(transport: Transport) {
    for codec in [Codec::Postcard, Codec::MessagePack] {
        let (stage, Printing { numbers, texts }) = stage(transport).await;
        let client = connect(&stage).codec(codec).await.unwrap();
        let told = client.glance(context::current()).await.unwrap();
        let mut read = client.read(context::current()).await.unwrap();
        for n in 0..100 {
            assert_eq!(numbers.try_publish(n), Ok(1));
        }
        numbers.close();
        let (received, missed) = count(promptly(all(told)).await);
        assert_eq!(received + missed, 100);
        assert!(missed >= 100 - CAPACITY - UNDERWAY, "{missed}");
        assert_eq!(texts.try_publish("text".to_owned()), Ok(1));
        let update = promptly(read.recv()).await.unwrap().unwrap();
        assert_eq!(update, Update::Item("text".to_owned()));
        stage.end().await;
    }
}
