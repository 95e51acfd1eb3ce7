//! A peer that speaks bytes: an implementation of its own of as much of the protocol as tests need, so that
//! nothing here follows a mistake over there.

use std::path::{Path, PathBuf};

use ipc_rpc::{Client, ServiceDefinition, SocketName};
use support::LabClient;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

pub(crate) const REQUEST: u8 = 1;
pub(crate) const RESPONSE: u8 = 2;
pub(crate) const CANCEL: u8 = 3;
pub(crate) const PING: u8 = 4;
pub(crate) const PONG: u8 = 5;
pub(crate) const GOODBYE: u8 = 6;
pub(crate) const SERVICES_CHANGED: u8 = 7;

pub(crate) const FAILURE: u8 = 2;
pub(crate) const TRACE: u8 = 2;

/// Codes of a goodbye.
pub(crate) const CLOSED: u16 = 0;
pub(crate) const VIOLATION: u16 = 2;
pub(crate) const OVERLOADED: u16 = 3;

pub(crate) const POSTCARD: u8 = 1;
pub(crate) const MESSAGE_PACK: u8 = 2;

/// A socket file in a directory of its own, which goes with it.
pub(crate) struct SocketFile {
    _directory: TempDir,
    path: PathBuf,
}

impl SocketFile {
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().expect("a directory can be made");
        Self {
            path: directory.path().join("socket"),
            _directory: directory,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn name(&self) -> SocketName {
        SocketName::path(&self.path).expect("the path is short and absolute")
    }

    pub(crate) fn listen(&self) -> UnixListener {
        UnixListener::bind(&self.path).expect("the path is free")
    }
}

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
}

