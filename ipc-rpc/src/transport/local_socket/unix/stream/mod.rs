//! A connected socket: how it is made and how it is used.

use std::io::{self, IoSlice};
use std::os::unix::net::UnixStream as StdStream;

use rustix::fd::AsFd;
use rustix::net::sockopt::set_socket_send_buffer_size;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod portable;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use portable as os;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod watched;
#[cfg(any(target_os = "linux", target_os = "android"))]
use linux as os;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use os::connect_now;

pub(super) use os::{Listening, connect};
pub(in crate::transport::local_socket) use os::{Stream, split};

impl TryFrom<StdStream> for Stream {
    type Error = io::Error;

    /// Takes a stream over that was made without the runtime.
    fn try_from(stream: StdStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Self::register(stream)
    }
}

/// Whether a socket's buffer was made large, as it is when there is something large to be sent.
#[derive(Debug, Default)]
struct SendBuffer {
    is_large: bool,
}

impl SendBuffer {
    fn prepare_for(&mut self, slices: &[IoSlice<'_>], socket: impl AsFd) {
        if self.is_large || slices.iter().map(|slice| slice.len()).sum::<usize>() <= LARGE_WRITE {
            return;
        }
        self.is_large = true;
        // What a process may have is the administrator's to say, and a smaller buffer is only slower.
        let _ = set_socket_send_buffer_size(socket, SEND_BUFFER);
    }
}

/// A write of more than this wants a large buffer.
const LARGE_WRITE: usize = 32 * 1024;

/// Bytes that a socket takes before its writer waits. Linux lets everybody have as many, and doubles it for its own
/// needs: with its default of half as much a message of a megabyte takes twice as long, for the two sides wait for
/// each other more often.
const SEND_BUFFER: usize = 212_992;
