//! The README's example: a server and a client, as two processes.
use ipc_rpc::{Context, Server, context, ipc_service};

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
        a.checked_div(b)
            .ok_or_else(|| format!("cannot divide {a} by {b}"))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::builder("hello-x").service(Calc.serve()).bind()?;
    let handle = server.handle();
    let mut ev = server.events();
    tokio::spawn(server.run());
    let c = CalculatorClient::connect("hello-x").await?;
    println!("{:?}", c.add(context::current(), 2, 3).await);
    println!("{:?}", c.divide(context::current(), 2, 0).await);
    println!("{:?}", c.connection().ping().await);
    println!("{:?}", c.connection().ping_with(b"hello").await);
    println!("{}", c.connection().close("done").await);
    println!("{:?}", c.add(context::current(), 2, 3).await);
    println!(
        "{:?}",
        handle.shutdown(std::time::Duration::from_secs(1)).await
    );
    while let Some(e) = ev.next().await {
        println!("{e:?}");
    }
    Ok(())
}
