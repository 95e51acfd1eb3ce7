//! A process group of its own.
//!
//! A group keeps its id for as long as it has a member, dead ones that nobody has asked for included. So the group is signalled
//! only while its first process is not reaped, under a lock under which it is; no signal can hit a group of somebody else's. Of a
//! process that is somebody else's child, which reaps it when it likes, the kernel is asked right before whether it lives.

#[cfg(target_os = "linux")]
mod adopted;

use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, getpgid, kill_process, kill_process_group, waitid,
};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::signal::unix::{self, SignalKind};

#[cfg(target_os = "linux")]
use adopted::Adopted;
#[cfg(target_os = "linux")]
pub(in crate::plugin) use adopted::{is_program, started};

/// A process that leads a group.
#[derive(Debug)]
pub(in crate::plugin) struct Process {
    pid: u32,
    tree: Arc<Tree>,
    kin: Kin,
}

#[derive(Debug)]
enum Kin {
    /// A child of this process.
    Child {
        child: Child,
        /// Children of this process that have ended, whichever.
        ended: unix::Signal,
    },
    /// Somebody else's child.
    #[cfg(target_os = "linux")]
    Adopted(Adopted),
}

/// The process and what it has started.
#[derive(Debug)]
pub(in crate::plugin) struct Tree {
    /// `None`: the first process is reaped, or about to be.
    leader: Mutex<Option<Leader>>,
}

/// The first process.
#[derive(Debug)]
struct Leader {
    pid: Pid,
    /// Of one that is no child of this process: tells whether it has ended.
    #[cfg(target_os = "linux")]
    watched: Option<OwnedFd>,
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
        pid,
        tree: Tree::new(Some(Leader {
            pid: leader,
            #[cfg(target_os = "linux")]
            watched: None,
        })),
        kin: Kin::Child { child, ended },
    })
}

/// Finds a process that was started by another one, if it is still there. `None`: it has ended. It is not this host's to end
/// until it is [taken over](Process::take_over).
#[cfg(target_os = "linux")]
pub(super) fn adopt(pid: u32, started: &str) -> io::Result<Option<Process>> {
    let Some(adopted) = Adopted::find(pid, started)? else {
        return Ok(None);
    };
    Ok(Some(Process {
        pid,
        tree: Tree::new(None),
        kin: Kin::Adopted(adopted),
    }))
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

    /// Whether it is this host's to end.
    pub(in crate::plugin) fn is_ours(&self) -> bool {
        match self.kin {
            Kin::Child { .. } => true,
            #[cfg(target_os = "linux")]
            Kin::Adopted(_) => self.tree.leader().is_some(),
        }
    }

    /// Whether the system will not tell how it ends.
    pub(in crate::plugin) const fn is_strangers(&self) -> bool {
        match self.kin {
            Kin::Child { .. } => false,
            #[cfg(target_os = "linux")]
            Kin::Adopted(_) => true,
        }
    }

    /// From now on what was found is this host's to end.
    #[cfg(target_os = "linux")]
    pub(in crate::plugin) fn take_over(&self) -> io::Result<()> {
        if let Kin::Adopted(adopted) = &self.kin {
            *self.tree.leader() = Some(Leader {
                pid: adopted.pid(),
                watched: Some(adopted.try_clone()?),
            });
        }
        Ok(())
    }

    pub(in crate::plugin) fn take_stdin(&mut self) -> Option<ChildStdin> {
        match &mut self.kin {
            Kin::Child { child, .. } => child.stdin.take(),
            #[cfg(target_os = "linux")]
            Kin::Adopted(_) => None,
        }
    }

    pub(in crate::plugin) fn take_output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        match &mut self.kin {
            Kin::Child { child, .. } => (child.stdout.take(), child.stderr.take()),
            #[cfg(target_os = "linux")]
            Kin::Adopted(_) => (None, None),
        }
    }

    /// Waits until the first process has ended, then ends what it has started and reaps it. `None`: the system does not tell how it
    /// ended. Cancel safe.
    pub(in crate::plugin) async fn ended(&mut self) -> Option<ExitStatus> {
        match &mut self.kin {
            Kin::Child { child, ended } => {
                while !self.tree.has_ended() {
                    // Never ends, but with the runtime.
                    ended.recv().await;
                }
                self.tree.bury();
                child.wait().await.ok()
            }
            #[cfg(target_os = "linux")]
            Kin::Adopted(adopted) => {
                adopted.ended().await;
                self.tree.bury();
                None
            }
        }
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
    fn new(leader: Option<Leader>) -> Arc<Self> {
        Arc::new(Self {
            leader: Mutex::new(leader),
        })
    }

    /// Leaves it to somebody else, who ends it when it is to end.
    #[cfg(target_os = "linux")]
    pub(in crate::plugin) fn let_go(&self) {
        *self.leader() = None;
    }

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

    fn leader(&self) -> MutexGuard<'_, Option<Leader>> {
        self.leader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first process, and whether it has ended. `None`: there is none, or somebody else has reaped it, an application that waits for
/// all its children or does not want to hear of them. Then it is forgotten, since its id may be a stranger's by now.
fn probe(leader: &mut Option<Leader>) -> Option<(Pid, bool)> {
    let found = leader.as_ref()?;
    let pid = found.pid;
    #[cfg(target_os = "linux")]
    if let Some(watched) = &found.watched {
        // Whoever its parent is reaps it, and then its id may be a stranger's.
        return match adopted::has_ended(watched) {
            Some(false) => Some((pid, false)),
            Some(true) => {
                *leader = None;
                None
            }
            // Not signalled, this time.
            None => None,
        };
    }
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

fn signal_tree(leader: &mut Option<Leader>, signal: Signal) {
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
        assert!(process.tree.leader().is_none());
        assert_eq!(process.ended().await, None);
    }
}
