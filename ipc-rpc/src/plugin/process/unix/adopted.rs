//! Processes that another process has started, told from any other of the same id.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::io::unix::AsyncFd;

/// A process that is no child of this one.
#[derive(Debug)]
pub(super) struct Adopted {
    pid: Pid,
    /// Refers to the process, whoever has its id later (pidfd_open(2)).
    descriptor: AsyncFd<OwnedFd>,
}

impl Adopted {
    /// The process of this id that was started then. `None`: it has ended.
    pub(super) fn find(pid: u32, since: &str) -> io::Result<Option<Self>> {
        let id = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let Some(id) = id else { return Ok(None) };
        let descriptor = match pidfd_open(id, PidfdFlags::empty()) {
            Ok(descriptor) => descriptor,
            Err(Errno::SRCH) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        // Behind the descriptor: if it is the one now, that is whom the descriptor refers to, provided that it lives still.
        match started(pid) {
            Ok(found) if found == since => {}
            Ok(_) => return Ok(None),
            Err(error) if is_end(&error) => return Ok(None),
            Err(error) => return Err(error),
        }
        if has_ended(&descriptor) == Some(true) {
            return Ok(None);
        }
        Ok(Some(Self {
            pid: id,
            descriptor: watch(descriptor)?,
        }))
    }

    pub(super) const fn pid(&self) -> Pid {
        self.pid
    }

    pub(super) fn try_clone(&self) -> io::Result<OwnedFd> {
        self.descriptor.get_ref().try_clone()
    }

    /// Waits until it has ended. Cancel safe.
    pub(super) async fn ended(&self) {
        // It becomes readable then and stays so.
        let _ = self.descriptor.readable().await;
    }
}

#[expect(
    deprecated,
    reason = "an owned descriptor is open until it is dropped, which is all that the newer function asks for in an unsafe block"
)]
fn watch(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::new(descriptor)
}

/// `None`: the system cannot say.
pub(super) fn has_ended(descriptor: impl AsFd) -> Option<bool> {
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    loop {
        let mut watched = [PollFd::new(&descriptor, PollFlags::IN)];
        match poll(&mut watched, Some(&at_once)) {
            Ok(count) => return Some(count > 0),
            // Signals arrive whenever a child ends.
            Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}

/// When a process was started: the boot, and the ticks since then (proc_pid_stat(5), field 22).
pub(in crate::plugin) fn started(pid: u32) -> io::Result<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
    // The name in it may be cut in the middle of a character.
    let stat = fs::read(format!("/proc/{pid}/stat"))?;
    let stat = String::from_utf8_lossy(&stat);
    // Behind the program's name, which may have anything in it, field 3 comes first.
    let fields = stat.rsplit_once(") ").map(|(_, fields)| fields);
    let ticks = fields.and_then(|fields| fields.split(' ').nth(19));
    let ticks = ticks.ok_or(io::ErrorKind::InvalidData)?;
    Ok(format!("{}:{ticks}", boot.trim()))
}

/// Whether a process runs this very file, and not one that was there before. A script cannot be told, and may be any: what runs
/// is its interpreter. `None`: it is ending. Its threads have given their memory up by then, and with it what they run, while its
/// descriptor tells of the end only behind the last of them.
pub(in crate::plugin) fn is_program(pid: u32, program: &Path) -> io::Result<Option<bool>> {
    let expected = fs::metadata(program)?;
    let mut begin = [0; 2];
    let is_script = fs::File::open(program)
        .and_then(|mut file| io::Read::read_exact(&mut file, &mut begin))
        .is_ok_and(|()| begin == *b"#!");
    if is_script {
        return Ok(Some(true));
    }
    let running = running(pid)?;
    Ok(running.map(|running| (running.dev(), running.ino()) == (expected.dev(), expected.ino())))
}

/// The file that a process runs. The first thread may have ended before the others, and knows it no more.
fn running(pid: u32) -> io::Result<Option<fs::Metadata>> {
    let threads = match fs::read_dir(format!("/proc/{pid}/task")) {
        Ok(threads) => threads,
        Err(error) if is_end(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    for thread in threads {
        let looked_at = thread.and_then(|thread| fs::metadata(thread.path().join("exe")));
        match looked_at {
            Ok(running) => return Ok(Some(running)),
            Err(error) if is_end(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Whether what failed in `/proc` failed because the process is no more: its files are gone, or were when they were read.
fn is_end(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
        || error.raw_os_error() == Some(Errno::SRCH.raw_os_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_of_another_time_is_not_found_under_its_id() {
        let us = std::process::id();
        let since = started(us).unwrap();
        let found = Adopted::find(us, &since).unwrap().unwrap();
        assert_eq!(has_ended(found.descriptor.get_ref()), Some(false));
        for other in ["", "0", &format!("{since}0"), &since.replace(':', "-:")] {
            assert!(Adopted::find(us, other).unwrap().is_none(), "{other}");
        }
        for nobody in [0, u32::MAX, i32::MAX.cast_unsigned()] {
            assert!(Adopted::find(nobody, &since).unwrap().is_none(), "{nobody}");
        }
    }

    #[tokio::test]
    async fn the_end_of_a_process_is_noticed() {
        let mut child = std::process::Command::new("sh")
            .args(["-c", "read line"])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let since = started(child.id()).unwrap();
        let found = Adopted::find(child.id(), &since).unwrap().unwrap();
        drop(child.stdin.take());
        found.ended().await;
        assert_eq!(has_ended(found.descriptor.get_ref()), Some(true));
        // Not reaped yet, and of no use all the same.
        assert!(Adopted::find(child.id(), &since).unwrap().is_none());
        let program = std::env::current_exe().unwrap();
        assert_eq!(is_program(child.id(), &program).unwrap(), None);
        child.wait().unwrap();
        assert_eq!(is_program(child.id(), &program).unwrap(), None);
    }

    #[test]
    fn a_process_runs_its_own_file_and_no_copy_of_it() {
        let us = std::process::id();
        let program = std::env::current_exe().unwrap();
        assert_eq!(is_program(us, &program).unwrap(), Some(true));
        let directory = tempfile::tempdir().unwrap();
        let copy = directory.path().join("copy");
        fs::copy(&program, &copy).unwrap();
        assert_eq!(is_program(us, &copy).unwrap(), Some(false));
        assert!(is_program(us, &directory.path().join("none")).is_err());
        fs::write(&copy, "#!/bin/sh\n").unwrap();
        assert_eq!(is_program(us, &copy).unwrap(), Some(true));
    }
}
