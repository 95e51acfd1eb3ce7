//! What plugins start themselves.

use ipc_rpc::context;
use ipc_rpc::plugin::PluginEvent;

use crate::stage::{Life, children, dead, event, host, launch, life, look_again, soon, test};

#[test]
fn what_a_plugin_has_started_goes_with_it_however_that_ends() {
    test(async || {
        for way in ["shutdown", "kill", "exit", "abort"] {
            let host = host();
            let plugin = launch(&host, &["serve"]).await;
            let client = plugin.client();
            let child = client.beget(context::current()).await.unwrap();
            assert_eq!(life(child), Life::Alive);
            let mut events = plugin.events();
            match way {
                "shutdown" => drop(soon(plugin.shutdown()).await),
                "kill" => drop(soon(plugin.kill()).await),
                "exit" => drop(soon(client.exit(context::current(), 0)).await),
                _ => drop(soon(client.abort(context::current())).await),
            }
            // It holds the plugin's output open, and is not waited for.
            event(&mut events, |event| {
                matches!(event, PluginEvent::Exited(_)).then_some(())
            })
            .await;
            dead(child).await;
        }
    });
}

#[test]
fn no_zombie_is_left_of_plugins_that_come_and_go() {
    test(async || {
        let host = host();
        let mut pids = Vec::new();
        for _ in 0..5 {
            let plugin = launch(&host, &["serve"]).await;
            pids.extend(plugin.pid());
            drop(plugin);
            let plugin = launch(&host, &["serve"]).await;
            pids.extend(plugin.pid());
            soon(plugin.shutdown()).await;
        }
        soon(async {
            while children().iter().any(|child| pids.contains(child)) {
                look_again().await;
            }
        })
        .await;
    });
}

#[test]
fn a_plugin_leads_a_group_of_its_own_so_that_the_terminals_signals_are_not_for_it() {
    test(async || {
        let host = host();
        let plugin = launch(&host, &["serve"]).await;
        let pid = plugin.pid().unwrap();
        let group = std::process::Command::new("ps")
            .args(["-o", "pgid=", "-p", &pid.to_string()])
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&group.stdout).trim(),
            pid.to_string()
        );
    });
}
