// A file written for `#[tarpc::service]`, with nothing but the attribute changed.
#![deny(warnings)]

use ipc_rpc::ipc_service;
use tarpc::client::stub::Stub;
use tarpc::server::Serve;
use tarpc::{client, context};

/// This is the service definition. It looks a lot like a trait definition.
#[ipc_service]
pub trait World {
    /// Returns a greeting for name.
    async fn hello(name: String) -> String;
    async fn divide(a: i64, b: i64) -> Result<i64, String>;
    async fn ping();
    async fn r#fn(r#type: u8) -> u8;
}

#[derive(Clone)]
struct HelloServer;

impl World for HelloServer {
    async fn hello(self, _: context::Context, name: String) -> String {
        format!("Hello, {name}!")
    }
    async fn divide(self, _: context::Context, a: i64, b: i64) -> Result<i64, String> {
        a.checked_div(b)
            .ok_or_else(|| "division by zero".to_owned())
    }
    async fn ping(self, _: context::Context) {}
    async fn r#fn(self, _: context::Context, r#type: u8) -> u8 {
        r#type
    }
}

// All names that tarpc generates.
fn stub<S: WorldStub>(stub: S) -> WorldClient<S> {
    WorldClient::from(stub)
}

fn serve<S: World + Clone>(server: S) -> ServeWorld<S> {
    server.serve()
}

fn is_serve(_: &impl Serve<Req = WorldRequest, Resp = WorldResponse>) {}
fn is_stub(_: &impl Stub<Req = WorldRequest, Resp = WorldResponse>) {}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let server = serve(HelloServer);
    is_serve(&server);
    is_stub(&server);
    // A service is its own stub: tarpc's way to call one without a transport.
    let client = stub(server);
    let hello = client.hello(context::current(), "Stim".to_owned()).await;
    assert_eq!(hello.unwrap(), "Hello, Stim!");
    let divided = client.divide(context::current(), 1, 0).await;
    assert_eq!(divided.unwrap(), Err("division by zero".to_owned()));
    client.ping(context::current()).await.unwrap();
    assert_eq!(client.r#fn(context::current(), 3).await.unwrap(), 3);

    let (transport, _server) = tarpc::transport::channel::unbounded();
    let client::NewClient { client, dispatch } =
        WorldClient::new(client::Config::default(), transport);
    let _: WorldClient = client;
    drop(dispatch);
}
