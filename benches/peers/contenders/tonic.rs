//! gRPC: tonic over a Unix socket, with prost. Client and server are what its code generator writes for the service
//! `rpc Call(Echo) returns (Echo)` and `rpc Stream(Echo) returns (stream Echo)`; that needs `protoc`, so they are written
//! by hand.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use tokio::net::UnixListener;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::{BoxFuture, Context, Poll, Service, http};
use tonic::server::{NamedService, ServerStreamingService, UnaryService};
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{GrpcMethod, IntoRequest, Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

use super::{Client, Contender, Items, Look, Ready, Result, in_flight};
use crate::case::SMALL_LEN;
use crate::clock::Stop;

/// `bytes` as [`Bytes`], which prost offers for payloads that are not to be copied.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(super) struct Echo {
    #[prost(uint64, tag = "1")]
    number: u64,
    #[prost(bytes = "bytes", tag = "2")]
    payload: Bytes,
}

pub(super) struct Tonic;

impl Contender for Tonic {
    type Client = EchoesClient;

    async fn serve(path: PathBuf, ready: Ready) -> Result<()> {
        let incoming = UnixListenerStream::new(UnixListener::bind(path)?);
        ready.announce();
        let server = Server::builder().add_service(EchoesServer);
        Ok(server.serve_with_incoming(incoming).await?)
    }

    async fn connect(path: &Path) -> Result<EchoesClient> {
        let endpoint = Endpoint::from_shared(format!("unix://{}", path.display()))?;
        let inner = Grpc::new(endpoint.connect().await?);
        Ok(EchoesClient { inner })
    }
}

#[derive(Clone)]
struct EchoesServer;

impl NamedService for EchoesServer {
    const NAME: &'static str = "peers.Echoes";
}

impl Service<http::Request<Body>> for EchoesServer {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        match request.uri().path() {
            CALL => Box::pin(async move {
                let mut grpc = tonic::server::Grpc::new(ProstCodec::<Echo, Echo>::default());
                Ok(grpc.unary(Call, request).await)
            }),
            STREAM => Box::pin(async move {
                let mut grpc = tonic::server::Grpc::new(ProstCodec::<Echo, Echo>::default());
                Ok(grpc.server_streaming(Stream, request).await)
            }),
            _ => Box::pin(async move { Ok(Status::unimplemented("no such method").into_http()) }),
        }
    }
}

struct Call;

impl UnaryService<Echo> for Call {
    type Response = Echo;
    type Future = BoxFuture<Response<Echo>, Status>;

    fn call(&mut self, request: Request<Echo>) -> Self::Future {
        Box::pin(async move { Ok(Response::new(request.into_inner())) })
    }
}

struct Stream;

impl ServerStreamingService<Echo> for Stream {
    type Response = Echo;
    type ResponseStream = BoxStream<'static, std::result::Result<Echo, Status>>;
    type Future = BoxFuture<Response<Self::ResponseStream>, Status>;

    /// Items without end, as long as the request's number says.
    fn call(&mut self, request: Request<Echo>) -> Self::Future {
        Box::pin(async move {
            let payload = Bytes::from(vec![7; request.into_inner().number as usize]);
            let items = stream::iter(0..).map(move |number| {
                let payload = payload.clone();
                Ok(Echo { number, payload })
            });
            Ok(Response::new(items.boxed()))
        })
    }
}

#[derive(Clone)]
pub(super) struct EchoesClient {
    inner: Grpc<Channel>,
}

impl EchoesClient {
    async fn call(&mut self, echo: Echo) -> Result<Echo> {
        self.inner.ready().await?;
        let mut request = echo.into_request();
        let method = GrpcMethod::new(EchoesServer::NAME, "Call");
        request.extensions_mut().insert(method);
        let path = PathAndQuery::from_static(CALL);
        let codec = ProstCodec::<Echo, Echo>::default();
        Ok(self.inner.unary(request, path, codec).await?.into_inner())
    }

    async fn stream(&mut self, echo: Echo) -> Result<Streaming<Echo>> {
        self.inner.ready().await?;
        let mut request = echo.into_request();
        let method = GrpcMethod::new(EchoesServer::NAME, "Stream");
        request.extensions_mut().insert(method);
        let path = PathAndQuery::from_static(STREAM);
        let codec = ProstCodec::<Echo, Echo>::default();
        let answer = self.inner.server_streaming(request, path, codec).await?;
        Ok(answer.into_inner())
    }
}

impl Client for EchoesClient {
    type Payload = Bytes;

    async fn echo(&mut self, number: u64, payload: Bytes) -> Result<(u64, Bytes)> {
        let echo = self.call(Echo { number, payload }).await?;
        Ok((echo.number, echo.payload))
    }

    async fn echo_bytes(&mut self, payload: Bytes) -> Result<Bytes> {
        Ok(self.call(Echo { number: 0, payload }).await?.payload)
    }

    async fn in_flight(&mut self, count: usize, stop: &Stop) -> Result<u64> {
        in_flight(self, count, stop).await
    }

    async fn items(&mut self) -> Result<impl Items> {
        self.large_items(SMALL_LEN).await
    }

    async fn large_items(&mut self, len: usize) -> Result<impl Items> {
        let (number, payload) = (len as u64, Bytes::new());
        self.stream(Echo { number, payload }).await
    }

    fn second(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl Items for Streaming<Echo> {
    async fn next<R: Send>(&mut self, look: impl Look<R>) -> Result<R> {
        let item = self.message().await?.ok_or("the stream has ended")?;
        Ok(look(Some(item.number), &item.payload))
    }
}

const CALL: &str = "/peers.Echoes/Call";
const STREAM: &str = "/peers.Echoes/Stream";
