//! What a plugin may do other than what it should.

use std::io::Write;

use ipc_rpc::{Connection, Context, Service, ipc_service};

use crate::agent::{Agent007, pause, sleep_for_ever};
use crate::api::Agent;

/// The agent of before: a method of the newer one is missing.
#[ipc_service(name = "Agent", version = 1)]
pub(crate) trait AnOldAgent {
    /// Adds.
    async fn add(&self, ctx: Context, a: i64, b: i64) -> i64;
}

pub(crate) struct OldAgent;

impl AnOldAgent for OldAgent {
    async fn add(&self, _: Context, a: i64, b: i64) -> i64 {
        a + b
    }
}

impl OldAgent {
    pub(crate) fn serve_it(self) -> impl Service {
        AnOldAgent::serve(self)
    }
}

/// An agent that has changed its mind about what it takes.
#[ipc_service(name = "Agent", version = 4)]
pub(crate) trait AChangedAgent {
    /// Adds.
    async fn add(&self, ctx: Context, numbers: Vec<i64>) -> i64;
}

pub(crate) struct ChangedAgent;

impl AChangedAgent for ChangedAgent {
    async fn add(&self, _: Context, numbers: Vec<i64>) -> i64 {
        numbers.into_iter().sum()
    }
}

impl ChangedAgent {
    pub(crate) fn serve_it(self) -> impl Service {
        AChangedAgent::serve(self)
    }
}

/// A host that does not exist yet.
#[ipc_service(name = "Headquarters", version = 9)]
pub(crate) trait NewHeadquarters {
    /// Counts, in another way.
    async fn count(&self, ctx: Context, by: u64) -> u64;
}

pub(crate) fn before_the_runtime(args: &[&str]) {
    match *args {
        ["exit", code, ..] => std::process::exit(code.parse().expect("a code")),
        ["print-and-exit", ..] => {
            println!("Usage: test-plugin [OPTIONS]\u{1b}[0m");
            eprintln!("error: a word is missing");
            std::process::exit(2);
        }
        ["abort", ..] => std::process::abort(),
        ["sleep", ..] => sleep_for_ever(),
        ["print-and-sleep", ..] => {
            println!("still here");
            sleep_for_ever()
        }
        ["flood-and-sleep", ..] => loop {
            let _ = std::io::stdout().write_all(&[b'x'; 4096]);
        },
        #[cfg(unix)]
        ["ignore-term", ..] => unix::ignore_term(),
        #[cfg(unix)]
        ["close-stdout", ..] => unix::close_output(),
        #[cfg(unix)]
        ["close-channel", ..] => {
            unix::close_channel();
            sleep_for_ever()
        }
        #[cfg(unix)]
        ["stop", ..] => unix::stop(),
        #[cfg(unix)]
        ["beget-and-exit", ..] => {
            unix::beget();
            std::process::exit(3)
        }
        #[cfg(unix)]
        ["beget-and-sleep", ..] => {
            unix::beget();
            sleep_for_ever()
        }
        _ => {}
    }
}

pub(crate) async fn before_the_hello(args: &[&str]) {
    match *args {
        #[cfg(unix)]
        ["garbage", ..] => {
            unix::write_to_channel(&[b'?'; 100_000]);
            sleep_for_ever()
        }
        #[cfg(unix)]
        ["half-a-hello", ..] => {
            let hello = unix::hello().await;
            unix::write_to_channel(&hello[..hello.len() / 2]);
            sleep_for_ever()
        }
        #[cfg(unix)]
        ["future-protocol", ..] => {
            let mut hello = unix::hello().await;
            // Behind the prelude stand the versions that it speaks.
            hello[16..20].copy_from_slice(&[77, 0, 78, 0]);
            unix::write_to_channel(&hello);
            sleep_for_ever()
        }
        // What a plugin of release 0.1.0 says first, which serves `AnOldAgent`.
        #[cfg(unix)]
        ["recorded", ..] => {
            unix::write_to_channel(include_bytes!("../recorded/hello-0.1.0.bin"));
            sleep_for_ever()
        }
        #[cfg(unix)]
        ["hello-and-exit", ..] => {
            unix::write_to_channel(&unix::hello().await);
            std::process::exit(4)
        }
        ["replay-token", ..] => {
            let (name, token) = first_line();
            let (one, other) = tokio::join!(connect(&name, &token), connect(&name, &token));
            println!(
                "admitted {}",
                u8::from(one.is_ok()) + u8::from(other.is_ok())
            );
            let again = connect(&name, &token).await;
            println!("again {}", u8::from(again.is_ok()));
            for connection in [one, other].into_iter().flatten() {
                connection.closed().await;
            }
            std::process::exit(0)
        }
        ["lend-token", ..] => {
            let (name, token) = first_line();
            let program = std::env::current_exe().expect("this is a program");
            let mut child = std::process::Command::new(program);
            let child = child.args(["borrow-token", &name, &token]).status();
            assert!(child.expect("it starts").success());
            println!("itself {}", u8::from(connect(&name, &token).await.is_ok()));
            std::process::exit(0)
        }
        ["borrow-token", name, token, ..] => {
            println!("borrowed {}", u8::from(connect(name, token).await.is_ok()));
            std::process::exit(0)
        }
        ["guess-token", ..] => {
            let (name, token) = first_line();
            let wrong: String = token.chars().rev().collect();
            println!("guessed {}", u8::from(connect(&name, &wrong).await.is_ok()));
            std::process::exit(0)
        }
        ["print-token", ..] => {
            let (name, token) = first_line();
            println!("token {name} {token}");
            let connection = connect(&name, &token).await.expect("it is admitted");
            connection.closed().await;
            std::process::exit(0)
        }
        ["late", millis, ..] => {
            pause(millis.parse().expect("a number")).await;
        }
        _ => {}
    }
}

