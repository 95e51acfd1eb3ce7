//! One process at a time may decide whose a socket file is.

use std::{
    ffi::{OsStr, OsString},
    io,
    os::fd::OwnedFd,
    time::Duration,
};

use rustix::{
    fs::{FileType, FlockOperation, Mode, OFlags},
    io::Errno,
};

use super::directory::{Directory, file_type_name, is_same_file};

/// A lock on a file name, held through a file `.<name>.lock` beside it, which no name in the user's
/// namespace can be.
///
/// The lock file goes with the lock. Removing it is safe although others may be waiting for it,
/// because a lock counts only while its file is the one that the name leads to: whoever gets a lock
/// on a removed file notices, and starts over.
#[derive(Debug)]
pub(super) struct NameLock<'a> {
    directory: &'a Directory,
    file_name: OsString,
    /// Open as long as the lock is held.
    _file: OwnedFd,
}

impl<'a> NameLock<'a> {
    /// Waits for the lock, at most about as long as `patience`.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::TimedOut`] if another process holds it for longer.
    pub(super) fn take(
        directory: &'a Directory,
        locked: &OsStr,
        patience: Duration,
    ) -> io::Result<Self> {
        let mut file_name = OsString::from(".");
        file_name.push(locked);
        file_name.push(".lock");
        // The pauses are added up instead of reading the clock.
        let mut waited = Duration::ZERO;
        let mut pause = FIRST_PAUSE;
        loop {
            if let Some(file) = try_lock(directory, &file_name)? {
                return Ok(Self {
                    directory,
                    file_name,
                    _file: file,
                });
            }
            if waited >= patience {
                return Err(io::ErrorKind::TimedOut.into());
            }
            sleep(pause);
            waited += pause;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

impl Drop for NameLock<'_> {
    fn drop(&mut self) {
        // Still locked, so the name leads to this very file. A file left behind would do no harm.
        let _ = self.directory.unlink(&self.file_name);
    }
}

/// Blocks the thread. `flock` can wait by itself, but not for a limited time.
pub(super) fn sleep(pause: Duration) {
    #[expect(
        clippy::disallowed_methods,
        reason = "owns the pauses between attempts to lock"
    )]
    std::thread::sleep(pause);
}

/// Returns the locked file, or `None` if another holds the lock or has just given it up.
fn try_lock(directory: &Directory, file_name: &OsStr) -> io::Result<Option<OwnedFd>> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(directory, file_name, flags, Mode::RUSR | Mode::WUSR)?;
    let stat = rustix::fs::fstat(&file)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(io::Error::other(format!(
            "it is a {}",
            file_type_name(&stat)
        )));
    }
    if stat.st_uid != directory.uid() {
        let reason = format!("it belongs to user {}", stat.st_uid);
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
    }
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK | Errno::INTR) => return Ok(None),
        Err(errno) => return Err(errno.into()),
    }
    let is_current = directory
        .stat(file_name)?
        .is_some_and(|named| is_same_file(&named, &stat));
    Ok(is_current.then_some(file))
}

const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);
