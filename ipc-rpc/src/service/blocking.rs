//! Clients whose calls block the calling thread.

use std::fmt;
use std::future::Future;

use super::{Client, Lane};
use crate::blocking::block_on;
use crate::connection::{BlockingConnection, Connection, OrderlyEnd};

/// A client beside which there is one that blocks: a generated `FooClient` beside its `FooBlockingClient`, and a
/// [`Connection`] beside a [`BlockingConnection`].
pub trait IntoBlocking: Sized {
    /// The one that blocks.
    type Blocking;

    #[doc(hidden)]
    fn into_blocking(self) -> Self::Blocking;
}

impl IntoBlocking for Connection {
    type Blocking = BlockingConnection;

    fn into_blocking(self) -> BlockingConnection {
        BlockingConnection::new(self)
    }
}

impl BlockingConnection {
    /// A blocking client of one of the peer's services, over this connection; `C` is the other one:
    /// `connection.client::<FooClient>()` returns a `FooBlockingClient`. See [`Connection::client`].
    #[must_use]
    pub fn client<C: Client + IntoBlocking>(&self) -> C::Blocking {
        self.connection().client::<C>().into_blocking()
    }
}

/// What a generated blocking client consists of.
pub struct Blocking<C> {
    client: C,
    lane: fn(&C) -> &Lane,
    /// Dropped behind the client.
    end: Option<OrderlyEnd>,
}

impl<C> Blocking<C> {
    /// A client that blocks where `client` waits; `lane` tells what that stands on.
    pub fn new(client: C, lane: fn(&C) -> &Lane) -> Self {
        Self {
            client,
            lane,
            end: None,
        }
    }

    /// The client that waits.
    pub const fn client(&self) -> &C {
        &self.client
    }

    /// The connection that calls travel over.
    pub fn connection(&self) -> BlockingConnection {
        BlockingConnection::new((self.lane)(&self.client).connection())
    }

    /// Waits for what `client` waits for.
    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        block_on(future)
    }
}

impl<C: Clone> Clone for Blocking<C> {
    fn clone(&self) -> Self {
        Self::new(self.client.clone(), self.lane)
    }
}

impl<C: fmt::Debug> fmt::Debug for Blocking<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Blocking").field(&self.client).finish()
    }
}

impl<C> Drop for Blocking<C> {
    fn drop(&mut self) {
        self.end = Some(OrderlyEnd::of(&(self.lane)(&self.client).connection()));
    }
}
