//! Processes that want to be the one instance of an application.

use std::ffi::OsString;
use std::path::Path;

#[cfg(unix)]
use futures_util::future::join_all;
use ipc_rpc::SocketName;
#[cfg(unix)]
use ipc_rpc::instance;

use crate::program::{PROGRAM, Program, test};

#[cfg(unix)]
const PROCESSES: usize = 20;

/// An id that no other test has.
fn id() -> String {
    format!("org.example.{}", SocketName::unique())
}

fn launch(id: &str, payload: &str) -> Program {
    Program::start_with(Path::new(PROGRAM), "instance", id, |command| {
        command.arg(payload);
    })
}

#[cfg(unix)]
fn racers(id: &str, payloads: impl IntoIterator<Item = String>) -> Vec<Program> {
    let start = |payload| {
        Program::start_with(Path::new(PROGRAM), "instance-race", id, |command| {
            command.arg(payload);
        })
    };
    payloads.into_iter().map(start).collect()
}

/// What a process says that was answered, behind the name of its payload.
fn is_answered(said: &str, payload: &str) -> bool {
    said.starts_with(&format!("answered: {payload} of "))
}

// Under Wine two that start at the same moment may both have a pipe.
#[cfg(unix)]
#[test]
fn of_twenty_processes_that_start_at_once_one_is_the_primary_and_answers_all_others() {
    test(async || {
        let id = id();
        let payloads: Vec<_> = (0..PROCESSES).map(|number| format!("p{number}")).collect();
        let mut racers = racers(&id, payloads.clone());
        for racer in &mut racers {
            racer.expect("ready").await;
        }
        join_all(racers.iter_mut().map(Program::tell)).await;
        let said = join_all(racers.iter_mut().map(Program::says)).await;
        let mut primaries = 0;
        for (said, payload) in said.iter().zip(&payloads) {
            let said = said.as_deref().unwrap();
            if said == format!("primary for {payload}") {
                primaries += 1;
            } else {
                assert!(is_answered(said, payload), "{said}");
            }
        }
        assert_eq!(primaries, 1, "{said:?}");
        for racer in racers {
            racer.end().await;
        }
    });
}

#[test]
fn a_primary_that_was_killed_keeps_nobody_from_being_the_next() {
    test(async || {
        let id = id();
        for round in 0..3 {
            let payload = format!("r{round}");
            let mut primary = launch(&id, &payload);
            primary.expect(&format!("primary for {payload}")).await;
            let mut later = launch(&id, "later");
            let said = later.says().await.unwrap();
            assert!(is_answered(&said, "later"), "{said}");
            later.end().await;
            primary.kill().await;
        }
    });
}

#[cfg(unix)]
#[test]
fn a_launch_whose_primary_is_killed_meanwhile_is_handled_or_fails_and_is_never_lost_in_silence() {
    test(async || {
        let id = id();
        for round in 0..6 {
            let mut primary = launch(&id, "first");
            primary.expect("primary for first").await;
            let payloads: Vec<_> = (0..8).map(|number| format!("r{round}p{number}")).collect();
            let mut racers = racers(&id, payloads.clone());
            for racer in &mut racers {
                racer.expect("ready").await;
            }
            // It dies at another point of their way each time, since each has its own.
            let (_, _) = tokio::join!(
                join_all(racers.iter_mut().map(Program::tell)),
                primary.kill()
            );
            let said = join_all(racers.iter_mut().map(Program::says)).await;
            let mut primaries = 0;
            for (said, payload) in said.iter().zip(&payloads) {
                let said = said.as_deref().unwrap();
                if said == format!("primary for {payload}") {
                    primaries += 1;
                } else {
                    assert!(
                        is_answered(said, payload) || said.starts_with("lost: "),
                        "{said}"
                    );
                }
            }
            assert!(primaries <= 1, "{said:?}");
            for racer in racers {
                racer.end().await;
            }
        }
    });
}

#[test]
fn arguments_arrive_from_another_process_exactly_as_they_were() {
    test(async || {
        let id = id();
        let mut primary = launch(&id, "first");
        primary.expect("primary for first").await;
        let lists: Vec<Vec<OsString>> = vec![
            vec![],
            vec!["".into()],
            vec!["a".into(), "".into(), "".into()],
            vec!["two\nlines".into(), "a|b".into(), "x".repeat(5000).into()],
            #[cfg(unix)]
            vec![std::os::unix::ffi::OsStringExt::from_vec(vec![0xff, 0xfe])],
        ];
        for args in lists {
            let mut later = Program::start_with(Path::new(PROGRAM), "instance", &id, |command| {
                command.arg("later").args(&args);
            });
            let pid = later.pid().unwrap();
            let pid = if cfg!(target_os = "macos") { 0 } else { pid };
            let expected = format!("answered: later of {pid} with {args:?}");
            later.expect(&expected).await;
            later.end().await;
        }
        primary.end().await;
    });
}

