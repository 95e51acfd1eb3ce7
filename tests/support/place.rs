//! Where a scenario's server and clients meet.

use ipc_rpc::transport::memory::Address;
use ipc_rpc::{Client, Connect, Server, ServerBuilder, SocketName, raw};

use crate::promptly;

/// What a scenario runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Streams within this process.
    Memory,
    /// Sockets of the operating system, in the user's namespace.
    LocalSocket,
}

impl Transport {
    /// Whether it is a named pipe, which differs from a socket where a test says so.
    pub fn is_pipe(self) -> bool {
        cfg!(windows) && matches!(self, Self::LocalSocket)
    }

    /// A place that nobody else uses.
    #[must_use]
    pub fn place(self) -> Place {
        match self {
            Self::Memory => Place::Memory(Address::new()),
            Self::LocalSocket => Place::LocalSocket(SocketName::unique()),
        }
    }
}

/// A name of either kind. Its clones are the same place.
#[derive(Clone, Debug)]
pub enum Place {
    /// Within this process.
    Memory(Address),
    /// A socket of the operating system.
    LocalSocket(SocketName),
}

impl Place {
    /// Describes a server that is to be bound here.
    pub fn server(&self) -> ServerBuilder {
        match self {
            Self::Memory(address) => Server::builder(address),
            Self::LocalSocket(name) => Server::builder(name),
        }
    }

    /// Waits until the system has done with whoever was bound here and has gone.
    ///
    /// A pipe has its name until the runtime has heard of the end of what it last waited for.
    pub async fn is_free(&self) {
        if let Self::LocalSocket(name) = self
            && cfg!(windows)
        {
            let gone = async {
                while name.exists().unwrap_or_default() {
                    tokio::task::yield_now().await;
                }
            };
            promptly(gone).await;
        }
    }

    /// Binds a server that is described already to this place, too.
    pub fn add_to(&self, server: ServerBuilder) -> ServerBuilder {
        match self {
            Self::Memory(address) => server.also_at(address),
            Self::LocalSocket(name) => server.also_at(name),
        }
    }

    /// Describes a listener for raw streams that is to be bound here.
    pub fn listener(&self) -> raw::ListenerBuilder {
        match self {
            Self::Memory(address) => raw::Listener::builder(address),
            Self::LocalSocket(name) => raw::Listener::builder(name),
        }
    }

    /// Describes a raw client of the listener that is bound here.
    pub fn connect_raw(&self) -> raw::Connect {
        match self {
            Self::Memory(address) => raw::connect(address),
            Self::LocalSocket(name) => raw::connect(name),
        }
    }

    /// Describes a client of the server that is bound here.
    pub fn connect<C: Client>(&self) -> Connect<C> {
        match self {
            Self::Memory(address) => Connect::new(address),
            Self::LocalSocket(name) => Connect::new(name),
        }
    }
}