pub(crate) fn when_the_host_is_gone(args: &[&str]) {
    if args.contains(&"--stay") {
        sleep_for_ever()
    }
}

pub(crate) fn at_the_end(args: &[&str]) {
    if args.contains(&"--abort-at-the-end") {
        std::process::abort()
    }
    if args.contains(&"--hang-at-the-end") {
        sleep_for_ever()
    }
}

/// The name and the token that a plugin finds on its standard input.
fn first_line() -> (String, String) {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("there is one");
    let mut words = line.split_whitespace().skip(1).map(str::to_owned);
    words.next().zip(words.next()).expect("a name and a token")
}

/// Connects as a plugin does that has been told this.
async fn connect(name: &str, token: &str) -> Result<Connection, ipc_rpc::ConnectError> {
    let digits = |at| u8::from_str_radix(&token[at..at + 2], 16).expect("digits");
    let token: Vec<u8> = (0..token.len()).step_by(2).map(digits).collect();
    let connecting = Connection::connect(name).auth(&(token,));
    connecting.serve(Agent007::default().serve()).await
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::os::fd::{AsFd, OwnedFd};
    use std::os::unix::net::UnixStream;
    use std::process::Command;

    use ipc_rpc::{Connection, transport::memory};
    use rustix::process::{Signal, getpid, kill_process};
    use tokio::io::AsyncReadExt;

    use crate::agent::{Agent007, spawn};
    use crate::api::Agent;

    /// What a client says first.
    pub(super) async fn hello() -> Vec<u8> {
        let (ours, mut theirs) = memory::pair();
        spawn(async move {
            let connecting = ipc_rpc::Connect::<Connection>::over(ours);
            // What the host wants to see of a plugin that has inherited its channel.
            let credentials = (Vec::<u8>::new(),);
            let connecting = connecting
                .auth(&credentials)
                .serve(Agent007::default().serve());
            drop(connecting.await);
        });
        let mut hello = vec![0; 64 * 1024];
        let count = theirs.read(&mut hello).await.expect("a hello comes");
        hello.truncate(count);
        hello
    }

    /// A shell that ignores the signal lets what it becomes ignore it as well.
    pub(super) fn ignore_term() {
        const DONE: &str = "TEST_PLUGIN_IGNORES_TERM";

        if std::env::var_os(DONE).is_some() {
            return;
        }
        let program = std::env::current_exe().expect("this is a program");
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' TERM; exec \"$0\" \"$@\""]);
        shell.arg(program).args(std::env::args_os().skip(1));
        let error = std::os::unix::process::CommandExt::exec(shell.env(DONE, "1"));
        panic!("{error}");
    }

    pub(super) fn close_output() {
        let nothing = File::options()
            .write(true)
            .open("/dev/null")
            .expect("it is there");
        rustix::stdio::dup2_stdout(&nothing).expect("it can be replaced");
        rustix::stdio::dup2_stderr(&nothing).expect("it can be replaced");
    }

    pub(super) fn close_channel() {
        let nothing = File::open("/dev/null").expect("it is there");
        rustix::stdio::dup2_stdin(&nothing).expect("it can be replaced");
    }

    pub(super) fn write_to_channel(bytes: &[u8]) {
        use std::io::Write;

        let channel: OwnedFd = std::io::stdin()
            .as_fd()
            .try_clone_to_owned()
            .expect("it is there");
        let _ = UnixStream::from(channel).write_all(bytes);
    }

    pub(super) fn stop() {
        let _ = kill_process(getpid(), Signal::STOP);
    }

    pub(super) fn beget() {
        let program = std::env::current_exe().expect("this is a program");
        #[expect(clippy::zombie_processes, reason = "that is what it is for")]
        let child = Command::new(program)
            .arg("sleep")
            .stdin(std::process::Stdio::null())
            .spawn()
            .expect("a child starts");
        println!("child {}", child.id());
    }
}
