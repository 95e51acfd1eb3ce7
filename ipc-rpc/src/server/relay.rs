//! Passing calls on from one client to another.

use std::sync::{Arc, OnceLock, Weak};

use super::registry::Registry;
use crate::clock;
use crate::codec::Codec;
use crate::connection::{
    Answer, CallEnd, Calling, Connection, Dispatched, Encoded, Entered, Feed, Few, IncomingCall,
    Outbound, Response, StreamReader, Unanswered,
};
use crate::context::Peer;
use crate::descriptor::ServiceDescriptor;
use crate::proto::{Standing, standing};
use crate::service::{FORWARD, PEERS, PeerList, Plain, RELAY, Service, answer};
use crate::wire::{CallFailure, FailureCode, Flags, HashKind, Route};

/// A call that one client of a server makes to another, for the server to allow or not.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RelayRequest {
    /// Who calls.
    pub from: Peer,
    /// Who is called.
    pub to: Peer,
    /// The name of the called service. Empty: whether `from` may know that `to` is there at all.
    pub service: String,
}

/// Decides which calls are passed on.
pub(super) type RelayPolicy = Arc<dyn Fn(&RelayRequest) -> bool + Send + Sync>;

/// The service behind [`Connection::client_of`](crate::Connection::client_of).
pub(super) struct Relay {
    /// Set once there is one. Weak: the registry has the services.
    registry: OnceLock<Weak<Registry>>,
    policy: RelayPolicy,
}

impl Relay {
    pub(super) fn new(policy: RelayPolicy) -> Arc<Self> {
        Arc::new(Self {
            registry: OnceLock::new(),
            policy,
        })
    }

    pub(super) fn belongs_to(&self, registry: &Arc<Registry>) {
        // It is made for one server, which is made once.
        let _ = self.registry.set(Arc::downgrade(registry));
    }

    fn registry(&self) -> Option<Arc<Registry>> {
        self.registry.get()?.upgrade()
    }

    /// Where a call goes, or why it does not.
    fn find(
        &self,
        from: &Connection,
        codec: Codec,
        route: &Route,
    ) -> Result<(Connection, u16), CallFailure> {
        let not_found = || CallFailure::new(FailureCode::PeerNotFound, route.peer.clone());
        let registry = self.registry().ok_or_else(not_found)?;
        let to = registry.named(&route.peer).ok_or_else(not_found)?;
        // Who may not know of a client does not learn of it here either.
        if !self.allows(from, &to, "") {
            return Err(not_found());
        }
        if !self.allows(from, &to, &route.service) {
            return Err(CallFailure::new(
                FailureCode::Refused,
                "the server does not pass this call on",
            ));
        }
        if to.codec() != codec {
            let text = format!("the caller speaks {codec}, and the peer {}", to.codec());
            return Err(CallFailure::new(FailureCode::Refused, text));
        }
        let table = to.shared().facts.peer_serves.get();
        let method = (route.method, route.signature);
        let position = table.iter().position(|entry| {
            *entry.name == *route.service
                && standing(method, HashKind::Declared, entry) == Standing::Same
        });
        let lane = position.and_then(|position| u16::try_from(position).ok());
        let unimplemented = || CallFailure::new(FailureCode::Unimplemented, "");
        Ok((to, lane.ok_or_else(unimplemented)?))
    }

    fn forward(&self, call: IncomingCall<'_>) -> Dispatched {
        let (shared, stage, entered) = call.take();
        let Entered {
            deadline,
            trace,
            body,
            side,
            streams,
            responder: Some(responder),
            ..
        } = entered
        else {
            return Dispatched::DONE;
        };
        let (route, len) = match Route::decode(&body) {
            Ok(route) => route,
            Err(malformed) => {
                responder.fail(&CallFailure::new(
                    FailureCode::Undecodable,
                    malformed.problem,
                ));
                return Dispatched::DONE;
            }
        };
        let from = Connection::of(Arc::clone(shared));
        let (to, lane) = match self.find(&from, responder.codec(), &route) {
            Ok(found) => found,
            Err(failure) => {
                responder.fail(&failure);
                return Dispatched::DONE;
            }
        };
        let mut message = Encoded::from_parts(body.skip(len).into_bytes(), side.into_bytes());
        message.feeds = passed_on(streams);
        let request = Outbound {
            lane,
            method: route.method,
            one_way: route.one_way,
            trace,
            deadline,
            message,
        };
        let (size, limit) = (request.len(), to.max_item_len());
        if size > limit {
            let text = format!("a request of {size} bytes, and the peer takes {limit}");
            responder.fail(&CallFailure::new(FailureCode::Refused, text));
            return Dispatched::DONE;
        }
        stage.run(async move {
            let mut calling = Calling::new(to.shared(), request, clock::now());
            let answered = (&mut calling).await;
            responder.ready().await;
            match answered {
                Ok(true) => responder.respond_with(response(calling.take_answer())),
                Ok(false) => answer(responder, |encoder| encoder.reply::<Plain<()>>(())),
                Err(unanswered) => responder.fail(&failure(&unanswered)),
            }
        })
    }

