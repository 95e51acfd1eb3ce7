//! A line protocol of one's own between two processes: the handshake checks the client, every byte behind it is theirs.
//!
//! Run it: `cargo run --example raw`
//!
//! Prints what the server answers, a client that is turned away, and which names were found.
use std::error::Error;
use std::process::Command;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use ipc_rpc::raw::{self, ListenerEvent, Stream, codec::LinesCodec};
use ipc_rpc::{AuthHello, Rejection, SocketName};

/// The longest line that either side takes.
const LONGEST: usize = 1024;

/// The server, in the second process: shouts back what it is told, until somebody says `stop`.
async fn serve(name: String) -> Result<(), Box<dyn Error>> {
    let check = |hello: AuthHello<String>| async move {
        match hello.payload.strip_prefix("I am ") {
            Some(name) => Ok(name.to_owned()),
            None => Err(Rejection::new(1, "say who you are")),
        }
    };
    let mut listener = raw::Listener::builder(name).authenticate(check).bind()?;
    let mut events = listener.events();
    loop {
        // One client after the other here; a server for many spawns a task for each.
        if shout(listener.accept().await?).await? {
            break;
        }
    }
    while let Some(event) = events.try_next() {
        if let ListenerEvent::Rejected { peer, reason } = event {
            println!("  server: turned away {peer}: {reason:?}");
        }
    }
    Ok(())
}

/// Returns whether the client wants the server to stop.
async fn shout(stream: Stream) -> Result<bool, Box<dyn Error>> {
    let who = stream.session::<String>().ok_or("no session")?;
    println!("  server: {who} is {}", stream.peer_identity());
    let mut lines = stream.into_framed(LinesCodec::new_with_max_length(LONGEST));
    while let Some(line) = lines.next().await {
        match line?.as_str() {
            "stop" => return Ok(true),
            line => lines.send(format!("{}!", line.to_uppercase())).await?,
        }
    }
    Ok(false)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if let Some(name) = std::env::args().nth(1) {
        return serve(name).await;
    }
    let name = SocketName::unique();
    println!("somebody is there: {}", name.exists()?);
    let mut command = Command::new(std::env::current_exe()?);
    let mut server = command.arg(name.to_string()).spawn()?;

    // No word that it is ready is needed: the client waits until it is.
    let stream = raw::connect(&name)
        .auth("I am ada")
        .wait_for_server(Duration::from_secs(10))
        .await?;
    let mut lines = stream.into_framed(LinesCodec::new_with_max_length(LONGEST));
    lines.send("hello").await?;
    println!("answer: {}", lines.next().await.ok_or("no answer")??);

    let found = SocketName::list().await?;
    let entry = found.iter().find(|entry| entry.name == name);
    let entry = entry.ok_or("not listed")?;
    let state = if entry.is_alive { "alive" } else { "dead" };
    println!("listed: {state}, process {:?}", entry.pid);
    drop(lines);

    let turned_away = raw::connect(&name).auth("nobody");
    let (turned_away, stopper) = tokio::join!(turned_away, raw::connect(&name).auth("I am bob"));
    println!("nobody: {}", turned_away.err().ok_or("was let in")?);
    let mut lines = stopper?.into_framed(LinesCodec::new_with_max_length(LONGEST));
    lines.send("stop").await?;
    server.wait()?;
    println!("somebody is there: {}", name.exists()?);
    Ok(())
}
