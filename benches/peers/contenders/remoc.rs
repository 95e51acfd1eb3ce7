//! remoc's remote traits, with what its documentation names for speed: the slim codec, and names of one byte.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use remoc::codec::PostbagSlim;
use remoc::prelude::{ConnectExt, ServerShared};
use remoc::rch::mpsc;
use remoc::rtc::CallError;
use remoc::{Cfg, Connect, RemoteSend};
use serde_bytes::ByteBuf;
use tokio::net::UnixStream;

use self::service::{Echo, EchoClient, EchoServerShared};
use super::item::Item;
use super::{Client, Contender, Items, Look, Ready, Result, in_flight, serve_each};
use crate::clock::Stop;

#[expect(
    clippy::disallowed_methods,
    reason = "the generated code spawns, as its authors want it"
)]
mod service {
    use remoc::prelude::rtc;
    use remoc::rtc::CallError;
    use serde_bytes::ByteBuf;

    use super::{Item, Receiver};

    /// Returns what it is given, and streams without end. `ByteBuf`, because serde writes a `Vec<u8>` byte by byte.
    #[rtc::remote]
    pub(crate) trait Echo {
        #[serde(rename = "_0")]
        async fn echo(
            &self,
            #[serde(rename = "_0")] number: u64,
            #[serde(rename = "_1")] payload: ByteBuf,
        ) -> std::result::Result<(u64, ByteBuf), CallError>;

        #[serde(rename = "_1")]
        async fn echo_bytes(
            &self,
            #[serde(rename = "_0")] payload: ByteBuf,
        ) -> std::result::Result<ByteBuf, CallError>;

        #[serde(rename = "_2")]
        async fn items(&self) -> std::result::Result<Receiver<Item>, CallError>;

        #[serde(rename = "_3")]
        async fn large_items(
            &self,
            #[serde(rename = "_0")] len: usize,
        ) -> std::result::Result<Receiver<ByteBuf>, CallError>;
    }
}

type Receiver<T> = mpsc::Receiver<T, PostbagSlim>;

struct Echoes;

impl Echo for Echoes {
    async fn echo(
        &self,
        number: u64,
        payload: ByteBuf,
    ) -> std::result::Result<(u64, ByteBuf), CallError> {
        Ok((number, payload))
    }

    async fn echo_bytes(&self, payload: ByteBuf) -> std::result::Result<ByteBuf, CallError> {
        Ok(payload)
    }

    async fn items(&self) -> std::result::Result<Receiver<Item>, CallError> {
        Ok(stream((0..).map(Item::new)))
    }

    async fn large_items(&self, len: usize) -> std::result::Result<Receiver<ByteBuf>, CallError> {
        Ok(stream(std::iter::repeat(ByteBuf::from(vec![7; len]))))
    }
}

/// Sends items without end, as remoc's examples do.
#[expect(
    clippy::disallowed_methods,
    reason = "ends with the process, which serves nothing else"
)]
fn stream<T: RemoteSend>(items: impl Iterator<Item = T> + Send + 'static) -> Receiver<T> {
    let (sender, receiver) = mpsc::channel();
    tokio::spawn(async move {
        for item in items {
            if sender.send(item).await.is_err() {
                break;
            }
        }
    });
    receiver
}

pub(super) struct Remoc;

impl Contender for Remoc {
    type Client = EchoClient<PostbagSlim>;

    async fn serve(path: PathBuf, ready: Ready) -> Result<()> {
        serve_each(path, ready, serve).await
    }

    async fn connect(path: &Path) -> Result<Self::Client> {
        let (reader, writer) = UnixStream::connect(path).await?.into_split();
        Ok(Connect::io(Cfg::default(), reader, writer)
            .consume()
            .await?)
    }
}

async fn serve(socket: UnixStream) -> Result<()> {
    let (reader, writer) = socket.into_split();
    let (server, client) = EchoServerShared::<_, PostbagSlim>::new(Arc::new(Echoes));
    Connect::io(Cfg::default(), reader, writer)
        .provide(client)
        .await?;
    // Its error cannot leave this thread as it is.
    let outcome = server.serve().await;
    Ok(outcome.map_err(|error| error.to_string())?)
}

impl Client for EchoClient<PostbagSlim> {
    type Payload = ByteBuf;

    async fn echo(&mut self, number: u64, payload: ByteBuf) -> Result<(u64, ByteBuf)> {
        Ok(Echo::echo(self, number, payload).await?)
    }

    async fn echo_bytes(&mut self, payload: ByteBuf) -> Result<ByteBuf> {
        Ok(Echo::echo_bytes(self, payload).await?)
    }

    async fn in_flight(&mut self, count: usize, stop: &Stop) -> Result<u64> {
        in_flight(self, count, stop).await
    }

    async fn items(&mut self) -> Result<impl Items> {
        Ok(Echo::items(self).await?)
    }

    async fn large_items(&mut self, len: usize) -> Result<impl Items> {
        Ok(Echo::large_items(self, len).await?)
    }

    fn second(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl Items for Receiver<Item> {
    async fn next<R: Send>(&mut self, look: impl Look<R>) -> Result<R> {
        let item = self.recv().await?.ok_or("the stream has ended")?;
        Ok(look(Some(item.number), item.payload.as_slice()))
    }
}

impl Items for Receiver<ByteBuf> {
    async fn next<R: Send>(&mut self, look: impl Look<R>) -> Result<R> {
        let payload = self.recv().await?.ok_or("the stream has ended")?;
        Ok(look(None, &payload))
    }
}
