//! D-Bus without a bus: zbus from peer to peer, on tokio.

use std::path::{Path, PathBuf};

use serde_bytes::ByteBuf;
use tokio::net::UnixStream;
use zbus::connection::Builder;
use zbus::names::BusName;
use zbus::{Connection, Guid, interface};

use super::{Client, Contender, Ready, Result, in_flight, serve_each};
use crate::clock::Stop;

struct Echoes;

/// Returns what it is given. `ByteBuf`, because serde writes a `Vec<u8>` byte by byte.
#[interface(name = "org.example.Echoes")]
impl Echoes {
    async fn echo(&self, number: u64, payload: ByteBuf) -> (u64, ByteBuf) {
        (number, payload)
    }
}

pub(super) struct Zbus;

impl Contender for Zbus {
    type Client = Caller;

    async fn serve(path: PathBuf, ready: Ready) -> Result<()> {
        serve_each(path, ready, serve).await
    }

    async fn connect(path: &Path) -> Result<Caller> {
        let socket = UnixStream::connect(path).await?.into_std()?;
        let connection = Builder::unix_stream(socket).p2p().build().await?;
        Ok(Caller { connection })
    }
}

async fn serve(socket: UnixStream) -> Result<()> {
    let builder = Builder::unix_stream(socket.into_std()?)
        .server(Guid::generate())
        .p2p()
        .serve_at(PATH, Echoes);
    builder.build().await?.closed().await;
    Ok(())
}

#[derive(Clone)]
pub(super) struct Caller {
    connection: Connection,
}

impl Client for Caller {
    type Payload = ByteBuf;

    async fn echo(&mut self, number: u64, payload: ByteBuf) -> Result<(u64, ByteBuf)> {
        let (connection, arguments) = (&self.connection, (number, payload));
        let nobody = None::<BusName<'_>>;
        let answer = connection
            .call_method(nobody, PATH, Some("org.example.Echoes"), "Echo", &arguments)
            .await?;
        Ok(answer.body().deserialize()?)
    }

    async fn echo_bytes(&mut self, payload: ByteBuf) -> Result<ByteBuf> {
        Ok(self.echo(0, payload).await?.1)
    }

    async fn in_flight(&mut self, count: usize, stop: &Stop) -> Result<u64> {
        in_flight(self, count, stop).await
    }

    async fn close(self) -> Result<()> {
        Ok(self.connection.close().await?)
    }
}

const PATH: &str = "/org/example/Echoes";
