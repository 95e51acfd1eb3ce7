//! Where protocol, transport and time meet: a live connection.
//!
//! A connection is one lock ([`shared`]), one task ([`driver`]) and any number of handles ([`Connection`]).
//! Callers and handlers append frames under the lock and, when nothing else is under way, write them
//! themselves; the task reads, starts handlers and writes the rest. Everything here is bytes: types appear
//! in `service`, above.

mod answer;
mod arrivals;
mod blocking;
mod busy_poll;
mod call;
mod calling;
mod control;
mod deferred;
mod driven;
mod driver;
mod encoded;
mod ended;
mod ending;
mod entered;
mod few;
mod glances;
pub(crate) mod handshake;
mod head_start;
mod inbox;
mod incoming;
mod long_polls;
mod lull;
mod outbox;
mod outgoing;
mod pace;
mod patience;
mod pause;
mod peer_services;
mod ping;
mod pong;
mod pulse;
pub(crate) mod reach;
mod renewed;
mod request;
pub(crate) mod scratch;
mod serving;
mod shared;
mod slots;
mod starting;
mod streams;
mod tally;
mod watch;

pub(crate) use answer::Answer;
pub use blocking::BlockingConnection;
pub(crate) use blocking::OrderlyEnd;
pub(crate) use call::CallEnd;
pub(crate) use calling::{Calling, Unanswered};
pub(crate) use driven::Driven;
pub(crate) use driver::Driver;
pub(crate) use encoded::Encoded;
pub(crate) use entered::Entered;
pub(crate) use few::Few;
pub(crate) use inbox::{Arrival, Inbox};
pub(crate) use incoming::{Dispatch, Stage, State, spawn};
pub use incoming::{Dispatched, IncomingCall};
pub(crate) use outgoing::{Outbound, deadline_after};
pub(crate) use peer_services::PeerServices;
pub(crate) use renewed::Renewed;
pub(crate) use serving::{Responder, Response};
pub(crate) use shared::Shared;
pub(crate) use streams::{
    Batch, Feed, LARGE_ITEM, Payload, ReaderEnd, Sent, StreamReader, StreamWriter, WriterEnd,
};
pub(crate) use watch::RequestOver;

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::auth::Session;
use crate::clock;
use crate::codec::Codec;
use crate::config::Config;
use crate::error::{CallError, ConnectionError};
use crate::identity::PeerIdentity;
use crate::meter::Role;
use crate::proto::Offers;
use crate::transport::framing::FrameReader;
use crate::transport::{Reader, Writer};
use crate::wire::{
    ConnectionId, Goodbye, GoodbyeCode, Header, Kind, MAX_DEADLINE, PeerLimits, RequestId,
    ServiceEntry, encode_services,
};

/// What is known of a connection from its handshake on.
pub(crate) struct Facts {
    pub(crate) id: ConnectionId,
    pub(crate) codec: Codec,
    pub(crate) peer: PeerIdentity,
    /// What the authenticator granted; `()` where there was none.
    pub(crate) session: Session,
    /// What the peer takes at most.
    pub(crate) peer_limits: PeerLimits,
    /// The services that the peer serves. The position of each is its lane.
    pub(crate) peer_serves: PeerServices,
    /// The name that the peer has among the server's clients. Of a client's server: none.
    pub(crate) peer_name: Option<Arc<str>>,
    /// What both sides say of themselves beside their services, if either does.
    pub(crate) offers: Option<Box<Offers>>,
    pub(crate) config: Arc<Config>,
    /// What goes on with another connection when this one has ended, if something does.
    pub(crate) renewed: Option<Weak<Renewed>>,
}

impl Facts {
    /// Of a peer that serves nothing.
    fn of_nobody() -> Self {
        Self {
            id: ConnectionId::new(0),
            codec: Codec::default(),
            peer: PeerIdentity::in_process(),
            session: Arc::new(()),
            peer_limits: Config::default().peer_limits(),
            peer_serves: PeerServices::default(),
            peer_name: None,
            offers: None,
            config: Arc::default(),
            renewed: None,
        }
    }

    /// Which side of the connection this is: the one whose peer may serve more later is the client's.
    fn role(&self) -> Role {
        if self.peer_serves.may_change() {
            Role::Client
        } else {
            Role::Server
        }
    }
}

