//! Directories that sockets may lie in.

use std::{
    ffi::OsStr,
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, Stat},
    io::Errno,
};

/// An open directory, found fit to hold sockets of one user.
///
/// What was checked is what is open: whatever happens to its path later, files are looked up,
/// locked and removed in here.
#[derive(Debug)]
pub(super) struct Directory {
    fd: OwnedFd,
    path: PathBuf,
    uid: u32,
}

impl Directory {
    /// Opens the directory `name` in `base`, which has to be a real one, of `uid`, and closed to
    /// writes by others.
    pub(super) fn open_private(base: &Base, name: &str, uid: u32) -> Result<Self, DirectoryError> {
        let path = base.path.join(name);
        let opened = rustix::fs::openat(&base.fd, name, FLAGS | OFlags::NOFOLLOW, Mode::empty());
        let stat = match &opened {
            Ok(fd) => rustix::fs::fstat(fd),
            // Only to say what is wrong with it: it is not used.
            Err(_) => rustix::fs::statat(&base.fd, name, AtFlags::SYMLINK_NOFOLLOW),
        };
        if let Some(reason) = stat.ok().and_then(|stat| flaw_of_private(&stat, uid)) {
            return Err(DirectoryError::Untrusted { path, reason });
        }
        match opened.and_then(|fd| stat.map(|_| fd)) {
            Ok(fd) => Ok(Self { fd, path, uid }),
            Err(errno) => Err(DirectoryError::Io {
                path,
                source: errno.into(),
            }),
        }
    }

    /// Creates the directory `name` in `base` unless it exists, and opens it.
    pub(super) fn create_private(
        base: &Base,
        name: &str,
        uid: u32,
    ) -> Result<Self, DirectoryError> {
        match rustix::fs::mkdirat(&base.fd, name, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => Self::open_private(base, name, uid),
            Err(errno) => Err(DirectoryError::Io {
                path: base.path.join(name),
                source: errno.into(),
            }),
        }
    }

    /// Opens a directory of the caller's choice, in which nobody but `uid`, root and the
    /// directory's group can replace a file of `uid`.
    pub(super) fn open_chosen(path: &Path, uid: u32) -> Result<Self, DirectoryError> {
        let base = Base::open(path, OFlags::empty()).map_err(|source| DirectoryError::Io {
            path: path.to_owned(),
            source,
        })?;
        match flaw_of_chosen(&base.stat, uid) {
            Some(reason) => Err(DirectoryError::Untrusted {
                path: base.path,
                reason,
            }),
            None => Ok(Self {
                fd: base.fd,
                path: base.path,
                uid,
            }),
        }
    }

    /// Returns what `file_name` is, without following it.
    pub(super) fn stat(&self, file_name: &OsStr) -> io::Result<Option<Stat>> {
        match rustix::fs::statat(&self.fd, file_name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    pub(super) fn unlink(&self, file_name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.fd, file_name, AtFlags::empty())?)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The user whose sockets it may hold.
    pub(super) fn uid(&self) -> u32 {
        self.uid
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Why a directory cannot hold sockets.
#[derive(Debug)]
pub(super) enum DirectoryError {
    Untrusted { path: PathBuf, reason: String },
    Io { path: PathBuf, source: io::Error },
}

/// An open directory that nothing has been asked of yet.
#[derive(Debug)]
pub(super) struct Base {
    fd: OwnedFd,
    path: PathBuf,
    stat: Stat,
}

impl Base {
    pub(super) fn open(path: &Path, flags: OFlags) -> io::Result<Self> {
        let fd = rustix::fs::open(path, FLAGS | flags, Mode::empty())?;
        let stat = rustix::fs::fstat(&fd)?;
        Ok(Self {
            fd,
            path: path.to_owned(),
            stat,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it belongs to `uid` and nobody else may write to it.
    pub(super) fn is_private(&self, uid: u32) -> bool {
        flaw_of_private(&self.stat, uid).is_none()
    }

    /// Whether everyone may create files in it, but only their owners may remove or rename them.
    pub(super) fn is_shared(&self, uid: u32) -> bool {
        mode(&self.stat).contains(Mode::SVTX) && [ROOT, uid].contains(&self.stat.st_uid)
    }
}

/// Names the type of a file as error messages do.
pub(super) fn file_type_name(stat: &Stat) -> &'static str {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => "regular file",
        FileType::Directory => "directory",
        FileType::Symlink => "symbolic link",
        FileType::Fifo => "FIFO",
        FileType::Socket => "socket",
        FileType::CharacterDevice | FileType::BlockDevice => "device",
        _ => "file of an unknown type",
    }
}

/// Whether both are the same file. Meaningful only while one of them is held open or bound, since
/// a free inode is soon another file's.
pub(super) fn is_same_file(a: &Stat, b: &Stat) -> bool {
    a.st_dev == b.st_dev && a.st_ino == b.st_ino
}

fn flaw_of_private(stat: &Stat, uid: u32) -> Option<String> {
    if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
        Some(format!("it is a {}", file_type_name(stat)))
    } else if stat.st_uid != uid {
        Some(format!(
            "it belongs to user {}, not to user {uid}",
            stat.st_uid
        ))
    } else if mode(stat).intersects(Mode::WGRP | Mode::WOTH) {
        Some(format!(
            "others may write to it (mode {:04o})",
            mode(stat).as_raw_mode()
        ))
    } else {
        None
    }
}

fn flaw_of_chosen(stat: &Stat, uid: u32) -> Option<String> {
    if ![ROOT, uid].contains(&stat.st_uid) {
        Some(format!(
            "it belongs to user {}, not to user {uid} or root",
            stat.st_uid
        ))
    } else if mode(stat).contains(Mode::WOTH) && !mode(stat).contains(Mode::SVTX) {
        Some(format!(
            "everyone may replace what is in it (mode {:04o})",
            mode(stat).as_raw_mode()
        ))
    } else {
        None
    }
}

fn mode(stat: &Stat) -> Mode {
    Mode::from_raw_mode(stat.st_mode)
}

const FLAGS: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);
const ROOT: u32 = 0;