    fn allows(&self, from: &Connection, to: &Connection, service: &str) -> bool {
        (self.policy)(&RelayRequest {
            from: Peer::of(from),
            to: Peer::of(to),
            service: service.to_owned(),
        })
    }

    /// The clients that have a name, as far as this one may know of them.
    fn peers(&self, from: &Connection) -> PeerList {
        let connections = self
            .registry()
            .map_or_else(Vec::new, |registry| registry.connections());
        let named = connections.iter().filter_map(|peer| {
            let name = peer.peer_name()?.to_owned();
            let allowed = |service: &String| self.allows(from, peer, service);
            self.allows(from, peer, "").then(|| {
                (
                    name,
                    peer.peer_services().into_iter().filter(allowed).collect(),
                )
            })
        });
        let mut peers: PeerList = named.collect();
        peers.sort_unstable();
        peers
    }
}

/// Streams of one peer, as what fills those that are opened to the other.
fn passed_on(streams: Few<StreamReader>) -> Few<Box<dyn Feed>> {
    let feed = |stream| -> Box<dyn Feed> { Box::new(stream) };
    streams.into_iter().map(feed).collect()
}

/// What the peer answered, as it is.
fn response(mut answer: Answer) -> Response {
    if answer.flags.has(Flags::FAILURE) {
        // Made anew: failures wait for no room, so none may be as large as a peer likes.
        let failure = CallFailure::decode(answer.body()).unwrap_or_else(|malformed| {
            CallFailure::new(FailureCode::Cancelled, malformed.problem)
        });
        // Said of the client that was called. Said as it is, it would be this server that is going.
        let failure = match failure.code {
            FailureCode::ShuttingDown => CallFailure::new(
                FailureCode::Refused,
                "the client that was called is closing",
            ),
            _ => failure,
        };
        return Response::failure(&failure);
    }
    let feeds = passed_on(answer.take_streams());
    let flags = answer.flags.without_streams();
    let (body, side) = answer.into_parts();
    let mut message = Encoded::from_parts(body, side);
    message.feeds = feeds;
    Response { flags, message }
}

/// Why there is no answer, to whoever called.
fn failure(unanswered: &Unanswered) -> CallFailure {
    match &**unanswered {
        (CallEnd::DeadlineExceeded, _) => CallFailure::new(FailureCode::DeadlineExceeded, ""),
        (CallEnd::Connection(_), true) => CallFailure::new(FailureCode::Cancelled, ""),
        (CallEnd::Connection(reason), false) => {
            CallFailure::new(FailureCode::Refused, format!("the peer has gone: {reason}"))
        }
        (CallEnd::TooManyStreams { limit }, _) => {
            let text = format!("the peer has {limit} streams open, which is all it allows");
            CallFailure::new(FailureCode::Refused, text)
        }
    }
}

impl Service for Arc<Relay> {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        &RELAY
    }

    fn dispatch(&self, call: IncomingCall<'_>) -> Dispatched {
        if call.method() == FORWARD.id {
            self.forward(call)
        } else if call.method() == PEERS.id {
            let peers = self.peers(&Connection::of(Arc::clone(call.shared)));
            if let Some(responder) = call.entered.responder.take() {
                answer(responder, |encoder| encoder.reply::<Plain<PeerList>>(peers));
            }
            Dispatched::DONE
        } else {
            call.unimplemented()
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_failure_that_is_passed_on_is_no_larger_than_one_of_our_own() {
        let mut honest = Vec::new();
        CallFailure::new(FailureCode::Refused, "not today").encode(&mut honest);
        let mut wordy = Vec::new();
        CallFailure::new(FailureCode::Refused, "x".repeat(60_000)).encode(&mut wordy);
        let garbage = vec![9; 8 * 1024 * 1024];
        for body in [honest.clone(), wordy, garbage] {
            let parts = (Bytes::from(body), Bytes::from_static(b"beside"));
            let passed = response(Answer::from_parts(Flags::FAILURE, parts, Few::NONE));
            assert!(passed.flags.has(Flags::FAILURE));
            assert!(passed.message.len() < 2048, "{}", passed.message.len());
            assert!(CallFailure::decode(&passed.message.bytes).is_ok());
        }
        let parts = (Bytes::from(honest.clone()), Bytes::new());
        let passed = response(Answer::from_parts(Flags::FAILURE, parts, Few::NONE));
        assert_eq!(passed.message.bytes, honest);
    }
}
