//! The one instance: what it is told of later ones, and how it gives its place up.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;

use super::launch::{Arrival, Launch, decode, encode};
use super::post::{Arrived, Origin, Post};
use super::service::{NoAnswer, Reception, WireLaunch};
use crate::auth::PeerPolicy;
use crate::clock::{self, Timekeeper, timeout_at};
use crate::config::Config;
use crate::error::{BindError, ClaimError};
use crate::server::{Server, ServerHandle};
use crate::transport::local_socket::SocketName;
use crate::wire::MAX_DEADLINE;

/// Later instances at once; further ones try again until their time is over.
const MAX_CONNECTIONS: usize = 1024;

/// How long the server goes on behind the grace of a release, to pass on what became of launches that took longer.
const FAREWELL: Duration = Duration::from_secs(5);

/// Launches of one process at once.
const MAX_IN_FLIGHT: usize = 16;

/// The place of the one instance, whoever it is that launches.
pub(super) struct Seat {
    name: SocketName,
    post: Arc<Post>,
    handle: ServerHandle,
    server: JoinSet<()>,
    /// What hands launches to the handler.
    handing_out: JoinSet<()>,
}

impl Seat {
    /// Takes the place. From then on launches are taken in, and wait; this process's own comes first.
    pub(super) fn take(
        name: &SocketName,
        for_all_users: bool,
        own: Option<&WireLaunch>,
    ) -> Result<Self, BindError> {
        let post = Arc::new(Post::default());
        let config = Config {
            max_connections: MAX_CONNECTIONS,
            max_in_flight: MAX_IN_FLIGHT,
            ..Config::default()
        };
        let mut server = Server::builder(name)
            .config(config)
            .service(Reception(Arc::clone(&post)));
        if for_all_users {
            server = server.admit(PeerPolicy::custom(|_| true));
        }
        let server = server.bind()?;
        let handle = server.handle();
        if let Some(own) = own {
            post.put_own(own.clone());
        }
        let mut handing_out = JoinSet::new();
        handing_out.spawn(Arc::clone(&post).hand_out());
        let mut running = JoinSet::new();
        running.spawn(async move {
            // What fails in a running server is told by its events, and does not end it.
            let _ = server.run().await;
        });
        Ok(Self {
            name: name.clone(),
            post,
            handle,
            server: running,
            handing_out,
        })
    }

    async fn release(self, grace: Duration) {
        let Self {
            post,
            handle,
            mut server,
            mut handing_out,
            ..
        } = self;
        let deadline = clock::now() + grace.min(MAX_DEADLINE);
        // Launches that wait are told first: they go to the next, who can bind as soon as the name is free.
        post.release();
        let handled = async {
            let ended = async { while handing_out.join_next().await.is_some() {} };
            let _ = timeout_at(deadline, Timekeeper::System, ended).await;
            // What is still being handled is dropped, and says so while the server is there to pass it on. So a launch
            // that the server closes without an answer is one that it has never taken in.
            handing_out.shutdown().await;
        };
        tokio::join!(handled, handle.shutdown(grace.saturating_add(FAREWELL)));
        server.shutdown().await;
    }
}

/// The one instance of the application.
///
/// It takes launches from the moment on when it has been claimed; they wait, in order, until there is a handler to
/// [`serve`](Self::serve) them. Dropping it gives the place up without waiting for anything; it is free soon after.
#[must_use = "the place is given up when it is dropped"]
pub struct Primary<P = (), R = ()> {
    seat: Seat,
    types: PhantomData<fn(P) -> R>,
}

impl<P, R> Primary<P, R> {
    pub(super) const fn new(seat: Seat) -> Self {
        Self {
            seat,
            types: PhantomData,
        }
    }

    /// The name that is bound, which every process that claims the same looks for.
    #[must_use]
    pub const fn socket_name(&self) -> &SocketName {
        &self.seat.name
    }

    /// How many launches wait for the handler.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.seat.post.waiting()
    }

    /// Gives the place up: the next process that claims it has it. To be called before a new version of the program is
    /// started in place of this one.
    ///
    /// Launches that were not begun go to whoever has the place next. Those that were may be handled to their end for
    /// `grace`, and are told that they were given up after that.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before its end, the place is given up all the same, and what is being handled with it.
    pub async fn release(self, grace: Duration) {
        self.seat.release(grace).await;
    }
}

impl<P, R> Primary<P, R>
where
    P: Serialize + DeserializeOwned + Send + 'static,
    R: Serialize + DeserializeOwned + Send + 'static,
{
    /// Has this handler answer every launch, those that wait first. Called again, the next launch is for the new one.
    ///
    /// It is called in the order in which launches come; what it returns runs side by side with the others, each as a task.
    /// So one that hangs or panics keeps no other from being handled, and is an error of its own launch. A process that is
    /// gone before its launch is begun is passed over; a launch that was begun is handled to its end, whether somebody still
    /// waits for the answer or not.
    pub fn serve<F, Fut>(&self, handler: F)
    where
        F: Fn(Arrival<P>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = R> + Send + 'static,
    {
        let handler = Arc::new(handler);
        self.seat.post.serve(Arc::new(move |arrived: Arrived| {
            let (launch, origin, begun) = arrived.begin();
            // The user's code, to decode and to be called: one that panics is this launch's misfortune.
            let handling = catch_unwind(AssertUnwindSafe(|| {
                let launch = Launch::decode(launch).map_err(NoAnswer::Undecodable)?;
                let Origin { peer, is_own } = origin;
                Ok(handler(Arrival {
                    launch,
                    peer,
                    is_own,
                }))
            }));
            let handling = handling.unwrap_or(Err(NoAnswer::Panicked));
            Box::pin(async move {
                let answering = AssertUnwindSafe(async {
                    let answer = handling?.await;
                    encode(&answer).map_err(|error| NoAnswer::Unencodable(error.to_string()))
                });
                let answered = answering.catch_unwind().await;
                begun.answer(answered.unwrap_or(Err(NoAnswer::Panicked)));
            })
        }));
    }

    /// Has a launch of this process handled as those of others are, and returns what the handler answers. Waits as they do
    /// until there is a handler.
    ///
    /// It goes through the same encoding, so what does not survive that is noticed by the first instance already.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Panicked`], [`ClaimError::GivenUp`] if the place was given up, and what does not encode or decode.
    ///
    /// # Cancel safety
    ///
    /// As long as the launch waits, dropping the future takes it back.
    pub async fn launch(&self, launch: Launch<P>) -> Result<R, ClaimError> {
        let answered = self
            .seat
            .post
            .receive(Origin::own(), launch.encode()?)
            .await;
        let answer = answered.map_err(NoAnswer::into_error)?;
        decode(&answer).map_err(ClaimError::Decode)
    }
}

impl<P, R> fmt::Debug for Primary<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Primary")
            .field("socket_name", &self.seat.name)
            .finish_non_exhaustive()
    }
}
