//! A plugin within the host's own process, for tests of either.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::command::Command;
use super::error::{GuestError, LaunchError};
use super::gate::{Credentials, Gate};
use super::guest::Guest;
use super::host::Host;
use super::instance::{Spec, misfit};
use crate::connection::Connection;
use crate::event::{Events, RejectReason, ServerEvent};
use crate::identity::PeerIdentity;
use crate::server::{Server, ServerHandle};
use crate::service::{Client, ServiceDefinition};
use crate::transport::{Io, memory};

/// A plugin that runs within this process: made by [`Host::in_process`]. Ends when it is dropped.
pub struct InProcess<C> {
    connection: Connection,
    handle: ServerHandle,
    /// Both sides.
    tasks: JoinSet<Result<(), GuestError>>,
    client: PhantomData<fn() -> C>,
}

impl Host {
    /// Runs a plugin within this process: for tests, of a plugin against a host or of a host against a plugin, without a program.
    /// Handshake, credentials, versions and calls are the same code as between processes.
    ///
    /// ```
    /// # use ipc_rpc::{Context, context, ipc_service, plugin};
    /// # #[ipc_service]
    /// # pub trait Speller { async fn check(&self, ctx: Context, word: String) -> bool; }
    /// # struct English;
    /// # impl Speller for English { async fn check(&self, _: Context, word: String) -> bool { word != "wrod" } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let host = plugin::Host::builder().build();
    /// let guest = plugin::Guest::new().serve(English.serve());
    /// let speller: plugin::InProcess<SpellerClient> = host.in_process(guest).await?;
    /// assert!(!speller.client().check(context::current(), "wrod".into()).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`LaunchError::VersionMismatch`], [`LaunchError::BadHandshake`] and [`LaunchError::NoRuntime`], as [`launch`](Self::launch).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends what was started.
    pub async fn in_process<C: Client>(&self, guest: Guest) -> Result<InProcess<C>, LaunchError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(LaunchError::NoRuntime);
        }
        let spec = self.spec(Command::new("in-process"), C::Definition::DESCRIPTOR);
        let gate = Gate::new(Arc::clone(&spec.command.name), None);
        gate.started(std::process::id());
        let server = spec.serve(Server::unnamed(), gate).bind()?;
        let (handle, events) = (server.handle(), server.events());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let _ = server.run().await;
            Ok(())
        });
        let (ours, theirs) = memory::pair();
        handle.accept(ours);
        let io = Io::from_stream(theirs, PeerIdentity::in_process());
        tasks.spawn(async move {
            let mut guest = guest;
            guest.run_over(io, Credentials { token: Vec::new() }).await
        });
        let connection = connected(&spec, &handle, events).await?;
        Ok(InProcess {
            connection,
            handle,
            tasks,
            client: PhantomData,
        })
    }
}

/// Waits until the plugin is connected, and looks whether it fits.
async fn connected(
    spec: &Spec,
    handle: &ServerHandle,
    mut events: Events<ServerEvent>,
) -> Result<Connection, LaunchError> {
    let name = spec.command.name.to_string();
    let failed = |name, message| LaunchError::BadHandshake {
        name,
        message,
        stderr_tail: String::new(),
        stdout_tail: String::new(),
    };
    loop {
        match events.next().await {
            Some(ServerEvent::Connected { id, .. }) => {
                let Some(connection) = handle.connection(id) else {
                    return Err(failed(name, "it closed its channel".to_owned()));
                };
                let Some(message) = misfit(spec, &connection) else {
                    return Ok(connection);
                };
                connection.close(message.as_str()).await;
                return Err(LaunchError::VersionMismatch { name, message });
            }
            Some(ServerEvent::Rejected { reason, .. }) => {
                return Err(match reason {
                    RejectReason::Refused { message, .. } => {
                        LaunchError::VersionMismatch { name, message }
                    }
                    reason => failed(name, format!("{reason:?}")),
                });
            }
            Some(_) => {}
            None => return Err(LaunchError::HostGone),
        }
    }
}

impl<C: Client> InProcess<C> {
    /// A client of what the plugin serves.
    #[must_use]
    pub fn client(&self) -> C {
        self.connection.client()
    }
}

impl<C> InProcess<C> {
    /// Its connection.
    #[must_use]
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Says goodbye, and returns what the plugin's `run` does.
    ///
    /// # Errors
    ///
    /// What [`Guest::run`] returned, if that was one.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the plugin at once.
    pub async fn shutdown(mut self) -> Result<(), GuestError> {
        self.handle.shutdown(Command::new("").grace).await;
        while let Some(ended) = self.tasks.join_next().await {
            if let Ok(result) = ended {
                result?;
            }
        }
        Ok(())
    }
}

impl<C> fmt::Debug for InProcess<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess")
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}