/// A live connection: the handle that clients, servers and handlers share.
///
/// Its clones are the same connection. When the last handle of a client's connection is dropped, the
/// generated clients on it included, the connection is closed in order, as [`close`](Self::close) does.
pub struct Connection {
    shared: Arc<Shared>,
}

impl Connection {
    /// Begins a connection's life. It lives as long as the driver is run.
    pub(crate) fn begin(
        facts: Facts,
        (reader, writer): (Reader, Writer),
        read_ahead: Bytes,
        services: Arc<dyn Dispatch>,
    ) -> (Self, Driver) {
        let reader = FrameReader::new(reader, &read_ahead, facts.config.max_frame_len);
        let shared = Shared::new(writer, facts);
        shared.meter.received(read_ahead.len());
        let driver = Driver::new(Arc::clone(&shared), reader, services);
        (Self::of(shared), driver)
    }

    /// A connection that has ended before it began, to a peer that serves nothing.
    pub(crate) fn to_nobody() -> Self {
        let shared = Shared::new(Box::new(tokio::io::sink()), Facts::of_nobody());
        shared.end_now();
        Self::of(shared)
    }

    /// Bytes of the largest item that the peer takes.
    #[inline]
    pub(crate) fn max_item_len(&self) -> usize {
        self.shared.facts.peer_limits.max_frame_len as usize
    }

    /// Writes these bytes before every frame.
    pub(crate) fn preface(&self, bytes: Vec<u8>) {
        self.shared.lock().outbox.append_raw(bytes);
    }

    pub(crate) fn of(shared: Arc<Shared>) -> Self {
        shared.add_handle();
        Self { shared }
    }

