//! Plugins that a host leaves running, and hosts that go on with them.

use std::time::Duration;

use ipc_rpc::plugin::{
    Attachment, Command, DetachError, Host, LaunchError, Plugin, PluginEvent, PluginState,
    RestartPolicy,
};
use ipc_rpc::{CallOutcome, context};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::api::AgentClient;
use crate::stage::{
    Life, PROGRAM, assert_gone, begun, command, dead, event, host, launch, launch_as, life, soon,
    test,
};

/// A plugin that waits for another host, for so many seconds.
fn staying(seconds: &str) -> Command {
    command(&["stays", seconds])
}

/// Has a host launch one and leave it.
async fn leave(seconds: &str) -> Attachment {
    let host = host();
    let plugin = launch_as(&host, staying(seconds)).await;
    soon(plugin.detach()).await.unwrap()
}

async fn attach(host: &Host, left: &Attachment, command: Command) -> Plugin<AgentClient> {
    soon(host.attach(left, command)).await.unwrap()
}

async fn refused(left: &Attachment, command: Command) -> LaunchError {
    let attached = soon(host().attach::<AgentClient>(left, command)).await;
    attached.map(drop).unwrap_err()
}

#[test]
fn a_plugin_goes_on_with_the_next_host_as_it_was() {
    test(async || {
        let before = host();
        let plugin = launch_as(&before, staying("60")).await;
        let pid = plugin.pid().unwrap();
        let client = plugin.client();
        let late = client.clone();
        let late = begun(async move { late.answer_late(context::current(), 300).await }).await;
        let left = soon(plugin.detach()).await.unwrap();
        assert_eq!((left.name(), left.pid()), ("agent", pid));
        // What was in flight was answered, and what comes now is refused.
        assert_eq!(soon(late.join()).await.unwrap(), 7);
        let error = client.add(context::current(), 2, 3).await.unwrap_err();
        assert_eq!(error.outcome(), CallOutcome::NotSent, "{error:?}");
        assert!(matches!(plugin.state(), PluginState::Stopped(_)));
        drop((plugin, client));
        soon(before.shutdown()).await;
        assert_eq!(life(pid), Life::Alive);

        // It goes through a file, and more than once.
        let mut left = left;
        for round in 0..3 {
            let text = serde_json::to_string(&left).unwrap();
            let found: Attachment = serde_json::from_str(&text).unwrap();
            let after = host();
            let plugin = attach(&after, &found, staying("60")).await;
            assert_eq!((plugin.pid(), plugin.name()), (Some(pid), "agent"));
            let client = plugin.client();
            assert_eq!(
                client.add(context::current(), round, 3).await.unwrap(),
                round + 3
            );
            assert_eq!(client.pid(context::current()).await.unwrap(), pid);
            // The way back as well, under the name that this host has given it.
            let who = client.ask_who(context::current()).await.unwrap();
            assert_eq!(who, ("agent".to_owned(), pid));
            // What it prints goes nowhere, and harms nobody.
            client
                .say(context::current(), "into the void".into())
                .await
                .unwrap();
            left = soon(plugin.detach()).await.unwrap();
        }
        let after = host();
        let plugin = attach(&after, &left, staying("60")).await;
        let exit = soon(plugin.shutdown()).await;
        assert!(exit.status.is_none(), "{exit:?}");
        dead(pid).await;
    });
}

#[test]
fn what_was_attached_to_is_supervised_and_started_again() {
    test(async || {
        let left = leave("60").await;
        let after = host();
        let pauses = Duration::from_millis(10);
        let again = staying("60").restart(RestartPolicy::default().pauses(pauses, pauses));
        let plugin = attach(&after, &left, again).await;
        let mut events = plugin.events();
        plugin.client().abort(context::current()).await.unwrap_err();
        event(&mut events, |event| {
            matches!(event, PluginEvent::Restarting { .. }).then_some(())
        })
        .await;
        let pid = plugin.client().pid(context::current()).await.unwrap();
        assert_ne!(pid, left.pid());
        assert_gone(left.pid());
        // Stopped, it is killed: the process is this host's to end.
        soon(plugin.kill()).await;
        dead(pid).await;
        let left = leave("60").await;
        let plugin = attach(&after, &left, staying("60")).await;
        let process = rustix::process::Pid::from_raw(left.pid().try_into().unwrap()).unwrap();
        rustix::process::kill_process(process, rustix::process::Signal::STOP).unwrap();
        soon(plugin.kill()).await;
        dead(left.pid()).await;
        // And with the host.
        let left = leave("60").await;
        let after = host();
        let _plugin = attach(&after, &left, staying("60")).await;
        drop(after);
        dead(left.pid()).await;
    });
}

