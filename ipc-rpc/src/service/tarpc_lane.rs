//! A lane as a transport for tarpc's own client.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker, ready};
use std::time::{Duration, Instant};

use futures_util::{Sink, Stream};
use tarpc::{ClientMessage, ServerError};

use super::lane::Footing;
use super::message::RequestEncoder;
use super::reply::ResponseDecoder;
use super::{ServiceDefinition, WireRequest, WireResponse, failure};
use crate::clock;
use crate::connection::{Arrival, CallEnd, Connection, Encoded, Few, Inbox, Outbound, Shared};
use crate::context::trace_from_tarpc;
use crate::descriptor::MethodDescriptor;
use crate::error::CallError;
use crate::wire::{Flags, MAX_DEADLINE};

/// The calls of one service over a connection, as a [`tarpc::Transport`] for tarpc's own client.
///
/// Made by [`Connection::lane`]. Requests travel as this crate's own frames: the peer serves them like any
/// other, keeps to their deadlines, and answers each failure by itself. tarpc's retries, load balancing and
/// its client's limits work on top.
pub struct LaneTransport<D: ServiceDefinition> {
    footing: Footing,
    inbox: Arc<Inbox>,
    /// The calls in flight, by tarpc's request id.
    calls: HashMap<u64, Call>,
    /// Answers to requests that could not be sent, and who waits for one.
    unsent: VecDeque<(u64, ServerError)>,
    reader: Option<Waker>,
    /// Requests that wait for one of the peer's slots, in order: as many at most as tarpc's client lets be in
    /// flight. Waiting before a request is there would take a slot from others for nothing, and would
    /// keep cancels back.
    waiting: VecDeque<Waiting>,
    /// Waits until the first of them may be sent.
    admission: Option<Admission>,
    service: PhantomData<fn() -> D>,
}

/// A call in flight.
struct Call {
    method: &'static MethodDescriptor,
    deadline: Instant,
}

/// A request that is encoded and not yet sent.
struct Waiting {
    id: u64,
    call: Call,
    request: Outbound,
}

/// How much earlier than tarpc's own timer, which counts in milliseconds, the peer may notice a deadline.
const DEADLINE_SLACK: Duration = Duration::from_millis(10);

type Admission = Pin<Box<dyn Future<Output = Result<(), CallEnd>> + Send + Sync>>;

impl Connection {
    /// Hands out the calls of service `D` as a transport for tarpc's client:
    /// `FooClient::new(tarpc::client::Config::default(), connection.lane::<FooService>()?)`.
    ///
    /// # Errors
    ///
    /// The connection has ended.
    pub fn lane<D: ServiceDefinition>(&self) -> Result<LaneTransport<D>, CallError> {
        let inbox = self
            .shared()
            .open_lane()
            .map_err(|source| CallError::Connection {
                source,
                sent: false,
            })?;
        Ok(LaneTransport {
            footing: Footing::find(self.clone(), D::DESCRIPTOR),
            inbox,
            calls: HashMap::new(),
            unsent: VecDeque::new(),
            reader: None,
            waiting: VecDeque::new(),
            admission: None,
            service: PhantomData,
        })
    }
}

impl<D: ServiceDefinition> LaneTransport<D> {
    fn shared(&self) -> &Arc<Shared> {
        self.footing.connection.shared()
    }

    fn encode(&self, request: tarpc::Request<D::Request>) -> Result<Waiting, CallError> {
        let tarpc::Request {
            context,
            id,
            message,
        } = request;
        let method = message.method();
        let lane = self.footing.number_for(D::DESCRIPTOR, false, method);
        let lane = lane.ok_or(CallError::Unimplemented {
            service: D::DESCRIPTOR.name,
            method: method.name,
        })?;
        let codec = self.footing.connection.codec();
        let mut encoded = Encoded::default();
        let mut encoder = RequestEncoder {
            codec,
            message: &mut encoded,
        };
        message.encode(&mut encoder).map_err(CallError::Encode)?;
        let now = clock::now();
        let deadline = context.deadline.min(now + MAX_DEADLINE);
        let request = Outbound {
            lane,
            method: method.id,
            one_way: false,
            trace: Some(Arc::new(trace_from_tarpc(&context.trace_context))),
            deadline: Some(deadline),
            message: encoded,
        };
        let limit = self.shared().facts.peer_limits.max_frame_len as usize;
        let size = request.len();
        if size > limit {
            return Err(CallError::TooLarge {
                response: false,
                size,
                limit,
            });
        }
        let call = Call { method, deadline };
        Ok(Waiting { id, call, request })
    }

