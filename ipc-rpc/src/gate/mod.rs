//! Who gets in: clients are accepted, heard and checked, side by side and within bounds, before anything is done for
//! them. What they are then let in to, a server's services or a raw stream, is for those above to say.

mod handshakes;
mod incoming;

pub(crate) use incoming::incoming;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use tokio::sync::Semaphore;

use crate::auth::{ErasedAuthenticator, PeerPolicy, Session};
use crate::clock::{self, TimedOut, timeout_at};
use crate::config::Config;
use crate::connection::handshake::{self, NoHello};
use crate::error::{BindError, NameError};
use crate::event::RejectReason;
use crate::identity::PeerIdentity;
use crate::meter;
use crate::proto::handshake::{Chosen, Terms, judge_mode, judge_protocol};
use crate::transport::local_socket::BindOptions;
use crate::transport::{Endpoint, Listener, Reader, Writer};
use crate::wire::{ConnectionId, Hello, Mode, Refusal, RefusalCode};
use handshakes::Handshakes;

/// The places that were given, if nothing can be said against binding them.
pub(crate) fn checked(
    endpoints: Vec<Result<Endpoint, NameError>>,
    policy: &PeerPolicy,
) -> Result<Vec<Endpoint>, BindError> {
    let endpoints = endpoints.into_iter().collect::<Result<Vec<_>, _>>()?;
    if matches!(policy, PeerPolicy::AnyUser)
        && let Some(open) = endpoints.iter().find(|endpoint| endpoint.is_abstract())
    {
        return Err(BindError::OpenAbstract {
            name: open.to_string(),
        });
    }
    Ok(endpoints)
}

/// Binds all of them. Those bound so far are released again if a later one fails.
pub(crate) fn bind(
    endpoints: &[Endpoint],
    options: &BindOptions,
) -> Result<Vec<Listener>, BindError> {
    endpoints
        .iter()
        .map(|endpoint| endpoint.bind(options))
        .collect()
}

/// Hears and checks the clients of one listener or server.
pub(crate) struct Gate {
    policy: PeerPolicy,
    authenticator: Arc<dyn ErasedAuthenticator>,
    /// What is behind it.
    mode: Mode,
    handshakes: Handshakes,
    /// Refused clients that may be waited for, so that their refusal arrives.
    lingering: Semaphore,
    handshake_timeout: Duration,
    linger_timeout: Duration,
    max_handshakes: usize,
    max_connections: usize,
}

/// A client that has said who it is, and was believed.
pub(crate) struct Heard {
    pub(crate) hello: Hello,
    pub(crate) chosen: Chosen,
    pub(crate) session: Session,
    /// What arrived behind the hello.
    pub(crate) read_ahead: Bytes,
    /// What it was judged by.
    pub(crate) terms: Arc<Terms>,
}

/// Why a client is not admitted.
pub(crate) enum NoVerdict {
    Refused(Refusal),
    /// The user's check panicked: the client is refused, and somebody ought to know.
    CheckPanicked,
    /// It went away by itself.
    Gone {
        spoke: bool,
    },
}

impl From<Refusal> for NoVerdict {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Counts a client that was turned away.
pub(crate) fn count_rejected(reason: &RejectReason) {
    match reason {
        RejectReason::Refused { reason, .. } => meter::rejected(reason),
        RejectReason::Rejected(_) => meter::rejected(&"rejected"),
        RejectReason::Vanished => meter::rejected(&"vanished"),
    }
}

impl Gate {
    pub(crate) fn new(
        mode: Mode,
        config: &Config,
        policy: PeerPolicy,
        authenticator: Arc<dyn ErasedAuthenticator>,
    ) -> Self {
        Self {
            policy,
            authenticator,
            mode,
            handshakes: Handshakes::new(config.max_handshakes, config.max_connections),
            lingering: Semaphore::new(config.max_handshakes),
            handshake_timeout: config.handshake_timeout,
            linger_timeout: config.linger_timeout,
            max_handshakes: config.max_handshakes,
            max_connections: config.max_connections,
        }
    }

