//! Plugins of other versions.

#[cfg(unix)]
use std::io::{Read, Write};
#[cfg(unix)]
use std::os::fd::OwnedFd;
#[cfg(unix)]
use std::os::unix::net::UnixStream;
#[cfg(unix)]
use std::process::{Command, Stdio};

use ipc_rpc::context;
use ipc_rpc::plugin::{self, Host, LaunchError};

use crate::api::{AgentClient, Headquarters, HeadquartersClient};
#[cfg(unix)]
use crate::stage::PROGRAM;
use crate::stage::{TheHeadquarters, command, fail, handoffs, host, launch, launch_as, soon, test};

fn message(error: LaunchError) -> String {
    let LaunchError::VersionMismatch { message, .. } = error else {
        panic!("{error:?}");
    };
    message
}

#[test]
fn a_plugin_that_lacks_a_newer_method_does_for_what_it_has() {
    test(async || {
        let host = host();
        let plugin = launch(&host, &["old-agent"]).await;
        let client = plugin.client();
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
        assert_eq!(plugin.service_version(), Some(1));
        let missing = client.pid(context::current()).await.unwrap_err();
        assert!(missing.to_string().contains("`pid`"), "{missing}");
    });
}

#[test]
fn a_plugin_whose_version_the_host_cannot_do_with_is_refused_with_both_versions() {
    test(async || {
        for handoff in handoffs() {
            let old = command(&["old-agent"]).handoff(*handoff);
            let text = message(fail(old.versions(2..=3)).await);
            assert!(text.contains("versions 2 to 3"), "{text}");
            assert!(text.contains("the client with version 1"), "{text}");
        }
        let text = message(fail(command(&["serve"]).versions(4..)).await);
        assert!(text.contains("version 4 and later ones"), "{text}");
        let host = host();
        launch_as(&host, command(&["serve"]).versions(..4)).await;
    });
}

#[test]
fn the_highest_version_that_both_can_do_with_is_agreed_on_and_known_to_both() {
    test(async || {
        let host = Host::builder()
            .serve(TheHeadquarters::default().serve())
            .versions::<HeadquartersClient>(1..=2)
            .feature("undo")
            .feature("later")
            .build();
        // The plugin's range of its own service and of the host's, the host's of the plugin's, and what comes of them.
        for (plugins, hosts, agreed) in [
            (["1", "2", "1", "1"], 2..=9, (2, 1)),
            (["2", "3", "2", "7"], 1..=9, (3, 2)),
            (["1", "9", "1", "2"], 1..=2, (2, 2)),
        ] {
            let args = [&["versions"][..], &plugins].concat();
            let plugin = launch_as(&host, command(&args).versions(hosts)).await;
            assert_eq!(plugin.service_version(), Some(agreed.0), "{plugins:?}");
            assert!(plugin.has_feature("undo") && !plugin.has_feature("tabs"));
            let client = plugin.client();
            for (feature, has) in [("undo", true), ("tabs", false), ("later", false)] {
                let known = client.agreed(context::current(), feature.into()).await;
                let expected = (Some(agreed.0), Some(agreed.1), has);
                assert_eq!(known.unwrap(), expected, "{plugins:?} {feature}");
            }
            soon(plugin.shutdown()).await;
            assert!(!plugin.has_feature("undo"), "it is gone");
        }
    });
}

#[test]
fn ranges_without_a_version_in_common_are_told_to_both_sides_with_both() {
    test(async || {
        for (plugins, hosts, service) in [
            (["1", "2", "1", "2"], 3..=4, "`Agent`"),
            (["7", "9", "1", "2"], 3..=4, "`Agent`"),
            (["3", "3", "5", "6"], 3..=4, "`Headquarters`"),
        ] {
            let args = [&["versions"][..], &plugins].concat();
            let (seen, sees) = std::sync::mpsc::channel();
            let command = command(&args)
                .versions(hosts)
                .output(move |line| drop(seen.send(line.text.to_owned())));
            let host = Host::builder()
                .serve(TheHeadquarters::default().serve())
                .versions::<HeadquartersClient>(1..=2)
                .build();
            let launched = soon(host.launch::<AgentClient>(command)).await;
            let text = message(launched.map(drop).unwrap_err());
            let told: Vec<_> = sees.try_iter().collect();
            let told = told.join(" ");
            for text in [&text, &told] {
                assert!(text.contains(service), "{plugins:?} {text}");
                assert!(
                    text.contains("use releases of both that share a version"),
                    "{text}"
                );
            }
        }
        // A plugin that says what it can do with, and a host that does not say and has another.
        let text = message(fail(command(&["versions", "4", "5", "1", "2"])).await);
        assert!(
            text.contains("the host can do with version 3") && text.contains("versions 4 to 5"),
            "{text}"
        );
    });
}

