//! This workspace's own crate, with its defaults unless a variant says otherwise.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use ipc_rpc::{
    AuthHello, Connect, Context, Receiver, Rejection, Server, ServerBuilder, SocketName, context,
    ipc_service,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::item::Item;
use super::{Client, Contender, Items, Look, Ready, Result, in_flight};
use crate::clock::Stop;

/// Returns what it is given, and streams without end. `ByteBuf` where bytes are a part of something, because serde writes a
/// `Vec<u8>` byte by byte.
#[ipc_service]
pub(crate) trait Echo {
    async fn echo(&self, ctx: Context, number: u64, payload: Vec<u8>) -> (u64, ByteBuf);
    async fn echo_vec(&self, ctx: Context, payload: Vec<u8>) -> Vec<u8>;
    async fn echo_bytes(&self, ctx: Context, payload: Bytes) -> Bytes;
    async fn items(&self, ctx: Context) -> Receiver<Item>;
    async fn sent_items(&self, ctx: Context) -> Receiver<Item>;
    async fn vecs(&self, ctx: Context, len: usize) -> Receiver<Vec<u8>>;
    async fn bytes(&self, ctx: Context, len: usize) -> Receiver<Bytes>;
}

struct Echoes;

impl Echo for Echoes {
    async fn echo(&self, _: Context, number: u64, payload: Vec<u8>) -> (u64, ByteBuf) {
        (number, payload.into())
    }

    async fn echo_vec(&self, _: Context, payload: Vec<u8>) -> Vec<u8> {
        payload
    }

    async fn echo_bytes(&self, _: Context, payload: Bytes) -> Bytes {
        payload
    }

    async fn items(&self, _: Context) -> Receiver<Item> {
        Receiver::from_stream(stream::iter((0..).map(Item::new)))
    }

    async fn sent_items(&self, ctx: Context) -> Receiver<Item> {
        ctx.stream(|items| async move {
            let mut number = 0;
            while items.send(Item::new(number)).await.is_ok() {
                number += 1;
            }
        })
    }

    async fn vecs(&self, ctx: Context, len: usize) -> Receiver<Vec<u8>> {
        repeat(&ctx, vec![7; len])
    }

    async fn bytes(&self, ctx: Context, len: usize) -> Receiver<Bytes> {
        repeat(&ctx, vec![7; len].into())
    }
}

fn repeat<P: Payload>(ctx: &Context, payload: P) -> Receiver<P> {
    ctx.stream(|items| async move { while items.send(payload.clone()).await.is_ok() {} })
}

/// No authenticator, and payloads as the vectors that most programs have.
pub(super) type Plain = Ours<Defaults, Vec<u8>>;
/// Payloads as [`Bytes`], which travel beside the frame.
pub(super) type WithBytes = Ours<Defaults, Bytes>;
/// Both ends ask their sockets for a while before they sleep.
pub(super) type BusyPolling = Ours<BusyPoll, Vec<u8>>;
/// A task sends small items with a `Sender`.
pub(super) type Sending = Ours<WithSender, Vec<u8>>;
/// A typed token that the server checks.
pub(super) type Authenticated = Ours<Token, Vec<u8>>;

/// The crate with the settings `S` and payloads `P`.
pub(super) struct Ours<S, P>(PhantomData<fn() -> (S, P)>);

impl<S: Settings, P: Payload> Contender for Ours<S, P> {
    type Client = Caller<P>;

    async fn serve(path: PathBuf, ready: Ready) -> Result<()> {
        let builder = Server::builder(&SocketName::path(path)?).service(Echoes.serve());
        // Above the default for the sake of the idle connections; nothing else is changed by it.
        let builder = builder.max_connections(20_000);
        let server = S::server(builder).bind()?;
        ready.announce();
        server.run().await?;
        Ok(())
    }

    async fn connect(path: &Path) -> Result<Caller<P>> {
        let connect = EchoClient::connect(&SocketName::path(path)?);
        Ok(Caller {
            client: S::client(connect).await?,
            with_sender: S::WITH_SENDER,
            payload: PhantomData,
        })
    }
}

/// What a variant sets, at both ends.
pub(super) trait Settings: 'static {
    /// Whether small items are sent one by one, and not out of an iterator.
    const WITH_SENDER: bool = false;

    fn server(builder: ServerBuilder) -> ServerBuilder {
        builder
    }

    fn client(connect: Connect<EchoClient>) -> Connect<EchoClient> {
        connect
    }
}

pub(super) struct Defaults;

impl Settings for Defaults {}

pub(super) struct WithSender;

