//! The calls of one service over a connection, on the caller's side.

mod footing;
mod layered;
mod renewing;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) use self::footing::Footing;
use self::footing::RenewedFooting;
use super::message::encode_args;
use super::relay::{FORWARD, RELAY};
use super::reply::ResponseDecoder;
use super::{Caller, Client, Method, Reply, ServiceDefinition, failure};
use crate::clock;
use crate::codec::{Codec, CodecError};
#[cfg(feature = "plugin")]
use crate::connection::Renewed;
use crate::connection::{
    Answer, CallEnd, Calling, Connection, Encoded, Few, Outbound, StreamReader, Unanswered,
    deadline_after, scratch,
};
use crate::context::{Context, Deadline, Peer};
use crate::descriptor::{MethodDescriptor, MethodTimeout, ServiceDescriptor};
use crate::error::CallError;
use crate::layer::Layers;
use crate::transport::framing::Body;
use crate::wire::{Flags, Route};

/// One direction of calls over a connection: those that this side makes to one service of the peer.
///
/// A generated client stands on a lane. Its clones are the same lane.
#[derive(Clone, Debug)]
pub struct Lane {
    link: Link,
    service: &'static ServiceDescriptor,
    /// The server is to pass the calls on to a client of this name. Then what is looked up is its relay.
    route: Option<Arc<str>>,
    layers: Layers,
}

/// What a lane leads over.
#[derive(Clone, Debug)]
enum Link {
    /// One connection, for as long as it lives.
    Fixed(Footing),
    /// One connection after another.
    Renewed(RenewedFooting),
}

/// For how long a call may take.
#[derive(Clone, Copy, Debug)]
struct TimeLimit {
    now: Instant,
    at: Option<Instant>,
    /// How long that is in all, for error texts.
    after: Option<Duration>,
}

impl Lane {
    /// A lane over this connection, and over those that follow it, if some do.
    pub(crate) fn open(
        connection: Connection,
        service: &'static ServiceDescriptor,
        layers: Layers,
    ) -> Self {
        let link = match connection.renewed() {
            Some(renewed) => Link::Renewed(RenewedFooting::new(renewed)),
            None => Link::Fixed(Footing::find(connection, service)),
        };
        Self::new(link, service, layers)
    }

    /// A lane over this connection and no other.
    fn fixed(connection: Connection, service: &'static ServiceDescriptor) -> Self {
        let link = Link::Fixed(Footing::find(connection, service));
        Self::new(link, service, Layers::default())
    }

    const fn new(link: Link, service: &'static ServiceDescriptor, layers: Layers) -> Self {
        Self {
            link,
            service,
            route: None,
            layers,
        }
    }

    /// A lane over one connection after another, whichever there are.
    #[cfg(feature = "plugin")]
    pub(crate) fn over(renewed: Arc<Renewed>, service: &'static ServiceDescriptor) -> Self {
        Self {
            link: Link::Renewed(RenewedFooting::new(renewed)),
            service,
            route: None,
            layers: Layers::default(),
        }
    }

    /// This lane, which is one to the relay of a server, as one to a service of another of its clients.
    pub(super) fn routed(self, peer: Arc<str>, service: &'static ServiceDescriptor) -> Self {
        Self {
            service,
            route: Some(peer),
            ..self
        }
    }

    /// The connection that the calls go over. If the client [connects again](crate::Connect::reconnect): the one there is, or
    /// the last that there was.
    #[must_use]
    pub fn connection(&self) -> Connection {
        match &self.link {
            Link::Fixed(footing) => footing.connection.clone(),
            Link::Renewed(link) => link.renewed.last(),
        }
    }

    fn codec(&self) -> Codec {
        match &self.link {
            Link::Fixed(footing) => footing.connection.codec(),
            Link::Renewed(link) => link.renewed.codec(),
        }
    }

    /// Whether the peer has this method, with the signature that this side knows.
    #[must_use]
    pub fn supports(&self, method: &MethodDescriptor) -> bool {
        match &self.link {
            Link::Fixed(footing) => self.find(footing, method).is_some(),
            Link::Renewed(link) => {
                let footing = Footing::find(link.renewed.last(), self.looked_up());
                self.find(&footing, method).is_some()
            }
        }
    }

