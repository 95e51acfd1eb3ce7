//! Streams over a bare tokio socket: frames in one direction, one behind the other.

use std::convert::Infallible;
use std::io::{self, IoSlice};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::bare::{Input, number_and_payload, prefix, put_small};
use super::{Items, Look, Result};
use crate::case::SMALL_LEN;

/// Small items leave together, as many as fit into this.
const BATCH_LEN: usize = 64 * 1024;

/// Sends items without end.
pub(super) async fn send(socket: &mut UnixStream, len: usize) -> io::Result<Infallible> {
    let payload = vec![7; len];
    if len > SMALL_LEN {
        loop {
            write_large(socket, &payload).await?;
        }
    }
    let mut batch = Vec::with_capacity(BATCH_LEN);
    let mut number = 0;
    loop {
        while batch.len() + 2 * len < BATCH_LEN {
            put_small(&mut batch, number, &payload);
            number += 1;
        }
        socket.write_all(&batch).await?;
        batch.clear();
    }
}

/// Writes a payload with its length in front, without a copy.
pub(super) async fn write_large(socket: &mut UnixStream, payload: &[u8]) -> io::Result<()> {
    let prefix = prefix(payload.len());
    let parts = [IoSlice::new(&prefix), IoSlice::new(payload)];
    let written = socket.write_vectored(&parts).await?;
    // A socket that takes not even the four bytes is broken.
    let rest = written
        .checked_sub(prefix.len())
        .ok_or_else(|| io::Error::other("too little written"))?;
    socket.write_all(&payload[rest..]).await
}

/// Reads a payload into the place of another.
pub(super) async fn read_large(
    socket: &mut UnixStream,
    input: &mut Input,
    payload: &mut Vec<u8>,
) -> io::Result<()> {
    loop {
        if let Some(filled) = input.begin_large(payload) {
            socket.read_exact(&mut payload[filled..]).await?;
            return Ok(());
        }
        fill(socket, input).await?;
    }
}

pub(super) async fn fill(socket: &mut UnixStream, input: &mut Input) -> io::Result<()> {
    match socket.read(input.room()).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        count => {
            input.extend(count);
            Ok(())
        }
    }
}

pub(super) struct SmallItems<'a> {
    pub(super) socket: &'a mut UnixStream,
    pub(super) input: &'a mut Input,
}

impl Items for SmallItems<'_> {
    /// The payload stays where it was read to.
    async fn next<R: Send>(&mut self, look: impl Look<R>) -> Result<R> {
        let frame = loop {
            match self.input.find() {
                Some(frame) => break frame,
                None => fill(self.socket, self.input).await?,
            }
        };
        let (number, payload) = number_and_payload(self.input.at(frame));
        Ok(look(Some(number), payload))
    }
}

pub(super) struct LargeItems<'a> {
    pub(super) socket: &'a mut UnixStream,
    pub(super) input: &'a mut Input,
    /// The last item, whose place the next one takes.
    pub(super) payload: Vec<u8>,
}

impl Items for LargeItems<'_> {
    async fn next<R: Send>(&mut self, look: impl Look<R>) -> Result<R> {
        read_large(self.socket, self.input, &mut self.payload).await?;
        Ok(look(None, &self.payload))
    }
}
