//! What becomes of plugins whose host is gone.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use crate::stage::{PROGRAM, command, dead, host, launch_as, soon, test};

/// How long a plugin may outlive a host that was killed: two seconds and what it takes to notice, on a machine that is busy.
const AT_MOST: Duration = Duration::from_secs(15);

/// Starts a host with a plugin that behaves in this way, kills it, and returns the ids of the plugin and of what that has started.
async fn kill_a_host_of(args: &[&str]) -> (u32, u32) {
    let mut host = Command::new(PROGRAM)
        .arg("be-host")
        .args(args)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(host.stdout.take().unwrap()).lines();
    let line = soon(lines.next_line()).await.unwrap().unwrap();
    host.kill().await.unwrap();
    let (plugin, child) = line.split_once(' ').unwrap();
    (plugin.parse().unwrap(), child.parse().unwrap())
}

async fn gone(plugin: u32, child: u32) {
    let gone = async {
        dead(plugin).await;
        dead(child).await;
    };
    timeout(AT_MOST, gone).await.unwrap();
}

#[test]
fn a_plugin_does_not_outlive_a_host_that_is_killed_nor_what_it_has_started() {
    test(async || {
        for kind in ["inherited", "named"] {
            let (plugin, child) = kill_a_host_of(&[kind, "serve"]).await;
            gone(plugin, child).await;
        }
    });
}

#[test]
fn a_plugin_whose_handlers_hang_does_not_either() {
    test(async || {
        let (plugin, child) = kill_a_host_of(&["inherited", "hanging"]).await;
        gone(plugin, child).await;
    });
}

#[test]
fn a_plugin_whose_threads_are_all_blocked_does_not_either() {
    test(async || {
        for args in [
            ["inherited", "blocked", "--one-thread"],
            ["named", "blocked", "--many-threads"],
            ["inherited", "serve", "--stay"],
        ] {
            let (plugin, child) = kill_a_host_of(&args).await;
            gone(plugin, child).await;
        }
    });
}

#[test]
fn a_plugin_and_what_it_has_started_go_with_its_handle_its_host_or_the_runtime() {
    test(async || {
        for way in ["plugin", "host", "runtime"] {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .unwrap();
            let launched = runtime.spawn(async move {
                let host = host();
                let plugin = launch_as(&host, command(&["ignore-term"])).await;
                let child = plugin.client().beget(ipc_rpc::context::current()).await;
                (host, plugin, child.unwrap())
            });
            let (host, plugin, child) = launched.await.unwrap();
            let pid = plugin.pid().unwrap();
            match way {
                "plugin" => drop(plugin),
                "host" => drop(host),
                _ => {}
            }
            if way == "runtime" {
                runtime.shutdown_background();
                dead(pid).await;
                dead(child).await;
                continue;
            }
            dead(pid).await;
            dead(child).await;
            runtime.shutdown_background();
        }
    });
}
