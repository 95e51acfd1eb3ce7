//! A host of its own, which can be killed.

use std::process::ExitCode;
use std::time::Duration;

use ipc_rpc::plugin::{self, Command, Handoff, Host};
use ipc_rpc::{Context, context};

use crate::agent::{sleep_for_ever, spawn};
use crate::api::{AgentClient, Headquarters};

struct Nobody;

impl Headquarters for Nobody {
    async fn who_am_i(&self, _: Context) -> (String, u32) {
        (String::new(), 0)
    }

    async fn count(&self, _: Context) -> u64 {
        0
    }
}

/// Launches a plugin, leaves it, and says what it takes to find it again.
pub(crate) fn leave() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        let host = Host::new(Nobody.serve());
        let launching = host.launch(command().args(["stays", "60"]));
        let plugin: plugin::Plugin<AgentClient> = launching.await.expect("it comes up");
        let left = plugin.detach().await.expect("it can be left");
        println!("{}", serde_json::to_string(&left).expect("it is text"));
    });
    ExitCode::SUCCESS
}

/// Attaches to what another host has left, calls it, says so, and waits to be killed.
pub(crate) fn attach(left: &str) -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        let left = serde_json::from_str(left).expect("it was left by a host");
        let host = Host::new(Nobody.serve());
        let plugin: plugin::Plugin<AgentClient> =
            host.attach(&left, command()).await.expect("it is there");
        let pid = plugin.client().pid(context::current()).await;
        println!("{}", pid.expect("it answers"));
        sleep_for_ever()
    })
}

fn command() -> Command {
    let program = std::env::current_exe().expect("this is a program");
    Command::new(program).name("agent")
}

/// Launches a plugin, says its id and that of a process that it has started, and waits to be killed.
pub(crate) fn run(kind: &str, args: &[&str]) -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        let host = Host::new(Nobody.serve());
        let program = std::env::current_exe().expect("this is a program");
        let handoff = match kind {
            "named" => Handoff::PrivateName,
            _ => Handoff::Inherited,
        };
        let command = Command::new(program).args(args).handoff(handoff);
        let plugin: plugin::Plugin<AgentClient> = host.launch(command).await.expect("it comes up");
        let child = plugin.client().beget(context::current()).await;
        let child = child.expect("it has a child");
        let client = plugin.client();
        match args.first() {
            Some(&"blocked") => spawn(async move {
                drop(client.block_all(context::without_deadline()).await);
            }),
            Some(&"hanging") => spawn(async move {
                drop(client.hang(context::without_deadline()).await);
            }),
            _ => {}
        }
        // On its way before the word is.
        let _ = plugin
            .client()
            .pid(context::with_timeout(Duration::from_millis(300)))
            .await;
        println!("{} {child}", plugin.pid().expect("it runs"));
        sleep_for_ever()
    })
}
