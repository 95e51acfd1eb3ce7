//! The rules that names keep, and the pipes that they become.

#[cfg(unix)]
use std::path::Path;

use crate::error::NameError;

pub(super) fn text(
    text: &str,
    limit: usize,
    is_allowed: impl Fn(usize, char) -> bool,
) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.len() > limit {
        return Err(NameError::TooLong {
            path: text.to_owned(),
            len: text.len(),
            limit,
        });
    }
    match text
        .char_indices()
        .find(|&(position, c)| !is_allowed(position, c))
    {
        Some((position, found)) => Err(NameError::Character {
            name: text.to_owned(),
            found,
            position,
        }),
        None => Ok(()),
    }
}

#[cfg(unix)]
pub(super) fn path(given: &Path) -> Result<(), NameError> {
    use std::os::unix::ffi::OsStrExt;

    let text = given.to_string_lossy();
    let bytes = given.as_os_str().as_bytes();
    let (len, limit) = (bytes.len(), MAX_PATH_LEN);
    if len == 0 {
        return Err(NameError::Empty);
    }
    if len > limit {
        return Err(NameError::TooLong {
            path: text.into_owned(),
            len,
            limit,
        });
    }
    if let Some(position) = bytes.iter().position(|&byte| byte == 0) {
        return Err(NameError::Character {
            name: text.into_owned(),
            found: '\0',
            position,
        });
    }
    if given.is_relative() {
        return Err(NameError::NotAbsolute {
            path: text.into_owned(),
        });
    }
    // `file_name` looks past a trailing slash, the kernel does not.
    if given.file_name().is_none() || text.ends_with('/') || text.ends_with("/.") {
        return Err(NameError::NoFileName {
            path: text.into_owned(),
        });
    }
    Ok(())
}

/// Completes a bare pipe name, and checks the whole.
#[cfg(any(windows, test))]
pub(super) fn full_pipe_path(name: &str) -> Result<String, NameError> {
    const MAX_PIPE_PATH_LEN: usize = 256;

    let bare = match name.get(..PIPE_PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PIPE_PREFIX) => &name[PIPE_PREFIX.len()..],
        _ => name,
    };
    // Windows turns slashes into backslashes on the way, so neither can be part of a name.
    text(bare, MAX_PIPE_PATH_LEN - PIPE_PREFIX.len(), |_, c| {
        !matches!(c, '\\' | '/') && !c.is_control()
    })?;
    Ok(format!("{PIPE_PREFIX}{bare}"))
}

/// The pipe of a name in the namespace of `user`.
///
/// `~` separates the parts because it is in neither of them, so no name leads out of its user's
/// namespace.
#[cfg(any(windows, test))]
pub(in crate::transport::local_socket) fn user_pipe_path(user: &str, name: &str) -> String {
    // An account name has at most 104 characters, which leaves the path far below its limit.
    let user: String = user
        .chars()
        .take(104)
        .map(|c| {
            if c.is_control() || matches!(c, '\\' | '/' | '~') {
                '_'
            } else {
                c
            }
        })
        .collect();
    format!("{PIPE_PREFIX}ipc-rpc~{user}~{name}")
}

pub(super) fn unsupported(kind: &'static str) -> NameError {
    NameError::Unsupported {
        kind,
        platform: std::env::consts::OS,
    }
}

#[cfg(any(windows, test))]
const PIPE_PREFIX: &str = r"\\.\pipe\";

/// The greatest length of a socket path in bytes: the room in `sockaddr_un`, less a NUL.
#[cfg(unix)]
pub(in crate::transport::local_socket) const MAX_PATH_LEN: usize =
    if cfg!(any(target_os = "linux", target_os = "android")) {
        107
    } else {
        103
    };
