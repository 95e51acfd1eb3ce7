//! The first exchange, as I/O: one hello there, one verdict back.
//!
//! Whoever calls these bounds them in time; they are not resumed once dropped.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::error::{ConnectError, ConnectionError, ProtocolError};
use crate::proto::handshake::{Agreement, Terms, accept, judge_welcome};
use crate::transport::{Reader, Writer};
use crate::wire::{
    AuthPayload, Hello, MAX_HELLO_LEN, MAX_VERDICT_LEN, Malformed, Mode, Offer, PRELUDE_LEN,
    Prelude, PreludeKind, Refusal, RefusalCode, VERSIONS, Verdict,
};

/// Bytes by which a buffer grows before the verdict: memory follows what arrives, not what is announced.
const STEP: usize = 4 * 1024;

/// Bytes of the first read: as many as most messages have, and few enough for the allocator of glibc to keep them at hand
/// (`tcache`, up to 1,032).
const FIRST_STEP: usize = 1000;

/// What a client says first: to be made before the server is reached, which need not hear of one that is too large.
pub(crate) fn hello(
    terms: &Terms,
    mode: Mode,
    auth: Option<AuthPayload>,
    peer_name: Option<&str>,
) -> Result<Vec<u8>, ConnectError> {
    let hello = Hello {
        versions: VERSIONS,
        codecs: terms.codecs.clone(),
        allow_partial: terms.allow_partial,
        limits: terms.limits,
        calls: terms.calls.clone(),
        serves: Arc::clone(&terms.serves),
        auth,
        peer_name: peer_name.map(Arc::from),
        mode,
        offer: Offer::clone(&terms.offer),
        extensions: Vec::new(),
    };
    let bytes = hello.encode();
    if bytes.len() > MAX_HELLO_LEN {
        return Err(ConnectError::HelloTooLarge {
            size: bytes.len(),
            limit: MAX_HELLO_LEN,
        });
    }
    Ok(bytes)
}

/// Says hello and waits for the verdict. Returns what was agreed and what arrived behind the verdict.
pub(crate) async fn connect(
    reader: &mut Reader,
    writer: &mut Writer,
    hello: &[u8],
    terms: &Terms,
) -> Result<(Agreement, Bytes), ConnectError> {
    // A server may refuse without reading, so the hello's write can fail while the verdict is there to be
    // read.
    let written = async {
        writer.write_all(hello).await?;
        writer.flush().await
    };
    let written = written.await;
    let mut buffer = Vec::new();
    let verdict = match read_message(reader, &mut buffer, MAX_VERDICT_LEN).await {
        Ok(Message { kind, bytes }) => Verdict::decode(kind, &bytes[PRELUDE_LEN..])
            .map_err(|malformed| ConnectError::Protocol(malformed.into()))?,
        Err(Unreadable::Malformed(malformed)) => {
            return Err(ConnectError::Protocol(malformed.into()));
        }
        Err(Unreadable::TooLarge(error)) => return Err(ConnectError::Protocol(error)),
        Err(Unreadable::Io(error)) => {
            let error = written.err().unwrap_or(error);
            return Err(ConnectError::Ended(ConnectionError::io(error)));
        }
    };
    match verdict {
        Verdict::Refusal(refusal) => Err(refusal.into()),
        Verdict::Welcome(welcome) => {
            judge_welcome(&welcome, terms)?;
            let agreement = accept(welcome, terms).map_err(ConnectError::Protocol)?;
            Ok((agreement, buffer.into()))
        }
    }
}

/// Why no hello was got.
#[derive(Debug)]
pub(crate) enum NoHello {
    /// The client went away, with or without having said something.
    Gone {
        spoke: bool,
    },
    Refused(Refusal),
}

/// Waits for a client's hello. Returns it and what arrived behind it.
pub(crate) async fn read_hello(reader: &mut Reader) -> Result<(Hello, Bytes), NoHello> {
    let mut buffer = Vec::new();
    let refuse = |text: String| NoHello::Refused(Refusal::new(RefusalCode::Malformed, text));
    match read_message(reader, &mut buffer, MAX_HELLO_LEN).await {
        Ok(Message {
            kind: PreludeKind::Hello,
            bytes,
        }) => match Hello::decode(&bytes[PRELUDE_LEN..]) {
            Ok(hello) => Ok((hello, buffer.into())),
            Err(malformed) => Err(refuse(malformed.problem)),
        },
        Ok(Message { kind, .. }) => Err(refuse(format!("{kind:?} found, a hello expected"))),
        Err(Unreadable::Malformed(malformed)) => Err(refuse(malformed.problem)),
        Err(Unreadable::TooLarge(error)) => Err(refuse(error.to_string())),
        Err(Unreadable::Io(_)) => Err(NoHello::Gone {
            spoke: !buffer.is_empty(),
        }),
    }
}

async fn write_verdict(writer: &mut Writer, verdict: &[u8]) -> io::Result<()> {
    writer.write_all(verdict).await?;
    writer.flush().await
}

/// Turns a client away, and reads on to the end of the stream, so that the refusal is not lost with
/// what the client has already sent.
pub(crate) async fn refuse(reader: &mut Reader, writer: &mut Writer, refusal: &Refusal) {
    if write_verdict(writer, &refusal.encode()).await.is_err() {
        return;
    }
    let _ = writer.shutdown().await;
    let mut discarded = [0; 1024];
    while matches!(reader.read(&mut discarded).await, Ok(1..)) {}
}

#[derive(Debug)]
enum Unreadable {
    Malformed(Malformed),
    TooLarge(ProtocolError),
    Io(io::Error),
}

/// A prelude and what it announced.
struct Message {
    kind: PreludeKind,
    /// Both of them.
    bytes: Vec<u8>,
}

/// Reads a prelude and what it announces, of at most `limit` bytes in total. What arrives behind it is left in `buffer`.
async fn read_message(
    reader: &mut Reader,
    buffer: &mut Vec<u8>,
    limit: usize,
) -> Result<Message, Unreadable> {
    fill(reader, buffer, PRELUDE_LEN).await?;
    let prelude = match buffer.first_chunk::<PRELUDE_LEN>() {
        Some(prelude) => Prelude::decode(prelude).map_err(Unreadable::Malformed)?,
        None => return Err(Unreadable::Io(io::ErrorKind::UnexpectedEof.into())),
    };
    let size = PRELUDE_LEN.saturating_add(prelude.len as usize);
    if size > limit {
        return Err(Unreadable::TooLarge(ProtocolError::FrameTooLarge {
            size,
            limit,
        }));
    }
    fill(reader, buffer, size).await?;
    let behind = buffer.split_off(size);
    Ok(Message {
        kind: prelude.kind,
        bytes: std::mem::replace(buffer, behind),
    })
}

/// Reads until `buffer` holds `len` bytes; a few more may come along.
async fn fill(reader: &mut Reader, buffer: &mut Vec<u8>, len: usize) -> Result<(), Unreadable> {
    while buffer.len() < len {
        buffer.reserve(if buffer.is_empty() { FIRST_STEP } else { STEP });
        let room = buffer.capacity() - buffer.len();
        match poll_fn(|cx| reader.poll_append(cx, buffer, room)).await {
            Ok(0) => return Err(Unreadable::Io(io::ErrorKind::UnexpectedEof.into())),
            Ok(_) => {}
            Err(error) => return Err(Unreadable::Io(error)),
        }
    }
    Ok(())
}
