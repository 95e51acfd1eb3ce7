//! Plugins that do not come up: each has an error of its own, and nothing of it is left.

#[cfg(unix)]
use std::error::Error as _;
#[cfg(unix)]
use std::fs;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
#[cfg(unix)]
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

#[cfg(unix)]
use ipc_rpc::context;
use ipc_rpc::plugin::{Command, LaunchError};

use crate::api::AgentClient;
use crate::stage::{assert_gone, command, fail, handoffs, test};
#[cfg(unix)]
use crate::stage::{dead, soon};

/// Launches it, and gives the error and the id of what was started, which is gone.
async fn fail_and_look(command: Command) -> LaunchError {
    let (seen, sees) = std::sync::mpsc::channel();
    // Every one of them says who it is.
    let command = command.env("TEST_PLUGIN_SAYS_ID", "1").output(move |line| {
        if let Some(pid) = line.text.strip_prefix("pid ") {
            let _ = seen.send(pid.parse::<u32>());
        }
    });
    let error = fail(command).await;
    let pid = sees.try_recv().unwrap().unwrap();
    assert_gone(pid);
    error
}

#[test]
fn a_plugin_that_ends_at_once_says_how() {
    test(async || {
        for code in [0, 1] {
            let error = fail_and_look(command(&["exit", &code.to_string()])).await;
            let LaunchError::Exited { status, .. } = &error else {
                panic!("{error:?}");
            };
            assert_eq!(status.unwrap().code(), Some(code));
        }
    });
}

#[cfg(unix)]
#[test]
fn a_plugin_that_dies_by_a_signal_says_which() {
    test(async || {
        let error = fail_and_look(command(&["abort"])).await;
        let LaunchError::Exited { status, .. } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(status.unwrap().signal(), Some(6));
        assert!(error.to_string().contains("SIGABRT"), "{error}");
    });
}

