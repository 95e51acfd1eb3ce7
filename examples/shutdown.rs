//! Holds a server up, has it restart, and lets another one end because nobody uses it.
//!
//! Run it: `cargo run --example shutdown`, and press Ctrl-C if you like: that is a shutdown, too, and a second time cuts it
//! short.
//!
//! Prints what the client learns, and why each server ended.
use std::error::Error;
use std::time::Duration;

use ipc_rpc::{ConnectionError, Context, Idle, Server, ShutdownKind, SocketName, StopSignal};
use ipc_rpc::{context, ipc_service};

/// Arithmetic, served to other processes on this machine.
#[ipc_service]
pub trait Calculator {
    /// Adds two numbers.
    async fn add(&self, ctx: Context, a: i64, b: i64) -> i64;
}

struct Calc;

impl Calculator for Calc {
    async fn add(&self, _: Context, a: i64, b: i64) -> i64 {
        a + b
    }
}

fn server(name: &SocketName) -> Result<Server, ipc_rpc::BindError> {
    Server::builder(name)
        .service(Calc.serve())
        .stop_on_signals(StopSignal::USUAL)
        // A client that is connected and does nothing keeps it running no longer than one that is not there.
        .idle_timeout(Duration::from_millis(500))
        .idle_when(Idle::NoCalls)
        .bind()
}

/// A client of the first server, which watches over it.
async fn client(name: &SocketName, handle: ipc_rpc::ServerHandle) -> Result<(), Box<dyn Error>> {
    let (interval, timeout) = (Duration::from_secs(15), Duration::from_secs(10));
    let calculator = CalculatorClient::connect(name)
        .keep_alive(interval, timeout)
        .await?;
    handle.pause();
    let call = calculator.add(context::current(), 2, 3);
    let resume = async {
        // Reading goes on: pings are answered.
        let round_trip = calculator.connection().ping().await;
        println!("held up, but there: {}", round_trip.is_ok());
        handle.resume();
    };
    let (sum, ()) = tokio::join!(call, resume);
    println!("2 + 3 = {}, a little later", sum?);
    let grace = Duration::from_secs(1);
    let stop = handle.shutdown_as(ShutdownKind::Restarting, grace);
    let (_, reason) = tokio::join!(stop, calculator.connection().closed());
    if let ConnectionError::PeerClosed(close) = reason {
        println!("{}; will be back: {}", close.reason, close.restarting);
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let name = SocketName::unique();
    let first = server(&name)?;
    let handle = first.handle();
    let (ended, done) = tokio::join!(first.run(), client(&name, handle));
    done?;
    println!("the first server: {:?}", ended?);

    let second = server(&name)?;
    // It is connected, and makes no call.
    let idle = async { CalculatorClient::connect(&name).await };
    let (ended, idle) = tokio::join!(second.run(), idle);
    println!("the second server: {:?}", ended?);
    drop(idle?);
    Ok(())
}
