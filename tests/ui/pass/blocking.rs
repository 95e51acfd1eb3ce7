// Programs without a runtime, in every shape of a method.
#![deny(warnings)]

use ipc_rpc::transport::memory::Address;
use ipc_rpc::{CallError, Context, Receiver, Server, context, ipc_service};

#[ipc_service]
trait r#Match {
    async fn r#type(&self, ctx: Context, r#fn: u8, client: u8) -> u8;

    #[cfg(any())]
    async fn never(&self, ctx: Context, a: Missing);

    async fn twice(&self, _: Context, mut a: u8) -> Result<u8, String> {
        a = a.checked_mul(2).ok_or("too large")?;
        Ok(a)
    }

    #[ipc(oneway)]
    async fn note(&self, ctx: Context, line: String);

    async fn echo(&self, ctx: Context, numbers: Receiver<u8>) -> Receiver<u8>;
}

struct Fire;

impl Match for Fire {
    async fn r#type(&self, _: Context, r#fn: u8, client: u8) -> u8 {
        r#fn + client
    }

    async fn note(&self, _: Context, _: String) {}

    async fn echo(&self, _: Context, numbers: Receiver<u8>) -> Receiver<u8> {
        numbers
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = Address::new();
    let runtime = tokio::runtime::Runtime::new()?;
    let server = {
        let _runtime = runtime.enter();
        Server::builder(&address).service(Fire.serve()).bind()?
    };
    runtime.spawn(server.run());

    let client: MatchBlockingClient = MatchClient::connect(&address).blocking()?;
    let now = context::current;
    assert_eq!(client.r#type(now(), 1, 2)?, 3);
    assert_eq!(client.twice(now(), 4)?, 8);
    let error: CallError<String> = client.twice(now(), 200).unwrap_err();
    assert!(matches!(error, CallError::Service(text) if text == "too large"));
    client.note(now(), "noted".to_owned())?;
    let (sender, receiver) = ipc_rpc::channel(8);
    sender.blocking_send(1)?;
    drop(sender);
    let echoed: Vec<_> = client.echo(now(), receiver)?.blocking_iter().collect();
    assert!(matches!(echoed[..], [Ok(1)]));
    assert!(client.supports("type") && !client.supports("never"));
    client.clone().connection().close("done");
    Ok(())
}