#[test]
fn a_program_that_is_no_plugin_is_quoted_with_its_escapes_escaped() {
    test(async || {
        let error = fail_and_look(command(&["print-and-exit"])).await;
        let text = error.to_string();
        assert!(
            text.contains("exit status: 2") || text.contains("exit code: 2"),
            "{text}"
        );
        assert!(text.contains("error: a word is missing"), "{text}");
        assert!(text.contains(r"[OPTIONS]\u{1b}[0m"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
        if cfg!(unix) {
            let error = fail(Command::new("/bin/echo").arg("hello")).await;
            assert!(error.to_string().contains("hello"), "{error}");
        }
    });
}

#[test]
fn a_plugin_that_never_says_hello_is_given_up_in_time_and_quoted() {
    test(async || {
        let timeout = Duration::from_millis(500);
        let ways = [
            ("sleep", ""),
            ("print-and-sleep", "still here"),
            ("flood-and-sleep", "xxx"),
            // Over the socket that it has inherited, and by a signal.
            ("half-a-hello", ""),
            ("stop", ""),
        ];
        for (way, quoted) in ways.into_iter().take(if cfg!(unix) { 5 } else { 3 }) {
            let error = fail_and_look(command(&[way]).start_timeout(timeout)).await;
            let LaunchError::Timeout { after, .. } = &error else {
                panic!("{way}: {error:?}");
            };
            assert_eq!(*after, timeout);
            assert!(error.to_string().contains(quoted), "{error}");
        }
    });
}

#[cfg(unix)]
#[test]
fn a_plugin_that_writes_garbage_is_told_from_one_that_hangs() {
    test(async || {
        let error = fail_and_look(command(&["garbage"])).await;
        let LaunchError::BadHandshake { message, .. } = &error else {
            panic!("{error:?}");
        };
        assert!(message.contains("malformed"), "{message}");
    });
}

#[cfg(unix)]
#[test]
fn a_plugin_that_closes_its_channel_and_lives_is_not_waited_for() {
    test(async || {
        let error = fail_and_look(command(&["close-channel"])).await;
        let LaunchError::BadHandshake { message, .. } = &error else {
            panic!("{error:?}");
        };
        assert!(message.contains("closed its channel"), "{message}");
    });
}

#[cfg(unix)]
#[test]
fn a_plugin_that_ends_behind_its_hello_fails_the_launch_or_the_first_call() {
    test(async || {
        let host = crate::stage::host();
        let launched = soon(host.launch::<AgentClient>(command(&["hello-and-exit"]))).await;
        match launched {
            Ok(plugin) => {
                let called = soon(plugin.client().add(context::current(), 2, 3)).await;
                called.unwrap_err();
                let exit = soon(plugin.shutdown()).await;
                assert!(!exit.is_clean, "{exit:?}");
            }
            Err(LaunchError::Exited { status, .. }) => assert_eq!(status.unwrap().code(), Some(4)),
            Err(error) => panic!("{error:?}"),
        }
    });
}

#[cfg(unix)]
#[test]
fn what_a_plugin_that_failed_has_started_is_gone_as_well() {
    test(async || {
        for way in ["beget-and-exit", "beget-and-sleep"] {
            let command = command(&[way]).start_timeout(Duration::from_secs(2));
            let error = fail_and_look(command).await;
            let (LaunchError::Exited { stdout_tail, .. }
            | LaunchError::Timeout { stdout_tail, .. }) = &error
            else {
                panic!("{error:?}");
            };
            let line = stdout_tail
                .lines()
                .find_map(|line| line.strip_prefix("child "));
            dead(line.unwrap().parse().unwrap()).await;
        }
    });
}

#[cfg(unix)]
#[test]
fn programs_that_cannot_be_started_each_say_why_and_name_their_path() {
    test(async || {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &[u8], mode| {
            let path = directory.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        let missing = directory.path().join("missing");
        let plain = file("plain", b"#!/bin/sh\n", 0o644);
        let foreign = file("foreign", b"\x7fELF and no more", 0o755);
        let script = file("script", b"#!/does/not/exist\n", 0o755);

        let error = fail(Command::new(&missing)).await;
        assert!(
            matches!(&error, LaunchError::NotFound { path, .. } if *path == missing),
            "{error:?}"
        );
        assert!(error.to_string().contains("missing"), "{error}");
        let error = fail(Command::new("no-such-program-anywhere")).await;
        assert!(matches!(&error, LaunchError::NotFound { .. }), "{error:?}");
        for path in [plain.as_path(), directory.path()] {
            let error = fail(Command::new(path)).await;
            assert!(
                matches!(&error, LaunchError::NotExecutable { path: found, .. } if found == path),
                "{error:?}"
            );
        }
        let error = fail(Command::new(&foreign)).await;
        assert!(
            matches!(&error, LaunchError::WrongArchitecture { path, .. } if *path == foreign),
            "{error:?}"
        );
        assert!(error.to_string().contains("foreign"), "{error}");
        let error = fail(Command::new(&script)).await;
        assert!(error.to_string().contains("interpreter"), "{error}");
        let error = fail(command(&["serve"]).current_dir(&missing)).await;
        assert!(error.to_string().contains("directory"), "{error}");
    });
}

#[test]
fn a_plugin_that_is_run_by_hand_says_what_it_is_and_fails() {
    test(async || {
        let run = std::process::Command::new(crate::stage::PROGRAM)
            .output()
            .unwrap();
        assert!(!run.status.success());
        let text = String::from_utf8(run.stderr).unwrap();
        assert!(text.contains("this is a plugin of the tests"), "{text}");
        assert!(text.contains("`Agent`"), "{text}");
        // Neither does the variable alone make it one.
        for value in ["1:inherited", "1:named", "2:something"] {
            let run = std::process::Command::new(crate::stage::PROGRAM)
                .env("IPC_RPC_PLUGIN", value)
                .stdin(std::process::Stdio::null())
                .output()
                .unwrap();
            assert!(!run.status.success(), "{value}");
        }
    });
}

#[test]
fn a_launch_that_is_given_up_leaves_nothing() {
    test(async || {
        for handoff in handoffs().iter().copied() {
            let (seen, mut sees) = tokio::sync::mpsc::unbounded_channel();
            let command = command(&["sleep"])
                .handoff(handoff)
                .env("TEST_PLUGIN_SAYS_ID", "1")
                .output(move |line| drop(seen.send(line.text.to_owned())));
            let host = crate::stage::host();
            let launching = host.launch::<AgentClient>(command);
            let line = tokio::select! {
                _ = launching => panic!("it does not come up"),
                line = sees.recv() => line.unwrap(),
            };
            let pid = line.strip_prefix("pid ").unwrap().parse().unwrap();
            #[cfg(unix)]
            dead(pid).await;
            #[cfg(not(unix))]
            assert_gone(pid);
        }
    });
}

#[test]
fn a_program_that_is_not_there_is_told_as_such() {
    test(async || {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("missing");
        let error = fail(Command::new(&missing)).await;
        assert!(
            matches!(&error, LaunchError::NotFound { path, .. } if *path == missing),
            "{error:?}"
        );
        assert!(error.to_string().contains("missing"), "{error}");
    });
}

#[cfg(unix)]
#[test]
fn a_program_with_another_checksum_is_not_started_and_both_are_told() {
    test(async || {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("plugin");
        let script = "#!/bin/sh\ntouch \"$0.ran\"\n";
        std::fs::write(&program, script).unwrap();
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, permissions).unwrap();
        let error = fail(Command::new(&program).sha256([7; 32])).await;
        let LaunchError::Checksum {
            path,
            expected,
            found,
        } = &error
        else {
            panic!("{error:?}");
        };
        assert_eq!((path, expected), (&program, &"07".repeat(32)));
        assert_eq!(found.len(), 64, "{found}");
        assert!(error.to_string().contains(found.as_str()), "{error}");
        assert!(!directory.path().join("plugin.ran").exists());
        // With the one that was found it is started.
        let digits = |at: usize| u8::from_str_radix(&found[2 * at..2 * at + 2], 16).unwrap();
        let error = fail(Command::new(&program).sha256(std::array::from_fn(digits))).await;
        assert!(matches!(error, LaunchError::Exited { .. }), "{error:?}");
        assert!(directory.path().join("plugin.ran").exists());
        // There has to be one, and it has to be known which.
        let error = fail(Command::new(directory.path().join("none")).sha256([7; 32])).await;
        assert!(matches!(error, LaunchError::NotFound { .. }), "{error:?}");
        let error = fail(Command::new("sh").sha256([7; 32])).await;
        assert!(
            error.source().unwrap().to_string().contains("by its path"),
            "{error:?}"
        );
    });
}