    /// The kernel's word, before a byte is read.
    pub(crate) fn check_peer(&self, peer: &PeerIdentity) -> Result<(), Refusal> {
        if self.policy.admits(peer) {
            return Ok(());
        }
        Err(Refusal::new(
            RefusalCode::PeerNotAllowed,
            "the server does not admit clients of this user",
        ))
    }

    /// What a client is told for which there is no place.
    pub(crate) fn full(&self) -> Refusal {
        let limit = self.max_connections;
        Refusal::new(
            RefusalCode::ServerFull,
            format!("the server has {limit} connections, which is all it allows"),
        )
    }

    /// Waits for a client's turn and its hello, and judges it: the protocol, then the user's check. Bounded in time as
    /// a whole.
    ///
    /// `terms` is asked once there is a hello.
    pub(crate) async fn hear(
        &self,
        reader: &mut Reader,
        peer: &PeerIdentity,
        id: ConnectionId,
        terms: impl FnOnce() -> Arc<Terms>,
    ) -> Result<Heard, NoVerdict> {
        let entered = self.handshakes.enter(id).await;
        let (place, displaced) = entered.ok_or_else(|| self.full())?;
        let time = self.handshake_timeout;
        let (deadline, by) = (clock::now() + time, reader.timekeeper());
        let judged = self.shake_hands(reader, peer, id, &place, terms);
        tokio::select! {
            judged = timeout_at(deadline, by, judged) => match judged {
                Ok(judged) => judged,
                Err(TimedOut) => {
                    tracing::info!(%peer, ?time, "handshake timed out");
                    let text = format!("no hello, or no verdict on it, within {time:?}");
                    Err(Refusal::new(RefusalCode::HandshakeTimeout, text).into())
                }
            },
            () = displaced.wait() => {
                let text = format!(
                    "more than {} clients are connecting, and this one took its time",
                    self.max_handshakes
                );
                Err(Refusal::new(RefusalCode::HandshakeTimeout, text).into())
            }
        }
    }

    async fn shake_hands(
        &self,
        reader: &mut Reader,
        peer: &PeerIdentity,
        id: ConnectionId,
        place: &handshakes::Place<'_>,
        terms: impl FnOnce() -> Arc<Terms>,
    ) -> Result<Heard, NoVerdict> {
        let (mut hello, read_ahead) = match handshake::read_hello(reader).await {
            Ok(hello) => hello,
            Err(NoHello::Gone { spoke }) => return Err(NoVerdict::Gone { spoke }),
            Err(NoHello::Refused(refusal)) => return Err(refusal.into()),
        };
        place.has_spoken();
        let terms = terms();
        let chosen = judge_protocol(&hello, &terms)?;
        judge_mode(&hello, self.mode)?;
        let payload = hello.auth.take();
        let name = hello.peer_name.clone();
        let check = Arc::clone(&self.authenticator).authenticate(payload, peer.clone(), id, name);
        let session = match AssertUnwindSafe(check).catch_unwind().await {
            Ok(session) => session?,
            Err(_) => return Err(NoVerdict::CheckPanicked),
        };
        Ok(Heard {
            hello,
            chosen,
            session,
            read_ahead,
            terms,
        })
    }

    /// Tells a client why it is not admitted.
    ///
    /// One that does not go by itself is given no more time than one at the end of its connection, and in a flood of
    /// them none: the refusal is on its way all the same.
    pub(crate) async fn turn_away(
        &self,
        reader: &mut Reader,
        writer: &mut Writer,
        refusal: &Refusal,
    ) {
        let lingering = self.lingering.try_acquire();
        let linger = match lingering {
            Ok(_) => self.linger_timeout,
            Err(_) => Duration::ZERO,
        };
        if linger.is_zero() {
            reader.keep_written();
        }
        let by = reader.timekeeper();
        let refuse = handshake::refuse(reader, writer, refusal);
        let _ = timeout_at(clock::now() + linger, by, refuse).await;
    }
}
