//! Where a server is to pass a call on to.

use super::cursor::{Malformed, Reader, Write};

/// Stands in front of the arguments of a call that the server is to pass on to another of its clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The name of that client.
    pub(crate) peer: String,
    pub(crate) service: String,
    pub(crate) method: u32,
    /// So that a method which that client has otherwise is not called.
    pub(crate) signature: u64,
    pub(crate) one_way: bool,
}

impl Route {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.put_text(&self.peer);
        out.put_text(&self.service);
        out.put_u32(self.method);
        out.put_u64(self.signature);
        out.put_u8(self.one_way.into());
    }

    /// Reads a route, and tells how many bytes it took.
    pub(crate) fn decode(bytes: &[u8]) -> Result<(Self, usize), Malformed> {
        let mut reader = Reader::new("route of a call", bytes);
        let route = Self {
            peer: reader.text()?.to_owned(),
            service: reader.text()?.to_owned(),
            method: reader.u32()?,
            signature: reader.u64()?,
            one_way: reader.u8()? & 1 == 1,
        };
        Ok((route, bytes.len() - reader.rest().len()))
    }
}