    /// The service that is looked up with the peer.
    const fn looked_up(&self) -> &'static ServiceDescriptor {
        match self.route {
            Some(_) => &RELAY,
            None => self.service,
        }
    }

    fn find(&self, footing: &Footing, method: &MethodDescriptor) -> Option<u16> {
        footing.number_for(self.service, self.route.is_some(), method)
    }

    #[cold]
    fn write_route(&self, peer: &str, method: &MethodDescriptor, out: &mut Vec<u8>) {
        let route = Route {
            peer: peer.to_owned(),
            service: self.service.name.to_owned(),
            method: method.id,
            signature: method.signature,
            one_way: method.one_way,
        };
        route.encode(out);
    }

    /// How long a call with this context that begins now may take.
    fn time_limit(&self, method: &MethodDescriptor, context: &Context, now: Instant) -> TimeLimit {
        let timeout = match context.deadline_setting() {
            Deadline::At(at, allowed) => {
                let after = allowed.or_else(|| Some(at.saturating_duration_since(now)));
                let at = Some(at);
                return TimeLimit { now, at, after };
            }
            Deadline::Never => None,
            Deadline::Unset => match method.timeout {
                MethodTimeout::After(timeout) => Some(timeout),
                MethodTimeout::Never => None,
                MethodTimeout::Unset => match &self.link {
                    Link::Fixed(footing) => footing.connection.shared().facts.config.call_timeout,
                    Link::Renewed(link) => link.renewed.last().shared().facts.config.call_timeout,
                },
            },
        };
        TimeLimit {
            now,
            at: deadline_after(timeout, now),
            after: timeout,
        }
    }

    /// An encoded request, to be sent.
    #[inline(always)]
    fn request<'a>(
        &self,
        footing: &'a Footing,
        method: &'static MethodDescriptor,
        context: &Context,
        time: TimeLimit,
        message: Encoded,
    ) -> Result<Calling<'a>, CallError> {
        let lane = self.find(footing, method).ok_or(CallError::Unimplemented {
            service: self.service.name,
            method: method.name,
        })?;
        let shared = footing.connection.shared();
        let TimeLimit { now, at, after } = time;
        if at.is_some_and(|deadline| deadline <= now) {
            return Err(CallError::DeadlineExceeded { after, sent: false });
        }
        let request = Outbound {
            lane,
            method: match self.route {
                Some(_) => FORWARD.id,
                None => method.id,
            },
            one_way: method.one_way,
            trace: context.trace(),
            deadline: at,
            message,
        };
        let (size, limit) = (
            request.len(),
            shared.facts.peer_limits.max_frame_len as usize,
        );
        if size > limit {
            return Err(CallError::TooLarge {
                response: false,
                size,
                limit,
            });
        }
        Ok(Calling::new(shared, request, now))
    }

    /// Sends an encoded request, and waits for what the peer answers. `None`: the method is one-way.
    async fn exchange(
        &self,
        method: &'static MethodDescriptor,
        context: &Context,
        message: Encoded,
    ) -> Result<Option<Answer>, CallError> {
        match &self.link {
            Link::Fixed(footing) => {
                let time = self.time_limit(method, context, clock::now());
                let mut calling = self.request(footing, method, context, time, message)?;
                let answered = (&mut calling).await;
                let answered = self.judge(method, answered, calling.answer(), time.after)?;
                Ok(answered.then(|| calling.take_answer()))
            }
            Link::Renewed(link) => self.exchange_renewing(link, method, context, message).await,
        }
    }

    /// Whether there is an answer, which says what the method returned, or why there is none. Without one the method is
    /// one-way.
    #[inline]
    fn judge(
        &self,
        method: &'static MethodDescriptor,
        answered: Result<bool, Unanswered>,
        answer: &Answer,
        after: Option<Duration>,
    ) -> Result<bool, CallError> {
        match answered {
            Ok(true) if answer.flags.has(Flags::FAILURE) => {
                Err(self.failure(method, answer, after))
            }
            Ok(answered) => Ok(answered),
            Err(ended) => {
                let (end, sent) = *ended;
                Err(unanswered(end, sent, after))
            }
        }
    }

    #[cold]
    fn failure(
        &self,
        method: &'static MethodDescriptor,
        answer: &Answer,
        after: Option<Duration>,
    ) -> CallError {
        match failure::from_wire(answer.body(), self.service.name, method) {
            // Both sides keep to one deadline; whichever notices first, the caller knows how long it was.
            CallError::DeadlineExceeded { sent, .. } => CallError::DeadlineExceeded { after, sent },
            error => error,
        }
    }

    /// What the caller of `M` gets for this answer.
    #[inline]
    fn decode<M: Method>(
        &self,
        answer: &mut Answer,
    ) -> Result<<M::Reply as Reply>::Output, CallError<<M::Reply as Reply>::Error>> {
        let service_error = answer.flags.has(Flags::SERVICE_ERROR);
        let streams = answer.take_streams();
        let (body, side) = answer.parts();
        let result = decode::<M>(self.codec(), service_error, body, side, streams);
        answer.recycle();
        result
    }

    /// What the caller of a one-way method gets.
    #[cold]
    fn decode_nothing<M: Method>(
        &self,
    ) -> Result<<M::Reply as Reply>::Output, CallError<<M::Reply as Reply>::Error>> {
        let codec = self.codec();
        let mut nothing = scratch::take();
        codec.encode(&(), &mut nothing).map_err(CallError::Encode)?;
        decode::<M>(codec, false, &nothing, Body::Lent(&[]), Few::NONE)
    }
}

