//! Taking a path for a socket, and giving it back.

use std::{
    ffi::{OsStr, OsString},
    io,
    os::unix::net::UnixListener as StdListener,
    path::{Path, PathBuf},
    time::Duration,
};

use interprocess::{
    ConnectWaitMode,
    local_socket::{ConnectOptions, GenericFilePath, ListenerOptions, ToFsName},
    os::unix::{local_socket::ListenerOptionsExt as _, uds_local_socket as uds},
};
use rustix::{
    fs::{AtFlags, FileType, Mode, RawMode, Stat},
    io::Errno,
};

use super::{
    ACCEPTS,
    directory::{Directory, file_type_name, is_same_file},
    lock::{self, NameLock},
    watch::Watch,
};
use crate::{
    clock::pause,
    error::BindError,
    transport::local_socket::{BindPolicy, SocketName, socket::Refusals},
};

/// Where a socket file is to be.
#[derive(Debug)]
pub(super) struct Place {
    /// What the user calls it.
    name: String,
    directory: Directory,
    file_name: OsString,
}

impl Place {
    pub(super) fn new(
        name: &SocketName,
        directory: Directory,
        file_name: impl Into<OsString>,
    ) -> Self {
        Self {
            name: name.to_string(),
            directory,
            file_name: file_name.into(),
        }
    }

    pub(super) fn at_path(name: &SocketName, path: &Path) -> Result<Self, BindError> {
        let (parent, file_name) = path
            .parent()
            .zip(path.file_name())
            .expect("a socket path was checked to end in a file name");
        let directory = Directory::open_chosen(parent, rustix::process::geteuid().as_raw())?;
        Ok(Self::new(name, directory, file_name))
    }

    /// Creates the socket file and listens, once nothing is in the way that the policy respects.
    pub(super) fn bind(
        self,
        mode: u32,
        policy: BindPolicy,
    ) -> Result<(SocketFile, StdListener), BindError> {
        let lock = NameLock::take(&self.directory, &self.file_name, PATIENCE)
            .map_err(|error| self.lock_error(error))?;
        self.make_way(policy)?;
        let mode = Mode::from_raw_mode((mode & 0o777) as RawMode);
        let listener = self.listen(mode)?;
        let stat = self
            .finish(mode)
            .map_err(|error| self.io_error("secure", error))?;
        drop(lock);
        Ok((SocketFile { place: self, stat }, listener))
    }

    pub(super) fn path(&self) -> PathBuf {
        self.directory.path().join(&self.file_name)
    }

    /// Removes the socket of a dead server, or of a live one if that is to be robbed. Everything else
    /// in the way is an error.
    fn make_way(&self, policy: BindPolicy) -> Result<(), BindError> {
        let found = self
            .directory
            .stat(&self.file_name)
            .map_err(|error| self.io_error("look for a server at", error))?;
        let Some(stat) = found else { return Ok(()) };
        if FileType::from_raw_mode(stat.st_mode) != FileType::Socket {
            return Err(BindError::NotASocket {
                path: self.path(),
                found: file_type_name(&stat),
            });
        }
        if stat.st_uid != self.directory.uid() {
            return Err(BindError::ForeignSocket {
                path: self.path(),
                owner: stat.st_uid,
            });
        }
        if policy == BindPolicy::TakeOver {
            return self.remove();
        }
        match self.has_server() {
            Ok(true) => Err(BindError::AlreadyRunning {
                name: self.name.clone(),
            }),
            Ok(false) if policy == BindPolicy::FailIfTaken => {
                Err(BindError::StaleSocket { path: self.path() })
            }
            // Every server of this crate binds under the lock, so this is still the dead one's.
            Ok(false) => self.remove(),
            Err(error) => Err(self.io_error("look for a server at", error)),
        }
    }

