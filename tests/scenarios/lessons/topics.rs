//! What is published arrives whatever it is, at whoever is there, as often as they asked.
//!
//! In @isdk/ipc-server values that count as false came out as other messages, topics shared their names with events of
//! connections, and a subscription outlived its connection and kept its client from subscribing again.

use ipc_rpc::{Context, Receiver, Topic, context, ipc_service};
use serde::Serialize;
use serde::de::DeserializeOwned;
use support::{Stage, Transport, promptly, scenarios};

scenarios! {
    values_that_are_nothing_are_published_like_others,
    an_item_that_is_called_like_a_topic_or_an_event_is_an_item,
    publishing_to_nobody_succeeds_and_says_that_nobody_was_there,
    who_subscribes_twice_gets_each_item_twice_until_one_subscription_is_dropped,
    a_publisher_that_has_subscribed_is_told_like_everybody,
    who_was_cut_off_subscribes_again_and_gets_each_item_once,
}

/// Publishes.
#[ipc_service]
trait Board {
    async fn texts(&self, ctx: Context) -> Receiver<String>;
    async fn maybes(&self, ctx: Context) -> Receiver<Option<u64>>;
    async fn flags(&self, ctx: Context) -> Receiver<bool>;
    async fn units(&self, ctx: Context) -> Receiver<()>;
    /// Publishes a text, and returns to how many.
    async fn publish(&self, ctx: Context, text: String) -> usize;
}

#[derive(Clone)]
struct Pinned {
    texts: Topic<String>,
    maybes: Topic<Option<u64>>,
    flags: Topic<bool>,
    units: Topic<()>,
}

impl Board for Pinned {
    async fn texts(&self, _: Context) -> Receiver<String> {
        self.texts.subscribe()
    }

    async fn maybes(&self, _: Context) -> Receiver<Option<u64>> {
        self.maybes.subscribe()
    }

    async fn flags(&self, _: Context) -> Receiver<bool> {
        self.flags.subscribe()
    }

    async fn units(&self, _: Context) -> Receiver<()> {
        self.units.subscribe()
    }

    async fn publish(&self, _: Context, text: String) -> usize {
        self.texts.publish(text).await
    }
}

async fn stage(transport: Transport) -> (Stage, Pinned) {
    let pinned = Pinned {
        texts: Topic::new(64),
        maybes: Topic::new(64),
        flags: Topic::new(64),
        units: Topic::new(64),
    };
    let served = pinned.clone();
    let stage = Stage::with(transport, |server| server.service(served.serve())).await;
    (stage, pinned)
}

async fn client(stage: &Stage) -> BoardClient {
    stage.place.connect().await.unwrap()
}

async fn next<T>(items: &mut Receiver<T>) -> T
where
    T: Serialize + DeserializeOwned + Send + 'static,
{
    promptly(items.recv()).await.unwrap().unwrap()
}

async fn values_that_are_nothing_are_published_like_others(transport: Transport) {
    let (stage, pinned) = stage(transport).await;
    let client = client(&stage).await;
    let mut texts = client.texts(context::current()).await.unwrap();
    let mut maybes = client.maybes(context::current()).await.unwrap();
    let mut flags = client.flags(context::current()).await.unwrap();
    let mut units = client.units(context::current()).await.unwrap();
    for _ in 0..3 {
        assert_eq!(pinned.texts.publish(String::new()).await, 1);
        assert_eq!(next(&mut texts).await, "");
        for maybe in [None, Some(0)] {
            assert_eq!(pinned.maybes.publish(maybe).await, 1);
            assert_eq!(next(&mut maybes).await, maybe);
        }
        assert_eq!(pinned.flags.publish(false).await, 1);
        assert!(!next(&mut flags).await);
        assert_eq!(pinned.units.publish(()).await, 1);
        next(&mut units).await;
    }
    // Neither ended anything, nor was there more than was published.
    pinned.texts.close();
    assert!(promptly(texts.recv()).await.is_none());
    pinned.units.close();
    assert!(promptly(units.recv()).await.is_none());
    stage.end().await;
}