impl Settings for WithSender {
    const WITH_SENDER: bool = true;
}

pub(super) struct BusyPoll;

impl Settings for BusyPoll {
    fn server(builder: ServerBuilder) -> ServerBuilder {
        builder.busy_poll(POLLED)
    }

    fn client(connect: Connect<EchoClient>) -> Connect<EchoClient> {
        connect.busy_poll(POLLED)
    }
}

/// About what waking a core takes.
const POLLED: Duration = Duration::from_micros(50);

/// What a client shows, and its settings.
#[derive(Serialize, Deserialize)]
pub(super) struct Token {
    user: String,
    secret: [u8; 16],
}

/// Who was admitted.
struct User {
    _name: String,
}

impl Settings for Token {
    fn server(builder: ServerBuilder) -> ServerBuilder {
        builder.authenticate(|hello: AuthHello<Self>| async move {
            if hello.payload.secret != SECRET {
                return Err(Rejection::new(401, "wrong token"));
            }
            Ok(User {
                _name: hello.payload.user,
            })
        })
    }

    fn client(connect: Connect<EchoClient>) -> Connect<EchoClient> {
        let (user, secret) = ("ada".to_owned(), SECRET);
        connect.auth(&Self { user, secret })
    }
}

const SECRET: [u8; 16] = *b"0123456789abcdef";

/// A type of payload, and the methods that echo and stream it.
pub(super) trait Payload:
    From<Vec<u8>>
    + Into<Vec<u8>>
    + AsRef<[u8]>
    + Clone
    + Serialize
    + DeserializeOwned
    + Send
    + Sync
    + 'static
{
    fn echo(client: &EchoClient, payload: Self) -> impl Future<Output = Result<Self>> + Send;

    fn stream(
        client: &EchoClient,
        len: usize,
    ) -> impl Future<Output = Result<Receiver<Self>>> + Send;
}

impl Payload for Vec<u8> {
    async fn echo(client: &EchoClient, payload: Self) -> Result<Self> {
        Ok(client.echo_vec(context::current(), payload).await?)
    }

    async fn stream(client: &EchoClient, len: usize) -> Result<Receiver<Self>> {
        Ok(client.vecs(context::current(), len).await?)
    }
}

impl Payload for Bytes {
    async fn echo(client: &EchoClient, payload: Self) -> Result<Self> {
        Ok(client.echo_bytes(context::current(), payload).await?)
    }

    async fn stream(client: &EchoClient, len: usize) -> Result<Receiver<Self>> {
        Ok(client.bytes(context::current(), len).await?)
    }
}

pub(super) struct Caller<P> {
    client: EchoClient,
    with_sender: bool,
    payload: PhantomData<fn() -> P>,
}

impl<P> Clone for Caller<P> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            with_sender: self.with_sender,
            payload: PhantomData,
        }
    }
}

impl<P: Payload> Client for Caller<P> {
    type Payload = P;

    async fn echo(&mut self, number: u64, payload: P) -> Result<(u64, P)> {
        let echo = self.client.echo(context::current(), number, payload.into());
        let (number, payload) = echo.await?;
        Ok((number, payload.into_vec().into()))
    }

    async fn echo_bytes(&mut self, payload: P) -> Result<P> {
        P::echo(&self.client, payload).await
    }

    async fn in_flight(&mut self, count: usize, stop: &Stop) -> Result<u64> {
        in_flight(self, count, stop).await
    }

    async fn items(&mut self) -> Result<impl Items> {
        Ok(if self.with_sender {
            self.client.sent_items(context::current()).await?
        } else {
            self.client.items(context::current()).await?
        })
    }

    async fn large_items(&mut self, len: usize) -> Result<impl Items> {
        Ok(Large(P::stream(&self.client, len).await?))
    }

    fn second(&self) -> Option<Self> {
        Some(self.clone())
    }

    async fn close(self) -> Result<()> {
        self.client.connection().close("done").await;
        Ok(())
    }
}

impl Items for Receiver<Item> {
    async fn next<R: Send>(&mut self, look: impl Look<R>) -> Result<R> {
        let item = self.recv().await.ok_or("the stream has ended")??;
        Ok(look(Some(item.number), item.payload.as_slice()))
    }
}

/// A stream of payloads alone.
struct Large<P>(Receiver<P>);

impl<P: Payload> Items for Large<P> {
    async fn next<R: Send>(&mut self, look: impl Look<R>) -> Result<R> {
        let payload = self.0.recv().await.ok_or("the stream has ended")??;
        Ok(look(None, payload.as_ref()))
    }
}
