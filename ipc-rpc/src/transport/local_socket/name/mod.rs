//! Names of servers: portable, validated before anything is touched.

use std::{fmt, path::Path};

use crate::error::NameError;

mod check;
#[cfg(unix)]
pub(super) use self::check::MAX_PATH_LEN;
#[cfg(windows)]
pub(super) use self::check::user_pipe_path;

#[cfg(test)]
mod tests;

/// The name under which a server listens and its clients find it.
///
/// A name is checked when it is made, so binding and connecting fail for reasons of the system
/// only. Most programs want [`new`](Self::new), or give a text wherever a name is asked for (see
/// [`IntoSocketName`]). The other kinds are for those who have to meet a given path or pipe.
///
/// # Platform notes
///
/// Names that differ only in case are the same name on some platforms.
///
/// ## Unix
///
/// A name in the user's namespace is a socket file in a directory created for this user alone:
/// `ipc-rpc` in `$XDG_RUNTIME_DIR`, else in `/run/user/<uid>`, else in a temporary directory of the
/// user's own (macOS has one), else `ipc-rpc-<uid>` in the shared temporary directory. A place that
/// belongs to somebody else or is too long for a socket path is passed over. The directory itself
/// has to be the user's and closed to writes by others, or nothing is bound or connected in it.
///
/// ## Windows
///
/// A name in the user's namespace is a named pipe whose name contains the user's. Only this user
/// and the system may open it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SocketName {
    kind: Kind,
}

/// Where a name is looked up. A kind exists only on the platforms that have it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// In the user's private namespace.
    User(String),
    /// At a path of the file system.
    #[cfg(unix)]
    Path(std::path::PathBuf),
    /// At a full pipe path, `\\.\pipe\` included.
    #[cfg(windows)]
    Pipe(String),
    /// In the abstract namespace, without the leading NUL.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Abstract(String),
}

impl SocketName {
    /// The greatest length of a name in the user's namespace, in bytes.
    ///
    /// Short enough for every platform: the tightest has 103 bytes for a socket path, macOS needs
    /// 57 of them for the user's temporary directory and `ipc-rpc` in it.
    pub const MAX_LEN: usize = 40;

