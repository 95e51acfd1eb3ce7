//! A process group of its own.
//!
//! A group keeps its id for as long as it has a member, dead ones that nobody has asked for included. So the group is signalled
//! only while its first process is not reaped, under a lock under which it is; no signal can hit a group of somebody else's.

use std::io;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::signal::unix::{self, SignalKind};

/// A child of this process that leads a group.
#[derive(Debug)]
pub(in crate::plugin) struct Process {
    child: Child,
    pid: u32,
    tree: Arc<Tree>,
    /// Children of this process that have ended, whichever.
    ended: unix::Signal,
}

/// The process and what it has started.
#[derive(Debug)]
pub(in crate::plugin) struct Tree {
    /// `None`: the first process is reaped, or about to be.
    leader: Mutex<Option<Pid>>,
}

pub(super) fn start(mut command: Command) -> io::Result<Process> {
    // Before there is a child, so that none ends unnoticed.
    let ended = unix::signal(SignalKind::child())?;
    let child = command.process_group(0).spawn()?;
    let pid = child.id().unwrap_or_default();
    let leader = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let leader = leader.ok_or_else(|| io::Error::other("a child without an id"))?;
    Ok(Process {
        child,
        pid,
        tree: Arc::new(Tree {
            leader: Mutex::new(Some(leader)),
        }),
        ended,
    })
}

/// Whether a program is for another system: no format that is known, or (macOS) no processor that it is for.
pub(super) fn is_foreign(error: &io::Error) -> bool {
    const BAD_ARCHITECTURE: i32 = 86;
    let code = error.raw_os_error();
    code == Some(Errno::NOEXEC.raw_os_error())
        || cfg!(target_vendor = "apple") && code == Some(BAD_ARCHITECTURE)
}

impl Process {
    pub(in crate::plugin) const fn pid(&self) -> u32 {
        self.pid
    }

    pub(in crate::plugin) fn tree(&self) -> Arc<Tree> {
        Arc::clone(&self.tree)
    }

    pub(in crate::plugin) fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    pub(in crate::plugin) fn take_output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// Waits until the first process has ended, then ends what it has started and reaps it. `None`: the system does not tell how it
    /// ended. Cancel safe.
    pub(in crate::plugin) async fn ended(&mut self) -> Option<ExitStatus> {
        while !self.tree.has_ended() {
            // Never ends, but with the runtime.
            self.ended.recv().await;
        }
        self.tree.bury();
        self.child.wait().await.ok()
    }
}

/// Whatever has become of it, nothing of it stays.
impl Drop for Process {
    fn drop(&mut self) {
        // The runtime reaps the child afterwards.
        self.tree.bury();
    }
}

impl Tree {
    /// Asks it to end.
    pub(in crate::plugin) fn terminate(&self) {
        if let Some(leader) = *self.leader() {
            let _ = kill_process_group(leader, Signal::TERM);
            // One that is stopped hears of it when it goes on.
            let _ = kill_process_group(leader, Signal::CONT);
        }
    }

    /// Ends it.
    pub(in crate::plugin) fn kill(&self) {
        if let Some(leader) = *self.leader() {
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }

    /// Whether the first process has ended, by itself or not. It is not reaped by being asked.
    fn has_ended(&self) -> bool {
        let Some(leader) = *self.leader() else {
            return true;
        };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        match waitid(WaitId::Pid(leader), options) {
            Ok(status) => status.is_some(),
            Err(Errno::INTR) => false,
            // Somebody else has reaped it: an application that does not want to hear of its children.
            Err(_) => true,
        }
    }

    /// Ends what is left of it, and forgets it: it may be reaped from here on.
    fn bury(&self) {
        if let Some(leader) = self.leader().take() {
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }

    fn leader(&self) -> MutexGuard<'_, Option<Pid>> {
        self.leader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
