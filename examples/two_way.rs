//! Calls in both directions over one connection: a worker calls its host, and the host calls it back.
//!
//! Run it: `cargo run --example two_way`
//!
//! Prints what both sides say to each other while a piece of work is done.
use std::error::Error;

use ipc_rpc::{Context, Server, SocketName, context, ipc_service};

/// What the host offers to its workers.
#[ipc_service]
pub trait Host {
    /// Takes a worker on, has it work, and returns what came of it.
    async fn report(&self, ctx: Context, name: String) -> Result<u64, String>;

    /// Is told how far the work is.
    async fn progress(&self, ctx: Context, percent: u8);
}

/// What a worker offers to its host.
#[ipc_service]
pub trait Worker {
    /// Adds up the numbers below `limit`, and says on the way how far it is.
    async fn work(&self, ctx: Context, limit: u64) -> u64;
}

struct TheHost;

impl Host for TheHost {
    async fn report(&self, ctx: Context, name: String) -> Result<u64, String> {
        println!("host: {name} is here");
        // Whoever calls may be called back, also while it waits for the answer.
        let worker: WorkerClient = ctx.peer().client();
        let sum = worker.work(context::current(), 1_000).await;
        sum.map_err(|error| error.to_string())
    }

    async fn progress(&self, _: Context, percent: u8) {
        println!("host: {percent} %");
    }
}

struct TheWorker;

impl Worker for TheWorker {
    async fn work(&self, ctx: Context, limit: u64) -> u64 {
        println!("worker: asked for the numbers below {limit}");
        let host: HostClient = ctx.peer().client();
        let mut sum = 0;
        for part in 0..4 {
            sum += (part * limit / 4..(part + 1) * limit / 4).sum::<u64>();
            // A host that does not want to know is no reason to stop.
            let _ = host
                .progress(context::current(), (part as u8 + 1) * 25)
                .await;
        }
        sum
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let name = SocketName::unique();
    let server = Server::builder(&name).service(TheHost.serve()).bind()?;
    let handle = server.handle();
    let worker = async {
        let host = HostClient::connect(&name).serve(TheWorker.serve()).await?;
        let sum = host.report(context::current(), "worker 1".into()).await?;
        println!("worker: the host has got {sum}");
        host.connection().close("done").await;
        handle.shutdown(std::time::Duration::from_secs(1)).await;
        Ok::<_, Box<dyn Error>>(())
    };
    let (served, worked) = tokio::join!(server.run(), worker);
    served?;
    worked
}
