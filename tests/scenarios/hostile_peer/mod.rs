//! Peers that do not keep to the protocol, on either side: they harm their own connection and nothing else.
#![cfg(unix)]

mod after_the_verdict;
mod before_the_verdict;
mod byte_layout;
#[cfg(target_os = "linux")]
mod memory;
mod nesting;
pub(crate) mod raw;
mod servers;
mod violations;

use std::time::Duration;

use ipc_rpc::{
    Config, ConnectionError, Events, RefusalReason, RejectReason, ServerBuilder, ServerEvent,
    context,
};
use raw::{Frame, Offer, Raw, SocketFile, Verdict};
use support::{Place, Stage};

/// Makes a test of each scenario, an `async fn()` that states one fact. Bytes can be sent over a socket only.
macro_rules! raw_scenarios {
    ($($scenario:ident),+ $(,)?) => {$(
        mod $scenario {
            #[test]
            fn over_a_unix_socket() {
                let (socket, clock) = (support::Transport::LocalSocket, support::Clock::Real);
                support::run(socket, clock, |_| super::$scenario());
            }
        }
    )+};
}
pub(crate) use raw_scenarios;

/// A server with a lab at a socket file, for peers that speak bytes.
pub(crate) struct Target {
    pub(crate) stage: Stage,
    pub(crate) socket: SocketFile,
}

impl Target {
    pub(crate) async fn new() -> Self {
        Self::with(|server| server).await
    }

    pub(crate) async fn with(describe: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Self {
        let socket = SocketFile::new();
        let stage = Stage::at(Place::LocalSocket(socket.name()), describe).await;
        Self { stage, socket }
    }

    /// A server that reads on for as long as it takes behind its last words.
    pub(crate) async fn patient(describe: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Self {
        let mut config = Config::default();
        config.linger_timeout = Duration::from_secs(3600);
        Self::with(|server| describe(server.config(config))).await
    }

    /// A peer that has said nothing yet.
    pub(crate) async fn stranger(&self) -> Raw {
        Raw::connect(self.socket.path()).await
    }

    /// A peer that is admitted.
    pub(crate) async fn peer(&mut self) -> Raw {
        self.peer_with(&Offer::default()).await
    }

    pub(crate) async fn peer_with(&mut self, offer: &Offer) -> Raw {
        let mut peer = self.stranger().await;
        assert_eq!(peer.say_hello(offer).await, Verdict::Welcome);
        self.stage.connected().await;
        peer
    }

    /// Waits until a connection ends because the peer broke the protocol, and returns how, in words.
    pub(crate) async fn violation(&mut self) -> String {
        let (_, reason) = self.stage.disconnected().await;
        match reason {
            ConnectionError::Protocol(error) => error.to_string(),
            other => panic!("{other:?} where a violation was to be told"),
        }
    }

    /// Checks that others are served, whatever became of the hostile ones, and ends.
    pub(crate) async fn end(self) {
        let client = self.stage.client().await;
        let sum = client.add(context::current(), 2, 3).await;
        assert_eq!(sum.unwrap(), 5);
        self.stage.end().await;
    }
}

/// Waits until a client is turned away.
pub(crate) async fn rejected(events: &mut Events<ServerEvent>) -> RejectReason {
    match events.next().await {
        Some(ServerEvent::Rejected { reason, .. }) => reason,
        other => panic!("{other:?} where a client was to be turned away"),
    }
}

/// The same for a reason of the protocol.
pub(crate) async fn refused(events: &mut Events<ServerEvent>) -> (RefusalReason, String) {
    match rejected(events).await {
        RejectReason::Refused { reason, message } => (reason, message),
        other => panic!("{other:?} where a client was to be refused"),
    }
}

/// Checks that a connection works.
pub(crate) async fn assert_alive(peer: &mut Raw) {
    let ping = Frame {
        body: b"alive?".to_vec(),
        ..Frame::new(raw::PING, 0xffff_fff0, 0xffff_ffff)
    };
    peer.send_frame(&ping).await;
    let pong = Frame {
        kind: raw::PONG,
        ..ping
    };
    assert_eq!(peer.frame().await, Some(pong));
}