/// Relative paths among the arguments are relative to where the later one was started, not to where the primary was.
#[test]
fn a_launch_tells_the_directory_of_the_process_that_was_started_and_not_the_primarys() {
    test(async || {
        let id = id();
        let claimed = ipc_rpc::instance::claim::<String, String>(&id).await;
        let Ok(ipc_rpc::instance::Instance::Primary(primary)) = claimed else {
            panic!("{claimed:?}");
        };
        primary.serve(|arrival| async move {
            let told = arrival.launch.working_directory.unwrap();
            told.canonicalize().unwrap().display().to_string()
        });
        for _ in 0..2 {
            let directory = tempfile::TempDir::new().unwrap();
            let expected = directory.path().canonicalize().unwrap();
            assert_ne!(expected, std::env::current_dir().unwrap());
            let mut later = Program::start_with(Path::new(PROGRAM), "instance", &id, |command| {
                command.arg("later").current_dir(directory.path());
            });
            let expected = format!("answered: {}", expected.display());
            later.expect(&expected).await;
            later.end().await;
        }
    });
}

#[test]
fn a_process_that_was_answered_exits_with_the_code_it_wants_and_leaves_the_primary_its_name() {
    test(async || {
        let id = id();
        let mut primary = launch(&id, "first");
        primary.expect("primary for first").await;
        for code in ["0", "7"] {
            let later =
                Program::start_with(Path::new(PROGRAM), "instance-or-exit", &id, |command| {
                    command.arg(code);
                });
            let status = later.ends().await;
            assert_eq!(status.code(), code.parse().ok());
        }
        // Whoever exits takes nothing of the primary's along.
        let mut later = launch(&id, "later");
        let said = later.says().await.unwrap();
        assert!(is_answered(&said, "later"), "{said}");
        later.end().await;
        primary.end().await;
    });
}

#[test]
fn a_process_that_was_not_answered_does_not_exit() {
    test(async || {
        let id = id();
        let mut primary = Program::start("instance-never-ready", &id);
        primary.expect("primary").await;
        let mut later =
            Program::start_with(Path::new(PROGRAM), "instance-or-exit", &id, |command| {
                command.arg("7");
            });
        let said = later.says().await.unwrap();
        assert!(said.starts_with("still here: TimedOut"), "{said}");
        assert_eq!(later.ends().await.code(), Some(0));
        primary.end().await;
    });
}

/// Processes whose private namespace is a directory of the test's own.
#[cfg(unix)]
mod namespace {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    use std::path::PathBuf;

    use support::promptly;
    use tempfile::TempDir;
    use tokio::io::AsyncReadExt;
    use tokio::net::UnixStream;

    use super::*;

    struct Namespace {
        directory: TempDir,
        id: String,
    }

    impl Namespace {
        fn new() -> Self {
            let directory = TempDir::new().unwrap();
            fs::set_permissions(directory.path(), Permissions::from_mode(0o700)).unwrap();
            Self {
                directory,
                id: id(),
            }
        }

        fn launch(&self, payload: &str) -> Program {
            Program::start_with(Path::new(PROGRAM), "instance", &self.id, |command| {
                command
                    .arg(payload)
                    .env("XDG_RUNTIME_DIR", self.directory.path());
            })
        }

        fn socket(&self) -> PathBuf {
            let name = instance::claim::<(), ()>(&self.id).socket_name().unwrap();
            self.directory.path().join("ipc-rpc").join(name.to_string())
        }
    }

    #[test]
    fn clients_that_say_nothing_hold_nobody_up() {
        test(async || {
            let space = Namespace::new();
            let mut primary = space.launch("first");
            primary.expect("primary for first").await;
            let mut silent = Vec::new();
            for _ in 0..10 {
                silent.push(UnixStream::connect(space.socket()).await.unwrap());
            }
            let mut later = space.launch("later");
            let said = promptly(later.says()).await.unwrap();
            assert!(is_answered(&said, "later"), "{said}");
            // And they were not thrown out to make room.
            for mut stream in silent {
                let read = stream.read_u8();
                let read = tokio::time::timeout(std::time::Duration::ZERO, read).await;
                assert!(read.is_err(), "{read:?}");
            }
            later.end().await;
            primary.end().await;
        });
    }

    #[test]
    fn a_name_that_cannot_be_bound_is_an_error_and_makes_nobody_a_secondary() {
        test(async || {
            let space = Namespace::new();
            let socket = space.socket();
            fs::create_dir(socket.parent().unwrap()).unwrap();
            fs::set_permissions(socket.parent().unwrap(), Permissions::from_mode(0o700)).unwrap();
            fs::write(&socket, "no socket").unwrap();
            let mut process = space.launch("first");
            let said = process.says().await.unwrap();
            assert!(said.starts_with("Bind(NotASocket"), "{said}");
            process.end().await;
            assert_eq!(fs::read(&socket).unwrap(), b"no socket");
        });
    }

    #[test]
    fn a_socket_of_the_dead_is_replaced_and_one_in_use_stays_when_later_instances_go() {
        use std::os::unix::fs::MetadataExt;

        test(async || {
            let space = Namespace::new();
            let mut primary = space.launch("first");
            primary.expect("primary for first").await;
            primary.kill().await;
            let left = fs::metadata(space.socket()).unwrap();
            assert!(left.file_type().is_socket());
            let mut primary = space.launch("second");
            primary.expect("primary for second").await;
            let inode = fs::metadata(space.socket()).unwrap().ino();
            let mut later = space.launch("later");
            let said = later.says().await.unwrap();
            assert!(is_answered(&said, "later"), "{said}");
            later.end().await;
            assert_eq!(fs::metadata(space.socket()).unwrap().ino(), inode);
            primary.end().await;
        });
    }
}
