//! Calls of this side: begun by their callers, answered by the connection's task.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::TryAcquireError;
use tokio::time::Timeout;

use super::answer::{Answer, AnswerBody};
use super::call::{Call, CallEnd, CallState};
use super::deferred::{Deferred, Report};
use super::inbox::{Arrival, Inbox};
use super::outbox::{LARGE_BODY, Outgoing};
use super::scratch;
use super::shared::{Core, Shared};
use crate::error::ConnectionError;
use crate::transport::framing::Body;
use crate::wire::{Flags, Header, Kind, RequestId, TraceContext};

/// A request, encoded, that is to be sent.
#[derive(Debug)]
pub(crate) struct Outbound {
    pub(crate) lane: u16,
    pub(crate) method: u32,
    pub(crate) one_way: bool,
    pub(crate) trace: Option<TraceContext>,
    /// Until when the caller waits.
    pub(crate) deadline: Option<Instant>,
    pub(crate) body: Vec<u8>,
    pub(crate) side: Vec<Bytes>,
}

impl Outbound {
    /// Bytes of the frame behind its header.
    pub(crate) fn len(&self) -> usize {
        let trace = if self.trace.is_some() {
            TraceContext::LEN
        } else {
            0
        };
        trace + self.body.len() + self.side.iter().map(Bytes::len).sum::<usize>()
    }
}

/// Who is to get the answer.
#[derive(Debug)]
pub(crate) enum ReplyTo {
    Caller,
    Nobody,
    Lane { inbox: Arc<Inbox>, tag: u64 },
}

impl Shared {
    /// Waits until a request may be sent: for a slot, and for room in the outbox. The slot is the
    /// caller's from then on; [`send_request`](Self::send_request) must follow. Returns whether there was a wait.
    ///
    /// # Errors
    ///
    /// The deadline passed, or the connection ended; nothing was sent.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a dropped wait takes nothing.
    pub(crate) async fn admit_request(&self, deadline: Option<Instant>) -> Result<bool, CallEnd> {
        let mut waited = false;
        let slot = match self.slots.try_acquire() {
            Ok(slot) => slot,
            Err(TryAcquireError::NoPermits) => {
                waited = true;
                self.by(deadline, self.slots.acquire())
                    .await?
                    .map_err(|_| CallEnd::Connection(self.end_reason()))?
            }
            Err(TryAcquireError::Closed) => return Err(CallEnd::Connection(self.end_reason())),
        };
        if !self.lock().has_room(&self.facts.config) {
            waited = true;
            self.by(deadline, self.has_room()).await?;
        }
        slot.forget();
        Ok(waited)
    }

    /// Bounds a wait. Only waits that really wait come here, so the timer is not on the way of every call.
    async fn by<T>(
        &self,
        deadline: Option<Instant>,
        wait: impl Future<Output = T>,
    ) -> Result<T, CallEnd> {
        match deadline {
            None => Ok(wait.await),
            Some(deadline) => self
                .timeout_at(deadline, wait)
                .await
                .map_err(|_| CallEnd::DeadlineExceeded),
        }
    }

    /// A timeout on the connection's own runtime, whoever polls it.
    pub(super) fn timeout_at<F: Future>(&self, deadline: Instant, wait: F) -> Timeout<F> {
        let _runtime = self.runtime.enter();
        tokio::time::timeout_at(deadline.into(), wait)
    }

