//! The messages of the handshake.

use ipc_rpc::{Client, ServiceDefinition};
use support::LabClient;

use super::POSTCARD;

/// A hello, as a client of this protocol would say it or not.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) codecs: Vec<u8>,
    pub(crate) max_frame_len: u32,
    pub(crate) max_in_flight: u32,
    /// Names of services without methods.
    pub(crate) calls: Vec<String>,
    /// The codec it is in, and the bytes.
    pub(crate) auth: Option<(u8, Vec<u8>)>,
    /// Values of the extension that is the client's name.
    pub(crate) names: Vec<Vec<u8>>,
    /// Whether it asks for raw bytes behind the welcome.
    pub(crate) raw: bool,
}

impl Default for Offer {
    fn default() -> Self {
        Self {
            codecs: vec![POSTCARD],
            max_frame_len: 8 * 1024 * 1024,
            max_in_flight: 1024,
            calls: Vec::new(),
            auth: None,
            names: Vec::new(),
            raw: false,
        }
    }
}

impl Offer {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut body = vec![1, 0, 1, 0, self.codecs.len() as u8];
        body.extend(&self.codecs);
        body.push(0);
        put_limits(&mut body, self.max_frame_len, self.max_in_flight);
        body.extend((self.calls.len() as u16).to_le_bytes());
        for name in &self.calls {
            put_text(&mut body, name);
            body.extend([1, 0, 0, 0, 1]);
            body.extend([0; 8 + 2]);
        }
        body.extend([0, 0]);
        match &self.auth {
            None => body.push(0),
            Some((codec, bytes)) => {
                body.extend([1, *codec]);
                body.extend((bytes.len() as u32).to_le_bytes());
                body.extend(bytes);
            }
        }
        let extensions = self.names.len() + usize::from(self.raw);
        body.extend((extensions as u16).to_le_bytes());
        for name in &self.names {
            body.extend([1, 0, 1]);
            body.extend((name.len() as u32).to_le_bytes());
            body.extend(name);
        }
        if self.raw {
            body.extend([2, 0, 1, 0, 0, 0, 0]);
        }
        message(1, &body)
    }
}

/// A welcome, as a server of this protocol would say it or not. It serves the lab.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    pub(crate) version: u16,
    pub(crate) codec: u8,
    pub(crate) max_frame_len: u32,
    pub(crate) max_in_flight: u32,
    pub(crate) serves_lab: bool,
    /// Marks one, with a tag that nobody knows.
    pub(crate) critical_extension: bool,
}

impl Default for Admission {
    fn default() -> Self {
        Self {
            version: 1,
            codec: POSTCARD,
            max_frame_len: 8 * 1024 * 1024,
            max_in_flight: 1024,
            serves_lab: true,
            critical_extension: false,
        }
    }
}

impl Admission {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut body = 7_u64.to_le_bytes().to_vec();
        body.extend(self.version.to_le_bytes());
        body.push(self.codec);
        put_limits(&mut body, self.max_frame_len, self.max_in_flight);
        body.extend(u16::from(self.serves_lab).to_le_bytes());
        if self.serves_lab {
            put_lab(&mut body);
        }
        body.extend([0, 0]);
        body.extend(u16::from(self.critical_extension).to_le_bytes());
        if self.critical_extension {
            body.extend([0xff, 0xff, 1, 0, 0, 0, 0]);
        }
        message(2, &body)
    }
}

fn put_lab(body: &mut Vec<u8>) {
    let lab = <LabClient as Client>::Definition::DESCRIPTOR;
    put_text(body, lab.name);
    body.extend(lab.version.to_le_bytes());
    body.push(1);
    body.extend(lab.schema.to_le_bytes());
    body.extend((lab.methods.len() as u16).to_le_bytes());
    for method in lab.methods {
        body.extend(method.id.to_le_bytes());
        body.extend(method.signature.to_le_bytes());
        body.extend(method.since.to_le_bytes());
        put_text(body, method.name);
    }
}

pub(crate) fn refusal(code: u16, detail: u32, text: &str) -> Vec<u8> {
    let mut body = code.to_le_bytes().to_vec();
    body.extend(detail.to_le_bytes());
    put_text(&mut body, text);
    body.extend([0, 0]);
    message(3, &body)
}

fn put_limits(body: &mut Vec<u8>, max_frame_len: u32, max_in_flight: u32) {
    body.extend(max_frame_len.to_le_bytes());
    body.extend(max_in_flight.to_le_bytes());
    // Streams at once, and the window of each in items and bytes.
    for limit in [256_u32, 1024, 1024 * 1024] {
        body.extend(limit.to_le_bytes());
    }
}

pub(crate) fn put_text(body: &mut Vec<u8>, text: &str) {
    body.extend((text.len() as u16).to_le_bytes());
    body.extend(text.as_bytes());
}

/// A message of the handshake.
pub(crate) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut message = prelude(kind, body.len() as u32);
    message.extend(body);
    message
}

pub(crate) fn prelude(kind: u8, len: u32) -> Vec<u8> {
    let mut prelude = b"\x89ipcrpc\n".to_vec();
    prelude.extend([kind, 0, 0, 0]);
    prelude.extend(len.to_le_bytes());
    prelude
}