#[test]
fn a_plugin_that_nobody_attaches_to_ends_in_its_time() {
    test(async || {
        let left = leave("0").await;
        dead(left.pid()).await;
        let error = refused(&left, staying("60")).await;
        assert!(
            matches!(&error, LaunchError::NotRunning { name, pid } if name == "agent" && *pid == left.pid()),
            "{error:?}"
        );
    });
}

#[test]
fn a_process_of_another_time_or_another_program_is_not_touched() {
    test(async || {
        let left = leave("60").await;
        // The same id at another time.
        let mut other = serde_json::to_value(&left).unwrap();
        other["started"] = "another boot:7".into();
        let other: Attachment = serde_json::from_value(other).unwrap();
        let error = refused(&other, staying("60")).await;
        assert!(matches!(error, LaunchError::NotRunning { .. }), "{error:?}");
        // Another process, which waits for nobody.
        let mut other = serde_json::to_value(&left).unwrap();
        other["pid"] = std::process::id().into();
        let other: Attachment = serde_json::from_value(other).unwrap();
        let error = refused(&other, staying("60")).await;
        assert!(matches!(error, LaunchError::NotRunning { .. }), "{error:?}");
        // A program that was replaced.
        let directory = tempfile::tempdir().unwrap();
        let copy = directory.path().join("copy");
        std::fs::copy(PROGRAM, &copy).unwrap();
        let error = refused(&left, Command::new(&copy).name("agent")).await;
        assert!(
            matches!(&error, LaunchError::OtherProgram { path, .. } if *path == copy),
            "{error:?}"
        );
        assert_eq!(life(left.pid()), Life::Alive);
        let after = host();
        let plugin = attach(&after, &left, staying("60")).await;
        soon(plugin.shutdown()).await;
    });
}

#[test]
fn without_its_token_nobody_attaches_and_the_plugin_waits_on() {
    test(async || {
        let left = leave("60").await;
        let shown = format!("{left:?}");
        let secret = serde_json::to_value(&left).unwrap()["meeting"]["token"].clone();
        assert!(!shown.contains(secret.as_str().unwrap()), "{shown}");
        let place = serde_json::to_value(&left).unwrap()["meeting"]["path"].clone();
        let mut guesses = Vec::new();
        for line in [
            "\n",
            "ipc-rpc-attach \n",
            "ipc-rpc-attach 00\n",
            &"x".repeat(10_000),
        ] {
            let mut guess = std::os::unix::net::UnixStream::connect(place.as_str().unwrap());
            // It may have hung up by then.
            let _ = std::io::Write::write_all(guess.as_mut().unwrap(), line.as_bytes());
            guesses.push(guess);
        }
        drop(guesses);
        let after = host();
        let plugin = attach(&after, &left, staying("60")).await;
        // Once used, it is worth nothing, and who shows it again harms nobody.
        let error = refused(&left, staying("60").start_timeout(Duration::from_secs(5))).await;
        assert!(matches!(error, LaunchError::Io { .. }), "{error:?}");
        let client = plugin.client();
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
        assert_eq!(plugin.pid(), Some(left.pid()));
        soon(plugin.shutdown()).await;
    });
}

#[test]
fn what_cannot_be_left_says_why_and_goes_on() {
    test(async || {
        let host = host();
        let plugin = launch(&host, &["serve"]).await;
        let error = soon(plugin.detach()).await.unwrap_err();
        assert!(matches!(error, DetachError::NotReattachable), "{error:?}");
        assert_eq!(
            plugin.client().add(context::current(), 2, 3).await.unwrap(),
            5
        );
        soon(plugin.shutdown()).await;
        let error = soon(plugin.detach()).await.unwrap_err();
        assert!(matches!(error, DetachError::NotRunning), "{error:?}");
        // One that has failed.
        let plugin = launch_as(&host, staying("60")).await;
        let mut events = plugin.events();
        plugin.client().abort(context::current()).await.unwrap_err();
        event(&mut events, |event| {
            matches!(event, PluginEvent::Failed).then_some(())
        })
        .await;
        let error = soon(plugin.detach()).await.unwrap_err();
        assert!(matches!(error, DetachError::NotRunning), "{error:?}");
    });
}

/// A host in a process of its own, which says one line.
async fn hosting(args: &[&str]) -> (tokio::process::Child, String) {
    let mut host = tokio::process::Command::new(PROGRAM)
        .args(args)
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(host.stdout.take().unwrap()).lines();
    let line = soon(lines.next_line()).await.unwrap().unwrap();
    (host, line)
}

