//! Servers that do not keep to the protocol: whatever they send, a client gets an error and goes on.

mod responses;
mod verdicts;

use ipc_rpc::{Connect, ConnectError};
use support::{LabClient, Task};
use tokio::net::UnixListener;

use super::raw::{Admission, Raw, SocketFile};

/// A place where the test is the server.
pub(super) struct Trap {
    pub(super) socket: SocketFile,
    pub(super) listener: UnixListener,
}

impl Trap {
    pub(super) fn new() -> Self {
        let socket = SocketFile::new();
        let listener = socket.listen();
        Self { socket, listener }
    }

    pub(super) fn connect(&self) -> Connect<LabClient> {
        Connect::new(self.socket.name())
    }

    /// A client that connects here, and the server's end of it behind the hello.
    pub(super) async fn caught(&self) -> (Task<Result<LabClient, ConnectError>>, Raw) {
        let connecting = Task::spawn(self.connect().into_future());
        let (stream, _) = self.listener.accept().await.unwrap();
        let mut server = Raw(stream);
        let (kind, _) = server.message().await;
        assert_eq!(kind, 1, "a hello comes first");
        (connecting, server)
    }

    /// The same, admitted.
    pub(super) async fn admitted(&self) -> (LabClient, Raw) {
        self.admitted_with(&Admission::default()).await
    }

    pub(super) async fn admitted_with(&self, admission: &Admission) -> (LabClient, Raw) {
        let (connecting, mut server) = self.caught().await;
        server.send(admission.bytes()).await;
        (connecting.join().await.unwrap(), server)
    }

    /// What a client comes to that gets these bytes for its hello.
    pub(super) async fn answer(&self, bytes: Vec<u8>) -> Result<LabClient, ConnectError> {
        let (connecting, mut server) = self.caught().await;
        server.try_send(bytes).await;
        let result = connecting.join().await;
        // Held until here: the client does not need the end of the stream to make up its mind.
        drop(server);
        result
    }
}
