//! What the connection's task does with each frame.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use super::deferred::{Deferred, Report};
use super::incoming::{Dispatch, Dispatched, IncomingCall, Stage, State};
use super::outgoing::Answered;
use super::request::Request;
use super::serving::Responder;
use super::shared::{Core, Shared};
use crate::clock;
use crate::error::ProtocolError;
use crate::transport::framing::{Frame, FrameReader};
use crate::wire::{
    CallFailure, FailureCode, Flags, Goodbye, Header, Kind, RequestId, TraceContext,
};

/// What stands next in the reader.
pub(super) enum Arrived<'a> {
    Request(Frame<'a>),
    /// Nothing that has arrived whole, or nothing that still means something.
    Nothing,
}

/// Handles frames up to the next request, all under one lock.
pub(super) fn replies<'a>(
    shared: &Shared,
    reader: &'a mut FrameReader,
    deferred: &mut Deferred,
) -> Arrived<'a> {
    let mut core = shared.lock();
    loop {
        if !core.life.is_listening() && !core.life.is_closing() {
            return Arrived::Nothing;
        }
        // Asked first, since a frame that is returned keeps the reader borrowed.
        if reader.peek_kind() == Some(Kind::Request) && core.life.is_listening() {
            break;
        }
        let handled = match reader.next_frame() {
            Ok(Some(frame)) => core.handle_reply(frame, deferred),
            Ok(None) => return Arrived::Nothing,
            Err(error) => Err(error),
        };
        if let Err(error) = handled {
            core.blame(error, deferred);
            return Arrived::Nothing;
        }
    }
    drop(core);
    match reader.next_frame() {
        Ok(Some(frame)) => Arrived::Request(frame),
        Ok(None) => Arrived::Nothing,
        Err(error) => {
            shared.lock().blame(error, deferred);
            Arrived::Nothing
        }
    }
}

impl Core {
    /// Handles a frame that is no request.
    fn handle_reply(
        &mut self,
        frame: Frame<'_>,
        deferred: &mut Deferred,
    ) -> Result<(), ProtocolError> {
        let Frame { header, body, side } = frame;
        if self.life.is_closing() && header.kind != Kind::Goodbye {
            return Ok(());
        }
        match header.kind {
            Kind::Response => {
                match self.answer(header.request, (header.flags, body, side), deferred) {
                    Answered::Caller => {}
                    Answered::Slot => deferred.free_slot(),
                    Answered::Unknown => deferred.report(Report::UnknownAnswer(header.request)),
                }
            }
            Kind::Cancel => {
                if let Some(request) = self.requests.get_mut(header.request) {
                    request.stop(FailureCode::Cancelled, deferred);
                }
            }
            Kind::Ping => {
                self.append_pong(Header::new(Kind::Pong, header.request), body);
            }
            Kind::Pong => {
                if let Some((wait, sent)) = self.pings.finish(header.request) {
                    let round_trip = clock::now().saturating_duration_since(sent);
                    deferred.pong(wait, Ok((round_trip, body.into_bytes())));
                }
            }
            Kind::Goodbye => self.life.handle_goodbye(Goodbye::decode(&body)?),
            Kind::ServicesChanged | Kind::Skippable(_) => {}
            Kind::Request => {}
        }
        Ok(())
    }

    /// Ends the connection for what the peer did, and tells it.
    fn blame(&mut self, error: ProtocolError, deferred: &mut Deferred) {
        let now = clock::now();
        deferred.report(Report::Violation(error.clone()));
        if let Some(goodbye) = self.life.fail(error, now) {
            self.append_control(goodbye_header(), &goodbye.encode());
            self.outbox.close();
            let until = self.life.poll_timeout();
            self.schedule(until);
        }
    }

    /// Draining is over: says goodbye, behind which nothing follows.
    pub(super) fn say_goodbye(&mut self, now: Instant) {
        if let Some(goodbye) = self.life.handle_drained(now) {
            self.append_control(goodbye_header(), &goodbye.encode());
            self.outbox.close();
            let until = self.life.poll_timeout();
            self.schedule(until);
        }
    }
}

fn goodbye_header() -> Header {
    Header::new(Kind::Goodbye, RequestId::new(0, 0))
}

/// Enters a request and starts its handler.
pub(super) fn start(
    shared: &Arc<Shared>,
    services: &dyn Dispatch,
    stage: &mut Stage,
    frame: Frame<'_>,
    now: Instant,
    deferred: &mut Deferred,
) {
    let Frame { header, body, side } = frame;
    let id = header.request;
    let deadline = header.deadline.map(|left| now + left);
    {
        let mut core = shared.lock();
        if !core.life.is_open() {
            core.refuse(id, FailureCode::ShuttingDown);
            return;
        }
        if let Err(error) = core.requests.begin(
            id,
            Request {
                deadline,
                ..Request::default()
            },
        ) {
            if matches!(error, ProtocolError::TooManyRequests { .. }) {
                core.refuse(id, FailureCode::Overloaded);
            }
            core.blame(error, deferred);
            return;
        }
        core.schedule(deadline);
    }
    let responder = Responder::new(Arc::clone(shared), id);
    let (trace, body) = if header.flags.has(Flags::TRACE) {
        match TraceContext::decode(&body) {
            Ok((trace, _)) => (Some(trace), body.skip(TraceContext::LEN)),
            Err(malformed) => {
                let failure = CallFailure::new(FailureCode::Undecodable, malformed.problem);
                return responder.fail(&failure);
            }
        }
    } else {
        (None, body)
    };
    let call = IncomingCall {
        shared,
        id,
        lane: header.lane,
        method: header.method,
        deadline,
        trace,
        body,
        side,
        responder,
        stage,
    };
    // Decoding and the first poll run user code. A panic in it drops the responder, which answers.
    match catch_unwind(AssertUnwindSafe(|| services.dispatch(call))) {
        Ok(Dispatched(State::Task(task))) => shared.keep_task(id, task),
        Ok(Dispatched(State::Done | State::Unstoppable)) | Err(_) => {}
    }
}

impl Core {
    /// Answers a request that was not entered.
    fn refuse(&mut self, id: RequestId, code: FailureCode) {
        let mut header = Header::new(Kind::Response, id);
        header.flags = Flags::FAILURE;
        let mut body = Vec::new();
        CallFailure::new(code, "").encode(&mut body);
        self.append_control(header, &body);
    }
}
