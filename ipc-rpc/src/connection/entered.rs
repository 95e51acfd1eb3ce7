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
    /// A request as it has arrived.
    #[inline]
    pub(super) fn new(shared: &Arc<Shared>, frame: Frame<'a>, now: Instant) -> Self {
        let Frame { header, body, side } = frame;
        Self {
            id: header.request,
            lane: header.lane,
            method: header.method,
            deadline: header.deadline.map(|left| now + left),
            trace: None,
            body,
            side,
            streams: Few::NONE,
            responder: Some(Responder::new(Arc::clone(shared), header.request)),
        }
    }

    /// Takes apart what stands in front of the body, and enters the streams that it opens. `false`: it cannot be started, and
    /// is answered.
    #[cold]
    pub(super) fn take_apart(&mut self, shared: &Arc<Shared>, flags: Flags) -> bool {
        if flags.has(Flags::TRACE) {
            match TraceContext::decode(&self.body) {
                Ok((trace, _)) => self.trace = Some(Arc::new(trace)),
                Err(malformed) => {
                    let failure = CallFailure::new(FailureCode::Undecodable, malformed.problem);
                    if let Some(responder) = self.responder.take() {
                        responder.fail(&failure);
                    }
                    return false;
                }
            }
            self.body = std::mem::take(&mut self.body).skip(TraceContext::LEN);
        }
        if flags.has(Flags::STREAMS) {
            let opened = take_streams(std::mem::take(&mut self.body))
                .and_then(|(ids, body)| Ok((shared.enter_streams(ids)?, body)));
            match opened {
                Ok(opened) => (self.streams, self.body) = opened,
                Err(error) => {
                    let mut deferred = Deferred::default();
                    shared.lock().blame(error, &mut deferred);
                    deferred.run();
                    return false;
                }
            }
        }
        true
    }

    /// Starts its handler. What that leaves of it is to be dropped, and is answered for then.
    #[inline]
    pub(super) fn start(
        &'a mut self,
        shared: &'a Arc<Shared>,
        services: &dyn Dispatch,
        stage: &'a Stage,
    ) {
        let id = self.id;
        let call = IncomingCall {
            shared,
            stage,
            entered: self,
        };
        // Decoding and the first poll run user code. A panic in it drops the responder, wherever it is by then, which answers.
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
