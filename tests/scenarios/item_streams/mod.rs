//! Streams of items: what arrives, how fast, and how it ends.

mod calls;
mod ends;
#[cfg(unix)]
pub(crate) mod hostile;
mod items;
mod lost;
mod nested;
mod order;
mod pressure;
mod relay;
mod shapes;
mod through_layers;
mod values;
mod within;

use ipc_rpc::{Codec, Config, Connect, Receiver, ServerBuilder, StreamError};
use support::{Faucet as _, FaucetClient, Flows, LabClient, Stage, Tap, Transport};

/// A server with a lab and a faucet, and a client of both on one connection. Layers of the client are the faucet's.
struct Scene {
    stage: Stage,
    flows: Flows,
    lab: LabClient,
    faucet: FaucetClient,
}

impl Scene {
    async fn new(transport: Transport) -> Self {
        Self::with(transport, Config::default()).await
    }

    /// The same with this configuration on both sides.
    async fn with(transport: Transport, config: Config) -> Self {
        let theirs = config.clone();
        Self::of(
            transport,
            |server| server.config(theirs),
            |client| client.config(config),
        )
        .await
    }

    async fn in_codec(transport: Transport, codec: Codec) -> Self {
        Self::of(transport, |server| server, |client| client.codec(codec)).await
    }

    async fn of(
        transport: Transport,
        server: impl FnOnce(ServerBuilder) -> ServerBuilder,
        client: impl FnOnce(Connect<FaucetClient>) -> Connect<FaucetClient>,
    ) -> Self {
        let tap = Tap::default();
        let flows = tap.0.clone();
        let mut stage =
            Stage::with(transport, |builder| server(builder).service(tap.serve())).await;
        let faucet = client(stage.place.connect()).await.unwrap();
        stage.connected().await;
        let lab = faucet.connection().client();
        Self {
            stage,
            flows,
            lab,
            faucet,
        }
    }

    /// Checks that the connection works in every respect, and ends.
    async fn end(self) {
        self.assert_alive().await;
        self.stage.end().await;
    }

    async fn assert_alive(&self) {
        let ctx = ipc_rpc::context::current;
        assert_eq!(self.faucet.add(ctx(), 2, 3).await.unwrap(), 5);
        let sum = self.faucet.sum(ctx(), numbers(0..10)).await;
        assert_eq!(sum.unwrap(), 45);
        let counted = self.faucet.try_count(ctx(), u64::MAX, 3).await.unwrap();
        assert_eq!(all(counted).await.unwrap(), [0, 1, 2]);
    }
}

/// Items that are under way at once by default.
const DEFAULT_WINDOW: u64 = 2048;

/// A configuration with so small a window.
fn window(items: usize, len: usize) -> Config {
    let mut config = Config::default();
    config.stream_window_items = items;
    config.stream_window_len = len;
    config
}

fn numbers(range: std::ops::Range<u64>) -> Receiver<u64> {
    Receiver::from_stream(futures_util::stream::iter(range))
}

fn stream_of<T: Send + 'static>(items: Vec<T>) -> Receiver<T> {
    Receiver::from_stream(futures_util::stream::iter(items))
}

/// All items, if the stream is complete.
async fn all<T>(items: Receiver<T>) -> Result<Vec<T>, StreamError>
where
    Receiver<T>: futures_util::Stream<Item = Result<T, StreamError>>,
{
    futures_util::TryStreamExt::try_collect(items).await
}

/// All items up to the error that ends them.
async fn until_error<T>(mut items: Receiver<T>) -> (Vec<T>, StreamError)
where
    Receiver<T>: futures_util::Stream<Item = Result<T, StreamError>> + Unpin,
{
    use futures_util::StreamExt as _;
    let mut read = Vec::new();
    loop {
        match items.next().await {
            Some(Ok(item)) => read.push(item),
            Some(Err(error)) => {
                assert!(items.next().await.is_none(), "nothing follows an error");
                return (read, error);
            }
            None => panic!("the stream is complete after {} items", read.len()),
        }
    }
}