async fn an_item_that_is_called_like_a_topic_or_an_event_is_an_item(transport: Transport) {
    let (stage, pinned) = stage(transport).await;
    let client = client(&stage).await;
    let mut texts = client.texts(context::current()).await.unwrap();
    let mut maybes = client.maybes(context::current()).await.unwrap();
    let words = [
        "maybes", "texts", "Board", "error", "close", "ready", "end", "\0", "}{",
    ];
    for word in words {
        let told = client.publish(context::current(), word.to_owned()).await;
        assert_eq!(told.unwrap(), 1);
        assert_eq!(next(&mut texts).await, word);
    }
    // Nothing of it came to the other topic, whose first item is its own.
    pinned.maybes.publish(Some(1)).await;
    assert_eq!(next(&mut maybes).await, Some(1));
    stage.end().await;
}

async fn publishing_to_nobody_succeeds_and_says_that_nobody_was_there(transport: Transport) {
    let (stage, pinned) = stage(transport).await;
    let client = client(&stage).await;
    // More than would wait for somebody.
    for _ in 0..100 {
        let told = client.publish(context::without_deadline(), "lost".to_owned());
        assert_eq!(promptly(told).await.unwrap(), 0);
    }
    // Who comes later is told of what is published from then on.
    let mut texts = client.texts(context::current()).await.unwrap();
    assert_eq!(pinned.texts.try_publish("found".to_owned()), Ok(1));
    assert_eq!(next(&mut texts).await, "found");
    stage.end().await;
}

async fn who_subscribes_twice_gets_each_item_twice_until_one_subscription_is_dropped(
    transport: Transport,
) {
    let (stage, pinned) = stage(transport).await;
    let client = client(&stage).await;
    let mut one = client.texts(context::current()).await.unwrap();
    let mut other = client.texts(context::current()).await.unwrap();
    for text in ["a", "b"] {
        assert_eq!(pinned.texts.publish(text.to_owned()).await, 2);
        assert_eq!(next(&mut one).await, text);
        assert_eq!(next(&mut other).await, text);
    }
    drop(one);
    loop {
        let told = pinned.texts.publish("c".to_owned()).await;
        assert_eq!(next(&mut other).await, "c");
        if told == 1 {
            break;
        }
        promptly(client.connection().ping()).await.unwrap();
    }
    assert_eq!(pinned.texts.subscribers(), 1);
    stage.end().await;
}

async fn a_publisher_that_has_subscribed_is_told_like_everybody(transport: Transport) {
    let (stage, _) = stage(transport).await;
    let (publisher, other) = (client(&stage).await, client(&stage).await);
    let mut own = publisher.texts(context::current()).await.unwrap();
    let mut others = other.texts(context::current()).await.unwrap();
    let told = publisher.publish(context::current(), "news".to_owned());
    assert_eq!(told.await.unwrap(), 2);
    assert_eq!(next(&mut own).await, "news");
    assert_eq!(next(&mut others).await, "news");
    stage.end().await;
}

async fn who_was_cut_off_subscribes_again_and_gets_each_item_once(transport: Transport) {
    let (mut stage, pinned) = stage(transport).await;
    for round in 0..5 {
        let text = round.to_string();
        let client = client(&stage).await;
        let id = stage.connected().await;
        let mut texts = client.texts(context::current()).await.unwrap();
        // Whatever is left of those before is found to be gone, and nothing fails by it.
        promptly(async {
            while pinned.texts.publish(text.clone()).await != 1 {
                assert_eq!(next(&mut texts).await, text);
                client.connection().ping().await.unwrap();
            }
        })
        .await;
        assert_eq!(next(&mut texts).await, text);
        assert_eq!(pinned.texts.subscribers(), 1);
        stage.handle.connection(id).unwrap().abort();
        assert_eq!(stage.disconnected().await.0, id);
        assert!(promptly(texts.recv()).await.unwrap().is_err());
    }
    stage.end().await;
}
