//! Named pipes.
//!
//! A pipe needs no clean-up: its name is taken exactly as long as an instance of it exists.

use std::{
    fmt,
    fs::OpenOptions,
    io,
    os::windows::{
        fs::OpenOptionsExt,
        io::{AsHandle, OwnedHandle},
    },
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use futures_util::FutureExt;
use interprocess::{
    local_socket::traits::StreamCommon,
    os::windows::{
        ToWtf16,
        named_pipe::{
            PipeListenerOptions,
            local_socket::tokio as pipe,
            pipe_mode::Bytes,
            tokio::{DuplexPipeStream, PipeListener},
        },
        security_descriptor::SecurityDescriptor,
    },
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

mod find;
mod system;

pub(super) use find::{Watch, exists, list};

use super::{
    listener::{BindOptions, BindPolicy},
    name::{Kind, SocketName, user_pipe_path},
    socket::{ReadHalf, WriteHalf},
};
use crate::{
    clock::Timekeeper, error::BindError, identity::PeerIdentity, transport::half::Receive,
};

// Unlike the pipe stream inside, it does not wait on a flush until the peer has read everything.
pub(super) type Stream = pipe::Stream;

/// A pipe of which one instance always waits for a client.
#[derive(Debug)]
pub(super) struct Listener {
    listener: PipeListener<Bytes, Bytes>,
}

impl Listener {
    /// Hands out the connected instance only after the next one exists, so that a client finds the
    /// pipe busy at worst, and never missing.
    pub(super) async fn accept(&self) -> io::Result<Stream> {
        self.listener.accept().await.map(Stream::from)
    }

    /// Not asked for, since no name is lost.
    pub(super) fn accept_now(&self) -> Option<Stream> {
        None
    }

    /// Never: a pipe has its name for as long as it lives.
    pub(super) async fn lost(&self) {
        std::future::pending().await
    }

    /// Returns the client that waits, if the runtime has heard of one; the name is free when the last connection has ended.
    pub(super) fn close(self) -> Vec<Stream> {
        let waiting = self.listener.accept().now_or_never();
        waiting
            .and_then(Result::ok)
            .map(Stream::from)
            .into_iter()
            .collect()
    }
}

/// Where a client finds a server.
#[derive(Debug)]
pub(super) struct Address {
    path: String,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl Address {
    pub(super) fn find(name: &SocketName) -> io::Result<Self> {
        path(name).map(|path| Self { path })
    }

    /// Tries once, without waiting. `interprocess` would wait in a thread that cannot be stopped,
    /// and let the server impersonate this process.
    pub(super) async fn connect(&self) -> io::Result<Stream> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(FILE_FLAG_OVERLAPPED)
            .security_qos_flags(SECURITY_IDENTIFICATION)
            .open(&self.path)?;
        let stream = DuplexPipeStream::<Bytes>::try_from(OwnedHandle::from(file))
            .map_err(|error| io::Error::other(error.to_string()))?;
        // It takes a handle for one that was written to.
        stream.assume_flushed();
        Ok(Stream::from(stream))
    }
}

/// A pipe, and whether it is kept open behind its last half.
///
/// A pipe that was written to and is dropped goes to `interprocess`'s threads, which keep it open until its peer has read
/// everything. They are few: behind a peer that does not read, the ends of other connections wait. A connection that ends in
/// order needs none of that, for it waits until its peer has closed; one that is aborted, or whose peer took too long, owes
/// it nothing any more.
#[derive(Debug)]
struct Pipe {
    stream: Stream,
    keeps_written: AtomicBool,
}

impl Drop for Pipe {
    fn drop(&mut self) {
        if !*self.keeps_written.get_mut() {
            self.stream.inner().assume_flushed();
        }
    }
}

/// One direction of a pipe. Reading and writing need no exclusive access, hence no lock.
#[derive(Debug)]
struct Half(Arc<Pipe>);

impl AsyncRead for Half {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut &self.0.stream).poll_read(cx, buf)
    }
}

impl Receive for Half {
    fn timekeeper(&self) -> Timekeeper {
        Timekeeper::System
    }

    fn keeps_last_words(&self) -> bool {
        false
    }

    fn keep_written(&mut self) {
        self.0.keeps_written.store(true, Ordering::Relaxed);
    }
}

impl AsyncWrite for Half {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &self.0.stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut &self.0.stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut &self.0.stream).poll_shutdown(cx)
    }
}

pub(super) fn bind(name: &SocketName, options: &BindOptions) -> Result<Listener, BindError> {
    let path = path(name).map_err(|source| BindError::Io {
        action: "name a pipe for",
        name: name.to_string(),
        source,
    })?;
    // Creating the first instance tells atomically whether there is one. Asking first is for systems that take no
    // notice of that flag, which Wine did up to its version 8; there two servers that start at the same moment may
    // both succeed.
    if system::pipe_exists(&path) {
        return Err(taken(name, options.policy));
    }
    listen(&path, options)
        .map(|listener| Listener { listener })
        .map_err(|source| {
            match source.raw_os_error() {
                // What the flag for the first instance answers if there is one already.
                Some(ERROR_ACCESS_DENIED | ERROR_PIPE_BUSY) => taken(name, options.policy),
                _ => BindError::Io {
                    action: "listen at",
                    name: path,
                    source,
                },
            }
        })
}

