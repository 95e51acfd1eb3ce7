//! A job object: made while the program is suspended, so that nothing it starts escapes, and ended with its last handle, so that
//! nothing outlives the host.

use std::io;
use std::process::ExitStatus;
use std::sync::Arc;

use process_wrap::tokio::{ChildWrapper, CommandWrap, CreationFlags, JobObject, KillOnDrop};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::watch;
use windows::Win32::System::Threading::CREATE_NEW_PROCESS_GROUP;

/// A child of this process in a job of its own.
#[derive(Debug)]
pub(in crate::plugin) struct Process {
    child: Box<dyn ChildWrapper>,
    pid: u32,
    tree: Arc<Tree>,
}

/// The process and what it has started.
#[derive(Debug)]
pub(in crate::plugin) struct Tree {
    /// Set to have it ended by whoever waits for it.
    is_condemned: watch::Sender<bool>,
}

pub(super) fn start(command: Command) -> io::Result<Process> {
    let mut command = CommandWrap::from(command);
    // A Ctrl-C at the console is not for it.
    command.wrap(CreationFlags(CREATE_NEW_PROCESS_GROUP));
    command.wrap(KillOnDrop);
    command.wrap(JobObject);
    let child = command.spawn()?;
    let pid = child.id().unwrap_or_default();
    Ok(Process {
        child,
        pid,
        tree: Arc::new(Tree {
            is_condemned: watch::Sender::new(false),
        }),
    })
}

/// Whether a program is for another system or processor.
pub(super) fn is_foreign(error: &io::Error) -> bool {
    const ERROR_BAD_EXE_FORMAT: i32 = 193;
    const ERROR_EXE_MACHINE_TYPE_MISMATCH: i32 = 216;
    matches!(
        error.raw_os_error(),
        Some(ERROR_BAD_EXE_FORMAT | ERROR_EXE_MACHINE_TYPE_MISMATCH)
    )
}

impl Process {
    pub(in crate::plugin) const fn pid(&self) -> u32 {
        self.pid
    }

    pub(in crate::plugin) fn tree(&self) -> Arc<Tree> {
        Arc::clone(&self.tree)
    }

    /// Whether it is this host's to end.
    pub(in crate::plugin) const fn is_ours(&self) -> bool {
        true
    }

    /// Whether the system will not tell how it ends.
    pub(in crate::plugin) const fn is_strangers(&self) -> bool {
        false
    }

    pub(in crate::plugin) fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin().take()
    }

    pub(in crate::plugin) fn take_output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout().take(), self.child.stderr().take())
    }

    /// Waits until the first process has ended, then ends what it has started. `None`: the system does not tell how it ended.
    /// Cancel safe.
    pub(in crate::plugin) async fn ended(&mut self) -> Option<ExitStatus> {
        // Of the process alone: the job's own wait is one for all that it has started, too.
        let first = self.child.inner_mut().wait();
        let status = tokio::select! {
            status = first => Some(status),
            () = self.tree.condemned() => None,
        };
        // Ends the job.
        let _ = self.child.start_kill();
        match status {
            Some(status) => status.ok(),
            None => self.child.inner_mut().wait().await.ok(),
        }
    }
}

impl Tree {
    /// There is no way to ask: a program without a console hears no Ctrl-Break. The end of the connection has told it.
    pub(in crate::plugin) fn terminate(&self) {}

    /// Ends it, as soon as whoever waits for it is polled. The job's handle, when it is dropped, ends it at once.
    pub(in crate::plugin) fn kill(&self) {
        self.is_condemned.send_replace(true);
    }

    async fn condemned(&self) {
        // Fails when the sender is gone, which this value holds.
        let _ = self.is_condemned.subscribe().wait_for(|is| *is).await;
    }
}
