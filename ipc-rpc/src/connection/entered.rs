//! A request that was entered, on its way to its handler, and those that wait because this side pauses.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use super::deferred::Deferred;
use super::few::Few;
use super::incoming::{Dispatch, Dispatched, IncomingCall, Stage, State};
use super::serving::Responder;
use super::shared::Shared;
use super::streams::{StreamReader, take_streams};
use crate::transport::framing::{Body, Frame};
use crate::wire::{CallFailure, FailureCode, Flags, RequestId, TraceContext};

/// A request that was entered and is to be started. Dropped, it is answered without having run.
pub(crate) struct Entered<'a> {
    pub(crate) id: RequestId,
    pub(crate) lane: u16,
    pub(crate) method: u32,
    pub(crate) deadline: Option<Instant>,
    pub(crate) trace: Option<Arc<TraceContext>>,
    /// Not yet decoded.
    pub(crate) body: Body<'a>,
    pub(crate) side: Body<'a>,
    /// The streams that it opens.
    pub(crate) streams: Few<StreamReader>,
    /// `None`: somebody else has it.
    pub(crate) responder: Option<Responder>,
}

impl<'a> Entered<'a> {
    /// Takes apart what has arrived, and enters the streams that it opens. `None`: it cannot be started, and is answered.
    #[inline]
    pub(super) fn new(shared: &Arc<Shared>, frame: Frame<'a>, now: Instant) -> Option<Self> {
        let Frame { header, body, side } = frame;
        let deadline = header.deadline.map(|left| now + left);
        let responder = Responder::new(Arc::clone(shared), header.request);
        let (trace, body) = if header.flags.has(Flags::TRACE) {
            match TraceContext::decode(&body) {
                Ok((trace, _)) => (Some(Arc::new(trace)), body.skip(TraceContext::LEN)),
                Err(malformed) => {
                    let failure = CallFailure::new(FailureCode::Undecodable, malformed.problem);
                    responder.fail(&failure);
                    return None;
                }
            }
        } else {
            (None, body)
        };
        let entered = if header.flags.has(Flags::STREAMS) {
            take_streams(body).and_then(|(ids, body)| Ok((shared.enter_streams(ids)?, body)))
        } else {
            Ok((Few::NONE, body))
        };
        let (streams, body) = match entered {
            Ok(entered) => entered,
            Err(error) => {
                let mut deferred = Deferred::default();
                shared.lock().blame(error, &mut deferred);
                deferred.run();
                return None;
            }
        };
        Some(Self {
            id: header.request,
            lane: header.lane,
            method: header.method,
            deadline,
            trace,
            body,
            side,
            streams,
            responder: Some(responder),
        })
    }

    /// Starts its handler.
    #[inline]
    pub(super) fn start(self, shared: &Arc<Shared>, services: &dyn Dispatch, stage: &mut Stage) {
        let id = self.id;
        let mut entered: Entered<'_> = self;
        let call = IncomingCall {
            shared,
            stage,
            entered: &mut entered,
        };
        // Decoding and the first poll run user code. A panic in it drops the responder, which answers.
        match catch_unwind(AssertUnwindSafe(|| services.dispatch(call))) {
            Ok(Dispatched(State::Task(task))) => shared.keep_task(id, task),
            Ok(Dispatched(State::Done | State::Unstoppable)) | Err(_) => {}
        }
    }

    /// The same with memory of its own.
    fn into_owned(self) -> Entered<'static> {
        Entered {
            body: Body::Owned(self.body.into_bytes()),
            side: Body::Owned(self.side.into_bytes()),
            id: self.id,
            lane: self.lane,
            method: self.method,
            deadline: self.deadline,
            trace: self.trace,
            streams: self.streams,
            responder: self.responder,
        }
    }
}

/// Requests that wait to be started, in their order. Each has its slot, so there are no more than the peer may have in
/// flight.
#[derive(Default)]
pub(super) struct Parked(VecDeque<Entered<'static>>);

impl Parked {
    pub(super) fn push(&mut self, entered: Entered<'_>) {
        self.0.push_back(entered.into_owned());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first of them that is not over.
    pub(super) fn pop(&mut self, shared: &Shared) -> Option<Entered<'static>> {
        while let Some(entered) = self.0.pop_front() {
            if !shared.is_request_over(entered.id) {
                return Some(entered);
            }
        }
        // As many as the peer may have in flight may have waited; as a rule none does.
        self.0 = VecDeque::new();
        None
    }

    /// Drops, and so answers, those that were cancelled or have expired.
    pub(super) fn drop_stopped(&mut self, shared: &Shared) {
        self.0.retain(|entered| !shared.is_request_over(entered.id));
    }

    /// Answers all of them that this side is ending: it would wait for them, and they for a handler.
    pub(super) fn refuse(&mut self) {
        for entered in self.0.drain(..) {
            if let Some(responder) = entered.responder {
                responder.fail(&CallFailure::new(FailureCode::ShuttingDown, ""));
            }
        }
    }
}
