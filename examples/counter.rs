//! A server with a state that one call after the other changes: clients add to a total, and the last one has it stop.
//!
//! Run it: `cargo run --example counter`
//!
//! Prints the totals that clients are told, what the last call returns, and the state that the server has at its end.
use std::error::Error;
use std::ops::ControlFlow::{Break, Continue};

use ipc_rpc::{Context, Server, SocketName, context, ipc_service};

/// Counts. `calls` makes the enum `CounterCall` of it.
#[ipc_service(calls)]
pub trait Counter {
    /// Adds, and returns the total.
    async fn add(&self, ctx: Context, amount: i64) -> i64;

    /// Takes away, if there is as much.
    async fn take(&self, ctx: Context, amount: i64) -> Result<i64, String>;

    /// Returns the total, and stops the server.
    async fn finish(&self, ctx: Context) -> i64;
}

#[derive(Default)]
struct Tally {
    total: i64,
    calls: u32,
}

async fn count(name: SocketName) -> Result<Tally, Box<dyn Error>> {
    let server = Server::builder(name).bind()?;
    let (tally, _) = server
        .fold(Tally::default(), async |tally, call| {
            tally.calls += 1;
            match call {
                CounterCall::Add { amount, reply, .. } => {
                    tally.total += amount;
                    reply.send(tally.total);
                }
                CounterCall::Take { amount, reply, .. } if amount > tally.total => {
                    reply.send(Err(format!("there are only {}", tally.total)));
                }
                CounterCall::Take { amount, reply, .. } => {
                    tally.total -= amount;
                    reply.send(Ok(tally.total));
                }
                CounterCall::Finish { reply, .. } => {
                    reply.send(tally.total);
                    return Break(());
                }
            }
            Continue(())
        })
        .await?;
    Ok(tally)
}

async fn call(name: SocketName) -> Result<(), Box<dyn Error>> {
    let (ada, bob) =
        tokio::try_join!(CounterClient::connect(&name), CounterClient::connect(&name))?;
    for amount in 1..=3 {
        println!("ada: {}", ada.add(context::current(), amount).await?);
        println!("bob: {}", bob.add(context::current(), 10 * amount).await?);
    }
    match ada.take(context::current(), 100).await {
        Ok(left) => println!("ada: {left} left"),
        Err(error) => println!("ada: {error}"),
    }
    println!("finished with {}", bob.finish(context::current()).await?);
    println!("ada: {}", ada.connection().closed().await);
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let name = SocketName::unique();
    let (tally, called) = tokio::join!(count(name.clone()), call(name));
    called?;
    let Tally { total, calls } = tally?;
    println!("the server has counted {calls} calls, to {total}");
    Ok(())
}
