//! A driver as a future that does nothing else.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::driver::Driver;
use crate::error::ConnectionError;

/// Runs a driver until the connection has ended, everything pending was failed and every handler was told to stop.
///
/// Written by hand: an async function would keep the driver twice, once as its argument and once where it uses it, for as
/// long as the connection lives.
#[must_use = "a connection lives while its driver is polled"]
pub(crate) struct Driven<E> {
    driver: Driver,
    /// Dropped behind the driver.
    end: E,
    tell: fn(&mut E, ConnectionError),
}

impl<E: Unpin> Future for Driven<E> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { driver, end, tell } = &mut *self;
        ready!(driver.poll(cx));
        tell(end, driver.finish());
        Poll::Ready(())
    }
}

impl Driver {
    /// Drives it, `tell`s `end` why it has ended, and drops that behind everything else, also when this is dropped before.
    pub(crate) const fn until<E>(self, end: E, tell: fn(&mut E, ConnectionError)) -> Driven<E> {
        Driven {
            driver: self,
            end,
            tell,
        }
    }
}