#[test]
fn a_plugin_outlives_the_process_that_has_left_it_and_not_one_that_is_killed() {
    test(async || {
        let (mut first, left) = hosting(&["leave-plugin"]).await;
        assert!(soon(first.wait()).await.unwrap().success());
        let found: Attachment = serde_json::from_str(&left).unwrap();
        assert_eq!(life(found.pid()), Life::Alive);
        let (mut second, pid) = hosting(&["attach-to", &left]).await;
        assert_eq!(pid, found.pid().to_string());
        second.kill().await.unwrap();
        dead(found.pid()).await;
    });
}

#[test]
fn a_plugin_that_could_be_left_ends_with_a_host_that_does_not_leave_it() {
    test(async || {
        let host = host();
        // In order, and as one that is done.
        let plugin = launch_as(&host, staying("60")).await;
        assert!(soon(plugin.shutdown()).await.is_clean);
        let plugin = launch_as(&host, staying("60")).await;
        let pid = plugin.pid().unwrap();
        drop(plugin);
        dead(pid).await;
        // Who asks and does not wait for the answer keeps it.
        let plugin = launch_as(&host, staying("60")).await;
        let pid = plugin.pid().unwrap();
        let mut asked = Box::pin(plugin.detach());
        assert!(futures_util::poll!(&mut asked).is_pending());
        drop(asked);
        let answered = soon(plugin.client().add(context::current(), 2, 3)).await;
        assert_eq!(answered.unwrap(), 5);
        assert_eq!(plugin.pid(), Some(pid));
        assert!(soon(plugin.shutdown()).await.is_clean);
    });
}

#[test]
fn what_waits_in_vain_ends_though_its_threads_are_blocked_and_takes_along_what_it_has_started() {
    test(async || {
        let host = host();
        for way in ["free", "blocked"] {
            let plugin = launch_as(&host, command(&["stays", "1", "--one-thread"])).await;
            let client = plugin.client();
            let child = client.beget(context::current()).await.unwrap();
            if way == "blocked" {
                // While it waits for the next host.
                client.block_later(context::current(), 1_500).await.unwrap();
            }
            let left = soon(plugin.detach()).await.unwrap();
            dead(left.pid()).await;
            dead(child).await;
        }
    });
}

#[test]
fn one_that_was_attached_to_and_says_goodbye_was_done() {
    test(async || {
        let left = leave("60").await;
        let after = host();
        let again = staying("60").restart(RestartPolicy::default());
        let plugin = attach(&after, &left, again).await;
        let mut events = plugin.events();
        plugin.client().leave(context::current()).await.unwrap();
        event(&mut events, |event| {
            matches!(event, PluginEvent::Stopped).then_some(())
        })
        .await;
        dead(left.pid()).await;
    });
}

#[test]
fn asking_for_one_that_is_down_to_be_left_changes_nothing() {
    test(async || {
        let host = host();
        // Stopped for want of work, it stays so.
        let idle = staying("60").idle_stop(Duration::from_millis(50));
        let plugin = launch_as(&host, idle).await;
        let mut events = plugin.events();
        event(&mut events, |event| {
            matches!(event, PluginEvent::Idle).then_some(())
        })
        .await;
        let error = soon(plugin.detach()).await.unwrap_err();
        assert!(matches!(error, DetachError::NotRunning), "{error:?}");
        assert!(matches!(plugin.state(), PluginState::Idle), "{plugin:?}");
        // A restart that is under way goes on.
        let plugin = launch_as(&host, staying("60")).await;
        let (restarted, detached) =
            soon(async { tokio::join!(plugin.restart(), plugin.detach()) }).await;
        restarted.unwrap();
        assert!(
            matches!(detached, Err(DetachError::NotRunning)),
            "{detached:?}"
        );
        // As does a pause before one.
        let hour = Duration::from_secs(3600);
        let slow = staying("60").restart(RestartPolicy::default().pauses(hour, hour));
        let plugin = launch_as(&host, slow).await;
        let mut events = plugin.events();
        plugin.client().abort(context::current()).await.unwrap_err();
        event(&mut events, |event| {
            matches!(event, PluginEvent::Restarting { .. }).then_some(())
        })
        .await;
        let error = soon(plugin.detach()).await.unwrap_err();
        assert!(matches!(error, DetachError::NotRunning), "{error:?}");
        assert_eq!(plugin.pid(), None);
    });
}
