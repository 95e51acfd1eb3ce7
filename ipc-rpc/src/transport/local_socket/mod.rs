//! Sockets between processes of one machine: Unix sockets and Windows named pipes.
//!
//! This module turns a [`SocketName`] into a `Listener` or a connected `Socket`, and tells who is
//! at the other end. It knows nothing of frames, handshakes or retries after a refusal; it is the
//! only one that knows where a name lives, who may use it and when it may be taken over:
//!
//! - A name belongs to one live server. It is taken from it only if a [`BindPolicy`] says so outright.
//! - What is in the way and is no socket of the same user stays untouched.
//! - A socket without a peer whose identity the kernel vouches for is never handed out.

mod find;
mod listener;
mod name;
mod socket;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as os;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as os;

#[cfg(test)]
mod tests;

#[cfg(all(unix, feature = "plugin"))]
pub(crate) use os::inherited;

pub use find::NameEntry;
pub use listener::BindPolicy;
pub(crate) use listener::{BindOptions, Listener, is_transient};
pub use name::{IntoSocketName, SocketName};
#[cfg(all(unix, feature = "systemd"))]
pub(crate) use os::Activated;
pub(crate) use socket::Socket;
