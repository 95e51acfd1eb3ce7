//! A stream that is asked for again when its connection is lost.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::unfold;
use futures_util::{Stream, StreamExt};

use super::Receiver;
use crate::codec::Message;
use crate::error::{CallError, StreamError, SubscriptionError};

/// A stream of a service that is subscribed again when its connection is lost, by a client that
/// [connects again](crate::Connect::reconnect).
///
/// What was sent between the loss and the new subscription is lost, unless the service knows better; that there may be a gap is told
/// with [`Followed::Resumed`]. A stream that ends ends the subscription, with an error if it was not complete; so does a call
/// that fails, as every call does once the client has ended. Dropped, it tells the sender that nobody reads any more.
///
/// # Examples
///
/// ```no_run
/// # use ipc_rpc::{Context, Followed, Receiver, Reconnect, Subscription, context, ipc_service};
/// # #[ipc_service]
/// # trait News { async fn follow(&self, ctx: Context) -> Receiver<String>; }
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = NewsClient::connect("news").reconnect(Reconnect::default()).await?;
/// let mut news = Subscription::new(move || {
///     let client = client.clone();
///     async move { client.follow(context::without_deadline()).await }
/// });
/// while let Some(followed) = news.recv().await.transpose()? {
///     match followed {
///         Followed::Item(item) => println!("{item}"),
///         Followed::Resumed => println!("some news may be missing here"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Subscription<T, E = Infallible> {
    followed: Pin<Box<dyn Stream<Item = Item<T, E>> + Send>>,
}

type Item<T, E> = Result<Followed<T>, SubscriptionError<E>>;

/// What a [`Subscription`] receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Followed<T> {
    /// An item.
    Item(T),
    /// The connection was lost and the stream is subscribed again: items may be missing here.
    Resumed,
}

/// What is read.
enum State<T> {
    Unsubscribed,
    Lost,
    Reading(Box<Receiver<T>>),
    Over,
}

impl<T: Message, E: Send + 'static> Subscription<T, E> {
    /// Subscribes with `subscribe` when it is first read, and again whenever the connection is lost.
    ///
    /// The call is to wait for the next connection, so give it a context
    /// [without a deadline](crate::context::without_deadline), or one that is long enough. Where the client has its calls
    /// [fail](crate::WhileDown::Fail) meanwhile, the subscription ends with the first connection.
    pub fn new<F, Fut>(subscribe: F) -> Self
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = Result<Receiver<T>, CallError<E>>> + Send,
    {
        let followed = unfold(
            (State::Unsubscribed, subscribe),
            |(state, mut subscribe)| async move {
                let (followed, state) = follow(state, &mut subscribe).await?;
                Some((followed, (state, subscribe)))
            },
        );
        Self {
            followed: Box::pin(followed.fuse()),
        }
    }

    /// The next item, or that some may be missing. `None`: the stream has ended; it is complete, gaps apart, unless an error
    /// came first.
    ///
    /// # Errors
    ///
    /// [`SubscriptionError`]. Nothing follows.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: an item is taken only when it is returned.
    pub async fn recv(&mut self) -> Option<Item<T, E>> {
        poll_fn(|cx| self.followed.as_mut().poll_next(cx)).await
    }
}

type Step<T, E> = (Item<T, E>, State<T>);

async fn follow<T, E, F, Fut>(mut state: State<T>, subscribe: &mut F) -> Option<Step<T, E>>
where
    T: Message,
    F: FnMut() -> Fut + Send,
    Fut: Future<Output = Result<Receiver<T>, CallError<E>>> + Send,
{
    loop {
        state = match state {
            State::Over => return None,
            State::Unsubscribed => match subscribe().await {
                Ok(receiver) => State::Reading(Box::new(receiver)),
                Err(error) if is_lost(&error) => State::Unsubscribed,
                Err(error) => return Some((Err(SubscriptionError::Call(error)), State::Over)),
            },
            State::Lost => match subscribe().await {
                Ok(receiver) => {
                    return Some((Ok(Followed::Resumed), State::Reading(Box::new(receiver))));
                }
                Err(error) if is_lost(&error) => State::Lost,
                Err(error) => return Some((Err(SubscriptionError::Call(error)), State::Over)),
            },
            State::Reading(mut receiver) => match receiver.recv().await {
                None => return None,
                Some(Ok(item)) => {
                    return Some((Ok(Followed::Item(item)), State::Reading(receiver)));
                }
                Some(Err(StreamError::Connection(_))) => State::Lost,
                Some(Err(error)) => {
                    return Some((Err(SubscriptionError::Stream(error)), State::Over));
                }
            },
        };
    }
}

/// Whether the connection was lost while the call was under way. The next call waits for another, or tells that there is none:
/// that one is not sent.
const fn is_lost<E>(error: &CallError<E>) -> bool {
    matches!(error, CallError::Connection { sent: true, .. })
}

impl<T, E> Stream for Subscription<T, E> {
    type Item = Item<T, E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.followed.as_mut().poll_next(cx)
    }
}

impl<T, E> fmt::Debug for Subscription<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
