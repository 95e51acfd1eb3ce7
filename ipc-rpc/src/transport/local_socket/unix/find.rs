//! Which socket files there are.

use std::{
    io,
    time::{Duration, SystemTime},
};

use rustix::fs::{Dir, FileType, Stat};

use super::namespace::Environment;
use crate::transport::local_socket::name::{Kind, SocketName};

pub(in crate::transport::local_socket) fn exists(name: &SocketName) -> io::Result<bool> {
    match name.kind() {
        Kind::User(file_name) => {
            let directory = match Environment::of_process().open_directory() {
                Ok(directory) => directory,
                Err(error) => return none_if_missing(error.into()),
            };
            Ok(directory.stat(file_name.as_ref())?.is_some())
        }
        Kind::Path(path) => match rustix::fs::lstat(path) {
            Ok(_) => Ok(true),
            Err(errno) => none_if_missing(errno.into()),
        },
        #[cfg(any(target_os = "linux", target_os = "android"))]
        Kind::Abstract(_) => {
            let address = super::Address::find(name)?;
            match super::stream::connect_now(&address.path) {
                Ok(_) => Ok(true),
                Err(error) if super::is_busy(&error) => Ok(true),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(false),
                Err(error) => Err(error),
            }
        }
    }
}

/// The names in the user's namespace that are sockets of the user's, and when each was bound.
pub(in crate::transport::local_socket) fn list() -> io::Result<Vec<(SocketName, Option<SystemTime>)>>
{
    list_in(&Environment::of_process())
}

pub(super) fn list_in(
    environment: &Environment,
) -> io::Result<Vec<(SocketName, Option<SystemTime>)>> {
    let directory = match environment.open_directory() {
        Ok(directory) => directory,
        Err(error) => return none_if_missing(error.into()),
    };
    let mut found = Vec::new();
    for entry in Dir::read_from(&directory)? {
        let entry = entry?;
        // A lock file begins with a dot, and is no name.
        let Ok(text) = entry.file_name().to_str() else {
            continue;
        };
        let Ok(name) = SocketName::new(text) else {
            continue;
        };
        let Some(stat) = directory.stat(text.as_ref())? else {
            continue;
        };
        let is_socket = FileType::from_raw_mode(stat.st_mode) == FileType::Socket;
        if is_socket && stat.st_uid == directory.uid() {
            found.push((name, modified(&stat)));
        }
    }
    Ok(found)
}

/// When a socket file was made: nothing writes to one.
fn modified(stat: &Stat) -> Option<SystemTime> {
    // Of other widths and signs on other systems.
    let seconds = u64::try_from(i128::from(stat.st_mtime)).ok()?;
    let nanos = u64::try_from(i128::from(stat.st_mtime_nsec)).ok()?;
    let since = Duration::from_secs(seconds).checked_add(Duration::from_nanos(nanos))?;
    SystemTime::UNIX_EPOCH.checked_add(since)
}

fn none_if_missing<T: Default>(error: io::Error) -> io::Result<T> {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(T::default()),
        _ => Err(error),
    }
}