    /// Sends a request that was admitted.
    ///
    /// # Errors
    ///
    /// The connection has ended or is ending; nothing was sent.
    pub(crate) fn send_request(
        &self,
        request: Outbound,
        reply_to: ReplyTo,
        now: Instant,
    ) -> Result<RequestId, ConnectionError> {
        let state = match reply_to {
            ReplyTo::Caller => CallState::Waiting(None),
            ReplyTo::Nobody => CallState::OneWay,
            ReplyTo::Lane { inbox, tag } => CallState::Forwarded { inbox, tag },
        };
        let Outbound {
            lane,
            method,
            one_way,
            trace,
            deadline,
            body,
            side,
        } = request;
        let mut prefix = Vec::new();
        if let Some(trace) = trace {
            trace.encode(&mut prefix);
        }
        let mut core = self.lock();
        if let Some(reason) = core.life.reason() {
            drop(core);
            self.slots.add_permits(1);
            return Err(reason);
        }
        let (body, buffer) = if body.len() >= LARGE_BODY {
            (Some(Bytes::from(body)), Vec::new())
        } else {
            (None, body)
        };
        // The permit that admitted the request stands for a free slot.
        let Ok(id) = core.calls.begin(Call::new(state, deadline, Vec::new())) else {
            return Err(ConnectionError::Aborted);
        };
        let mut header = Header::new(Kind::Request, id);
        header.lane = lane;
        header.method = method;
        header.deadline = deadline.map(|deadline| deadline.saturating_duration_since(now));
        if one_way {
            header.flags = header.flags.with(Flags::ONE_WAY);
        }
        if !prefix.is_empty() {
            header.flags = header.flags.with(Flags::TRACE);
        }
        let outgoing = body.map_or(Outgoing::Copy(&buffer), Outgoing::Whole);
        core.outbox.append(header, &prefix, outgoing, &side);
        if let Some(call) = core.calls.get_mut(id) {
            call.buffer = buffer;
        }
        core.schedule(deadline);
        let alone = core.in_flight() == 1;
        self.settle(core, alone);
        Ok(id)
    }

    /// Gives a call up: its caller has gone.
    pub(super) fn give_up(&self, id: RequestId) {
        // A waker or an answer is dropped behind the lock: either may be the last that holds something else.
        let _dropped;
        let mut core = self.lock();
        let Some(call) = core.calls.get_mut(id) else {
            return;
        };
        match call.state {
            CallState::Waiting(_) => {
                _dropped = std::mem::replace(&mut call.state, CallState::GivenUp);
                core.append_control(Header::new(Kind::Cancel, id), &[]);
                let alone = core.in_flight() == 1;
                self.settle(core, alone);
            }
            CallState::Expired | CallState::Forwarded { .. } => {
                _dropped = std::mem::replace(&mut call.state, CallState::GivenUp);
            }
            CallState::Answered(_) | CallState::Failed(_) => {
                let finished = core.calls.finish(id);
                drop(core);
                self.slots.add_permits(1);
                drop(finished);
            }
            CallState::GivenUp | CallState::OneWay => {}
        }
    }

    /// Gives up all calls of a lane whose owner has gone.
    pub(crate) fn give_up_lane(&self, lane: &Arc<Inbox>) {
        let mut core = self.lock();
        let mut given_up = Vec::new();
        for (id, call) in core.calls.iter_mut() {
            if matches!(&call.state, CallState::Forwarded { inbox, .. } if Arc::ptr_eq(inbox, lane))
            {
                call.state = CallState::GivenUp;
                given_up.push(id);
            }
        }
        for id in &given_up {
            core.append_control(Header::new(Kind::Cancel, *id), &[]);
        }
        core.inboxes.retain(|inbox| !Arc::ptr_eq(inbox, lane));
        self.settle(core, false);
    }

    /// Asks the peer to give up one call of a lane. It is answered all the same.
    pub(crate) fn cancel_in_lane(&self, lane: &Arc<Inbox>, tag: u64) {
        let mut core = self.lock();
        let found = core
            .calls
            .iter_mut()
            .find_map(|(id, call)| match &call.state {
                CallState::Forwarded { inbox, tag: of }
                    if *of == tag && Arc::ptr_eq(inbox, lane) =>
                {
                    Some(id)
                }
                _ => None,
            });
        if let Some(id) = found {
            core.append_control(Header::new(Kind::Cancel, id), &[]);
            self.settle(core, false);
        }
    }

    /// Opens a lane. `Err`: the connection has ended.
    pub(crate) fn open_lane(&self) -> Result<Arc<Inbox>, ConnectionError> {
        let mut core = self.lock();
        if let Some(reason) = core.life.reason() {
            return Err(reason);
        }
        let inbox = Arc::default();
        core.inboxes.push(Arc::clone(&inbox));
        Ok(inbox)
    }

