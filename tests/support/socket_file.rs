//! A socket at a path, for scenarios that want its bytes.

use std::path::PathBuf;

use ipc_rpc::SocketName;
use tempfile::TempDir;
use tokio::net::UnixStream;

use crate::Place;

/// A path for a socket, in a directory of its own that goes with it.
#[derive(Debug)]
pub struct SocketFile {
    directory: TempDir,
}

impl SocketFile {
    /// A path where nothing is yet.
    ///
    /// # Panics
    ///
    /// If no directory can be made.
    #[must_use]
    pub fn new() -> Self {
        Self {
            directory: TempDir::new().expect("a directory can be made"),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    /// The same as a place to bind a server to.
    ///
    /// # Panics
    ///
    /// If the directory for temporary files has too long a path.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::LocalSocket(SocketName::path(self.path()).expect("the path is short enough"))
    }

    /// A stream to the server that is bound there.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub async fn open(&self) -> UnixStream {
        UnixStream::connect(self.path())
            .await
            .expect("a server is bound")
    }
}

impl Default for SocketFile {
    fn default() -> Self {
        Self::new()
    }
}
