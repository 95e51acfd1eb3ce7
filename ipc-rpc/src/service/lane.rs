//! The calls of one service over a connection, on the caller's side.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::message::encode_args;
use super::relay::{FORWARD, RELAY};
use super::reply::ResponseDecoder;
use super::{Caller, Client, Method, Reply, ServiceDefinition, failure};
use crate::clock;
use crate::codec::CodecError;
use crate::connection::{
    Answer, CallEnd, Calling, Connection, Encoded, Few, Outbound, PeerServices, StreamReader,
    Unanswered, deadline_after, scratch,
};
use crate::context::{Context, Deadline, Peer};
use crate::descriptor::{MethodDescriptor, MethodTimeout, ServiceDescriptor};
use crate::error::CallError;
use crate::layer::{self, Layers, Streams};
use crate::proto::{Standing, standing};
use crate::transport::framing::Body;
use crate::wire::{Flags, HashKind, Route};

/// One direction of calls over a connection: those that this side makes to one service of the peer.
///
/// A generated client stands on a lane. Its clones are the same lane.
#[derive(Clone, Debug)]
pub struct Lane {
    connection: Connection,
    service: &'static ServiceDescriptor,
    /// How the service stands with the peer. `None`: the peer did not serve it when the lane was opened.
    served: Option<Served>,
    /// The server is to pass the calls on to a client of this name. Then `served` is its relay.
    route: Option<Arc<str>>,
    layers: Layers,
}

/// A service as the peer serves it.
#[derive(Clone, Debug)]
struct Served {
    /// The position in the peer's table.
    number: u16,
    /// Which table that was.
    version: u32,
    /// Ids of methods that the peer does not have, or has with another signature.
    missing: Arc<[u32]>,
}

impl Served {
    fn find(service: &'static ServiceDescriptor, services: &PeerServices) -> Option<Self> {
        let version = services.version();
        let table = services.get();
        let position = table.iter().position(|entry| entry.name == service.name)?;
        let unlike = service.methods.iter().filter(|method| {
            let method = (method.id, method.signature);
            standing(method, HashKind::Declared, &table[position]) != Standing::Same
        });
        Some(Self {
            number: u16::try_from(position).ok()?,
            version,
            missing: unlike.map(|method| method.id).collect(),
        })
    }

    fn number_for(&self, method: &MethodDescriptor) -> Option<u16> {
        (!self.missing.contains(&method.id)).then_some(self.number)
    }
}

