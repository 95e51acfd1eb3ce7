//! What the benchmarks share: an echo service, a bare socket that echoes, and runtimes for both.
//!
//! Every figure is to be read against that of the bare socket in the same run: absolute times do not carry
//! from one machine to another.

use std::io;

use ipc_rpc::{Context, Server, ServerHandle, SocketName, ipc_service};
use tokio::runtime::{Builder, Runtime};

/// Returns what it is given.
#[ipc_service]
pub trait Echo {
    /// A number and a few bytes, the usual size of a call.
    async fn echo(&self, ctx: Context, number: u64, bytes: Vec<u8>) -> Vec<u8>;
}

/// The echo service.
#[derive(Debug)]
pub struct Echoes;

impl Echo for Echoes {
    async fn echo(&self, _: Context, _: u64, bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }
}

/// A runtime of one thread, on which client and server take turns.
///
/// # Errors
///
/// The system gives no runtime.
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// An echo server in a task of its own, at a name of its own.
#[derive(Debug)]
pub struct Served {
    /// Where it is.
    pub name: SocketName,
    /// Stops it.
    pub handle: ServerHandle,
}

/// Starts an echo server.
///
/// # Errors
///
/// The name cannot be bound.
#[expect(
    clippy::disallowed_methods,
    reason = "ends with the runtime of its benchmark"
)]
pub fn serve() -> Result<Served, ipc_rpc::BindError> {
    let name = SocketName::unique();
    let server = Server::builder(&name).service(Echoes.serve()).bind()?;
    let handle = server.handle();
    tokio::spawn(server.run());
    Ok(Served { name, handle })
}

/// The floor: a bare socket whose other end echoes byte for byte, with nothing on top.
///
/// # Errors
///
/// The system gives no socket pair.
#[cfg(unix)]
#[expect(
    clippy::disallowed_methods,
    reason = "ends with the runtime of its benchmark"
)]
pub fn bare() -> io::Result<(tokio::net::UnixStream, tokio::task::JoinHandle<()>)> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let (ours, mut theirs) = tokio::net::UnixStream::pair()?;
    let echo = tokio::spawn(async move {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = theirs.read(&mut buffer).await {
            if theirs.write_all(&buffer[..count]).await.is_err() {
                return;
            }
        }
    });
    Ok((ours, echo))
}
