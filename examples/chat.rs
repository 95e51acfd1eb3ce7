//! A chat of three processes: names, a topic, a message from one guest to another through the server, and a broadcast.
//!
//! Run it: `cargo run --example chat`
//!
//! Prints what the host and its two guests, each a process of its own, hear from each other.
use std::error::Error;
use std::process::Stdio;
use std::time::Duration;

use ipc_rpc::{Context, Receiver, Server, SocketName, Topic, context, ipc_service};
use tokio::process::{Child, Command};

/// What the host offers to its guests.
#[ipc_service]
pub trait Room {
    /// Says something to everybody.
    async fn say(&self, ctx: Context, line: String);
    /// What is said from now on, by whomever.
    async fn listen(&self, ctx: Context) -> Receiver<String>;
}

/// What a guest offers, to the host and to other guests.
#[ipc_service]
pub trait Guest {
    /// Is told something in confidence, and answers.
    async fn whisper(&self, ctx: Context, from: String, line: String) -> String;
    /// Is told by the host that the room closes.
    #[ipc(oneway)]
    async fn closing(&self, ctx: Context);
}

struct TheRoom {
    said: Topic<String>,
}

impl Room for TheRoom {
    async fn say(&self, ctx: Context, line: String) {
        // The name is one that the client has claimed, and nobody else has it.
        let name = ctx.peer().name();
        let name = name.as_deref().unwrap_or("somebody");
        self.said.publish(format!("{name}: {line}")).await;
    }

    async fn listen(&self, _: Context) -> Receiver<String> {
        let heard = self.said.subscribe();
        // The host listens, too.
        if self.said.subscribers() == 3 {
            self.said.publish("host: everybody is here".into()).await;
        }
        heard
    }
}

struct TheGuest {
    name: String,
}

impl Guest for TheGuest {
    async fn whisper(&self, _: Context, from: String, line: String) -> String {
        println!("[{}] {from} whispers: {line}", self.name);
        format!("{} has not heard that", self.name)
    }

    async fn closing(&self, _: Context) {
        println!("[{}] the room closes", self.name);
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    match (args.next(), args.next()) {
        (Some(room), Some(name)) => guest(&room, &name).await,
        _ => host().await,
    }
}

async fn host() -> Result<(), Box<dyn Error>> {
    let room = SocketName::unique().to_string();
    let said = Topic::new(16);
    let the_room = TheRoom { said: said.clone() };
    // A relay passes calls on from guest to guest.
    let server = Server::builder(&room).service(the_room.serve()).relay();
    let server = server.bind()?;
    let handle = server.handle();
    let evening = async {
        let mut heard = said.subscribe();
        let guests = [invite(&room, "ada")?, invite(&room, "bob")?];
        // Ada has the last word.
        while let Some(line) = heard.recv().await.transpose()? {
            println!("[host] {line}");
            if line == "ada: good night" {
                break;
            }
        }
        let guests_here = handle.peers().serving::<GuestClient>();
        let told = guests_here.broadcast(async |guest: GuestClient| {
            // One-way: nobody waits for what a guest does with it.
            guest.closing(context::current()).await
        });
        println!("[host] told {} guests", told.await.reached.len());
        // The topic first: a server waits for the streams that it writes.
        said.close();
        handle.shutdown(Duration::from_secs(1)).await;
        for mut guest in guests {
            guest.wait().await?;
        }
        Ok::<_, Box<dyn Error>>(())
    };
    let (served, evening) = tokio::join!(server.run(), evening);
    served?;
    evening
}

/// Starts another process of this program.
fn invite(room: &str, name: &str) -> std::io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    let command = command.args([room, name]).stdin(Stdio::null());
    command.kill_on_drop(true).spawn()
}

async fn guest(room: &str, name: &str) -> Result<(), Box<dyn Error>> {
    let guest = TheGuest {
        name: name.to_owned(),
    };
    let room = RoomClient::connect(room)
        .peer_name(name)
        .serve(guest.serve());
    let room = room.await?;
    let mut heard = room.listen(context::current()).await?;
    match name {
        "ada" => {
            expect(&mut heard, "host: everybody is here").await?;
            room.say(context::current(), "good evening".into()).await?;
            expect(&mut heard, "bob: good evening, ada").await?;
            let bob: GuestClient = room.connection().client_of("bob");
            let secret = "the host snores".to_owned();
            let answer = bob.whisper(context::current(), name.into(), secret).await?;
            println!("[ada] bob answers: {answer}");
            room.say(context::current(), "good night".into()).await?;
        }
        _ => {
            expect(&mut heard, "ada: good evening").await?;
            room.say(context::current(), "good evening, ada".into())
                .await?;
        }
    }
    // To the end of the evening, whoever ends it.
    while let Some(Ok(_)) = heard.recv().await {}
    room.connection().closed().await;
    Ok(())
}

/// Reads until somebody says this.
async fn expect(heard: &mut Receiver<String>, expected: &str) -> Result<(), Box<dyn Error>> {
    while let Some(line) = heard.recv().await.transpose()? {
        if line == expected {
            return Ok(());
        }
    }
    Err("the room was closed".into())
}
