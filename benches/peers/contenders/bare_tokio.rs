//! The floor for whoever uses tokio: its Unix socket and a length in front of each frame.

use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::bare::{Input, prefix, put_small, take_small};
use super::{Client, Contender, Ready, Result, serve_each};
use crate::case::SMALL_LEN;
use crate::clock::Stop;

pub(super) struct BareTokio;

impl Contender for BareTokio {
    type Client = Caller;

    async fn serve(path: PathBuf, ready: Ready) -> Result<()> {
        serve_each(path, ready, echo).await
    }

    async fn connect(path: &Path) -> Result<Caller> {
        Ok(Caller {
            socket: UnixStream::connect(path).await?,
            input: Input::new(),
            output: Vec::new(),
        })
    }
}

/// Answers all complete frames of a read with one write.
async fn echo(mut socket: UnixStream) -> io::Result<()> {
    let mut input = Input::new();
    loop {
        let count = socket.read(input.room()).await?;
        if count == 0 {
            return Ok(());
        }
        input.extend(count);
        socket.write_all(input.frames()).await?;
    }
}

pub(super) struct Caller {
    socket: UnixStream,
    input: Input,
    output: Vec<u8>,
}

impl Caller {
    async fn flush(&mut self) -> io::Result<()> {
        self.socket.write_all(&self.output).await?;
        self.output.clear();
        Ok(())
    }

    async fn fill(&mut self) -> io::Result<()> {
        match self.socket.read(self.input.room()).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.input.extend(count);
                Ok(())
            }
        }
    }
}

impl Client for Caller {
    type Payload = Vec<u8>;

    async fn echo(&mut self, number: u64, mut payload: Vec<u8>) -> Result<(u64, Vec<u8>)> {
        put_small(&mut self.output, number, &payload);
        self.flush().await?;
        loop {
            if let Some(frame) = self.input.next() {
                return Ok((take_small(frame, &mut payload), payload));
            }
            self.fill().await?;
        }
    }

    async fn echo_bytes(&mut self, mut payload: Vec<u8>) -> Result<Vec<u8>> {
        let prefix = prefix(payload.len());
        let parts = [IoSlice::new(&prefix), IoSlice::new(&payload)];
        let written = self.socket.write_vectored(&parts).await?;
        // A socket that takes not even the four bytes is broken.
        let rest = written
            .checked_sub(prefix.len())
            .ok_or("too little written")?;
        self.socket.write_all(&payload[rest..]).await?;
        loop {
            if let Some(filled) = self.input.begin_large(&mut payload) {
                self.socket.read_exact(&mut payload[filled..]).await?;
                return Ok(payload);
            }
            self.fill().await?;
        }
    }

    /// All frames of the window with one write, then as many new ones as a read brought answers.
    async fn in_flight(&mut self, count: usize, stop: &Stop) -> Result<u64> {
        let mut payload = vec![7; SMALL_LEN];
        let (mut sent, mut answered) = (0, 0);
        while sent < count as u64 {
            put_small(&mut self.output, sent, &payload);
            sent += 1;
        }
        while answered < sent {
            self.flush().await?;
            self.fill().await?;
            let stopped = stop.is_due();
            while let Some(frame) = self.input.next() {
                let number = take_small(frame, &mut payload);
                if number != answered {
                    return Err(format!("answer {number} instead of {answered}").into());
                }
                answered += 1;
                if !stopped {
                    put_small(&mut self.output, sent, &payload);
                    sent += 1;
                }
            }
        }
        Ok(answered)
    }
}
