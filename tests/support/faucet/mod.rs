//! A service of streams, and what becomes of them.

mod flows;
mod tap;

use std::fmt;

use bytes::Bytes;
use ipc_rpc::{Context, Receiver, ipc_service};
use serde::{Deserialize, Serialize, Serializer};

pub use flows::{Flow, Flows};
pub use tap::Tap;

/// Streams in every place where one may stand.
///
/// Methods with an `id` report under it how far they come: see [`Flow`].
#[ipc_service]
pub trait Faucet {
    /// The numbers below `limit`.
    async fn count(&self, ctx: Context, id: u64, limit: u64) -> Receiver<u64>;

    /// The same from a thread that it blocks.
    fn count_blocking(&self, ctx: Context, id: u64, limit: u64) -> Receiver<u64>;

    /// The same, unless there are none.
    async fn try_count(&self, ctx: Context, id: u64, limit: u64) -> Result<Receiver<u64>, Dry>;

    /// Three numbers, and then this end.
    async fn end(&self, ctx: Context, id: u64, end: End) -> Receiver<u64>;

    /// So many items of this size.
    async fn blobs(&self, ctx: Context, id: u64, len: usize, count: u64) -> Receiver<Bytes>;

    /// Adds up, or says why it cannot.
    async fn sum(&self, ctx: Context, numbers: Receiver<u64>) -> Result<u64, String>;

    /// The same on a thread that it blocks.
    fn sum_blocking(&self, ctx: Context, numbers: Receiver<u64>) -> Result<u64, String>;

    /// Counts what it reads, without an answer.
    #[ipc(oneway)]
    async fn pour(&self, ctx: Context, id: u64, numbers: Receiver<u64>);

    /// Counts what it reads, and leaves when it is released.
    #[ipc(oneway)]
    async fn pour_for_a_while(&self, ctx: Context, id: u64, numbers: Receiver<u64>);

    /// Answers at once, and counts what it reads behind that.
    async fn outlive(&self, ctx: Context, id: u64, numbers: Receiver<u64>);

    /// Reads nothing until it is released, then all there is.
    async fn hold(&self, ctx: Context, id: u64, numbers: Receiver<u64>) -> u64;

    /// Reads so many, and then no more.
    async fn sip(&self, ctx: Context, count: u64, end: Leave, numbers: Receiver<u64>) -> u64;

    /// Says everything louder.
    async fn shout(&self, ctx: Context, words: Receiver<String>) -> Receiver<String>;

    /// One item of either stream with each of the values, for as long as both have one.
    async fn weave(
        &self,
        ctx: Context,
        numbers: Receiver<u64>,
        label: String,
        chunks: Receiver<Bytes>,
        times: u32,
    ) -> Result<Receiver<Woven>, Dry>;

    /// Returns what it is given.
    async fn numbers(&self, ctx: Context, items: Receiver<u64>) -> Receiver<u64>;

    /// Returns what it is given.
    async fn texts(&self, ctx: Context, items: Receiver<String>) -> Receiver<String>;

    /// Returns what it is given.
    async fn structs(&self, ctx: Context, items: Receiver<Woven>) -> Receiver<Woven>;

    /// Returns what it is given.
    async fn shared_bytes(&self, ctx: Context, items: Receiver<Bytes>) -> Receiver<Bytes>;

    /// Returns what it is given.
    async fn owned_bytes(&self, ctx: Context, items: Receiver<Vec<u8>>) -> Receiver<Vec<u8>>;

    /// Returns what it is given.
    async fn units(&self, ctx: Context, items: Receiver<()>) -> Receiver<()>;

    /// Returns what it is given, which some codecs cannot decode.
    async fn values(
        &self,
        ctx: Context,
        items: Receiver<serde_json::Value>,
    ) -> Receiver<serde_json::Value>;

    /// Returns what it is given, unless it is odd.
    async fn picky(&self, ctx: Context, items: Receiver<Even>) -> Receiver<Even>;

    /// Has no stream.
    async fn add(&self, ctx: Context, a: u64, b: u64) -> u64;
}

/// The service's own error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dry(pub String);

impl fmt::Display for Dry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dry: {}", self.0)
    }
}

impl std::error::Error for Dry {}

/// How a stream ends at its writer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum End {
    Complete,
    Abort(String),
    Panic,
    Never,
}

/// How a stream ends at its reader.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Leave {
    Drop,
    Close(String),
}

/// An item with fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "one field of each kind")]
pub struct Woven {
    pub number: u64,
    pub label: Option<String>,
    pub chunk: Bytes,
}

/// A number that is encoded if it is even, and only then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Even(pub u64);

impl Serialize for Even {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(2) {
            serializer.serialize_newtype_struct("Even", &self.0)
        } else {
            Err(serde::ser::Error::custom("odd"))
        }
    }
}
