//! One client, from accepted to admitted. Runs in a task of its own, so a client that stalls holds up no other.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::event::ListenerEvent;
use super::stream::{Facts, Stream};
use crate::auth::Session;
use crate::clock::{self, timeout_at};
use crate::event::{Hub, RejectReason, ServerError};
use crate::gate::{self, Gate, Heard, NoVerdict};
use crate::identity::PeerIdentity;
use crate::meter::{Handshake, Role};
use crate::proto::handshake::{Terms, admit};
use crate::transport::{Io, Reader, Writer};
use crate::wire::{ConnectionId, Refusal, RefusalCode, Welcome};

/// What all admissions of a listener share.
pub(super) struct Door {
    pub(super) gate: Gate,
    pub(super) terms: Arc<Terms>,
    /// For streams that are handed out and not dropped yet.
    pub(super) places: Arc<Semaphore>,
    pub(super) events: Hub<ListenerEvent>,
    /// How long the system may take to take a welcome, which it does at once as a rule.
    pub(super) patience: Duration,
    pub(super) next_id: AtomicU64,
    /// How many of the names lead elsewhere by now.
    pub(super) lost: AtomicUsize,
}

struct Admitted {
    welcome: Welcome,
    session: Session,
    read_ahead: Bytes,
    place: OwnedSemaphorePermit,
}

impl Door {
    pub(super) fn tell(&self, error: ServerError) {
        if matches!(error, ServerError::NameLost { .. }) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        let error = Arc::new(error);
        self.events.publish(&ListenerEvent::Error { error });
    }

    /// Shakes hands with a client. `None`: it was not admitted, and that was told.
    pub(super) async fn admit(self: Arc<Self>, io: Io) -> Option<Stream> {
        let Io {
            mut reader,
            mut writer,
            peer,
        } = io;
        let id = ConnectionId::new(self.next_id.fetch_add(1, Ordering::Relaxed));
        let shaking_hands = Handshake::begin(Role::Server);
        let judged = self.judge(&mut reader, &peer, id).await;
        shaking_hands.end();
        let refusal = match judged {
            Ok(admitted) => return self.welcome((reader, writer), peer, id, admitted).await,
            Err(NoVerdict::Refused(refusal)) => refusal,
            Err(NoVerdict::CheckPanicked) => {
                self.tell(ServerError::AuthenticatorPanicked);
                Refusal::new(RefusalCode::Internal, "the server's check failed")
            }
            Err(NoVerdict::Gone { spoke }) => {
                // Whoever only looks whether somebody is here is no client.
                if spoke {
                    self.reject(peer, RejectReason::Vanished);
                }
                return None;
            }
        };
        tracing::debug!(%peer, code = ?refusal.code, "client turned away");
        self.reject(peer, RejectReason::from(&refusal));
        self.gate
            .turn_away(&mut reader, &mut writer, &refusal)
            .await;
        None
    }

    fn reject(&self, peer: PeerIdentity, reason: RejectReason) {
        gate::count_rejected(&reason);
        self.events
            .publish(&ListenerEvent::Rejected { peer, reason });
    }

    async fn judge(
        &self,
        reader: &mut Reader,
        peer: &PeerIdentity,
        id: ConnectionId,
    ) -> Result<Admitted, NoVerdict> {
        self.gate.check_peer(peer)?;
        if self.places.available_permits() == 0 {
            return Err(self.gate.full().into());
        }
        let terms = || Arc::clone(&self.terms);
        let Heard {
            hello,
            chosen,
            session,
            read_ahead,
            terms,
        } = self.gate.hear(reader, peer, id, terms).await?;
        let place = Arc::clone(&self.places);
        let place = place.try_acquire_owned().map_err(|_| self.gate.full())?;
        let (welcome, _) = admit(hello, &terms, id, chosen);
        Ok(Admitted {
            welcome,
            session,
            read_ahead,
            place,
        })
    }

    async fn welcome(
        &self,
        (reader, mut writer): (Reader, Writer),
        peer: PeerIdentity,
        id: ConnectionId,
        admitted: Admitted,
    ) -> Option<Stream> {
        let Admitted {
            welcome,
            session,
            read_ahead,
            place,
        } = admitted;
        let (until, by) = (clock::now() + self.patience, reader.timekeeper());
        let welcome = welcome.encode();
        let written = write(&mut writer, &welcome);
        if !matches!(timeout_at(until, by, written).await, Ok(Ok(()))) {
            self.reject(peer, RejectReason::Vanished);
            return None;
        }
        let facts = Facts {
            id,
            peer,
            session,
            _place: Some(place),
        };
        Some(Stream::new((reader, writer), read_ahead, facts))
    }
}

async fn write(writer: &mut Writer, bytes: &[u8]) -> io::Result<()> {
    writer.write_all(bytes).await?;
    writer.flush().await
}
