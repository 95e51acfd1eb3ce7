//! Who is measured: a file for each, and what the workloads ask of all of them.

mod bare;
mod bare_items;
mod bare_std;
mod bare_tokio;
#[cfg(feature = "peers")]
mod capnp;
mod entry;
mod item;
mod ours;
#[cfg(feature = "peers")]
mod remoc;
#[cfg(feature = "peers")]
mod tarpc;
#[cfg(feature = "peers")]
mod tonic;
#[cfg(feature = "peers")]
mod ttrpc;
#[cfg(feature = "peers")]
mod zbus;

use std::error::Error;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

use crate::clock::Stop;
use crate::workloads;

pub(crate) use self::entry::Entry;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A way to call from one process into another.
pub(crate) trait Contender: 'static {
    type Client: Client;

    /// Serves at this path for ever, and says so once clients may connect.
    fn serve(path: PathBuf, ready: Ready) -> impl Future<Output = Result<()>> + Send;

    fn connect(path: &Path) -> impl Future<Output = Result<Self::Client>> + Send;
}

/// One connection, on the side that calls.
///
/// Payloads go back and forth: what an echo returned is what the next one takes, so that none of the contenders is
/// charged for what the caller does to have something to send.
pub(crate) trait Client: Send + Sized + 'static {
    type Payload: From<Vec<u8>> + AsRef<[u8]> + Send;

    /// One small call.
    fn echo(
        &mut self,
        number: u64,
        payload: Self::Payload,
    ) -> impl Future<Output = Result<(u64, Self::Payload)>> + Send;

    /// One large call.
    fn echo_bytes(
        &mut self,
        payload: Self::Payload,
    ) -> impl Future<Output = Result<Self::Payload>> + Send;

    /// Keeps `count` small calls in flight until `stop`, and returns how many were answered. [`in_flight`] does so
    /// for whoever can have several callers.
    fn in_flight(&mut self, count: usize, stop: &Stop) -> impl Future<Output = Result<u64>> + Send;

    /// A stream of small items without end.
    fn items(&mut self) -> impl Future<Output = Result<impl Items>> + Send {
        no_streams()
    }

    /// A stream without end of items of that many bytes.
    fn large_items(&mut self, _len: usize) -> impl Future<Output = Result<impl Items>> + Send {
        no_streams()
    }

    /// Another caller on the same connection, where there can be several.
    fn second(&self) -> Option<Self> {
        None
    }

    /// Ends the connection in the way that is usual for it. Dropping it, as a rule.
    fn close(self) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }
}

/// A stream, on the side that reads it.
pub(crate) trait Items: Send {
    /// Has `look` see the number of the next item, if such items have one, and its payload, where they are.
    fn next<R: Send>(&mut self, look: impl Look<R>) -> impl Future<Output = Result<R>> + Send;
}

/// Looks at an item.
pub(crate) trait Look<R>: FnOnce(Option<u64>, &[u8]) -> R + Send {}

impl<R, T: FnOnce(Option<u64>, &[u8]) -> R + Send> Look<R> for T {}

/// What a contender returns that takes no part in streams.
enum NoItems {}

impl Items for NoItems {
    async fn next<R: Send>(&mut self, _: impl Look<R>) -> Result<R> {
        match *self {}
    }
}

async fn no_streams() -> Result<NoItems> {
    Err("this contender has no streams".into())
}

/// `count` tasks that call one after the other, as the callers of a shared connection in a program would be.
pub(crate) async fn in_flight<C>(client: &C, count: usize, stop: &Stop) -> Result<u64>
where
    C: Client + Clone,
{
    let mut callers = JoinSet::new();
    for _ in 0..count {
        callers.spawn(call_until(client.clone(), stop.clone()));
    }
    let mut calls = 0;
    while let Some(answered) = callers.join_next().await {
        calls += answered??;
    }
    Ok(calls)
}

/// Serves each connection in a task of its own, for those who leave that to their users.
pub(crate) async fn serve_each<S>(
    path: PathBuf,
    ready: Ready,
    serve: impl Fn(UnixStream) -> S + Send,
) -> Result<()>
where
    S: Future<Output: Send> + Send + 'static,
{
    let listener = UnixListener::bind(path)?;
    ready.announce();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                connections.spawn(serve(accepted?.0));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn call_until<C: Client>(mut client: C, stop: Stop) -> Result<u64> {
    let mut payload = workloads::small_payload();
    let mut number = 0;
    while !stop.is_due() {
        payload = workloads::checked_echo(&mut client, number, payload).await?;
        number += 1;
    }
    Ok(number)
}

/// Tells the process that started this one that clients may connect.
pub(crate) struct Ready;

impl Ready {
    pub(crate) fn announce(self) {
        println!("{}", crate::child::READY);
    }
}
