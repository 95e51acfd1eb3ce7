//! A client that outlives its server: the server is killed and started again, and the calls go on.
//!
//! Run it: `cargo run --example reconnect`
//!
//! Prints what the server answers, in which process, and what the client is told of its connections.
use std::error::Error;
use std::io::{BufRead, BufReader, stdin};
use std::process::{Child, Command, Stdio};

use ipc_rpc::{ClientEvent, Context, Events, Reconnect, Server, SocketName, context, ipc_service};

/// A service whose answers tell which server gave them.
#[ipc_service]
pub trait Teller {
    /// The process that answers.
    #[ipc(idempotent)]
    async fn process(&self, ctx: Context) -> u32;
}

struct Process;

impl Teller for Process {
    async fn process(&self, _: Context) -> u32 {
        std::process::id()
    }
}

/// Starts the server in a process of its own, and waits until it is ready.
fn start(name: &SocketName) -> std::io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    let command = command.arg(name.to_string()).stdin(Stdio::piped());
    let mut server = command.stdout(Stdio::piped()).spawn()?;
    let output = server.stdout.take().map(BufReader::new);
    output.map_or(Ok(0), |mut output| output.read_line(&mut String::new()))?;
    Ok(server)
}

async fn follow(mut events: Events<ClientEvent>) {
    while let Some(event) = events.next().await {
        match event {
            ClientEvent::Disconnected { reason, .. } => println!("  disconnected: {reason}"),
            ClientEvent::Reconnecting { attempt: 1, .. } => println!("  connecting again"),
            ClientEvent::Connected { .. } => println!("  connected"),
            ClientEvent::Closed { .. } => println!("  closed"),
            _ => {}
        }
    }
}

/// Calls one server after another, and kills each.
async fn call(
    client: &TellerClient,
    name: &SocketName,
    mut server: Child,
) -> Result<(), Box<dyn Error>> {
    for _ in 0..2 {
        let process = client.process(context::current()).await?;
        println!(
            "answered by the server just started: {}",
            process == server.id()
        );
        server.kill()?;
        server.wait()?;
        // The call begins while there is no server, and waits for one.
        let call = client.process(context::current());
        let name = name.clone();
        let starting = tokio::task::spawn_blocking(move || start(&name));
        let (answer, started) = tokio::join!(call, starting);
        server = started??;
        println!("answered by the next one: {}", answer? == server.id());
    }
    client.connection().close("enough").await;
    server.wait()?; // closes its input first
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if let Some(name) = std::env::args().nth(1) {
        let server = Server::builder(name).service(Process.serve()).bind()?;
        println!("ready");
        let input_closed = tokio::task::spawn_blocking(|| stdin().lines().next());
        server.run_until(input_closed).await?;
        return Ok(());
    }
    let name = SocketName::unique();
    let server = start(&name)?;
    let connecting = TellerClient::connect(&name).reconnect(Reconnect::default());
    let events = connecting.events();
    let client = connecting.await?;
    let (called, ()) = tokio::join!(call(&client, &name, server), follow(events));
    called
}