#[test]
fn a_plugin_in_process_agrees_on_versions_and_features_too() {
    test(async || {
        let host = Host::builder().feature("undo").build();
        let guest = plugin::Guest::new().feature("undo").feature("tabs");
        let guest = guest.serve(TheHeadquarters::default().serve());
        let guest = guest.versions::<HeadquartersClient>(1..=1);
        let failed = host.in_process::<HeadquartersClient>(guest).await;
        let text = message(failed.map(drop).unwrap_err());
        assert!(
            text.contains("`Headquarters`") && text.contains("version 2"),
            "{text}"
        );
        let guest = plugin::Guest::new().feature("undo");
        let guest = guest.serve(TheHeadquarters::default().serve());
        let guest = guest.versions::<HeadquartersClient>(1..=2);
        let plugin = host.in_process::<HeadquartersClient>(guest).await.unwrap();
        assert_eq!(
            plugin.connection().service_version::<HeadquartersClient>(),
            Some(2)
        );
        assert!(plugin.connection().has_feature("undo"));
    });
}

#[test]
fn a_plugin_that_means_something_else_by_a_method_is_refused_and_told() {
    test(async || {
        let (seen, sees) = std::sync::mpsc::channel();
        let command =
            command(&["changed-agent"]).output(move |line| drop(seen.send(line.text.to_owned())));
        let text = message(fail(command).await);
        assert!(text.contains("`add`"), "{text}");
        assert!(
            text.contains("version 3") && text.contains("version 4"),
            "{text}"
        );
        let told: Vec<_> = sees.try_iter().collect();
        assert!(told.iter().any(|line| line.contains("`add`")), "{told:?}");
    });
}

#[test]
fn a_plugin_that_serves_something_else_is_refused() {
    test(async || {
        let text = message(fail(command(&["no-agent"])).await);
        assert!(
            text.contains("`Agent`") && text.contains("serves none"),
            "{text}"
        );
    });
}

#[test]
fn a_plugin_that_needs_another_host_says_so_on_both_sides() {
    test(async || {
        let (seen, sees) = std::sync::mpsc::channel();
        let command =
            command(&["demanding"]).output(move |line| drop(seen.send(line.text.to_owned())));
        let text = message(fail(command).await);
        assert!(
            text.contains("version 9") && text.contains("version 2"),
            "{text}"
        );
        let told: Vec<_> = sees.try_iter().collect();
        assert!(!told.is_empty(), "{told:?}");
        let host = host();
        launch(&host, &["requires"]).await;
    });
}

#[cfg(unix)]
#[test]
fn a_plugin_that_speaks_another_protocol_is_refused_with_both_versions() {
    test(async || {
        let text = message(fail(command(&["future-protocol"])).await);
        assert!(
            text.contains("77 to 78") && text.contains("the server 1"),
            "{text}"
        );
    });
}

/// Of release 0.1.0, whose plugins and hosts are those of later ones as well.
#[cfg(unix)]
const WELCOME: &[u8] = include_bytes!("recorded/welcome-0.1.0.bin");

#[cfg(unix)]
#[test]
fn the_hello_of_a_plugin_of_release_0_1_0_is_welcome() {
    test(async || {
        let host = host();
        let plugin = launch(&host, &["recorded"]).await;
        assert_eq!(plugin.service_version(), Some(1));
        soon(plugin.kill()).await;
    });
}

/// Says these bytes to a plugin that says hello, and returns what it finds wrong with its host.
#[cfg(unix)]
fn answer(bytes: &[u8]) -> String {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let plugin = Command::new(PROGRAM)
        .env("IPC_RPC_PLUGIN", "1:inherited")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut prelude = [0; 16];
    ours.read_exact(&mut prelude).unwrap();
    let len = u32::from_le_bytes(prelude[12..].try_into().unwrap());
    ours.read_exact(&mut vec![0; len as usize]).unwrap();
    ours.write_all(bytes).unwrap();
    drop(ours);
    let output = plugin.wait_with_output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[cfg(unix)]
#[test]
fn the_welcome_of_a_host_of_release_0_1_0_is_understood() {
    test(async || {
        // Then it is the host's end that is wrong, and without it there is none.
        let said = answer(WELCOME);
        assert!(
            said.contains("the connection to the host is lost"),
            "{said}"
        );
        let said = answer(&WELCOME[..WELCOME.len() - 1]);
        assert!(said.contains("cannot connect to the host"), "{said}");
    });
}

#[cfg(unix)]
#[test]
fn the_welcome_of_a_host_that_speaks_another_protocol_is_none() {
    test(async || {
        let mut other = WELCOME.to_vec();
        // Behind the prelude and the number of the connection stands the version that was chosen.
        other[24..26].copy_from_slice(&[77, 0]);
        let said = answer(&other);
        assert!(said.contains("cannot connect to the host"), "{said}");
    });
}
