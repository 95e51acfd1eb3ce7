// Mistakes bring no further errors: not in an implementation that repeats them, not where the client, the
// server or the methods without mistakes are used.
use ipc_rpc::{CallError, Context, Server, context, ipc_service};

#[ipc_service]
trait Greeter {
    async fn fine(&self, ctx: Context, a: u8) -> Result<u8, String>;
    async fn borrows(&self, ctx: Context, name: &str) -> u8;
    async fn pattern(&self, ctx: Context, (a, b): (u8, u8)) -> u8;
    async fn generic<T: Send>(&self, ctx: Context, t: T) -> u8;
    async fn contextless(&self, a: u8) -> u8;
    async fn own_receiver(&mut self, ctx: Context);
    async fn twice(&self, ctx: Context);
    async fn twice(&self, ctx: Context);
}

struct English;

impl Greeter for English {
    async fn fine(&self, _: Context, a: u8) -> Result<u8, String> {
        Ok(a)
    }
    async fn borrows(&self, _: Context, name: &str) -> u8 {
        name.len() as u8
    }
    async fn pattern(&self, _: Context, (a, b): (u8, u8)) -> u8 {
        a + b
    }
    async fn generic<T: Send>(&self, _: Context, _: T) -> u8 {
        1
    }
    async fn contextless(&self, a: u8) -> u8 {
        a
    }
    async fn own_receiver(&mut self, _: Context) {}
    async fn twice(&self, _: Context) {}
}

async fn user() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::builder("greeter").service(English.serve()).bind()?;
    server.run().await?;
    let greeter = GreeterClient::connect("greeter").auth("token").await?;
    let sum: Result<u8, CallError<String>> = greeter.fine(context::current(), 1).await;
    let _ = sum;
    greeter.twice(context::current()).await?;
    Ok(())
}

#[ipc_service]
trait World {
    async fn hello(name: &str) -> String;
    async fn ping() {}
}

#[derive(Clone)]
struct Planet;

impl World for Planet {
    async fn hello(self, _: ipc_rpc::tarpc::context::Context, name: &str) -> String {
        name.to_owned()
    }
    async fn ping(self, _: ipc_rpc::tarpc::context::Context) {}
}

fn main() {
    let _ = user();
    let _ = Planet.serve();
}