    pub(crate) const fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The connection's id, the same on both sides.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.shared.facts.id
    }

    /// What the kernel says of the process at the other end, as it was when the connection began.
    #[must_use]
    pub fn peer_identity(&self) -> &PeerIdentity {
        &self.shared.facts.peer
    }

    /// The name that the client at the other end [claimed](crate::Connect::peer_name). `None`: it claimed none, or this is
    /// the client's side.
    #[must_use]
    pub fn peer_name(&self) -> Option<&str> {
        self.shared.facts.peer_name.as_deref()
    }

    /// The codec that both sides agreed on.
    #[must_use]
    #[inline]
    pub fn codec(&self) -> Codec {
        self.shared.facts.codec
    }

    /// The names of the services that the peer serves at this moment.
    #[must_use]
    pub fn peer_services(&self) -> Vec<String> {
        let services = self.shared.facts.peer_serves.get();
        let names = services.iter().map(|service| service.name.to_string());
        // A service that was removed leaves a place without a name.
        names.filter(|name| !name.is_empty()).collect()
    }

    /// Waits until the peer serves this service, which may be now. `false`: the connection has ended before.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub fn peer_serves<'a>(&self, service: &'a str) -> impl Future<Output = bool> + Send + use<'a> {
        let shared = Arc::clone(&self.shared);
        async move {
            let served =
                |services: &[ServiceEntry]| services.iter().any(|entry| &*entry.name == service);
            tokio::select! {
                biased;
                () = shared.facts.peer_serves.wait_for(served) => true,
                _ = shared.closed() => false,
            }
        }
    }

    /// Tells the peer that this side's services are these now, if it takes a frame of that size.
    pub(crate) fn announce(&self, services: &[ServiceEntry]) {
        let table = encode_services(services);
        if table.len() > self.max_item_len() {
            return;
        }
        let mut core = self.shared.lock();
        let header = Header::new(Kind::ServicesChanged, RequestId::new(0, 0));
        core.append_control(header, &table);
        self.shared.settle(core, true);
    }

    /// Asks the peer for a sign of life, and returns how long it took to come.
    ///
    /// The peer's connection answers by itself: no handler is involved, and none can hold it up for longer
    /// than it computes without waiting.
    ///
    /// # Errors
    ///
    /// [`CallError::DeadlineExceeded`] after [`Config::ping_timeout`], [`CallError::Connection`] if the
    /// connection ends meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a dropped ping leaves nothing behind.
    pub fn ping(&self) -> impl Future<Output = Result<Duration, CallError>> + Send + use<> {
        self.ping_with(&[])
    }

    /// The same with bytes that go there and come back, to learn what a message of that size takes.
    ///
    /// # Errors
    ///
    /// As [`ping`](Self::ping), and [`CallError::TooLarge`] if one of the two sides does not take that many.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub fn ping_with<'a>(
        &self,
        payload: &'a [u8],
    ) -> impl Future<Output = Result<Duration, CallError>> + Send + use<'a> {
        let shared = Arc::clone(&self.shared);
        async move { shared.ping(payload, clock::now()).await }
    }

    /// Ends the connection in order and waits until it has ended: no call begins any more, those in flight
    /// finish in both directions, for at most [`Config::drain_timeout`], then the peer is told `reason`.
    ///
    /// Returns whether this call began it; `false` if it was ending already. Within a handler of this very
    /// connection do not wait for it: it waits for that handler.
    ///
    /// A client that [connects again](crate::Connect::reconnect) ends with this: whichever connection it has by then is closed,
    /// and no other is made.
    ///
    /// # Cancel safety
    ///
    /// Once polled, the connection closes whether it is waited for or not.
    pub fn close<R: Into<String>>(&self, reason: R) -> impl Future<Output = bool> + Send + use<R> {
        self.end_in_order(reason.into(), None)
    }

    /// The same with another time than [`Config::drain_timeout`] for the calls in flight, which are ended then. With none,
    /// whatever is in flight is ended at once: that is how the owner of a server revokes what it has granted.
    ///
    /// If the connection is ending already, it takes no longer than that either.
    ///
    /// # Cancel safety
    ///
    /// As [`close`](Self::close).
    pub fn close_within<R: Into<String>>(
        &self,
        reason: R,
        grace: Duration,
    ) -> impl Future<Output = bool> + Send + use<R> {
        self.end_in_order(reason.into(), Some(grace))
    }

    fn end_in_order(
        &self,
        reason: String,
        grace: Option<Duration>,
    ) -> impl Future<Output = bool> + Send + use<> {
        let shared = Arc::clone(&self.shared);
        async move {
            let last = shared.end_renewal(|| ConnectionError::LocallyClosed {
                reason: reason.clone(),
            });
            let goodbye = Goodbye::new(GoodbyeCode::Closed, reason);
            let now = clock::now();
            let first = match grace {
                None => last.close(goodbye, now),
                Some(grace) => last.close_by(goodbye, now + grace.min(MAX_DEADLINE)),
            };
            last.ended.wait().await;
            first
        }
    }

    /// Begins to close it. `false`: it is ending already.
    pub(crate) fn begin_close(&self, code: GoodbyeCode, reason: String, now: Instant) -> bool {
        self.shared.close(Goodbye::new(code, reason), now)
    }

    /// Says when an end that was begun is to be over; see [`Life::drain_until`](crate::proto::Life::drain_until).
    pub(crate) fn drain_until(&self, deadline: Instant) {
        self.shared.drain_until(deadline);
    }

    /// Whether calls in flight were ended because draining took too long.
    pub(crate) fn was_cut(&self) -> bool {
        self.shared.lock().life.was_cut()
    }

    /// Ends the connection at once, without a word to the peer, and fails everything pending.
    ///
    /// The peer sees a connection that vanished. Does nothing to one that has ended. A client that
    /// [connects again](crate::Connect::reconnect) ends with this, as with [`close`](Self::close).
    pub fn abort(&self) {
        self.shared.end_renewal(|| ConnectionError::Aborted).abort();
    }

    /// What goes on with another connection when this one has ended, while somebody calls over it.
    pub(crate) fn renewed(&self) -> Option<Arc<Renewed>> {
        self.shared.renewed()
    }

    /// Why no call can begin.
    fn reason(&self) -> ConnectionError {
        let reason = self.shared.lock().life.reason();
        reason.unwrap_or(ConnectionError::Aborted)
    }

    /// Ends it, fails everything pending and stops the handlers, all before this returns.
    pub(crate) fn end_now(&self) -> ConnectionError {
        self.shared.end_now();
        self.shared.end_reason()
    }

    /// Waits until the connection has ended, and returns why.
    ///
    /// By then every pending call was failed and every handler told to stop.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub fn closed(&self) -> impl Future<Output = ConnectionError> + Send + use<> {
        self.shared.closed()
    }

    /// Whether the connection has ended.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.ended.is_set()
    }
}

impl Clone for Connection {
    fn clone(&self) -> Self {
        Self::of(Arc::clone(&self.shared))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.shared.drop_handle() {
            self.begin_close(GoodbyeCode::Closed, String::new(), clock::now());
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("id", &self.id())
            .field("peer", self.peer_identity())
            .finish_non_exhaustive()
    }
}
