//! Why a text names no place.

/// Why a text is no socket name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// There is no text.
    #[error("a socket name cannot be empty")]
    Empty,
    /// The text does not fit where the operating system keeps it.
    #[error("`{path}` has {len} bytes, which is more than the {limit} that fit")]
    TooLong {
        /// The name or path as given.
        path: String,
        /// Its length in bytes.
        len: usize,
        /// The greatest length there is room for, in bytes.
        limit: usize,
    },
    /// A character is not allowed where it stands.
    #[error("{found:?} is not allowed at byte {position} of the socket name {name:?}")]
    Character {
        /// The name as given.
        name: String,
        /// The first offending character.
        found: char,
        /// Where it starts, in bytes from 0.
        position: usize,
    },
    /// The path depends on the current directory, which client and server need not share.
    #[error("socket path `{path}` is not absolute")]
    NotAbsolute {
        /// The path as given.
        path: String,
    },
    /// The path names a directory rather than a file in one.
    #[error("socket path `{path}` does not end in a file name")]
    NoFileName {
        /// The path as given.
        path: String,
    },
    /// This kind of name does not exist on this platform.
    #[error("{kind} do not exist on {platform}")]
    Unsupported {
        /// The kind of name, in the plural.
        kind: &'static str,
        /// The platform that lacks it.
        platform: &'static str,
    },
}
