//! Follows connections through their lives: events on both ends, a ping, and four ways to end.
//!
//! Run it: `cargo run --example lifecycle`
//!
//! Prints the events of a server and its clients, and what a client learns of a server that is killed.
use std::error::Error;
use std::io::{BufRead, BufReader, stdin};
use std::process::{Command, Stdio};

use futures_util::{Stream, StreamExt};
use ipc_rpc::{ClientEvent, Context, Events, Server, SocketName};
use ipc_rpc::{context, ipc_service};

/// A service to be connected to.
#[ipc_service]
pub trait Sleeper {
    /// Never answers.
    async fn sleep(&self, ctx: Context);
}

struct Sleepy;

impl Sleeper for Sleepy {
    async fn sleep(&self, _: Context) {
        std::future::pending().await
    }
}

async fn connect(name: &SocketName) -> Result<Client, ipc_rpc::ConnectError> {
    let connecting = SleeperClient::connect(name);
    Ok((connecting.events(), connecting.await?))
}

type Client = (Events<ClientEvent>, SleeperClient);

async fn show(whose: &str, mut events: impl Stream<Item: std::fmt::Debug> + Unpin) {
    while let Some(event) = events.next().await {
        println!("  {whose}: {event:?}");
    }
}

/// Two clients that end their connections; the third one leaves that to the server.
async fn clients(name: &SocketName) -> Result<Client, Box<dyn Error>> {
    let (events, client) = connect(name).await?;
    println!("ping: {:?}", client.connection().ping().await?);
    client.connection().close("done for today").await;
    show("client", events).await;

    let (events, client) = connect(name).await?;
    client.connection().abort();
    show("client", events).await;

    Ok(connect(name).await?)
}

/// Kills a server, in a process of its own, while a client waits for it.
async fn kill_a_server() -> Result<(), Box<dyn Error>> {
    let name = SocketName::unique();
    let mut command = Command::new(std::env::current_exe()?);
    let command = command.arg(name.to_string()).stdin(Stdio::piped());
    let mut server = command.stdout(Stdio::piped()).spawn()?;
    let output = server.stdout.take().ok_or("no output")?;
    BufReader::new(output).read_line(&mut String::new())?;
    let (events, client) = connect(&name).await?;
    let kill = async {
        // Answered behind the call, which has arrived by then.
        client.connection().ping().await?;
        Ok::<_, Box<dyn Error>>(server.kill()?)
    };
    let (call, killed) = tokio::join!(client.sleep(context::current()), kill);
    killed?;
    println!("the call in flight: {call:?}");
    show("client", events).await;
    server.wait()?;
    // Its name can be bound at once: what it left behind is cleared away.
    drop(Server::builder(&name).bind()?);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if let Some(name) = std::env::args().nth(1) {
        let server = Server::builder(name).service(Sleepy.serve()).bind()?;
        println!("ready");
        let input_closed = tokio::task::spawn_blocking(|| stdin().lines().next());
        server.run_until(input_closed).await?;
        return Ok(());
    }
    let name = SocketName::unique();
    let server = Server::builder(&name).service(Sleepy.serve()).bind()?;
    let show_server = show("server", server.events());
    let mut last = Err("the server ended first".into());
    let clients = async { last = clients(&name).await };
    let (ended, ()) = tokio::join!(server.run_until(clients), show_server);
    println!("{:?}", ended?);
    let (events, _client) = last?;
    show("client", events).await;
    kill_a_server().await
}
