//! The trace a call belongs to.

use super::cursor::{Malformed, Reader, Write};

/// Names the trace and the span that a call belongs to, in the terms of W3C Trace Context
/// (<https://www.w3.org/TR/trace-context/>), so that whoever collects spans can join both processes.
///
/// This crate carries it from caller to handler and on to the calls that the handler makes; it neither
/// creates nor samples traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceContext {
    /// The trace, the same in all its processes.
    pub trace_id: u128,
    /// The span of the caller.
    pub span_id: u64,
    /// Whether the caller records this trace.
    pub sampled: bool,
}

impl TraceContext {
    /// Bytes of a trace context in front of a request's body.
    pub(crate) const LEN: usize = 25;

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.trace_id.to_le_bytes());
        out.put_u64(self.span_id);
        out.put_u8(self.sampled.into());
    }

    /// Reads a trace context and returns what follows it.
    pub(crate) fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), Malformed> {
        let mut reader = Reader::new("trace context", bytes);
        let trace = Self {
            trace_id: reader.u128()?,
            span_id: reader.u64()?,
            sampled: reader.u8()? & 1 == 1,
        };
        Ok((trace, reader.rest()))
    }
}
