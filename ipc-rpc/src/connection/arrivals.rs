//! What the connection's task does with each frame.

use std::time::Instant;

use super::deferred::{Deferred, Report};
use super::shared::{Core, Shared};
use super::streams::take_streams;
use crate::clock;
use crate::error::ProtocolError;
use crate::transport::framing::{Frame, FrameReader};
use crate::wire::{
    CallFailure, FailureCode, Flags, Goodbye, Header, Kind, RequestId, ServiceEntry, TraceContext,
    decode_services,
};

/// Handles the frames that have arrived whole, up to the next request, all under one lock. That request is entered
/// and waits in the reader to be started, now or, as is returned with it, when this side no longer pauses; `None`: there is
/// nothing that still means something. `found` is what the reader told of the next frame; `now` returns the same whenever it
/// is called.
pub(super) fn next_request(
    shared: &Shared,
    reader: &mut FrameReader,
    mut found: Result<bool, Box<ProtocolError>>,
    mut now: impl FnMut() -> Instant,
    deferred: &mut Deferred,
) -> Option<Next> {
    // The clock is read for requests only, and before the lock if one is first: that takes as long as all else here.
    if matches!(found, Ok(true)) && reader.header().kind == Kind::Request {
        now();
    }
    let mut core = shared.lock();
    loop {
        let listening = core.life.is_listening();
        if !listening && !core.life.is_closing() {
            return None;
        }
        match found {
            Ok(true) => deferred.frames.note(reader.frame_len()),
            Ok(false) => return None,
            Err(error) => {
                core.blame(*error, deferred);
                return None;
            }
        }
        let handled = match reader.header().kind {
            Kind::Request if listening => {
                let entered = core.enter(reader.header(), now());
                if matches!(entered, Ok(true)) {
                    let next = if core.pauses.any() {
                        Next::Park
                    } else {
                        Next::Start
                    };
                    return Some(next);
                }
                // The reader goes on behind it, be it to the end of the stream.
                let frame = reader.take_frame();
                match entered {
                    Ok(_) => core.refuse_streams_of(frame),
                    Err(error) => Err(*error),
                }
            }
            Kind::ServicesChanged if listening => {
                change_services(shared, &reader.take_frame().body)
                    .map(|services| deferred.services(shared.facts.peer_serves.clone(), services))
            }
            _ => core.handle_reply(reader.take_frame(), deferred),
        };
        if let Err(error) = handled {
            core.blame(error, deferred);
            return None;
        }
        found = reader.find_frame();
    }
}

/// What is to become of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Start,
    /// It waits, since this side pauses.
    Park,
}

/// The table that the peer tells anew.
fn change_services(shared: &Shared, body: &[u8]) -> Result<Vec<ServiceEntry>, ProtocolError> {
    if !shared.facts.peer_serves.may_change() {
        return Err(ProtocolError::Unexpected {
            found: "a table of services from a client".to_owned(),
            expected: "one from a server",
        });
    }
    Ok(decode_services(body)?)
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
            Kind::Response => self.answer(Frame { header, body, side }, deferred)?,
            Kind::Items | Kind::End | Kind::Reset | Kind::Credit | Kind::Stop => {
                self.handle_stream(Frame { header, body, side }, deferred)?;
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
            Kind::ServicesChanged | Kind::Skippable(_) | Kind::Request => {}
        }
        Ok(())
    }

    /// Ends the connection for what the peer did, and tells it.
    pub(super) fn blame(&mut self, error: ProtocolError, deferred: &mut Deferred) {
        let now = clock::now();
        deferred.report(Report::Violation(error.clone()));
        // There will be no slot for them.
        deferred.wake(self.slots.drain());
        if let Some(goodbye) = self.life.fail(error, now) {
            self.append_last(&goodbye);
        }
    }

    /// Draining is over.
    pub(super) fn say_goodbye(&mut self, now: Instant) {
        if let Some(goodbye) = self.life.handle_drained(now) {
            self.append_last(&goodbye);
        }
    }

    /// Says goodbye, behind which nothing follows.
    fn append_last(&mut self, goodbye: &Goodbye) {
        let header = Header::new(Kind::Goodbye, RequestId::new(0, 0));
        self.append_control(header, &goodbye.encode());
        self.outbox.close();
        self.schedule_life();
    }
}

impl Core {
    /// Enters a request. `false`: it was refused, since the connection is ending.
    #[inline]
    fn enter(&mut self, header: &Header, now: Instant) -> Result<bool, Box<ProtocolError>> {
        let id = header.request;
        if !self.life.is_open() {
            self.refuse(id, FailureCode::ShuttingDown);
            return Ok(false);
        }
        let deadline = header.deadline.map(|left| now + left);
        match self.requests.begin(id) {
            Ok(request) => request.begin(deadline),
            Err(error) => {
                if matches!(*error, ProtocolError::TooManyRequests { .. }) {
                    self.refuse(id, FailureCode::Overloaded);
                }
                return Err(error);
            }
        }
        self.schedule(deadline);
        self.has_begun = true;
        Ok(true)
    }

    /// Has the peer end the streams of a request that was not entered.
    fn refuse_streams_of(&mut self, frame: Frame<'_>) -> Result<(), ProtocolError> {
        let Frame { header, body, .. } = frame;
        if !header.flags.has(Flags::STREAMS) {
            return Ok(());
        }
        let trace_len = if header.flags.has(Flags::TRACE) {
            TraceContext::LEN
        } else {
            0
        };
        let (ids, _) = take_streams(body.skip(trace_len))?;
        self.refuse_streams(ids)
    }

    /// Answers a request that was not entered.
    fn refuse(&mut self, id: RequestId, code: FailureCode) {
        let mut header = Header::new(Kind::Response, id);
        header.flags = Flags::FAILURE;
        let mut body = Vec::new();
        CallFailure::new(code, "").encode(&mut body);
        self.append_control(header, &body);
    }
}
