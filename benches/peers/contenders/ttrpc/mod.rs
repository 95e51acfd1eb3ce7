//! ttrpc, asynchronous, with rust-protobuf. Client and server are what its code generator writes for the service
//! `rpc Call(Echo) returns (Echo)` and `rpc Stream(Echo) returns (stream Echo)`.

mod echo;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use ttrpc::r#async::{
    ClientStreamReceiver, MethodHandler, Server, ServerStreamSender, Service, StreamHandler,
    StreamInner, TtrpcContext,
};
use ttrpc::{Request, Response, context};

use self::echo::Echo;
use super::{Client, Contender, Items, Look, Ready, Result, in_flight};
use crate::case::SMALL_LEN;
use crate::clock::Stop;

pub(super) struct Ttrpc;

impl Contender for Ttrpc {
    type Client = EchoesClient;

    async fn serve(path: PathBuf, ready: Ready) -> Result<()> {
        let service = Arc::new(Echoes);
        let stream = StreamMethod {
            service: service.clone(),
        };
        let call = Box::new(CallMethod { service }) as Box<dyn MethodHandler + Send + Sync>;
        let stream = Arc::new(stream) as Arc<dyn StreamHandler + Send + Sync>;
        let service = Service {
            methods: HashMap::from([(CALL.to_owned(), call)]),
            streams: HashMap::from([(STREAM.to_owned(), stream)]),
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

    /// Items without end, as long as the request's number says.
    async fn stream(
        &self,
        _: &TtrpcContext,
        echo: Echo,
        items: ServerStreamSender<Echo>,
    ) -> ttrpc::Result<()> {
        let mut item = Echo::new(0, vec![7; echo.number as usize]);
        loop {
            items.send(&item).await?;
            item.number += 1;
        }
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

struct StreamMethod {
    service: Arc<Echoes>,
}

#[async_trait]
impl StreamHandler for StreamMethod {
    async fn handler(
        &self,
        ctx: TtrpcContext,
        mut inner: StreamInner,
    ) -> ttrpc::Result<Option<Response>> {
        ttrpc::async_server_streamimg_handler!(self, ctx, inner, Echo, stream);
    }
}

#[derive(Clone)]
pub(super) struct EchoesClient {
    client: ttrpc::r#async::Client,
}

impl EchoesClient {
    async fn call(&self, ctx: context::Context, req: &Echo) -> ttrpc::Result<Echo> {
        let mut cres = Echo::default();
        ttrpc::async_client_request!(self, ctx, req, SERVICE, CALL, cres);
    }

    async fn stream(
        &self,
        ctx: context::Context,
        req: &Echo,
    ) -> ttrpc::Result<ClientStreamReceiver<Echo>> {
        ttrpc::async_client_stream_receive!(self, ctx, req, SERVICE, STREAM);
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

    async fn items(&mut self) -> Result<impl Items> {
        self.large_items(SMALL_LEN).await
    }

    async fn large_items(&mut self, len: usize) -> Result<impl Items> {
        let request = Echo::new(len as u64, Vec::new());
        Ok(self.stream(context::Context::default(), &request).await?)
    }

    fn second(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl Items for ClientStreamReceiver<Echo> {
    async fn next<R: Send>(&mut self, look: impl Look<R>) -> Result<R> {
        let item = self.recv().await?.ok_or("the stream has ended")?;
        Ok(look(Some(item.number), &item.payload))
    }
}

const SERVICE: &str = "peers.Echoes";
const CALL: &str = "Call";
const STREAM: &str = "Stream";
