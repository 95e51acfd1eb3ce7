//! One client, from accepted to gone. Runs in a task of its own, so a client that stalls holds up no other.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::registry::{NoPlace, Place, Registry};
use crate::auth::Session;
use crate::codec::Codec;
use crate::connection::{Connection, Driven, Driver, Facts, PeerServices};
use crate::error::ConnectionError;
use crate::event::{RejectReason, ServerError, ServerEvent};
use crate::gate::{self, Heard, NoVerdict};
use crate::identity::PeerIdentity;
use crate::meter::{Handshake, Role};
use crate::proto::handshake::{Agreement, Terms, admit, judge_services};
use crate::transport::{Io, Reader, Writer};
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
///
/// Written by hand: an async function would have room for the driver beside what it makes of it, and for its arguments, for as
/// long as the connection lives.
#[expect(
    clippy::large_enum_variant,
    reason = "a connection is driven almost all the time, and is not to have a box of its own besides its task"
)]
pub(super) enum Serving {
    /// Boxed, so that a task has no room for a handshake as long as its connection lives.
    Admitting(Pin<Box<dyn Future<Output = Option<Admitted>> + Send>>),
    Driven(Driven<EndOnDrop>),
}

impl Serving {
    pub(super) fn new(registry: Arc<Registry>, io: Io, origin: Origin) -> Self {
        Self::Admitting(Box::pin(admit_or_refuse(registry, io, origin)))
    }
}

impl Future for Serving {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let Self::Admitting(admitting) = &mut *self {
            let Some(Admitted { driver, end }) = ready!(admitting.as_mut().poll(cx)) else {
                return Poll::Ready(());
            };
            *self = Self::Driven(driver.until(end, |end, reason| end.reason = reason));
        }
        match &mut *self {
            Self::Driven(driven) => Pin::new(driven).poll(cx),
            Self::Admitting(_) => Poll::Ready(()),
        }
    }
}

/// The connection of a client that is admitted, yet to be driven. Its end is told even if it is not.
pub(super) struct Admitted {
    driver: Driver,
    end: EndOnDrop,
}

/// Shakes hands with a client, and begins its connection or turns it away.
async fn admit_or_refuse(registry: Arc<Registry>, io: Io, origin: Origin) -> Option<Admitted> {
    let Io {
        mut reader,
        mut writer,
        peer,
    } = io;
    let id = registry.next_id();
    let shaking_hands = Handshake::begin(Role::Server);
    let judged = judge(&registry, &mut reader, &peer, id).await;
    shaking_hands.end();
    let refusal = match judged {
        Ok(judged) => return Some(begin(registry, (reader, writer), peer, id, judged)),
        Err(NoVerdict::Refused(refusal)) => refusal,
        Err(NoVerdict::CheckPanicked) => {
            registry.tell(ServerError::AuthenticatorPanicked);
            Refusal::new(RefusalCode::Internal, "the server's check failed")
        }
        Err(NoVerdict::Gone { spoke }) => {
            // Whoever only looks whether somebody is here is no client.
            if spoke || origin == Origin::HandedIn {
                registry.reject(peer, RejectReason::Vanished);
            }
            return None;
        }
    };
    tracing::debug!(%peer, code = ?refusal.code, "client turned away");
    registry.reject(peer, RejectReason::from(&refusal));
    // Boxed, so that those who are admitted have no room for it.
    let gate = &registry.gate;
    Box::pin(gate.turn_away(&mut reader, &mut writer, &refusal)).await;
    None
}

/// Begins the connection of a client that is admitted.
fn begin(
    registry: Arc<Registry>,
    halves: (Reader, Writer),
    peer: PeerIdentity,
    id: ConnectionId,
    judged: Judged,
) -> Admitted {
    let Judged {
        welcome,
        agreement,
        codec,
        session,
        read_ahead,
        place,
        terms,
    } = judged;
    let facts = Facts {
        id,
        codec,
        peer,
        session,
        peer_limits: agreement.peer_limits,
        peer_serves: PeerServices::of_client(agreement.peer_serves),
        peer_name: agreement.peer_name,
        offers: agreement.offers,
        config: Arc::clone(&registry.config),
        renewed: None,
    };
    let services = Arc::clone(&registry.services);
    let (connection, driver) = Connection::begin(facts, halves, read_ahead, services);
    connection.preface(welcome.encode());
    registry.connected(&connection, place, &terms);
    let end = EndOnDrop {
        registry,
        id,
        reason: ConnectionError::Aborted,
    };
    Admitted { driver, end }
}

/// A client of which everything is known, and nothing is against it.
struct Judged {
    welcome: Welcome,
    agreement: Agreement,
    codec: Codec,
    session: Session,
    read_ahead: Bytes,
    place: Place,
    terms: Arc<Terms>,
}

impl Registry {
    fn reject(&self, peer: PeerIdentity, reason: RejectReason) {
        gate::count_rejected(&reason);
        self.events.publish(&ServerEvent::Rejected { peer, reason });
    }

    fn refusal(&self, no_place: NoPlace) -> Refusal {
        match no_place {
            NoPlace::Full => self.gate.full(),
            NoPlace::NameTaken { name } => Refusal::new(
                RefusalCode::NameTaken,
                format!("another client is called `{}`", name.escape_debug()),
            ),
            NoPlace::ShuttingDown => {
                Refusal::new(RefusalCode::ShuttingDown, "the server is shutting down")
            }
        }
    }
}

/// Judges a client: the kernel's word first, before a byte is read; then the protocol, the user's check, and the
/// services.
async fn judge(
    registry: &Arc<Registry>,
    reader: &mut Reader,
    peer: &PeerIdentity,
    id: ConnectionId,
) -> Result<Judged, NoVerdict> {
    registry.gate.check_peer(peer)?;
    let no_place = |reason| registry.refusal(reason);
    registry.has_place().map_err(no_place)?;
    let heard = tokio::select! {
        biased;
        () = registry.stop_requested() => return Err(no_place(NoPlace::ShuttingDown).into()),
        heard = registry.gate.hear(reader, peer, id, || registry.terms()) => heard?,
    };
    let Heard {
        hello,
        chosen,
        session,
        read_ahead,
        terms,
    } = heard;
    let codec = Codec::from_id(chosen.codec).ok_or_else(|| {
        Refusal::new(
            RefusalCode::NoCommonCodec,
            "a codec that this server does not know",
        )
    })?;
    judge_services(&hello, &terms)?;
    // Behind the check, so that a stranger does not learn which names are taken.
    let place = registry
        .reserve_place(id, hello.peer_name.clone())
        .map_err(no_place)?;
    let (welcome, agreement) = admit(hello, &terms, id, chosen);
    Ok(Judged {
        welcome,
        agreement,
        codec,
        session,
        read_ahead,
        place,
        terms,
    })
}

/// Publishes the end of a connection, also when its task is aborted.
pub(super) struct EndOnDrop {
    registry: Arc<Registry>,
    id: ConnectionId,
    reason: ConnectionError,
}

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        let reason = std::mem::replace(&mut self.reason, ConnectionError::Aborted);
        self.registry.disconnected(self.id, reason);
    }
}
