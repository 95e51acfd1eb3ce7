//! Plugins and hosts that are ended while something else is under way.

use std::time::Duration;

use futures_util::FutureExt;
use ipc_rpc::context;
use ipc_rpc::plugin::{Command, Guest, LaunchError, PluginEvent, PluginState, RestartPolicy};
use support::{Task, watched_for};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::api::AgentClient;
#[cfg(unix)]
use crate::stage::{Life, PROGRAM, life};
use crate::stage::{assert_gone, command, event, handoffs, host, launch, launch_as, soon, test};

#[test]
fn a_host_that_is_dropped_before_its_plugin_was_supervised_leaves_nobody_waiting() {
    watched_for(Duration::from_secs(90), || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let host = host();
            let plugin = launch(&host, &["serve"]).await;
            let mut events = plugin.events();
            // What supervises the plugin was not polled yet: one thread runs both.
            drop(host);
            let lost = soon(plugin.client().add(context::without_deadline(), 2, 3)).await;
            lost.unwrap_err();
            soon(plugin.shutdown()).await;
            soon(plugin.kill()).await;
            assert!(matches!(plugin.state(), PluginState::Stopped(_)));
            event(&mut events, |event| {
                matches!(event, PluginEvent::Stopped).then_some(())
            })
            .await;
            assert!(events.next().await.is_none());
            // And to whoever comes late.
            let late = plugin.events().next().await;
            assert!(matches!(late, Some(PluginEvent::Stopped)), "{late:?}");
        });
    });
}

#[cfg(unix)]
#[test]
fn a_shutdown_while_a_plugin_is_started_again_waits_until_that_is_gone() {
    test(async || {
        for kill in [false, true] {
            let directory = tempfile::tempdir().unwrap();
            let flag = directory.path().join("flag");
            // It comes up the first time only.
            let script = r#"if [ -e "$1" ]; then exec "$0" sleep; fi; exec "$0" serve"#;
            let pauses = Duration::from_millis(10);
            let command = Command::new("/bin/sh")
                .args(["-c", script, PROGRAM])
                .arg(&flag)
                .restart(RestartPolicy::default().pauses(pauses, pauses));
            let host = host();
            let plugin = launch_as(&host, command).await;
            std::fs::write(&flag, "").unwrap();
            let mut events = plugin.events();
            plugin.client().abort(context::current()).await.unwrap_err();
            let is_again = |event| matches!(event, PluginEvent::Restarting { .. }).then_some(());
            event(&mut events, is_again).await;
            let started = event(&mut events, |event| match event {
                PluginEvent::Started { pid } => Some(pid),
                _ => None,
            });
            let pid = started.await;
            assert_eq!(life(pid), Life::Alive);
            let exit = match kill {
                true => soon(plugin.kill()).await,
                false => soon(plugin.shutdown()).await,
            };
            assert_gone(pid);
            assert_eq!(plugin.pid(), None);
            assert!(exit.status.is_some(), "{exit:?}");
            let seen = [soon(events.next()).await, soon(events.next()).await];
            assert!(
                matches!(
                    seen,
                    [Some(PluginEvent::Exited(_)), Some(PluginEvent::Stopped)]
                ),
                "{seen:?}"
            );
        }
    });
}

#[test]
fn a_shutdown_behind_a_restart_tells_how_the_plugin_has_ended() {
    test(async || {
        let host = host();
        let plugin = launch(&host, &["serve"]).await;
        let (restarted, exit) =
            soon(async { tokio::join!(plugin.restart(), plugin.shutdown()) }).await;
        assert!(
            matches!(restarted, Err(LaunchError::HostGone)),
            "{restarted:?}"
        );
        assert!(exit.is_clean && exit.status.is_some(), "{exit:?}");
        // One that has failed, too.
        let plugin = launch(&host, &["serve"]).await;
        let mut events = plugin.events();
        plugin.client().abort(context::current()).await.unwrap_err();
        event(&mut events, |event| {
            matches!(event, PluginEvent::Failed).then_some(())
        })
        .await;
        let exit = soon(plugin.shutdown()).await;
        assert!(!exit.is_clean && exit.status.is_some(), "{exit:?}");
        assert!(exit.stderr_tail.contains("the last words"), "{exit:?}");
    });
}

#[test]
fn nothing_is_launched_without_a_runtime() {
    let host = host();
    let inside = host.in_process::<AgentClient>(Guest::new());
    let none = inside.now_or_never().unwrap().map(drop).unwrap_err();
    assert!(matches!(none, LaunchError::NoRuntime), "{none:?}");
    let launched = host.launch::<AgentClient>(command(&["serve"]));
    let none = launched.now_or_never().unwrap().map(drop).unwrap_err();
    assert!(matches!(none, LaunchError::NoRuntime), "{none:?}");
}

/// A plugin that says its process id, and what it says.
fn telling(args: &[&str]) -> (Command, UnboundedReceiver<String>) {
    let (seen, sees) = unbounded_channel();
    let command = command(args)
        .env("TEST_PLUGIN_SAYS_ID", "1")
        .output(move |line| drop(seen.send(line.text.to_owned())));
    (command, sees)
}

#[test]
fn a_shutdown_of_the_host_gives_launches_up_and_waits_until_they_are_gone() {
    test(async || {
        let host = host();
        let (command, mut said) = telling(&["sleep"]);
        let launching = host.clone();
        let launched = Task::spawn(async move {
            let launched = launching.launch::<AgentClient>(command).await;
            launched.map(drop)
        });
        let pid = soon(said.recv()).await.unwrap();
        let pid = pid.strip_prefix("pid ").unwrap().parse().unwrap();
        soon(host.shutdown()).await;
        assert_gone(pid);
        let gone = soon(launched.join()).await.unwrap_err();
        assert!(matches!(gone, LaunchError::HostGone), "{gone:?}");
    });
}

#[test]
fn a_host_that_has_shut_down_starts_no_program_any_more() {
    test(async || {
        let host = host();
        soon(host.shutdown()).await;
        let (command, mut said) = telling(&["serve"]);
        let gone = soon(host.launch::<AgentClient>(command)).await.unwrap_err();
        assert!(matches!(gone, LaunchError::HostGone), "{gone:?}");
        // The command is gone with its sink, and nothing was said.
        assert_eq!(soon(said.recv()).await, None);
    });
}

#[test]
fn a_patience_without_end_is_a_long_one() {
    test(async || {
        for handoff in handoffs().iter().copied() {
            let host = host();
            let patient = command(&["serve", "--patient"])
                .handoff(handoff)
                .start_timeout(Duration::MAX)
                .shutdown_grace(Duration::MAX);
            let plugin = launch_as(&host, patient).await;
            assert!(soon(plugin.shutdown()).await.is_clean);
        }
    });
}
