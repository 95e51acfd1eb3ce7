//! The floor for whoever uses tokio: its Unix socket and a length in front of each frame.

use std::io;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::bare::{Input, put_request, put_small, requested, take_small};
use super::bare_items::{self, LargeItems, SmallItems, fill, read_large, write_large};
use super::{Client, Contender, Items, Ready, Result, serve_each};
use crate::case::SMALL_LEN;
use crate::clock::Stop;

pub(super) struct BareTokio;

impl Contender for BareTokio {
    type Client = Caller;

    async fn serve(path: PathBuf, ready: Ready) -> Result<()> {
        serve_each(path, ready, answer).await
    }

    async fn connect(path: &Path) -> Result<Caller> {
        Ok(Caller {
            socket: UnixStream::connect(path).await?,
            input: Input::new(),
            output: Vec::new(),
        })
    }
}

/// Answers all complete frames of a read with one write, or with a stream if they ask for one.
async fn answer(mut socket: UnixStream) -> io::Result<()> {
    let mut input = Input::new();
    loop {
        let count = socket.read(input.room()).await?;
        if count == 0 {
            return Ok(());
        }
        input.extend(count);
        let frames = input.frames();
        if let Some(len) = requested(frames) {
            bare_items::send(&mut socket, len).await?;
        }
        socket.write_all(frames).await?;
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
        fill(&mut self.socket, &mut self.input).await
    }

    async fn ask_for_items(&mut self, len: usize) -> io::Result<()> {
        put_request(&mut self.output, len);
        self.flush().await
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
        write_large(&mut self.socket, &payload).await?;
        read_large(&mut self.socket, &mut self.input, &mut payload).await?;
        Ok(payload)
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

    async fn items(&mut self) -> Result<impl Items> {
        self.ask_for_items(SMALL_LEN).await?;
        Ok(SmallItems {
            socket: &mut self.socket,
            input: &mut self.input,
        })
    }

    async fn large_items(&mut self, len: usize) -> Result<impl Items> {
        self.ask_for_items(len).await?;
        Ok(LargeItems {
            socket: &mut self.socket,
            input: &mut self.input,
            payload: Vec::new(),
        })
    }
}