    /// Returns the name `name` in this user's private namespace.
    ///
    /// It consists of 1 to [`MAX_LEN`](Self::MAX_LEN) ASCII letters, digits, `-`, `_` and `.`, and
    /// does not start with `.`.
    ///
    /// # Errors
    ///
    /// Says which of these rules `name` breaks, and where.
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        check::text(&name, Self::MAX_LEN, |position, c| {
            c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || (c == '.' && position > 0)
        })?;
        Ok(Self {
            kind: Kind::User(name),
        })
    }

    /// Returns a name in this user's private namespace that nobody has used or can guess.
    ///
    /// It holds 128 bits from the operating system's random number generator. Made for tests, and
    /// for processes that tell the name to nobody but their children.
    ///
    /// # Panics
    ///
    /// If the operating system gives no random numbers.
    pub fn unique() -> Self {
        let mut random = [0; 16];
        getrandom::fill(&mut random).expect("the operating system gives random numbers");
        Self {
            kind: Kind::User(format!("private-{:032x}", u128::from_ne_bytes(random))),
        }
    }

    /// Returns the name of a Unix socket file at a path of the caller's choice.
    ///
    /// Its directory has to exist when the name is bound, belong to this user or to root, and be
    /// closed to writes by everyone or sticky, as `/tmp` is; otherwise anyone could put another
    /// socket in its place. Members of the directory's group are trusted. While a server is being
    /// bound or dropped, there is a file `.<name>.lock` beside the socket.
    ///
    /// # Errors
    ///
    /// If the path is relative, ends in no file name or is longer than a socket path may be (107
    /// bytes on Linux, 103 elsewhere). On Windows always [`NameError::Unsupported`].
    pub fn path(path: impl AsRef<Path>) -> Result<Self, NameError> {
        #[cfg(unix)]
        {
            check::path(path.as_ref())?;
            Ok(Self {
                kind: Kind::Path(path.as_ref().to_owned()),
            })
        }
        #[cfg(not(unix))]
        {
            let _ = path;
            Err(check::unsupported("Unix socket files"))
        }
    }

    /// Returns the name of a Windows named pipe, given in full (`\\.\pipe\calculator`) or bare
    /// (`calculator`).
    ///
    /// # Errors
    ///
    /// If the name is empty, contains a slash or a control character, or is longer than 256
    /// characters in full. Elsewhere than on Windows always [`NameError::Unsupported`].
    pub fn pipe(name: impl AsRef<str>) -> Result<Self, NameError> {
        #[cfg(windows)]
        {
            Ok(Self {
                kind: Kind::Pipe(check::full_pipe_path(name.as_ref())?),
            })
        }
        #[cfg(not(windows))]
        {
            let _ = name;
            Err(check::unsupported("named pipes"))
        }
    }

    /// Returns a name in Linux's abstract namespace, which has no files.
    ///
    /// Abstract sockets have no permissions either: every process in the same network namespace can
    /// connect, and take the name while no server has it. Only the check of the peer's identity
    /// stands between them and the server.
    ///
    /// # Errors
    ///
    /// If the name is empty, contains a NUL or is longer than 107 bytes. Elsewhere than on Linux
    /// always [`NameError::Unsupported`].
    pub fn abstract_(name: impl Into<String>) -> Result<Self, NameError> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            let name = name.into();
            check::text(&name, check::MAX_PATH_LEN, |_, c| c != '\0')?;
            Ok(Self {
                kind: Kind::Abstract(name),
            })
        }
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        {
            let _ = name;
            Err(check::unsupported("abstract sockets"))
        }
    }

    /// Whether the name is in Linux's abstract namespace, where no permissions guard it.
    pub fn is_abstract(&self) -> bool {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            matches!(self.kind, Kind::Abstract(_))
        }
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        {
            false
        }
    }

    /// The same name, independent of the environment of the process that looks it up. `None`: it is that already, or there is no
    /// place for it.
    #[cfg(feature = "plugin")]
    pub(crate) fn located(&self) -> Option<Self> {
        #[cfg(unix)]
        {
            let Kind::User(_) = &self.kind else {
                return None;
            };
            let path = std::path::absolute(super::os::path_of(self)?).ok()?;
            Self::path(path).ok()
        }
        #[cfg(not(unix))]
        {
            None
        }
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.kind
    }
}

/// Writes the name as it was given: the text itself, the path, `\\.\pipe\…`, or `@…` for an
/// abstract name.
impl fmt::Display for SocketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::User(name) => f.write_str(name),
            #[cfg(unix)]
            Kind::Path(path) => path.display().fmt(f),
            #[cfg(windows)]
            Kind::Pipe(path) => f.write_str(path),
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Kind::Abstract(name) => write!(f, "@{name}"),
        }
    }
}

/// What can be given where a [`SocketName`] is asked for: a name, or a text for
/// [`SocketName::new`].
///
/// Implemented by this crate only.
pub trait IntoSocketName: sealed::Sealed {
    /// Checks the text, if it is one.
    ///
    /// # Errors
    ///
    /// Those of [`SocketName::new`].
    fn into_socket_name(self) -> Result<SocketName, NameError>;
}

impl IntoSocketName for &str {
    fn into_socket_name(self) -> Result<SocketName, NameError> {
        SocketName::new(self)
    }
}

impl IntoSocketName for String {
    fn into_socket_name(self) -> Result<SocketName, NameError> {
        SocketName::new(self)
    }
}

impl IntoSocketName for &String {
    fn into_socket_name(self) -> Result<SocketName, NameError> {
        SocketName::new(self)
    }
}

impl IntoSocketName for SocketName {
    fn into_socket_name(self) -> Result<SocketName, NameError> {
        Ok(self)
    }
}

impl IntoSocketName for &SocketName {
    fn into_socket_name(self) -> Result<SocketName, NameError> {
        Ok(self.clone())
    }
}

mod sealed {
    #[expect(
        unnameable_types,
        reason = "a trait that others could name, they could implement"
    )]
    pub trait Sealed {}

    impl Sealed for &str {}
    impl Sealed for String {}
    impl Sealed for &String {}
    impl Sealed for super::SocketName {}
    impl Sealed for &super::SocketName {}
}
