//! A process group of its own.
//!
//! A group keeps its id for as long as it has a member, dead ones that nobody has asked for included. So the group is signalled
//! only while its first process is not reaped, under a lock under which it is; no signal can hit a group of somebody else's.

use std::io;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, getpgid, kill_process, kill_process_group, waitid,
};
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
    // Killed by the tree alone, which knows whether the id is the child's still.
    command.process_group(0).kill_on_drop(false);
    let child = command.spawn()?;
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
        // The runtime reaps the child afterwards. If that is gone, what is left is a zombie until this process ends, or until another
        // runtime of its looks after its children.
        self.tree.bury();
    }
}

impl Tree {
    /// Asks it to end.
    pub(in crate::plugin) fn terminate(&self) {
        self.signal(Signal::TERM);
        // One that is stopped hears of it when it goes on.
        self.signal(Signal::CONT);
    }

    /// Ends it.
    pub(in crate::plugin) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Whether the first process has ended, by itself or not. It is not reaped by being asked.
    fn has_ended(&self) -> bool {
        probe(&mut self.leader()).is_none_or(|(_, has_ended)| has_ended)
    }

    fn signal(&self, signal: Signal) {
        signal_tree(&mut self.leader(), signal);
    }

    /// Ends what is left of it, and forgets it: it may be reaped from here on.
    fn bury(&self) {
        let mut leader = self.leader();
        signal_tree(&mut leader, Signal::KILL);
        *leader = None;
    }

    fn leader(&self) -> MutexGuard<'_, Option<Pid>> {
        self.leader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first process, and whether it has ended. `None`: there is none, or somebody else has reaped it, an application that waits for
/// all its children or does not want to hear of them. Then it is forgotten, since its id may be a stranger's by now.
fn probe(leader: &mut Option<Pid>) -> Option<(Pid, bool)> {
    let pid = (*leader)?;
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    match waitid(WaitId::Pid(pid), options) {
        Ok(status) => Some((pid, status.is_some())),
        Err(Errno::INTR) => Some((pid, false)),
        Err(_) => {
            *leader = None;
            None
        }
    }
}

fn signal_tree(leader: &mut Option<Pid>, signal: Signal) {
    let Some((leader, _)) = probe(leader) else {
        return;
    };
    let _ = kill_process_group(leader, signal);
    // One that has left its group. Nobody else is to hear the same twice, which some take for something else.
    if getpgid(Some(leader)) != Ok(leader) {
        let _ = kill_process(leader, signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_child_that_somebody_else_has_reaped_is_not_signalled_any_more() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "exit 7"]);
        let mut process = start(command).unwrap();
        let pid = Pid::from_raw(process.pid().try_into().unwrap()).unwrap();
        waitid(WaitId::Pid(pid), WaitIdOptions::EXITED).unwrap();
        process.tree().kill();
        assert_eq!(*process.tree.leader(), None);
        assert_eq!(process.ended().await, None);
    }
}