    /// Why no call can be made: for those who were told so by a closed semaphore.
    pub(super) fn end_reason(&self) -> ConnectionError {
        self.lock()
            .life
            .reason()
            .unwrap_or(ConnectionError::Aborted)
    }
}

impl Core {
    /// Hands an answer to its call.
    pub(super) fn answer(
        &mut self,
        id: RequestId,
        answer: (Flags, Body<'_>, Bytes),
        deferred: &mut Deferred,
    ) -> Answered {
        let (flags, body, side) = answer;
        let Some(call) = self.calls.get_mut(id) else {
            return Answered::Unknown;
        };
        match &mut call.state {
            CallState::Waiting(waker) => {
                deferred.wake(waker.take());
                let body = AnswerBody::new(body, std::mem::take(&mut call.buffer));
                call.state = CallState::Answered(Answer { flags, body, side });
                Answered::Caller
            }
            CallState::Expired => {
                call.state = CallState::Failed(CallEnd::DeadlineExceeded);
                Answered::Caller
            }
            CallState::GivenUp | CallState::OneWay => {
                if matches!(call.state, CallState::OneWay) && flags.has(Flags::FAILURE) {
                    deferred.report(Report::OneWayFailed(body.to_vec()));
                }
                if let Some(call) = self.calls.finish(id) {
                    scratch::give(call.buffer);
                }
                Answered::Slot
            }
            CallState::Forwarded { .. } => {
                if let Some(Call {
                    state: CallState::Forwarded { inbox, tag },
                    buffer,
                    ..
                }) = self.calls.finish(id)
                {
                    let answer = Answer {
                        flags,
                        body: AnswerBody::new(body, buffer),
                        side,
                    };
                    deferred.push(inbox, Arrival { tag, answer });
                }
                Answered::Slot
            }
            // Answered twice.
            CallState::Answered(_) | CallState::Failed(_) => Answered::Unknown,
        }
    }

    /// Fails the calls whose deadline has passed, and asks the peer to give them up.
    pub(super) fn expire_calls(&mut self, now: Instant, deferred: &mut Deferred) {
        let mut expired = Vec::new();
        for (id, call) in self.calls.iter_mut() {
            if call.deadline.is_none_or(|deadline| deadline > now) {
                continue;
            }
            call.deadline = None;
            // A lane's deadlines are its owner's business; the peer keeps to them, too.
            if let CallState::Waiting(waker) = &mut call.state {
                deferred.wake(waker.take());
                call.state = CallState::Expired;
                expired.push(id);
            }
        }
        for id in expired {
            self.append_control(Header::new(Kind::Cancel, id), &[]);
        }
    }

    /// Fails every call: the connection has ended.
    pub(super) fn fail_calls(&mut self, reason: &ConnectionError, deferred: &mut Deferred) {
        let mut over = Vec::new();
        for (id, call) in self.calls.iter_mut() {
            match &mut call.state {
                CallState::Waiting(waker) => {
                    deferred.wake(waker.take());
                    call.state = CallState::Failed(CallEnd::Connection(reason.clone()));
                }
                CallState::Expired => call.state = CallState::Failed(CallEnd::DeadlineExceeded),
                CallState::GivenUp | CallState::OneWay | CallState::Forwarded { .. } => {
                    over.push(id)
                }
                CallState::Answered(_) | CallState::Failed(_) => {}
            }
        }
        for id in over {
            self.calls.finish(id);
        }
    }

    /// The earliest deadline of a call.
    pub(super) fn next_call_deadline(&mut self) -> Option<Instant> {
        self.calls
            .iter_mut()
            .filter_map(|(_, call)| call.deadline)
            .min()
    }
}

/// What became of an answer.
#[derive(Debug)]
pub(super) enum Answered {
    Caller,
    /// Nobody waited; the slot is free.
    Slot,
    /// It answers no call in flight: dropped, it harms nobody.
    Unknown,
}

/// Until when a call that may take `timeout` waits.
pub(crate) fn deadline_after(timeout: Option<Duration>, now: Instant) -> Option<Instant> {
    timeout.map(|timeout| now + timeout.min(crate::wire::MAX_DEADLINE))
}
