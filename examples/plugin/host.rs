//! The application.

use std::error::Error;

use ipc_rpc::plugin::{Caller, Command, Plugin, PluginEvent};
use ipc_rpc::{Context, context, plugin};

use crate::api::{GreeterClient, Host, NumbersClient};

struct TheHost;

impl Host for TheHost {
    async fn setting(&self, _: Context, key: String) -> Option<String> {
        (key == "language").then(|| "fr".to_owned())
    }

    async fn progress(&self, ctx: Context, percent: u8) {
        // Which plugin it is the host knows by itself, whatever the plugin says.
        if let Some(caller) = ctx.session::<Caller>() {
            println!("{}: {percent} %", caller.name());
        }
    }
}

pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let program = std::env::current_exe()?;
    let command = |name: &str| Command::new(&program).arg(name).name(name);
    let host = plugin::Host::new(TheHost.serve());

    let greeter: Plugin<GreeterClient> = host.launch(command("greeter")).await?;
    let names = vec!["Ada".to_owned(), "Bob".to_owned()];
    let greetings = greeter.client().greet(context::current(), names).await?;
    println!("greeter: {}", greetings.join(" "));

    let numbers: Plugin<NumbersClient> = host.launch(command("primes")).await?;
    let mut events = numbers.events();
    let mut primes = numbers.client().primes(context::current(), 12).await?;
    while let Some(prime) = primes.recv().await {
        println!("primes: {}", prime?);
    }

    // It takes neither the host nor the other plugin along.
    let crashed = numbers.client().crash(context::current()).await;
    println!("the call in which it crashed: {}", crashed.is_err());
    let mut times_ready = 0;
    while times_ready < 2 {
        match events.next().await.ok_or("the plugin is gone")? {
            PluginEvent::Started { .. } => println!("primes was started"),
            PluginEvent::Ready => times_ready += 1,
            PluginEvent::Exited(exit) => {
                let last = exit.stderr_tail.lines().last().unwrap_or_default();
                println!("primes ended; its last words: {last}");
            }
            PluginEvent::Restarting { attempt, .. } => println!("restart {attempt}"),
            other => println!("{other:?}"),
        }
    }
    let mut primes = numbers.client().primes(context::current(), 3).await?;
    println!("primes is back: {:?}", primes.recv().await.transpose()?);

    host.shutdown().await;
    println!("both plugins are gone");
    Ok(())
}