/// Why a call got no answer.
fn unanswered(end: CallEnd, sent: bool, after: Option<Duration>) -> CallError {
    match end {
        CallEnd::Connection(source) => CallError::Connection { source, sent },
        CallEnd::DeadlineExceeded => CallError::DeadlineExceeded { after, sent },
        CallEnd::TooManyStreams { limit } => CallError::TooManyStreams {
            response: false,
            limit,
        },
    }
}

#[inline]
fn decode<M: Method>(
    codec: Codec,
    service_error: bool,
    body: &[u8],
    side: Body<'_>,
    streams: Few<StreamReader>,
) -> Result<<M::Reply as Reply>::Output, CallError<<M::Reply as Reply>::Error>> {
    let mut decoder = ResponseDecoder {
        codec,
        service_error,
        body,
        side,
        streams,
    };
    let declared: Result<_, CodecError> = M::Reply::decode(&mut decoder);
    M::Reply::into_result(declared.map_err(CallError::Decode)?).map_err(CallError::Service)
}

impl Connection {
    /// A client of one of the peer's services, over this connection: on either side, for as many services as the peer
    /// serves.
    ///
    /// If this is the connection of a client that [connects again](crate::Connect::reconnect), so does this one, over the same
    /// connections.
    ///
    /// A service or method that the peer does not have is no error here: its calls fail with
    /// [`CallError::Unimplemented`] before anything is sent, and [`supports`](Lane::supports) tells beforehand. So do calls
    /// of a method that the peer has with another signature.
    #[must_use]
    pub fn client<C: Client>(&self) -> C {
        C::from_lane(Lane::open(
            self.clone(),
            C::Definition::DESCRIPTOR,
            Layers::default(),
        ))
    }
}

impl Peer {
    /// A client of a service of whoever calls, over the connection that the call came over: a handler calls back with it,
    /// also before it has answered, and may keep it. What the peer serves it says with `.serve(..)` when it connects.
    ///
    /// A client of a service is a handle of its connection. One that a client's own service keeps holds the connection
    /// open until that service is dropped or somebody closes it.
    ///
    /// In a context made outside a call this process is the peer, and serves nothing: calls fail with
    /// [`CallError::Unimplemented`].
    #[must_use]
    pub fn client<C: Client>(&self) -> C {
        let connection = self.connection().unwrap_or_else(Connection::to_nobody);
        C::from_lane(Lane::fixed(connection, C::Definition::DESCRIPTOR))
    }
}

impl<D: ServiceDefinition> Caller<D> for Lane {
    async fn call<M: Method<Service = D>>(
        &self,
        context: Context,
        args: M::Args,
    ) -> Result<<M::Reply as Reply>::Output, CallError<<M::Reply as Reply>::Error>> {
        let method: &'static MethodDescriptor = const { &M::DESCRIPTOR };
        // User code, which may be slow or panic: before anything is taken, and under no lock.
        let mut message = Encoded::new(scratch::take());
        if let Some(peer) = &self.route {
            self.write_route(peer, method, &mut message.bytes);
        }
        encode_args(self.codec(), args, &mut message).map_err(CallError::Encode)?;
        let answer = match &self.link {
            Link::Fixed(footing) if self.layers.is_empty() => {
                let time = self.time_limit(method, &context, clock::now());
                let mut calling = self
                    .request(footing, method, &context, time, message)
                    .map_err(CallError::widen)?;
                let answered = (&mut calling).await;
                // The answer is decoded where it is.
                return match self.judge(method, answered, calling.answer(), time.after) {
                    Ok(true) => self.decode::<M>(calling.answer()),
                    Ok(false) => self.decode_nothing::<M>(),
                    Err(error) => Err(error.widen()),
                };
            }
            // Boxed, so that what few calls need is not part of the future of each.
            Link::Renewed(_) if self.layers.is_empty() => {
                Box::pin(self.exchange(method, &context, message)).await
            }
            _ => Box::pin(self.exchange_layered(method, context, message)).await,
        };
        match answer.map_err(CallError::widen)? {
            Some(mut answer) => self.decode::<M>(&mut answer),
            None => self.decode_nothing::<M>(),
        }
    }
}
