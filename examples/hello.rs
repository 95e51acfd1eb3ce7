//! Calls a service in another process: this program starts itself again, as the server.
//!
//! Run it: `cargo run --example hello`
//!
//! Prints the two process ids, a sum, and the service's own error for a division by zero.
use std::io::{BufRead, BufReader, stdin};
use std::process::{self, Command, Stdio};

use ipc_rpc::{Context, Server, SocketName, context, ipc_service};

/// Arithmetic, served to other processes on this machine.
#[ipc_service]
pub trait Calculator {
    /// Adds two numbers.
    async fn add(&self, ctx: Context, a: i64, b: i64) -> i64;
    /// Divides. The service's own error arrives typed.
    async fn divide(&self, ctx: Context, a: i64, b: i64) -> Result<i64, String>;
}

struct Calc;

impl Calculator for Calc {
    async fn add(&self, _: Context, a: i64, b: i64) -> i64 {
        a + b
    }
    async fn divide(&self, _: Context, a: i64, b: i64) -> Result<i64, String> {
        a.checked_div(b).ok_or("there is no quotient".to_owned())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The server, in the second process: serves until the first one closes its input, or is gone.
    if let Some(name) = std::env::args().nth(1) {
        let server = Server::builder(name).service(Calc.serve()).bind()?;
        println!("ready");
        let input_closed = tokio::task::spawn_blocking(|| stdin().lines().next());
        server.run_until(input_closed).await?;
        return Ok(());
    }
    // The client, in the first process: starts the server and waits until it is ready.
    let name = SocketName::unique().to_string();
    let mut command = Command::new(std::env::current_exe()?);
    let command = command.arg(&name).stdin(Stdio::piped());
    let mut server = command.stdout(Stdio::piped()).spawn()?;
    let output = server.stdout.take().ok_or("no output")?;
    BufReader::new(output).read_line(&mut String::new())?;

    let client = CalculatorClient::connect(&name).await?;
    println!("process {} calls process {}", process::id(), server.id());
    println!("2 + 3 = {}", client.add(context::current(), 2, 3).await?);
    println!("1 / 0: {:?}", client.divide(context::current(), 1, 0).await);
    server.wait()?; // closes its input first
    Ok(())
}
