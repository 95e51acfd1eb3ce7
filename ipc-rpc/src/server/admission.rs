//! One client, from accepted to gone. Runs in a task of its own, so a client that stalls holds up no other.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;

use super::handshakes;
use super::registry::{NoPlace, Place, Registry};
use crate::auth::Session;
use crate::clock::{self, TimedOut, timeout_at};
use crate::codec::Codec;
use crate::connection::handshake::{self, NoHello};
use crate::connection::{Connection, Facts, PeerServices};
use crate::error::{ConnectionError, RefusalReason, Rejection};
use crate::event::{RejectReason, ServerError, ServerEvent};
use crate::identity::PeerIdentity;
use crate::proto::handshake::{Agreement, Terms, admit, judge_protocol, judge_services};
use crate::transport::{Io, Reader};
use crate::wire::{ConnectionId, Refusal, RefusalCode, Welcome};

/// How a stream came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// By somebody who found the server.
    Accepted,
    /// By the application, which knows that a client is at its other end.
    HandedIn,
}

/// Shakes hands with a client and, if it is admitted, drives its connection to the end.
pub(super) async fn serve(registry: Arc<Registry>, io: Io, origin: Origin) {
    let Io {
        mut reader,
        mut writer,
        peer,
    } = io;
    let id = registry.next_id();
    let refusal = match judge(&registry, &mut reader, &peer, id).await {
        Ok(admitted) => {
            let Admitted {
                welcome,
                agreement,
                codec,
                session,
                read_ahead,
                place,
                terms,
            } = admitted;
            let facts = Facts {
                id,
                codec,
                peer,
                session,
                peer_limits: agreement.peer_limits,
                peer_serves: PeerServices::of_client(agreement.peer_serves),
                peer_name: agreement.peer_name,
                config: registry.config.clone(),
                renewed: None,
            };
            let services = Arc::clone(&registry.services);
            let (connection, driver) =
                Connection::begin(facts, (reader, writer), read_ahead, services);
            connection.preface(Bytes::from(welcome.encode()));
            registry.connected(&connection, place, &terms);
            let mut end = EndOnDrop {
                registry,
                id,
                reason: ConnectionError::Aborted,
            };
            drop(connection);
            end.reason = driver.run().await;
            return;
        }
        Err(NoVerdict::Refused(refusal)) => refusal,
        Err(NoVerdict::Gone { spoke }) => {
            // Whoever only looks whether somebody is here is no client.
            if spoke || origin == Origin::HandedIn {
                let reason = RejectReason::Vanished;
                registry
                    .events
                    .publish(&ServerEvent::Rejected { peer, reason });
            }
            return;
        }
    };
    tracing::debug!(%peer, code = ?refusal.code, "client turned away");
    let reason = reject_reason(&refusal);
    registry
        .events
        .publish(&ServerEvent::Rejected { peer, reason });
    // A client that does not go by itself is given no more time than one at the end of its connection, and in a
    // flood of them none: the refusal is on its way all the same.
    let lingering = registry.lingering.try_acquire();
    let linger = match lingering {
        Ok(_) => registry.config.linger_timeout,
        Err(_) => Duration::ZERO,
    };
    let by = reader.timekeeper();
    let refuse = handshake::refuse(&mut reader, &mut writer, &refusal);
    let _ = timeout_at(clock::now() + linger, by, refuse).await;
}

struct Admitted {
    welcome: Welcome,
    agreement: Agreement,
    codec: Codec,
    session: Session,
    read_ahead: BytesMut,
    place: Place,
    terms: Arc<Terms>,
}

enum NoVerdict {
    Refused(Refusal),
    Gone { spoke: bool },
}

