//! A client without a runtime: no `async`, no `.await`, several threads. The server is a second process of this program.
//!
//! Run it: `cargo run --example blocking`
//!
//! Prints a round trip, what the threads were told, a stream, what the server said in between, and the service's error.
use std::error::Error;
use std::io::{BufRead, BufReader, stdin};
use std::process::{Command, Stdio};
use std::thread;

use ipc_rpc::{Context, Receiver, Server, SocketName, context, ipc_service};

/// Looks things up.
#[ipc_service]
pub trait Library {
    /// How long a word is.
    async fn measure(&self, ctx: Context, word: String) -> Result<usize, String>;

    /// The letters of a word, one after the other; the caller is told when it is done.
    async fn spell(&self, ctx: Context, word: String) -> Receiver<char>;
}

/// What the client serves to its server.
#[ipc_service]
pub trait Reader {
    /// Takes note.
    async fn told(&self, ctx: Context, what: String) -> bool;
}

struct Shelf;

impl Library for Shelf {
    async fn measure(&self, _: Context, word: String) -> Result<usize, String> {
        match word.chars().count() {
            0 => Err("there is no word".to_owned()),
            letters => Ok(letters),
        }
    }

    async fn spell(&self, ctx: Context, word: String) -> Receiver<char> {
        let reader: ReaderClient = ctx.peer().client();
        // Whoever calls may be called back, though the thread that calls is blocked.
        let told = format!("{word} is about to be spelled");
        let _ = reader.told(context::current(), told).await;
        Receiver::from_stream(futures_util::stream::iter(word.chars().collect::<Vec<_>>()))
    }
}

struct Desk;

impl Reader for Desk {
    async fn told(&self, _: Context, what: String) -> bool {
        println!("told: {what}");
        true
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(name) = std::env::args().nth(1) {
        return serve(&name);
    }
    let name = SocketName::unique().to_string();
    let mut command = Command::new(std::env::current_exe()?);
    let command = command.arg(&name).stdin(Stdio::piped());
    let mut server = command.stdout(Stdio::piped()).spawn()?;
    let output = server.stdout.take().ok_or("no output")?;
    BufReader::new(output).read_line(&mut String::new())?;

    let library = LibraryClient::connect(&name)
        .serve(Desk.serve())
        .blocking()?;
    println!("there and back: {:?}", library.connection().ping()?);
    thread::scope(|scope| {
        for word in ["a", "of", "the"] {
            let library = &library;
            scope.spawn(move || {
                let letters = library.measure(context::current(), word.to_owned());
                println!("{word:?} has {letters:?} letters");
            });
        }
    });
    let mut letters = library.spell(context::current(), "ipc".to_owned())?;
    for letter in letters.blocking_iter() {
        println!("letter {}", letter?);
    }
    let nothing = library.measure(context::current(), String::new());
    println!("nothing: {nothing:?}");
    library.connection().close("done");
    server.wait()?; // closes its input first
    Ok(())
}

/// The server, in the second process: serves until the first one closes its input, or is gone.
#[tokio::main]
async fn serve(name: &str) -> Result<(), Box<dyn Error>> {
    let server = Server::builder(name).service(Shelf.serve()).bind()?;
    println!("ready");
    let input_closed = tokio::task::spawn_blocking(|| stdin().lines().next());
    server.run_until(input_closed).await?;
    Ok(())
}
