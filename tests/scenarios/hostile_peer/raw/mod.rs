//! A peer that speaks bytes: an implementation of its own of as much of the protocol as tests need, so that
//! nothing here follows a mistake over there.

mod handshake;

pub(crate) use handshake::{Admission, Offer, message, prelude, put_text, refusal};

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
pub(crate) const ITEMS: u8 = 8;
pub(crate) const END: u8 = 9;
pub(crate) const RESET: u8 = 10;
pub(crate) const CREDIT: u8 = 11;
pub(crate) const STOP: u8 = 12;

pub(crate) const FAILURE: u8 = 2;
pub(crate) const TRACE: u8 = 2;
pub(crate) const STREAMS: u8 = 4;

/// Codes of a goodbye.
pub(crate) const CLOSED: u16 = 0;
pub(crate) const VIOLATION: u16 = 2;
pub(crate) const OVERLOADED: u16 = 3;

/// The code of the failure that arguments do not decode.
pub(crate) const UNDECODABLE: u16 = 2;

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

    /// Checks that the other end hung up in order, with nothing more to say.
    pub(crate) async fn expect_end(&mut self) {
        let read = self.0.read(&mut [0]).await;
        assert!(matches!(read, Ok(0)), "{read:?}");
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