impl From<Refusal> for NoVerdict {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<NoPlace> for NoVerdict {
    fn from(no_place: NoPlace) -> Self {
        Self::Refused(match no_place {
            NoPlace::Full { limit } => Refusal::new(
                RefusalCode::ServerFull,
                format!("the server has {limit} connections, which is all it allows"),
            ),
            NoPlace::NameTaken { name } => Refusal::new(
                RefusalCode::NameTaken,
                format!("another client is called `{}`", name.escape_debug()),
            ),
            NoPlace::ShuttingDown => {
                Refusal::new(RefusalCode::ShuttingDown, "the server is shutting down")
            }
        })
    }
}

/// Judges a client: the kernel's word first, before a byte is read; then the protocol, the user's check, and the
/// services. Bounded in time as a whole.
async fn judge(
    registry: &Arc<Registry>,
    reader: &mut Reader,
    peer: &PeerIdentity,
    id: ConnectionId,
) -> Result<Admitted, NoVerdict> {
    if !registry.policy.admits(peer) {
        return Err(Refusal::new(
            RefusalCode::PeerNotAllowed,
            "the server does not admit clients of this user",
        )
        .into());
    }
    registry.has_place()?;
    let (handshake, displaced) = tokio::select! {
        entered = registry.handshakes.enter(id) => {
            let limit = registry.config.max_connections;
            entered.ok_or(NoPlace::Full { limit })?
        }
        _ = registry.stop_requested() => return Err(NoPlace::ShuttingDown.into()),
    };
    let time = registry.config.handshake_timeout;
    let (deadline, by) = (clock::now() + time, reader.timekeeper());
    let judged = shake_hands(registry, reader, peer, id, &handshake);
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
                registry.config.max_handshakes
            );
            Err(Refusal::new(RefusalCode::HandshakeTimeout, text).into())
        }
        _ = registry.stop_requested() => Err(NoPlace::ShuttingDown.into()),
    }
}

async fn shake_hands(
    registry: &Arc<Registry>,
    reader: &mut Reader,
    peer: &PeerIdentity,
    id: ConnectionId,
    handshake: &handshakes::Place<'_>,
) -> Result<Admitted, NoVerdict> {
    let (mut hello, read_ahead) = match handshake::read_hello(reader).await {
        Ok(hello) => hello,
        Err(NoHello::Gone { spoke }) => return Err(NoVerdict::Gone { spoke }),
        Err(NoHello::Refused(refusal)) => return Err(refusal.into()),
    };
    handshake.has_spoken();
    let terms = registry.terms();
    let chosen = judge_protocol(&hello, &terms)?;
    let codec = Codec::from_id(chosen.codec).ok_or_else(|| {
        Refusal::new(
            RefusalCode::NoCommonCodec,
            "a codec that this server does not know",
        )
    })?;
    let payload = hello.auth.take();
    let name = hello.peer_name.clone();
    let check = Arc::clone(&registry.authenticator).authenticate(payload, peer.clone(), id, name);
    let session = match AssertUnwindSafe(check).catch_unwind().await {
        Ok(session) => session?,
        Err(_) => {
            let error = Arc::new(ServerError::AuthenticatorPanicked);
            registry.events.publish(&ServerEvent::Error { error });
            return Err(Refusal::new(RefusalCode::Internal, "the server's check failed").into());
        }
    };
    judge_services(&hello, &terms)?;
    // Behind the check, so that a stranger does not learn which names are taken.
    let place = registry.reserve_place(id, hello.peer_name.clone())?;
    let (welcome, agreement) = admit(hello, &terms, id, chosen);
    Ok(Admitted {
        welcome,
        agreement,
        codec,
        session,
        read_ahead,
        place,
        terms,
    })
}

fn reject_reason(refusal: &Refusal) -> RejectReason {
    match RefusalReason::from_code(refusal.code) {
        None => RejectReason::Rejected(Rejection::new(refusal.detail, refusal.text.clone())),
        Some(reason) => RejectReason::Refused {
            reason,
            message: refusal.text.clone(),
        },
    }
}

/// Publishes the end of a connection, also when its task is aborted.
struct EndOnDrop {
    registry: Arc<Registry>,
    id: ConnectionId,
    reason: ConnectionError,
}

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.registry.disconnected(self.id, self.reason.clone());
    }
}
