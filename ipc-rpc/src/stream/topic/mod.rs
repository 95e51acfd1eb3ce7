//! Publishing to whoever has subscribed.

mod audience;
mod subscriber;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::poll_fn;
use serde::{Deserialize, Serialize};

use self::audience::Audience;
use self::subscriber::Slow;
use super::Receiver;
use crate::codec::Message;
use crate::error::StreamError;

/// Publishes items to whoever has subscribed, each by a stream of its own.
///
/// A handler returns a subscription as it would return any other [`Receiver`]. It gets the items that are published from
/// then on, in the order in which they are published, which is the same for all. It ends when its receiver is dropped, when
/// its connection ends, and, behind what still waits for it, when the topic is [closed](Self::close) or its last clone is
/// dropped. A server that stops waits for the streams it writes as for calls in flight, so close its topics first.
///
/// # Slow subscribers
///
/// For each subscriber as many items may wait as the topic was made for, beyond those that are on their way in the window
/// of its stream ([`Config::stream_window_items`](crate::Config::stream_window_items)). What happens to one that is further
/// behind is its own choice and not the topic's, for it shows in the type of what it receives: a gap has to be visible, and
/// a stream of plain items has no place for one. A screen and a journal may so follow the same topic.
///
/// | | too far behind | publishers |
/// |---|---|---|
/// | [`subscribe`](Self::subscribe) | its stream ends with an error | do not wait |
/// | [`subscribe_lossy`](Self::subscribe_lossy) | loses the oldest, and is told how many | do not wait |
/// | [`subscribe_lossless`](Self::subscribe_lossless) | is waited for | wait |
///
/// # Cost
///
/// Each subscriber has a clone of each item, made by the publisher, but for the last, which has the item itself. So items that
/// are large are better cheap to clone, as [`Bytes`](bytes::Bytes) and what holds an `Arc` are. Each is encoded for each
/// subscriber. Without subscribers, publishing costs a look.
///
/// # Examples
///
/// ```
/// use ipc_rpc::transport::memory;
/// use ipc_rpc::{Context, Receiver, Server, Topic, Update, context, ipc_service};
///
/// #[ipc_service]
/// trait News {
///     /// All news from now on.
///     async fn follow(&self, ctx: Context) -> Receiver<String>;
///     /// The latest news, for whoever cannot read them all.
///     async fn glance(&self, ctx: Context) -> Receiver<Update<String>>;
/// }
///
/// struct Agency {
///     news: Topic<String>,
/// }
///
/// impl News for Agency {
///     async fn follow(&self, _: Context) -> Receiver<String> {
///         self.news.subscribe()
///     }
///
///     async fn glance(&self, _: Context) -> Receiver<Update<String>> {
///         self.news.subscribe_lossy()
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let name = memory::Address::new();
/// let news = Topic::new(64);
/// let agency = Agency { news: news.clone() };
/// let server = Server::builder(&name).service(agency.serve()).bind()?;
/// # let serving = tokio::spawn(server.run());
///
/// let client = NewsClient::connect(&name).await?;
/// let mut all = client.follow(context::current()).await?;
/// let mut latest = client.glance(context::current()).await?;
///
/// assert_eq!(news.publish("hello".into()).await, 2);
/// assert_eq!(all.recv().await.transpose()?, Some("hello".into()));
/// match latest.recv().await.transpose()? {
///     Some(Update::Item(item)) => assert_eq!(item, "hello"),
///     Some(Update::Missed(count)) => println!("{count} are lost"),
///     None => println!("no more news"),
/// }
///
/// news.close();
/// assert_eq!(all.recv().await.transpose()?, None);
/// # serving.abort();
/// # Ok(())
/// # }
/// ```
pub struct Topic<T> {
    /// Subscriptions do not keep it, so that it goes with the last clone of the topic.
    audience: Arc<Audience<T>>,
}

