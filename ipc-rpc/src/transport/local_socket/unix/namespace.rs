//! The directory that is a user's private namespace.

use std::{
    env,
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

use super::directory::{Base, Directory, DirectoryError};
use crate::transport::local_socket::name::{MAX_PATH_LEN, SocketName};

/// What the choice of the directory depends on.
///
/// Only on this: whether the directory exists already makes no difference, so a client looks where
/// its server will be.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    pub(super) xdg_runtime_dir: Option<PathBuf>,
    /// Where the system keeps one runtime directory for each user.
    pub(super) run_user: PathBuf,
    /// The process's own, then the system's, which is short enough for every name.
    pub(super) temp_dirs: [PathBuf; 2],
    pub(super) uid: u32,
}

impl Environment {
    pub(super) fn of_process() -> Self {
        Self {
            xdg_runtime_dir: env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from),
            run_user: PathBuf::from("/run/user"),
            temp_dirs: [env::temp_dir(), PathBuf::from("/tmp")],
            uid: rustix::process::geteuid().as_raw(),
        }
    }

    /// Opens the directory, creating it if it is missing.
    pub(super) fn create_directory(&self) -> Result<Directory, DirectoryError> {
        let (base, name) = self.choose()?;
        Directory::create_private(&base, &name, self.uid)
    }

    /// Opens the directory if it exists.
    pub(super) fn open_directory(&self) -> Result<Directory, DirectoryError> {
        let (base, name) = self.choose()?;
        Directory::open_private(&base, &name, self.uid)
    }

    /// Where the directory is, or would be.
    pub(super) fn locate(&self) -> Result<PathBuf, DirectoryError> {
        let (base, name) = self.choose()?;
        Ok(base.path().join(name))
    }

    /// Returns the first base that will do, and the name of the directory in it.
    ///
    /// A base that will not do is nothing unusual: root often runs with the `XDG_RUNTIME_DIR` of
    /// the user it was called by.
    fn choose(&self) -> Result<(Base, String), DirectoryError> {
        let of_user = self.run_user.join(self.uid.to_string());
        let runtime_dirs = [self.xdg_runtime_dir.as_deref(), Some(of_user.as_path())];
        for path in runtime_dirs.into_iter().flatten() {
            if let Some(base) = open_base(path, OFlags::NOFOLLOW)
                && base.is_private(self.uid)
                && fits(path, PRIVATE_NAME)
            {
                return Ok((base, PRIVATE_NAME.to_owned()));
            }
        }
        let shared_name = format!("{PRIVATE_NAME}-{}", self.uid);
        for path in &self.temp_dirs {
            // Followed if it is a link, as `/tmp` is on macOS.
            let Some(base) = open_base(path, OFlags::empty()) else {
                continue;
            };
            if base.is_private(self.uid) && fits(path, PRIVATE_NAME) {
                return Ok((base, PRIVATE_NAME.to_owned()));
            }
            if base.is_shared(self.uid) && fits(path, &shared_name) {
                return Ok((base, shared_name));
            }
        }
        let [path, _] = self.temp_dirs.clone();
        let reason = "it is neither this user's own nor sticky, or its path is too long, and there \
                      is no runtime directory of this user";
        Err(DirectoryError::Untrusted {
            path,
            reason: reason.to_owned(),
        })
    }
}

fn open_base(path: &Path, flags: OFlags) -> Option<Base> {
    if path.is_absolute() {
        Base::open(path, flags).ok()
    } else {
        None
    }
}

/// Whether the longest name fits, so that all names of a user are in one directory.
fn fits(base: &Path, directory: &str) -> bool {
    base.join(directory).as_os_str().len() + "/".len() + SocketName::MAX_LEN <= MAX_PATH_LEN
}

const PRIVATE_NAME: &str = "ipc-rpc";
