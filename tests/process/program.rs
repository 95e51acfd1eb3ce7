//! Child processes under the tests' control.

use std::path::Path;
use std::process::{ExitStatus, Stdio};

use support::{promptly, watched};
use tokio::io::AsyncWriteExt;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::runtime::Runtime;

/// The program that children run.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_test-child");

/// Runs a test on several threads, under the watchdog.
pub(crate) fn test<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) {
    watched(|| Runtime::new().unwrap().block_on(test()));
}

/// A child that ends with the test.
pub(crate) struct Program {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
}

impl Program {
    /// Starts a child on a task.
    pub(crate) fn start(task: &str, place: &str) -> Self {
        Self::start_with(Path::new(PROGRAM), task, place, |_| {})
    }

    /// The same from another path, with more to be said of how.
    pub(crate) fn start_with(
        program: &Path,
        task: &str,
        place: &str,
        describe: impl FnOnce(&mut Command),
    ) -> Self {
        let mut command = Command::new(program);
        command.args([task, place]);
        describe(&mut command);
        Self::spawn(command)
    }

    /// Starts a child by any command that runs it.
    pub(crate) fn spawn(mut command: Command) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            child,
            input,
            output,
        }
    }

    /// The next line that it says; at its end, nothing.
    pub(crate) async fn says(&mut self) -> Option<String> {
        self.output.next_line().await.unwrap()
    }

    /// Waits until it has said this, as its next line.
    pub(crate) async fn expect(&mut self, line: &str) {
        assert_eq!(self.says().await.as_deref(), Some(line));
    }

    /// Gives it the word it waits for.
    pub(crate) async fn tell(&mut self) {
        self.input
            .as_mut()
            .unwrap()
            .write_all(b"go\n")
            .await
            .unwrap();
    }

    /// Ends its input, and waits for its end.
    pub(crate) async fn end(mut self) -> ExitStatus {
        self.input = None;
        self.wait().await
    }

    /// Waits for its end, and returns how it ended.
    pub(crate) async fn wait(&mut self) -> ExitStatus {
        promptly(self.child.wait()).await.unwrap()
    }

    /// Waits for its end, and returns how it ended.
    pub(crate) async fn ends(mut self) -> std::process::ExitStatus {
        promptly(self.child.wait()).await.unwrap()
    }

    /// Kills it in whatever it does, and waits until it is dead.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Its process id, while it lives.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let id = self.child.id().unwrap();
        let pid = rustix::process::Pid::from_raw(id.try_into().unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }
}