/// What a subscriber receives that may lose items.
///
/// Items and what was missed add up to what was published since it subscribed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Update<T> {
    /// An item.
    Item(T),
    /// So many items were published here and are lost to this subscriber, which was too slow for them.
    Missed(u64),
}

impl<T> Topic<T> {
    /// A topic without subscribers. For each, `capacity` items may wait, at least one.
    ///
    /// Too small, and a subscriber that pauses for a moment is too slow; too large, and one that does not read at all costs as
    /// many items of memory.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            audience: Arc::new(Audience::new(capacity)),
        }
    }

    /// How many follow the topic. One whose stream was ended because it was too slow is no longer among them.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        self.audience.subscribers()
    }

    /// Ends all subscriptions, each behind what still waits for it, and lets no others begin: they end at once. What is
    /// published from then on reaches nobody, and whoever waits to publish does so no longer.
    pub fn close(&self) {
        self.audience.close();
    }

    /// Whether the topic was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.audience.is_closed()
    }
}

impl<T: Message + Clone> Topic<T> {
    /// Publishes an item, and returns how many subscribers it went to.
    ///
    /// It goes to all of them at once: as soon as each [lossless](Self::subscribe_lossless) one has room for it, which is at
    /// once if there are none. Publishers that wait do so in line, and later ones behind them.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, the item went to nobody, and the place in the line is lost.
    pub async fn publish(&self, item: T) -> usize {
        self.audience.publish(item).await
    }

    /// Publishes an item without waiting, and returns how many subscribers it went to.
    ///
    /// # Errors
    ///
    /// The item, which went to nobody: a [lossless](Self::subscribe_lossless) subscriber has no room for it, or others wait
    /// to publish.
    pub fn try_publish(&self, item: T) -> Result<usize, T> {
        self.audience.try_publish(item)
    }

    /// Follows the topic from now on. Nothing is left out: if too many items wait, the stream ends behind them, with
    /// [`StreamError::Aborted`].
    #[must_use = "dropped, it ends the subscription"]
    pub fn subscribe(&self) -> Receiver<T> {
        self.plain(Slow::Ends)
    }

    /// Follows the topic from now on, and has publishers wait while too many items wait. So everything arrives.
    ///
    /// As long as this subscriber does not read, nothing is published to any other, and a peer need not ever read. So this is
    /// for subscribers that are as trusted as the publisher. One that publishes itself had better read meanwhile.
    #[must_use = "dropped, it ends the subscription"]
    pub fn subscribe_lossless(&self) -> Receiver<T> {
        self.plain(Slow::IsWaitedFor)
    }

    /// Follows the topic from now on. If too many items wait, the oldest make room, and [`Update::Missed`] stands where they
    /// were.
    #[must_use = "dropped, it ends the subscription"]
    pub fn subscribe_lossy(&self) -> Receiver<Update<T>> {
        match Audience::subscribe(&self.audience, Slow::Loses) {
            Some(mut updates) => Receiver::of(poll_fn(move |cx| updates.poll_next(cx)).map(Ok)),
            None => Receiver::default(),
        }
    }

    fn plain(&self, slow: Slow) -> Receiver<T> {
        let Some(mut updates) = Audience::subscribe(&self.audience, slow) else {
            return Receiver::default();
        };
        let capacity = self.audience.capacity();
        let updates = poll_fn(move |cx| updates.poll_next(cx));
        Receiver::of(updates.map(move |update| match update {
            Update::Item(item) => Ok(item),
            Update::Missed(_) => Err(StreamError::Aborted {
                reason: format!("the subscriber was too slow: more than {capacity} items waited"),
            }),
        }))
    }
}

impl<T> Clone for Topic<T> {
    fn clone(&self) -> Self {
        Self {
            audience: Arc::clone(&self.audience),
        }
    }
}

impl<T> fmt::Debug for Topic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Topic")
            .field("subscribers", &self.subscribers())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