    /// Sends what waits, as far as the peer has slots.
    fn poll_send(&mut self, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        while let Some(first) = self.waiting.front() {
            let (len, deadline) = (first.request.len(), first.call.deadline);
            let shared = Arc::clone(self.shared());
            let admission = self.admission.get_or_insert_with(|| {
                Box::pin(async move { shared.admit(len, Some(deadline)).await })
            });
            let admitted = ready!(admission.as_mut().poll(cx));
            self.admission = None;
            let Some(Waiting { id, call, request }) = self.waiting.pop_front() else {
                break;
            };
            match admitted {
                Ok(()) => {
                    let to = (Arc::clone(&self.inbox), id);
                    self.shared()
                        .send_in_lane(request, to, clock::now())
                        .map_err(io::Error::other)?;
                    self.calls.insert(id, call);
                }
                // tarpc's client is about to say so itself; and there are no streams in its form.
                Err(CallEnd::DeadlineExceeded | CallEnd::TooManyStreams { .. }) => {}
                Err(CallEnd::Connection(reason)) => {
                    return Poll::Ready(Err(io::Error::other(reason)));
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    fn cancel(&mut self, id: u64) {
        match self.waiting.iter().position(|waiting| waiting.id == id) {
            Some(position) => {
                self.waiting.remove(position);
                if position == 0 {
                    self.admission = None;
                }
            }
            None => {
                self.calls.remove(&id);
                self.shared().cancel_in_lane(&self.inbox, id);
            }
        }
    }

    /// Answers a request that could not be sent.
    fn fail(&mut self, id: u64, error: &CallError) {
        self.unsent.push_back((id, to_server_error(error)));
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    fn receive(&mut self, arrival: Arrival) -> Option<tarpc::Response<D::Response>> {
        let Arrival { tag, mut answer } = arrival;
        let Call { method, deadline } = self.calls.remove(&tag)?;
        let service = D::DESCRIPTOR.name;
        let message = if answer.flags.has(Flags::FAILURE) {
            let error = failure::from_wire(answer.body(), service, method);
            // tarpc's client is about to say so itself, with an error of its own for it.
            if error.is_timeout() && clock::now() + DEADLINE_SLACK >= deadline {
                return None;
            }
            Err(to_server_error(&error))
        } else {
            let service_error = answer.flags.has(Flags::SERVICE_ERROR);
            let (body, side) = answer.parts();
            let decoder = ResponseDecoder {
                codec: self.footing.connection.codec(),
                service_error,
                body,
                side,
                streams: Few::NONE,
            };
            match D::Response::decode(method.id, decoder) {
                Some(Ok(response)) => Ok(response),
                Some(Err(error)) => Err(to_server_error(&CallError::Decode(error))),
                None => Err(to_server_error(&failure::wrong_response(method.name))),
            }
        };
        Some(tarpc::Response {
            request_id: tag,
            message,
        })
    }
}

fn to_server_error(error: &CallError) -> ServerError {
    let kind = match error {
        CallError::Unimplemented { .. } => io::ErrorKind::Unsupported,
        CallError::Overloaded { .. } | CallError::ShuttingDown => io::ErrorKind::WouldBlock,
        CallError::DeadlineExceeded { .. } => io::ErrorKind::TimedOut,
        CallError::Decode(_) | CallError::Undecodable { .. } | CallError::Protocol(_) => {
            io::ErrorKind::InvalidData
        }
        _ => io::ErrorKind::Other,
    };
    ServerError::new(kind, error.to_string())
}

impl<D: ServiceDefinition> Stream for LaneTransport<D> {
    type Item = io::Result<tarpc::Response<D::Response>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        if let Some((request_id, error)) = self.unsent.pop_front() {
            let message = Err(error);
            return Poll::Ready(Some(Ok(tarpc::Response {
                request_id,
                message,
            })));
        }
        self.reader = Some(cx.waker().clone());
        loop {
            let Some(arrival) = ready!(self.inbox.poll_next(cx)) else {
                return Poll::Ready(None);
            };
            if let Some(response) = self.receive(arrival) {
                return Poll::Ready(Some(Ok(response)));
            }
        }
    }
}

impl<D: ServiceDefinition> Sink<ClientMessage<D::Request>> for LaneTransport<D> {
    type Error = io::Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        match self.poll_send(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(())),
        }
    }

    fn start_send(mut self: Pin<&mut Self>, message: ClientMessage<D::Request>) -> io::Result<()> {
        match message {
            ClientMessage::Request(request) => {
                let id = request.id;
                match self.encode(request) {
                    Ok(waiting) => self.waiting.push_back(waiting),
                    // One request that cannot be sent is no reason to end the rest: it is answered here.
                    Err(error) => self.fail(id, &error),
                }
            }
            ClientMessage::Cancel { request_id, .. } => self.cancel(request_id),
            // tarpc's enum may grow.
            _ => {}
        }
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        self.poll_send(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        self.poll_send(cx)
    }
}

impl<D: ServiceDefinition> Drop for LaneTransport<D> {
    fn drop(&mut self) {
        self.shared().give_up_lane(&self.inbox);
    }
}

impl<D: ServiceDefinition> fmt::Debug for LaneTransport<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LaneTransport")
            .field("service", &D::DESCRIPTOR.name)
            .field("in_flight", &(self.calls.len() + self.waiting.len()))
            .finish_non_exhaustive()
    }
}
