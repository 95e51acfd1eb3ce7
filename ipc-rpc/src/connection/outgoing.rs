//! Calls of this side: how their callers begin them and give them up.

use std::future::Future;
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::time::Timeout;

use super::call::{CallEnd, CallState};
use super::encoded::Encoded;
use super::inbox::Inbox;
use super::shared::{Core, Shared};
use super::slots::pass_slot_on;
use crate::error::ConnectionError;
use crate::wake::wake;
use crate::wire::{Flags, Header, Kind, RequestId, TraceContext};

/// A request, encoded, that is to be sent.
#[derive(Debug)]
pub(crate) struct Outbound {
    pub(crate) lane: u16,
    pub(crate) method: u32,
    pub(crate) one_way: bool,
    pub(crate) trace: Option<Arc<TraceContext>>,
    /// Until when the caller waits.
    pub(crate) deadline: Option<Instant>,
    pub(crate) message: Encoded,
}

impl Outbound {
    /// Bytes of the frame behind its header.
    pub(crate) fn len(&self) -> usize {
        let trace = if self.trace.is_some() {
            TraceContext::LEN
        } else {
            0
        };
        trace + self.message.framed_len()
    }
}

impl Shared {
    /// Waits until a request of `len` bytes may be sent: for a slot, and for room in the outbox. The slot is the
    /// caller's from then on; a send must follow at once.
    ///
    /// # Errors
    ///
    /// The deadline passed, or the connection is ending; nothing was taken.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a dropped wait takes nothing.
    pub(crate) async fn admit(&self, len: usize, deadline: Option<Instant>) -> Result<(), CallEnd> {
        let admission = self.admission(len);
        let admitted = match deadline {
            None => admission.await,
            Some(deadline) => self
                .timeout_at(deadline, admission)
                .await
                .map_err(|_| CallEnd::DeadlineExceeded)?,
        };
        admitted.map_err(CallEnd::Connection)
    }

    /// A timeout on the connection's own runtime, whoever polls it.
    pub(super) fn timeout_at<F: Future>(&self, deadline: Instant, wait: F) -> Timeout<F> {
        let _runtime = self.runtime.as_ref().map(Handle::enter);
        tokio::time::timeout_at(deadline.into(), wait)
    }

    /// Sends a request of a lane that was admitted. Its answer goes to the lane, with `tag`.
    ///
    /// # Errors
    ///
    /// The connection is ending; nothing was sent.
    pub(crate) fn send_in_lane(
        self: &Arc<Self>,
        mut request: Outbound,
        (inbox, tag): (Arc<Inbox>, u64),
        now: Instant,
    ) -> Result<(), ConnectionError> {
        let sent = self.begin(true).and_then(|begun| match begun {
            Some(begun) => begun.send(&mut request, CallState::Forwarded { inbox, tag }, now),
            None => Err(CallEnd::Connection(ConnectionError::Aborted)),
        });
        match sent {
            Ok(_) => Ok(()),
            Err(CallEnd::Connection(reason)) => Err(reason),
            // A request in tarpc's form has no streams, and its deadline is tarpc's.
            Err(CallEnd::DeadlineExceeded | CallEnd::TooManyStreams { .. }) => {
                Err(ConnectionError::Aborted)
            }
        }
    }

    /// Takes what a request needs, unless it was admitted before. `None`: there is no slot, or no room.
    #[inline]
    pub(super) fn begin(self: &Arc<Self>, admitted: bool) -> Result<Option<Begun<'_>>, CallEnd> {
        let mut core = self.lock();
        if let Some(reason) = core.life.reason() {
            if admitted {
                pass_slot_on(core);
            }
            return Err(CallEnd::Connection(reason));
        }
        let begun = admitted || core.take_slot();
        Ok(begun.then_some(Begun { shared: self, core }))
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
            CallState::Answered | CallState::Failed(_) => {
                let _failed = std::mem::take(&mut call.state);
                let answer = std::mem::take(&mut call.answer);
                core.calls.finish(id);
                let mut unread = answer.unread().peekable();
                if unread.peek().is_some() {
                    core.stop_streams(unread);
                    self.settle(core, false);
                    core = self.lock();
                }
                let news = core.tally();
                pass_slot_on(core);
                self.meter.publish(news);
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
}

/// The lock, with a slot and room for a request.
pub(super) struct Begun<'a> {
    shared: &'a Arc<Shared>,
    core: MutexGuard<'a, Core>,
}

impl Begun<'_> {
    /// Sends a request, where it is: to move it about costs as much as to append it. What is left of it is the
    /// application's, and is dropped behind the lock.
    pub(super) fn send(
        self,
        request: &mut Outbound,
        state: CallState,
        now: Instant,
    ) -> Result<RequestId, CallEnd> {
        let Outbound {
            lane,
            method,
            one_way,
            trace,
            deadline,
            message,
        } = request;
        let deadline = *deadline;
        let Self {
            shared,
            core: mut guard,
        } = self;
        let feeds = std::mem::take(&mut message.feeds);
        if !guard.outgoing.has_room_for(feeds.len()) {
            let limit = guard.outgoing.limit();
            pass_slot_on(guard);
            return Err(CallEnd::TooManyStreams { limit });
        }
        let core = &mut *guard;
        // What was admitted has a slot.
        let Some((id, call)) = core.calls.begin() else {
            return Err(CallEnd::Connection(ConnectionError::Aborted));
        };
        call.state = state;
        call.deadline = deadline;
        let mut header = Header::new(Kind::Request, id);
        header.lane = *lane;
        header.method = *method;
        header.deadline = deadline.map(|deadline| deadline.saturating_duration_since(now));
        if *one_way {
            header.flags = header.flags.with(Flags::ONE_WAY);
        }
        let mut prefix = Vec::new();
        if let Some(trace) = trace {
            header.flags = header.flags.with(Flags::TRACE);
            trace.encode(&mut prefix);
        }
        let opened = core.open_streams(feeds, &mut header, &mut prefix);
        core.outbox.append(header, &prefix, message);
        if let Some(call) = core.calls.get_mut(id) {
            call.answer.set_buffer(std::mem::take(&mut message.bytes));
        }
        shared.note_room(core);
        core.schedule(deadline);
        core.has_begun = true;
        let alone = core.in_flight() == 1;
        // What was reserved for this one may have kept others out.
        let next = core.grant_slot();
        shared.settle(guard, alone);
        next.into_iter().for_each(wake);
        opened.start(shared);
        Ok(id)
    }
}

/// Until when a call that may take `timeout` waits.
pub(crate) fn deadline_after(timeout: Option<Duration>, now: Instant) -> Option<Instant> {
    timeout.map(|timeout| now + timeout.min(crate::wire::MAX_DEADLINE))
}
