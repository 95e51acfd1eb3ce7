//! tarpc over its own Unix transport with bincode, the fastest of the formats it comes with.

use std::path::{Path, PathBuf};

use futures_util::StreamExt;
use serde_bytes::ByteBuf;
use tarpc::server::{BaseChannel, Channel};
use tarpc::{client, context, serde_transport};
use tokio::task::JoinSet;
use tokio_serde::formats::Bincode;

use super::{Client, Contender, Ready, Result, in_flight};
use crate::clock::Stop;

/// Returns what it is given. `ByteBuf`, because serde writes a `Vec<u8>` byte by byte.
#[tarpc::service]
pub(crate) trait Echo {
    async fn echo(number: u64, payload: ByteBuf) -> (u64, ByteBuf);
    async fn echo_bytes(payload: ByteBuf) -> ByteBuf;
}

#[derive(Clone)]
struct Echoes;

impl Echo for Echoes {
    async fn echo(self, _: context::Context, number: u64, payload: ByteBuf) -> (u64, ByteBuf) {
        (number, payload)
    }

    async fn echo_bytes(self, _: context::Context, payload: ByteBuf) -> ByteBuf {
        payload
    }
}

pub(super) struct Tarpc;

impl Contender for Tarpc {
    type Client = EchoClient;

    async fn serve(path: PathBuf, ready: Ready) -> Result<()> {
        let mut incoming = serde_transport::unix::listen(path, Bincode::default).await?;
        ready.announce();
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                Some(transport) = incoming.next() => {
                    let channel = BaseChannel::with_defaults(transport?);
                    connections.spawn(channel.execute(Echoes.serve()).for_each(spawn));
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn connect(path: &Path) -> Result<EchoClient> {
        let transport = serde_transport::unix::connect(path, Bincode::default).await?;
        Ok(EchoClient::new(client::Config::default(), transport).spawn())
    }
}

/// A task for each request, as in tarpc's examples.
#[expect(
    clippy::disallowed_methods,
    reason = "ends with the process, which serves nothing else"
)]
async fn spawn(handler: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(handler);
}

impl Client for EchoClient {
    type Payload = ByteBuf;

    async fn echo(&mut self, number: u64, payload: ByteBuf) -> Result<(u64, ByteBuf)> {
        Ok(Self::echo(self, context::current(), number, payload).await?)
    }

    async fn echo_bytes(&mut self, payload: ByteBuf) -> Result<ByteBuf> {
        Ok(Self::echo_bytes(self, context::current(), payload).await?)
    }

    async fn in_flight(&mut self, count: usize, stop: &Stop) -> Result<u64> {
        in_flight(self, count, stop).await
    }

    fn second(&self) -> Option<Self> {
        Some(self.clone())
    }
}
