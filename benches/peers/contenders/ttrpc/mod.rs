//! ttrpc, asynchronous, with rust-protobuf. Client and server are what its code generator writes for the service
//! `rpc Call(Echo) returns (Echo)`.

mod echo;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use ttrpc::r#async::{MethodHandler, Server, Service, TtrpcContext};
use ttrpc::{Request, Response, context};

use self::echo::Echo;
use super::{Client, Contender, Ready, Result, in_flight};
use crate::clock::Stop;

pub(super) struct Ttrpc;

impl Contender for Ttrpc {
    type Client = EchoesClient;

    async fn serve(path: PathBuf, ready: Ready) -> Result<()> {
        let method = CallMethod {
            service: Arc::new(Echoes),
        };
        let method = Box::new(method) as Box<dyn MethodHandler + Send + Sync>;
        let service = Service {
            methods: HashMap::from([(METHOD.to_owned(), method)]),
            streams: HashMap::new(),
        };
        let mut server = Server::new()
            .bind(&format!("unix://{}", path.display()))?
            .register_service(HashMap::from([(SERVICE.to_owned(), service)]));
        server.start().await?;
        ready.announce();
        std::future::pending().await
    }

    async fn connect(path: &Path) -> Result<EchoesClient> {
        let name = format!("unix://{}", path.display());
        let client = ttrpc::r#async::Client::connect(&name).await?;
        Ok(EchoesClient { client })
    }
}

struct Echoes;

impl Echoes {
    async fn call(&self, _: &TtrpcContext, echo: Echo) -> ttrpc::Result<Echo> {
        Ok(echo)
    }
}

struct CallMethod {
    service: Arc<Echoes>,
}

#[async_trait]
impl MethodHandler for CallMethod {
    async fn handler(&self, ctx: TtrpcContext, req: Request) -> ttrpc::Result<Response> {
        ttrpc::async_request_handler!(self, ctx, req, Echo, call);
    }
}

#[derive(Clone)]
pub(super) struct EchoesClient {
    client: ttrpc::r#async::Client,
}

impl EchoesClient {
    async fn call(&self, ctx: context::Context, req: &Echo) -> ttrpc::Result<Echo> {
        let mut cres = Echo::default();
        ttrpc::async_client_request!(self, ctx, req, SERVICE, METHOD, cres);
    }

    async fn echo(&self, number: u64, payload: Vec<u8>) -> ttrpc::Result<Echo> {
        self.call(context::Context::default(), &Echo::new(number, payload))
            .await
    }
}

impl Client for EchoesClient {
    type Payload = Vec<u8>;

    async fn echo(&mut self, number: u64, payload: Vec<u8>) -> Result<(u64, Vec<u8>)> {
        let echo = Self::echo(self, number, payload).await?;
        Ok((echo.number, echo.payload))
    }

    async fn echo_bytes(&mut self, payload: Vec<u8>) -> Result<Vec<u8>> {
        Ok(Self::echo(self, 0, payload).await?.payload)
    }

    async fn in_flight(&mut self, count: usize, stop: &Stop) -> Result<u64> {
        in_flight(self, count, stop).await
    }
}

const SERVICE: &str = "peers.Echoes";
const METHOD: &str = "Call";