impl Default for Offer {
    fn default() -> Self {
        Self {
            codecs: vec![POSTCARD],
            max_frame_len: 8 * 1024 * 1024,
            max_in_flight: 1024,
            calls: Vec::new(),
            auth: None,
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
        body.extend([0, 0]);
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
    body.extend([0; 4]);
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

/// The id of a method of the lab.
pub(crate) fn method(name: &str) -> u32 {
    let lab = <LabClient as Client>::Definition::DESCRIPTOR;
    lab.method(name).expect("the lab has this method").id
}

/// A frame, whatever it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) lane: u16,
    pub(crate) slot: u32,
    pub(crate) generation: u32,
    pub(crate) method: u32,
    pub(crate) side_len: u32,
    /// In microseconds.
    pub(crate) deadline: u64,
    pub(crate) body: Vec<u8>,
}

impl Frame {
    pub(crate) fn new(kind: u8, slot: u32, generation: u32) -> Self {
        Self {
            kind,
            flags: 0,
            lane: 0,
            slot,
            generation,
            method: 0,
            side_len: 0,
            deadline: 0,
            body: Vec::new(),
        }
    }

    /// A request of a method of the lab, in a slot of this number and in its first generation.
    pub(crate) fn call(slot: u32, name: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: method(name),
            body: body.into(),
            ..Self::new(REQUEST, slot, 0)
        }
    }

    pub(crate) fn goodbye(code: u16, text: &str) -> Self {
        let mut frame = Self::new(GOODBYE, 0, 0);
        frame.body.extend(code.to_le_bytes());
        put_text(&mut frame.body, text);
        frame
    }

    /// A response to this request.
    pub(crate) fn answer(&self, flags: u8, body: impl Into<Vec<u8>>) -> Self {
        Self {
            flags,
            body: body.into(),
            ..Self::new(RESPONSE, self.slot, self.generation)
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.header(self.body.len() as u32);
        bytes.extend(&self.body);
        bytes
    }

    /// The header alone, announcing so many bytes.
    pub(crate) fn header(&self, len: u32) -> Vec<u8> {
        let mut header = len.to_le_bytes().to_vec();
        header.extend([self.kind, self.flags]);
        header.extend(self.lane.to_le_bytes());
        header.extend(self.slot.to_le_bytes());
        header.extend(self.generation.to_le_bytes());
        header.extend(self.method.to_le_bytes());
        header.extend(self.side_len.to_le_bytes());
        header.extend(self.deadline.to_le_bytes());
        header
    }

    /// The code of a goodbye, or of the failure that this response is.
    pub(crate) fn code(&self) -> u16 {
        let failure = self.kind == RESPONSE && self.flags & FAILURE != 0;
        assert!(self.kind == GOODBYE || failure, "no code in {self:?}");
        number(&self.body[..2]) as u16
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// What a server answers a hello with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Welcome,
    Refusal {
        code: u16,
        detail: u32,
        text: String,
    },
}

/// One end of a connection.
#[derive(Debug)]
pub(crate) struct Raw(pub(crate) UnixStream);

impl Raw {
    pub(crate) async fn connect(path: &Path) -> Self {
        Self(UnixStream::connect(path).await.expect("the server listens"))
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0
            .write_all(bytes.as_ref())
            .await
            .expect("the other end still reads");
    }

    /// The same where the other end may have gone.
    pub(crate) async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.write_all(bytes.as_ref()).await.is_ok()
    }

    pub(crate) async fn send_frame(&mut self, frame: &Frame) {
        self.send(frame.bytes()).await;
    }

    /// Sends a request and returns the next frame, which ought to be its answer.
    pub(crate) async fn call(&mut self, request: &Frame) -> Frame {
        self.send_frame(request).await;
        let answer = self.frame().await.expect("an answer");
        assert_eq!(
            (answer.kind, answer.slot, answer.generation),
            (RESPONSE, request.slot, request.generation)
        );
        answer
    }

    pub(crate) async fn say_hello(&mut self, offer: &Offer) -> Verdict {
        self.send(offer.bytes()).await;
        self.verdict().await
    }

    /// Reads a verdict.
    pub(crate) async fn verdict(&mut self) -> Verdict {
        let (kind, body) = self.message().await;
        match kind {
            2 => Verdict::Welcome,
            3 => Verdict::Refusal {
                code: number(&body[..2]) as u16,
                detail: number(&body[2..6]) as u32,
                text: String::from_utf8(body[8..8 + number(&body[6..8]) as usize].to_vec())
                    .expect("the text is UTF-8"),
            },
            _ => panic!("a verdict of kind {kind}"),
        }
    }

    /// Reads a message of the handshake.
    pub(crate) async fn message(&mut self) -> (u8, Vec<u8>) {
        let mut prelude = [0; 16];
        self.0.read_exact(&mut prelude).await.expect("a prelude");
        assert_eq!(&prelude[..8], b"\x89ipcrpc\n");
        let mut body = vec![0; number(&prelude[12..]) as usize];
        self.0.read_exact(&mut body).await.expect("a whole message");
        (prelude[8], body)
    }

    /// Reads a frame. `None`: the other end has gone.
    pub(crate) async fn frame(&mut self) -> Option<Frame> {
        let mut header = [0; 32];
        self.0.read_exact(&mut header).await.ok()?;
        let mut body = vec![0; number(&header[..4]) as usize];
        self.0.read_exact(&mut body).await.expect("a whole frame");
        Some(Frame {
            kind: header[4],
            flags: header[5],
            lane: number(&header[6..8]) as u16,
            slot: number(&header[8..12]) as u32,
            generation: number(&header[12..16]) as u32,
            method: number(&header[16..20]) as u32,
            side_len: number(&header[20..24]) as u32,
            deadline: number(&header[24..]),
            body,
        })
    }

    /// Reads all frames that still come.
    pub(crate) async fn rest(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.frame().await {
            frames.push(frame);
        }
        frames
    }

    /// Reads to the end, whatever it is.
    pub(crate) async fn drain(&mut self) -> usize {
        let mut buffer = vec![0; 64 * 1024];
        let mut total = 0;
        while let Ok(read @ 1..) = self.0.read(&mut buffer).await {
            total += read;
        }
        total
    }

    /// Checks that the other end says goodbye with this code, last of all, and hangs up.
    #[track_caller]
    pub(crate) fn expect_goodbye(&mut self, code: u16) -> impl Future<Output = Vec<Frame>> {
        let caller = std::panic::Location::caller();
        async move {
            let mut frames = self.rest().await;
            let last = frames.pop();
            let found = last
                .as_ref()
                .map(|frame| (frame.kind, frame.kind == GOODBYE && frame.code() == code));
            assert_eq!(found, Some((GOODBYE, true)), "{last:?}, at {caller}");
            frames
        }
    }
}
