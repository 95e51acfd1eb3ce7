//! Who gets at a plugin's channel.

use std::time::Duration;

use ipc_rpc::context;
use ipc_rpc::plugin::{Command, Handoff, LaunchError};
#[cfg(unix)]
use ipc_rpc::{ConnectError, Connection};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::api::AgentClient;
use crate::stage::{command, host, launch_as, soon, test};

/// A plugin with a name and a token, and what it prints.
fn named(args: &[&str]) -> (Command, UnboundedReceiver<String>) {
    let (seen, sees) = unbounded_channel();
    let command = command(args)
        .handoff(Handoff::PrivateName)
        .output(move |line| drop(seen.send(line.text.to_owned())));
    (command, sees)
}

#[test]
fn a_token_works_once() {
    test(async || {
        for _ in 0..5 {
            let host = host();
            let (command, mut said) = named(&["replay-token"]);
            let plugin = launch_as(&host, command).await;
            assert_eq!(soon(said.recv()).await.as_deref(), Some("admitted 1"));
            assert_eq!(soon(said.recv()).await.as_deref(), Some("again 0"));
            let sum = plugin.client().add(context::current(), 2, 3).await;
            assert_eq!(sum.unwrap(), 5);
        }
    });
}

#[test]
fn a_token_that_the_plugin_gives_away_works_for_nobody_and_not_for_itself_any_more() {
    test(async || {
        let (command, mut said) = named(&["lend-token"]);
        let error = soon(host().launch::<AgentClient>(command))
            .await
            .unwrap_err();
        assert!(
            matches!(error, LaunchError::BadHandshake { .. }),
            "{error:?}"
        );
        assert_eq!(soon(said.recv()).await.as_deref(), Some("borrowed 0"));
        // Its second try is what the launch has failed of, so it may not have come to say so.
        assert_ne!(soon(said.recv()).await.as_deref(), Some("itself 1"));
    });
}

#[test]
fn a_wrong_token_is_no_token() {
    test(async || {
        let (command, _) = named(&["guess-token"]);
        let error = soon(host().launch::<AgentClient>(command))
            .await
            .unwrap_err();
        let LaunchError::BadHandshake { message, .. } = &error else {
            panic!("{error:?}");
        };
        assert!(
            message.contains("not the plugin that was started"),
            "{message}"
        );
    });
}

// A pipe has its name for as long as there is a connection.
#[cfg(unix)]
#[test]
fn a_token_that_the_plugin_prints_is_of_no_use_and_its_name_is_gone() {
    test(async || {
        let host = host();
        let (command, mut said) = named(&["print-token"]);
        let plugin = launch_as(&host, command).await;
        let line = soon(said.recv()).await.unwrap();
        let name = line.split(' ').nth(1).unwrap();
        soon(async {
            // Until the name is gone the token is what stands in the way.
            loop {
                let connecting = Connection::connect(name).auth(&(vec![0_u8; 32],));
                if let ConnectError::NotRunning { .. } = connecting.await.unwrap_err() {
                    break;
                }
            }
        })
        .await;
        let sum = plugin.client().add(context::current(), 2, 3).await;
        assert_eq!(sum.unwrap(), 5);
        // Neither does the host say it by itself.
        let token = line.split(' ').nth(2).unwrap();
        assert!(!format!("{plugin:?} {:?}", plugin.state()).contains(token));
    });
}

#[test]
fn a_plugin_that_comes_too_late_finds_nobody() {
    test(async || {
        let (command, mut said) = named(&["late", "2000"]);
        let command = command.start_timeout(Duration::from_millis(200));
        let error = soon(host().launch::<AgentClient>(command))
            .await
            .unwrap_err();
        assert!(matches!(error, LaunchError::Timeout { .. }), "{error:?}");
        assert_eq!(soon(said.recv()).await, None);
    });
}

#[cfg(unix)]
#[test]
fn a_name_is_found_by_a_plugin_that_has_another_environment_than_its_host() {
    test(async || {
        let elsewhere = tempfile::tempdir().unwrap();
        let (command, _) = named(&["serve"]);
        let changed = command.clone().env("XDG_RUNTIME_DIR", elsewhere.path());
        let cleared = command.env_clear().env("TMPDIR", elsewhere.path());
        for command in [changed, cleared] {
            let host = host();
            let plugin = launch_as(&host, command).await;
            let sum = plugin.client().add(context::current(), 2, 3).await;
            assert_eq!(sum.unwrap(), 5);
        }
    });
}

/// The sockets of a process, by inode, and what the kernel says of each.
#[cfg(target_os = "linux")]
fn sockets(pid: u32) -> Vec<String> {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let links = files.filter_map(|file| std::fs::read_link(file.unwrap().path()).ok());
    let inodes: Vec<_> = links
        .filter_map(|link| {
            let link = link.to_str()?;
            Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
        })
        .collect();
    let table = std::fs::read_to_string("/proc/net/unix").unwrap();
    let lines = table.lines().map(str::to_owned);
    lines
        .filter(|line| {
            line.split_whitespace()
                .nth(6)
                .is_some_and(|inode| inodes.iter().any(|ours| ours == inode))
        })
        .collect()
}

#[cfg(target_os = "linux")]
#[test]
fn an_inherited_channel_has_no_name_that_anybody_could_connect_to() {
    test(async || {
        let host = host();
        let plugin = launch_as(&host, command(&["serve", "--one-thread"])).await;
        let found = sockets(plugin.pid().unwrap());
        assert!(!found.is_empty());
        for line in found {
            let words: Vec<_> = line.split_whitespace().collect();
            assert_eq!(words.len(), 7, "a name: {line}");
            assert_eq!(words[3], "00000000", "it listens: {line}");
        }
    });
}
