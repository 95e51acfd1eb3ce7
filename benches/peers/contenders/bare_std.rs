//! The floor for whoever uses no runtime: the standard library's Unix socket, blocking, a thread for each connection.

use std::io::{self, IoSlice, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;

use super::bare::{Input, prefix, put_small, take_small};
use super::{Client, Contender, Ready, Result};
use crate::case::SMALL_LEN;
use crate::clock::Stop;

pub(super) struct BareStd;

impl Contender for BareStd {
    type Client = Caller;

    async fn serve(path: PathBuf, ready: Ready) -> Result<()> {
        let listener = UnixListener::bind(path)?;
        ready.announce();
        loop {
            let (socket, _) = listener.accept()?;
            thread::spawn(move || echo(socket));
        }
    }

    async fn connect(path: &Path) -> Result<Caller> {
        Ok(Caller {
            socket: UnixStream::connect(path)?,
            input: Input::new(),
            output: Vec::new(),
        })
    }
}

/// Answers all complete frames of a read with one write.
fn echo(mut socket: UnixStream) -> io::Result<()> {
    let mut input = Input::new();
    loop {
        let count = socket.read(input.room())?;
        if count == 0 {
            return Ok(());
        }
        input.extend(count);
        socket.write_all(input.frames())?;
    }
}

/// Blocks the thread of its caller, which has nothing else to do.
pub(super) struct Caller {
    socket: UnixStream,
    input: Input,
    output: Vec<u8>,
}

impl Caller {
    fn flush(&mut self) -> io::Result<()> {
        self.socket.write_all(&self.output)?;
        self.output.clear();
        Ok(())
    }

    fn fill(&mut self) -> io::Result<()> {
        match self.socket.read(self.input.room())? {
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
        self.flush()?;
        loop {
            if let Some(frame) = self.input.next() {
                return Ok((take_small(frame, &mut payload), payload));
            }
            self.fill()?;
        }
    }

    async fn echo_bytes(&mut self, mut payload: Vec<u8>) -> Result<Vec<u8>> {
        let prefix = prefix(payload.len());
        let parts = [IoSlice::new(&prefix), IoSlice::new(&payload)];
        let written = self.socket.write_vectored(&parts)?;
        // A socket that takes not even the four bytes is broken.
        let rest = written
            .checked_sub(prefix.len())
            .ok_or("too little written")?;
        self.socket.write_all(&payload[rest..])?;
        loop {
            if let Some(filled) = self.input.begin_large(&mut payload) {
                self.socket.read_exact(&mut payload[filled..])?;
                return Ok(payload);
            }
            self.fill()?;
        }
    }

    /// As the bare tokio socket does it.
    async fn in_flight(&mut self, count: usize, stop: &Stop) -> Result<u64> {
        let mut payload = vec![7; SMALL_LEN];
        let (mut sent, mut answered) = (0, 0);
        while sent < count as u64 {
            put_small(&mut self.output, sent, &payload);
            sent += 1;
        }
        while answered < sent {
            self.flush()?;
            self.fill()?;
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