    fn remove(&self) -> Result<(), BindError> {
        match self.directory.unlink(&self.file_name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.io_error("remove the socket of another server at", error))
            }
            _ => Ok(()),
        }
    }

    /// Connects to find out whether somebody listens. A full queue is somebody.
    fn has_server(&self) -> io::Result<bool> {
        let mut refusals = Refusals::default();
        while !has_server_now(&self.path())? {
            if refusals.are_of_the_dead() {
                return Ok(false);
            }
            lock::sleep(Refusals::PAUSE);
        }
        Ok(true)
    }

    fn listen(&self, mode: Mode) -> Result<StdListener, BindError> {
        let path = self.path();
        let listen = |mode: Option<Mode>| {
            let name = path.as_path().to_fs_name::<GenericFilePath>()?;
            // Its own clean-up would remove whatever is at the path by then, hence `SocketFile`.
            let options = ListenerOptions::new().name(name).reclaim_name(false);
            let options = options.nonblocking(ACCEPTS);
            let listener: io::Result<uds::Listener> = match mode {
                Some(mode) => options.mode(mode.as_raw_mode()).create_sync_as(),
                None => options.create_sync_as(),
            };
            listener.map(StdListener::from)
        };
        let listener = match listen(Some(mode)) {
            // Some systems cannot give a socket its mode before it has a file.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => listen(None),
            outcome => outcome,
        };
        listener.map_err(|error| match error.kind() {
            // Somebody who does not know of the lock was faster.
            io::ErrorKind::AddrInUse => BindError::AlreadyRunning {
                name: self.name.clone(),
            },
            _ => self.io_error("listen at", error),
        })
    }

    /// Brings the mode to what was asked for, and returns what the socket file is.
    ///
    /// The file is never more open than asked for where it counts: the process's file mode mask can
    /// only have narrowed it, and where it had no mode from the start its directory guards it.
    fn finish(&self, mode: Mode) -> io::Result<Stat> {
        let stat = self
            .directory
            .stat(&self.file_name)?
            .ok_or(io::ErrorKind::NotFound)?;
        let permissions = Mode::RWXU | Mode::RWXG | Mode::RWXO;
        if Mode::from_raw_mode(stat.st_mode) & permissions != mode {
            rustix::fs::chmodat(&self.directory, &self.file_name, mode, AtFlags::empty())?;
        }
        Ok(stat)
    }

    fn lock_error(&self, error: io::Error) -> BindError {
        match error.kind() {
            io::ErrorKind::TimedOut => BindError::Busy {
                name: self.name.clone(),
                waited: PATIENCE,
            },
            _ => self.io_error("lock", error),
        }
    }

    fn io_error(&self, action: &'static str, source: io::Error) -> BindError {
        BindError::Io {
            action,
            name: self.path().display().to_string(),
            source,
        }
    }
}

/// A socket file that this process has bound. Dropping it removes the file.
///
/// Has to be dropped before its socket is closed.
#[derive(Debug)]
pub(super) struct SocketFile {
    place: Place,
    stat: Stat,
}

impl SocketFile {
    /// Resolves once the path does not lead to this socket any more, so that no client finds it.
    ///
    /// Costs nothing while it waits where the system tells of changes, else a look from time to time.
    ///
    /// Cancel safe.
    pub(super) async fn lost(&self) {
        let path = self.place.path();
        let mut watch = Watch::new();
        loop {
            // First the watch and then the look: what changes behind that is told.
            watch.follow_path(&path);
            if !leads_to(&path, &self.stat) {
                return;
            }
            if watch.has_eyes() {
                watch.changed().await;
            } else {
                pause(BETWEEN_LOOKS).await;
            }
        }
    }
}

impl Drop for SocketFile {
    /// Leaves the file if it is no longer this socket's, or if somebody holds its lock for long. A
    /// file left behind does no harm: the next server removes it.
    fn drop(&mut self) {
        let Place {
            directory,
            file_name,
            ..
        } = &self.place;
        let Ok(_lock) = NameLock::take(directory, file_name, PATIENCE_OF_DROP) else {
            return;
        };
        if is_own(directory, file_name, &self.stat) {
            let _ = directory.unlink(file_name);
        }
    }
}

fn is_own(directory: &Directory, file_name: &OsStr, own: &Stat) -> bool {
    matches!(directory.stat(file_name), Ok(Some(stat)) if is_same_file(&stat, own))
}

/// By the path and not in the directory that is open: clients go by the path, too.
fn leads_to(path: &Path, own: &Stat) -> bool {
    match rustix::fs::lstat(path) {
        Ok(stat) => is_same_file(&stat, own),
        Err(errno) => !matches!(errno, Errno::NOENT | Errno::NOTDIR),
    }
}

/// Never waits, whatever the state of the server's queue.
fn has_server_now(path: &Path) -> io::Result<bool> {
    let name = path.to_fs_name::<GenericFilePath>()?;
    let options = ConnectOptions::new()
        .name(name)
        .wait_mode(ConnectWaitMode::Deferred);
    match options.connect_sync_as::<uds::Stream>() {
        Ok(_) => Ok(true),
        Err(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => Ok(false),
            _ => Err(error),
        },
    }
}

/// How often a server looks whether it is still found, where nothing tells it.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

/// How long another process may take to bind the same name.
const PATIENCE: Duration = Duration::from_secs(5);
/// A destructor may run on a thread that others wait for.
const PATIENCE_OF_DROP: Duration = Duration::from_millis(250);