impl Lane {
    pub(crate) fn open(
        connection: Connection,
        service: &'static ServiceDescriptor,
        layers: Layers,
    ) -> Self {
        let served = Served::find(service, &connection.shared().facts.peer_serves);
        Self {
            connection,
            service,
            served,
            route: None,
            layers,
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

    /// The connection that the calls go over.
    #[must_use]
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Whether the peer has this method, with the signature that this side knows.
    #[must_use]
    pub fn supports(&self, method: &MethodDescriptor) -> bool {
        self.find(method).is_some()
    }

    pub(super) fn number_for(&self, method: &'static MethodDescriptor) -> Result<u16, CallError> {
        self.find(method).ok_or(CallError::Unimplemented {
            service: self.service.name,
            method: method.name,
        })
    }

    /// The lane's number, if the peer has the method.
    fn find(&self, method: &MethodDescriptor) -> Option<u16> {
        let services = &self.connection.shared().facts.peer_serves;
        match &self.served {
            Some(served) if self.route.is_none() && served.version == services.version() => {
                served.number_for(method)
            }
            // What another client has only the server knows.
            Some(served) if self.route.is_some() => Some(served.number),
            None if self.route.is_some() => Some(Served::find(&RELAY, services)?.number),
            // The table is another one by now, or the peer did not serve it. To look it up for each call costs less than the
            // calls that are to come.
            _ => Served::find(self.service, services)?.number_for(method),
        }
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

    /// Until when a call with this context may take, and how long that is.
    fn deadline(
        &self,
        method: &MethodDescriptor,
        context: &Context,
        now: Instant,
    ) -> (Option<Instant>, Option<Duration>) {
        let timeout = match context.deadline_setting() {
            Deadline::At(at, allowed) => {
                return (
                    Some(at),
                    allowed.or_else(|| Some(at.saturating_duration_since(now))),
                );
            }
            Deadline::Never => None,
            Deadline::Unset => match method.timeout {
                MethodTimeout::After(timeout) => Some(timeout),
                MethodTimeout::Never => None,
                MethodTimeout::Unset => self.connection.shared().facts.config.call_timeout,
            },
        };
        (deadline_after(timeout, now), timeout)
    }

    /// An encoded request, to be sent. With it comes how long the call may take, for error texts.
    fn request(
        &self,
        method: &'static MethodDescriptor,
        context: &Context,
        message: Encoded,
    ) -> Result<(Calling<'_>, Option<Duration>), CallError> {
        let lane = self.number_for(method)?;
        let shared = self.connection.shared();
        let now = clock::now();
        let (deadline, after) = self.deadline(method, context, now);
        if deadline.is_some_and(|deadline| deadline <= now) {
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
            deadline,
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
        Ok((Calling::new(shared, request, now), after))
    }

    /// What the peer answered, or why it did not. `None`: the method is one-way.
    fn answer(
        &self,
        method: &'static MethodDescriptor,
        answered: Result<Option<Answer>, Unanswered>,
        after: Option<Duration>,
    ) -> Result<Option<Answer>, CallError> {
        match answered {
            Ok(Some(answer)) if answer.flags.has(Flags::FAILURE) => {
                let error = failure::from_wire(answer.body(), self.service.name, method);
                Err(match error {
                    // Both sides keep to one deadline; whichever notices first, the caller knows how long it was.
                    CallError::DeadlineExceeded { sent, .. } => {
                        CallError::DeadlineExceeded { after, sent }
                    }
                    error => error,
                })
            }
            Ok(answer) => Ok(answer),
            Err(unanswered) => Err(match *unanswered {
                (CallEnd::Connection(source), sent) => CallError::Connection { source, sent },
                (CallEnd::DeadlineExceeded, sent) => CallError::DeadlineExceeded { after, sent },
                (CallEnd::TooManyStreams { limit }, _) => CallError::TooManyStreams {
                    response: false,
                    limit,
                },
            }),
        }
    }

    /// The same through the layers.
    async fn exchange_layered(
        &self,
        method: &'static MethodDescriptor,
        context: Context,
        mut message: Encoded,
    ) -> Result<Option<Answer>, CallError> {
        let streams = Streams::going_out(std::mem::take(&mut message.feeds));
        let parts = message.into_parts();
        let request = layer::Request::new(self.service.name, method, context, parts, streams);
        match self.layers.run(request, Arc::new(self.clone())).await.0 {
            layer::Reply::Failed(error) => Err(error),
            layer::Reply::Returned { .. } if method.one_way => Ok(None),
            layer::Reply::Returned {
                service_error,
                body,
                side,
                streams,
            } => {
                let flags = Flags::of_returned(service_error);
                let streams = streams.take_in()?;
                Ok(Some(Answer::from_parts(flags, (body, side), streams)))
            }
        }
    }

    async fn end_of_layers(&self, request: layer::Request) -> layer::Response {
        let layer::Request {
            method,
            context,
            body,
            side,
            streams,
            ..
        } = request;
        let mut message = Encoded::from_parts(body, side);
        let request = streams.take_out().and_then(|feeds| {
            message.feeds = feeds;
            self.request(method, &context, message)
        });
        let answer = match request {
            Ok((calling, after)) => self.answer(method, calling.await, after),
            Err(error) => Err(error),
        };
        let reply = match answer {
            Err(error) => layer::Reply::Failed(error),
            Ok(None) => layer::Reply::Returned {
                service_error: false,
                body: Bytes::new(),
                side: Bytes::new(),
                streams: Streams::default(),
            },
            Ok(Some(mut answer)) => {
                let service_error = answer.flags.has(Flags::SERVICE_ERROR);
                let streams = Streams::come_in(answer.take_streams());
                let (body, side) = answer.into_parts();
                layer::Reply::Returned {
                    service_error,
                    body,
                    side,
                    streams,
                }
            }
        };
        layer::Response(reply)
    }

    /// What the caller of `M` gets for this answer.
    fn decode<M: Method>(
        &self,
        answer: Option<Answer>,
    ) -> Result<<M::Reply as Reply>::Output, CallError<<M::Reply as Reply>::Error>> {
        let codec = self.connection.codec();
        let Some(mut answer) = answer else {
            let mut nothing = scratch::take();
            codec.encode(&(), &mut nothing).map_err(CallError::Encode)?;
            return decode::<M>(codec, false, &nothing, Body::Lent(&[]), Few::NONE);
        };
        let service_error = answer.flags.has(Flags::SERVICE_ERROR);
        let streams = answer.take_streams();
        let (body, side) = answer.parts();
        let result = decode::<M>(codec, service_error, body, side, streams);
        answer.recycle();
        result
    }
}

fn decode<M: Method>(
    codec: crate::codec::Codec,
    service_error: bool,
    body: &[u8],
    side: Body<'_>,
    streams: Few<StreamReader>,
) -> Result<<M::Reply as Reply>::Output, CallError<<M::Reply as Reply>::Error>> {
    let decoder = ResponseDecoder {
        codec,
        service_error,
        body,
        side,
        streams,
    };
    let declared: Result<_, CodecError> = decoder.reply::<M::Reply>();
    M::Reply::into_result(declared.map_err(CallError::Decode)?).map_err(CallError::Service)
}

impl Connection {
    /// A client of one of the peer's services, over this connection: on either side, for as many services as the peer
    /// serves.
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
        self.connection()
            .unwrap_or_else(Connection::to_nobody)
            .client()
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
        encode_args(self.connection.codec(), args, &mut message).map_err(CallError::Encode)?;
        let answer = if self.layers.is_empty() {
            let (calling, after) = self
                .request(method, &context, message)
                .map_err(CallError::widen)?;
            self.answer(method, calling.await, after)
        } else {
            Box::pin(self.exchange_layered(method, context, message)).await
        };
        self.decode::<M>(answer.map_err(CallError::widen)?)
    }
}

/// Behind the last layer of a client.
impl layer::End for Lane {
    fn call(
        &self,
        request: layer::Request,
    ) -> Pin<Box<dyn Future<Output = layer::Response> + Send>> {
        let lane = self.clone();
        Box::pin(async move { lane.end_of_layers(request).await })
    }
}
