//! A server of [`World`], and a client, over each way between them.

use futures_util::StreamExt;
use ipc_rpc::transport::memory::Address;
use ipc_rpc::{Connection, IntoEndpoint, Server, SocketName};
use support::{Task, watched};
use tarpc::client::{self, NewClient};
use tarpc::server::{BaseChannel, Channel};
use tarpc::transport::channel;
use tarpc::{ClientMessage, Response, Transport};
use tokio::sync::mpsc;

use crate::world::{
    HelloServer, Step, World, WorldClient, WorldRequest, WorldResponse, WorldService, hello_server,
};

/// The way between a client in tarpc's form and its server.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// tarpc's in-memory channel.
    Channel,
    /// tarpc's serde transport, with JSON on a Unix socket.
    #[cfg(unix)]
    SerdeTransport,
    /// A lane of a connection of ours, in memory.
    Memory,
    /// The same over a local socket.
    LocalSocket,
}

/// What runs, and a client of it.
pub(crate) struct Stage {
    pub(crate) client: WorldClient,
    /// What its handlers report.
    pub(crate) steps: mpsc::UnboundedReceiver<Step>,
    /// The connection of ours, where there is one.
    pub(crate) connection: Option<Connection>,
    server: Task<()>,
    _dispatch: Task<()>,
    /// Holds the socket file.
    _directory: Option<tempfile::TempDir>,
}

impl Stage {
    pub(crate) async fn new(way: Way) -> Self {
        match way {
            Way::Channel => {
                let (ours, theirs) = channel::unbounded();
                Self::over(ours, theirs)
            }
            #[cfg(unix)]
            Way::SerdeTransport => Self::over_serde_transport().await,
            Way::Memory => Self::over_connection(&Address::new()).await,
            Way::LocalSocket => Self::over_connection(&SocketName::unique()).await,
        }
    }

    /// A server and a client that are tarpc's own altogether.
    fn over<C, S>(client: C, server: S) -> Self
    where
        C: Transport<ClientMessage<WorldRequest>, Response<WorldResponse>> + Send + 'static,
        S: Transport<Response<WorldResponse>, ClientMessage<WorldRequest>> + Send + 'static,
    {
        let (hello, steps) = hello_server();
        // In one task with all handlers, so that they end with it.
        let serving = BaseChannel::with_defaults(server)
            .execute(hello.serve())
            .for_each_concurrent(None, |handler| handler);
        Self::with(client, Task::spawn(serving), steps)
    }

    #[cfg(unix)]
    async fn over_serde_transport() -> Self {
        use tarpc::serde_transport;
        use tokio::net::{UnixListener, UnixStream};
        use tokio_serde::formats::Json;
        use tokio_util::codec::{Framed, LengthDelimitedCodec};

        let framed = |stream| Framed::new(stream, LengthDelimitedCodec::new());
        let directory = tempfile::tempdir().expect("a directory can be made");
        let path = directory.path().join("socket");
        let listener = UnixListener::bind(&path).expect("the path is free");
        let connecting = UnixStream::connect(&path).await.expect("a server listens");
        let (accepted, _) = listener.accept().await.expect("a client connects");
        let mut stage = Self::over(
            serde_transport::new(framed(connecting), Json::default()),
            serde_transport::new(framed(accepted), Json::default()),
        );
        stage._directory = Some(directory);
        stage
    }

    /// A server of ours, and tarpc's client on a lane of a connection.
    async fn over_connection<N>(name: &N) -> Self
    where
        for<'a> &'a N: IntoEndpoint,
    {
        let (hello, steps) = hello_server();
        let server = serve(name, hello);
        let connection = Connection::connect(name).await.expect("a server runs");
        let lane = connection
            .lane::<WorldService>()
            .expect("the connection is new");
        let mut stage = Self::with(lane, server, steps);
        stage.connection = Some(connection);
        stage
    }

    fn with<C>(transport: C, server: Task<()>, steps: mpsc::UnboundedReceiver<Step>) -> Self
    where
        C: Transport<ClientMessage<WorldRequest>, Response<WorldResponse>> + Send + 'static,
    {
        let NewClient { client, dispatch } = WorldClient::new(client::Config::default(), transport);
        let dispatch = Task::spawn(async move {
            // Calls learn from it what they need to know.
            let _ = dispatch.await;
        });
        Self {
            client,
            steps,
            connection: None,
            server,
            _dispatch: dispatch,
            _directory: None,
        }
    }

    /// Drops the server with all that it has open.
    pub(crate) async fn stop_server(
        self,
    ) -> (WorldClient, mpsc::UnboundedReceiver<Step>, Task<()>) {
        self.server.stop().await;
        (self.client, self.steps, self._dispatch)
    }

    /// Waits for the next report of a handler.
    pub(crate) async fn step(&mut self) -> Step {
        self.steps.recv().await.expect("the server runs")
    }
}

/// Runs a server of ours until it is dropped.
pub(crate) fn serve(name: impl IntoEndpoint, hello: HelloServer) -> Task<()> {
    let server = Server::builder(name)
        .service(hello.serve())
        .bind()
        .expect("the name is free");
    Task::spawn(async move {
        server.run().await.expect("a server runs until it is told");
    })
}

/// Runs a test on a runtime of its own, under the watchdog.
pub(crate) fn run<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) {
    watched(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("a runtime can be made");
        runtime.block_on(test());
        runtime.shutdown_background();
    });
}

/// Makes a test of each scenario over each way.
macro_rules! over_every_way {
    ($($scenario:ident),+ $(,)?) => {$(
        mod $scenario {
            use super::$scenario as scenario;
            use crate::stage::{Stage, Way, run};

            #[test]
            fn over_tarpcs_channel() {
                run(|| async { scenario(Stage::new(Way::Channel).await).await });
            }

            #[cfg(unix)]
            #[test]
            fn over_tarpcs_serde_transport() {
                run(|| async { scenario(Stage::new(Way::SerdeTransport).await).await });
            }

            #[test]
            fn over_a_connection_in_memory() {
                run(|| async { scenario(Stage::new(Way::Memory).await).await });
            }

            #[test]
            fn over_a_connection_on_a_local_socket() {
                run(|| async { scenario(Stage::new(Way::LocalSocket).await).await });
            }
        }
    )+};
}

pub(crate) use over_every_way;
