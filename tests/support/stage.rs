//! A running server with its lab, and clients of it.

use std::collections::HashSet;
use std::time::Duration;

use ipc_rpc::{
    Connect, ConnectionError, ConnectionId, Events, Server, ServerBuilder, ServerError,
    ServerEvent, ServerHandle, Shutdown,
};

use crate::{Lab, LabClient, Place, Reports, Task, Transport, rig};

/// A server that runs, and all that a scenario wants to know of it.
#[derive(Debug)]
pub struct Stage {
    /// Where it is bound.
    pub place: Place,
    /// The server from outside.
    pub handle: ServerHandle,
    /// Its events, those behind `Listening`.
    pub events: Events<ServerEvent>,
    /// What happens in its lab.
    pub lab: Reports,
    /// Its whole history, for the check at the end. Read as it happens, so that none of it is missed.
    history: Task<Vec<ServerEvent>>,
    server: Task<Result<Shutdown, ServerError>>,
}

impl Stage {
    /// Starts a server with a lab.
    pub async fn new(transport: Transport) -> Self {
        Self::with(transport, |server| server).await
    }

    /// The same with a server to the scenario's own taste.
    pub async fn with(
        transport: Transport,
        describe: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        Self::at(transport.place(), describe).await
    }

    /// The same at a given place.
    ///
    /// # Panics
    ///
    /// If the place is taken.
    pub async fn at(place: Place, describe: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Self {
        place.is_free().await;
        let (rig, lab) = rig();
        let server = describe(place.server().service(rig.serve()))
            .bind()
            .expect("the place is free");
        Self::run(place, server, lab).await
    }

    /// Runs a server that is bound.
    pub async fn run(place: Place, server: Server, lab: Reports) -> Self {
        let mut events = server.events();
        let history = Task::spawn(rest(server.events()));
        let handle = server.handle();
        let server = Task::spawn(server.run());
        let first = events.next().await;
        assert!(
            matches!(first, Some(ServerEvent::Listening { .. })),
            "{first:?}"
        );
        Self {
            place,
            handle,
            events,
            lab,
            history,
            server,
        }
    }

    /// Describes a client of the lab.
    pub fn connect(&self) -> Connect<LabClient> {
        self.place.connect()
    }

    /// Connects a client of the lab.
    ///
    /// # Panics
    ///
    /// If the server does not admit it.
    pub async fn client(&self) -> LabClient {
        self.connect().await.expect("the server admits the client")
    }

    /// Waits until a connection begins.
    ///
    /// # Panics
    ///
    /// If something else happens first.
    pub async fn connected(&mut self) -> ConnectionId {
        match self.events.next().await {
            Some(ServerEvent::Connected { id, .. }) => id,
            other => panic!("{other:?} where a connection was to begin"),
        }
    }

    /// Waits until a connection ends.
    ///
    /// # Panics
    ///
    /// If something else happens first.
    pub async fn disconnected(&mut self) -> (ConnectionId, ConnectionError) {
        match self.events.next().await {
            Some(ServerEvent::Disconnected { id, reason }) => (id, reason),
            other => panic!("{other:?} where a connection was to end"),
        }
    }

    /// Has the server stop, with some time for calls in flight.
    pub fn stopping(&self, grace: Duration) -> Task<Shutdown> {
        let handle = self.handle.clone();
        Task::spawn(async move { handle.shutdown(grace).await })
    }

    /// Drops the server at once, as if its process had ended; what is left of it is checked.
    pub async fn kill(self) {
        let Self {
            server,
            lab,
            history,
            ..
        } = self;
        server.stop().await;
        lab.release_all();
        assert_orderly(&history.join().await);
    }

    /// Stops the server, cuts what is still in flight, and checks the history of events.
    ///
    /// # Panics
    ///
    /// If the server failed, or its events are out of order.
    pub async fn end(self) -> Shutdown {
        self.shutdown(Duration::ZERO).await
    }

    /// The same with some time for calls in flight.
    ///
    /// # Panics
    ///
    /// If the server failed, or its events are out of order.
    pub async fn shutdown(self, grace: Duration) -> Shutdown {
        let Self {
            handle,
            server,
            lab,
            history,
            ..
        } = self;
        let shutdown = handle.shutdown(grace).await;
        let returned = server
            .join()
            .await
            .expect("the server ends without a fault");
        assert_eq!(shutdown, returned);
        // For handlers that block a thread, which nothing but their own return can end.
        lab.release_all();
        assert_orderly(&history.join().await);
        shutdown
    }
}

async fn rest(mut events: Events<ServerEvent>) -> Vec<ServerEvent> {
    let mut rest = Vec::new();
    while let Some(event) = events.next().await {
        rest.push(event);
    }
    rest
}

/// Checks the whole history of a server: `Listening` first, `Closed` once and last, and exactly one
/// `Disconnected` behind each `Connected`.
///
/// # Panics
///
/// If it is not so.
pub fn assert_orderly(history: &[ServerEvent]) {
    let [
        ServerEvent::Listening { .. },
        between @ ..,
        ServerEvent::Closed,
    ] = history
    else {
        panic!("not from Listening to Closed: {history:#?}");
    };
    let mut seen = HashSet::new();
    let mut open = HashSet::new();
    for event in between {
        match event {
            ServerEvent::Connected { id, .. } => {
                assert!(seen.insert(*id), "{id:?} begins twice: {history:#?}");
                open.insert(*id);
            }
            ServerEvent::Disconnected { id, .. } => {
                assert!(open.remove(id), "{id:?} ends unbegun: {history:#?}");
            }
            // What an observer misses are whole histories, so what is left is orderly as well.
            ServerEvent::Rejected { .. }
            | ServerEvent::Error { .. }
            | ServerEvent::Missed { .. } => {}
            other => panic!("{other:?} in the middle of {history:#?}"),
        }
    }
    assert!(open.is_empty(), "{open:?} never end: {history:#?}");
}