fn taken(name: &SocketName, policy: BindPolicy) -> BindError {
    let name = name.to_string();
    match policy {
        BindPolicy::TakeOver => BindError::CannotTakeOver {
            name,
            reason: "a pipe belongs to the process that created it",
        },
        _ => BindError::AlreadyRunning { name },
    }
}

/// Creates the first instance of the pipe. `interprocess` demands that it is the first, and rejects
/// clients on other machines.
fn listen(path: &str, options: &BindOptions) -> io::Result<PipeListener<Bytes, Bytes>> {
    let descriptor = sddl(&*system::current_user()?, options.for_others);
    let descriptor = descriptor.to_wtf_16().map_err(io::Error::other)?;
    PipeListenerOptions::new()
        .path(path)
        .accept_remote(false)
        .input_buffer_size_hint(BUFFER_SIZE)
        .output_buffer_size_hint(BUFFER_SIZE)
        .security_descriptor(Some(SecurityDescriptor::deserialize(&descriptor)?))
        .create_tokio_duplex::<Bytes>()
}

/// Whether all instances of the pipe are in use.
pub(super) fn is_busy(error: &io::Error) -> bool {
    error.raw_os_error() == Some(ERROR_PIPE_BUSY)
}

pub(super) fn identify(stream: &Stream) -> io::Result<PeerIdentity> {
    let pid = stream
        .peer_creds()?
        .pid()
        .filter(|&pid| pid != 0)
        .ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::Unsupported,
                "the system does not tell the peer's process",
            )
        })?;
    let us = system::current_user()?;
    let user = if stream.inner().is_server() {
        // A process that cannot be asked is not one of this user's.
        system::user_of_process(pid).ok()
    } else {
        // Anybody may have made the pipe that a client finds.
        system::owner_of(stream.inner().as_handle()).ok()
    };
    let same_user = user.as_ref() == Some(&us);
    Ok(PeerIdentity::from_pipe(pid, user, same_user))
}

pub(super) fn split(stream: Stream) -> (ReadHalf, WriteHalf) {
    let pipe = Arc::new(Pipe {
        stream,
        keeps_written: AtomicBool::new(false),
    });
    (Box::new(Half(pipe.clone())), Box::new(Half(pipe)))
}

fn path(name: &SocketName) -> io::Result<String> {
    match name.kind() {
        // It only keeps users apart who mean no harm; the descriptor is what keeps others out.
        Kind::User(name) => Ok(user_pipe_path(&*system::current_user()?, name)),
        Kind::Pipe(path) => Ok(path.clone()),
    }
}

/// Whose the pipe is, and who may open it. Protected, so nothing is inherited: nobody over the network (`NU`);
/// otherwise this user, who has to be able to create further instances, and the system (`SY`). The owner is said
/// outright, since it would be a group if this process is elevated, and clients look at it.
///
/// Others, if they are let in at all (`WD`), may read and write. They may not create instances, by which they
/// could pass for this server: that is the right to append, which the usual right to write contains.
fn sddl(user: &str, for_others: bool) -> String {
    const READ_AND_WRITE_BUT_NOT_APPEND: &str = "0x12019b";
    let others = if for_others {
        format!("(A;;{READ_AND_WRITE_BUT_NOT_APPEND};;;WD)")
    } else {
        String::new()
    };
    format!("O:{user}D:P(D;;FA;;;NU)(A;;FA;;;{user})(A;;FA;;;SY){others}")
}

/// A hint. With the 512 bytes that `interprocess` asks for, larger writes wait for their reader.
const BUFFER_SIZE: u32 = 64 * 1024;

const FILE_FLAG_OVERLAPPED: u32 = 0x4000_0000;
/// The server may learn who connects, but not act in its name.
const SECURITY_IDENTIFICATION: u32 = 0x0001_0000;
const ERROR_ACCESS_DENIED: i32 = 5;
const ERROR_PIPE_BUSY: i32 = 231;

#[cfg(test)]
mod tests {
    use interprocess::os::windows::security_descriptor::AsSecurityDescriptorExt;

    use super::*;

    #[test]
    fn the_descriptor_is_protected_and_admits_owner_and_system_only() {
        const DACL_SECURITY_INFORMATION: u32 = 4;

        let sddl = sddl(&system::current_user().unwrap(), false);
        let sddl = sddl.to_wtf_16().unwrap();
        let descriptor = SecurityDescriptor::deserialize(&sddl).unwrap();
        let text = descriptor
            .serialize(DACL_SECURITY_INFORMATION, |text| text.to_string_lossy())
            .unwrap();
        assert!(text.starts_with("D:P"), "{text}");
        assert_eq!(text.matches("(A;").count(), 2, "{text}");
        assert_eq!(text.matches("(D;").count(), 1, "{text}");
    }
}
