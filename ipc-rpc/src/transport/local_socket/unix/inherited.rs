//! Sockets without a name: made as a pair, of which a child process inherits one end as its standard input.

use std::fs::File;
use std::io::{self, stdin};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, Shutdown, SocketType, getsockname, shutdown, sockopt::socket_type,
};

use super::{Stream, identify};
use crate::identity::PeerIdentity;
use crate::transport::local_socket::Socket;

/// Two connected sockets: this process's, and one to be given to a child. Neither is inherited by accident.
pub(crate) fn pair() -> io::Result<(Unidentified, OwnedFd)> {
    let (ours, theirs) = StdStream::pair()?;
    Ok((Unidentified(ours), theirs.into()))
}

/// This process's end of a pair. The kernel says of such a socket's peer who made it, which is this process; who has it now
/// is for its maker to say.
#[derive(Debug)]
pub(crate) struct Unidentified(StdStream);

impl Unidentified {
    /// The end whose other one was given to a child of this process.
    pub(crate) fn into_socket_of(self, pid: u32) -> io::Result<Socket> {
        let us = PeerIdentity::in_process();
        let uid = us.uid().unwrap_or_default();
        let peer = PeerIdentity::from_credentials(Some(pid), uid, us.gid());
        Ok(Socket::of(self.0.try_into()?, peer))
    }
}

/// Takes the socket that this process has been started with as its standard input, and leaves nothing to be read there, so that
/// no child of this process gets at it. `None`: the standard input is no such socket.
pub(crate) fn take_stdin() -> io::Result<Option<Socket>> {
    let stdin = stdin();
    if !is_unix_stream(&stdin) {
        return Ok(None);
    }
    // Not inherited by children, unlike the standard input itself.
    let stream = StdStream::from(stdin.as_fd().try_clone_to_owned()?);
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    let stream = Stream::try_from(stream)?;
    // Not every system knows who has made a pair. Whoever has started this process has given it this socket.
    let peer = identify(&stream).unwrap_or_else(|_| {
        let us = PeerIdentity::in_process();
        let parent =
            rustix::process::getppid().and_then(|pid| pid.as_raw_nonzero().get().try_into().ok());
        PeerIdentity::from_credentials(parent, us.uid().unwrap_or_default(), us.gid())
    });
    Ok(Some(Socket::of(stream, peer)))
}

fn is_unix_stream(fd: impl AsFd) -> bool {
    let is_stream = socket_type(&fd).is_ok_and(|kind| kind == SocketType::STREAM);
    is_stream && getsockname(&fd).is_ok_and(|name| name.address_family() == AddressFamily::UNIX)
}

/// Tells when the other side of a socket is gone, to a thread that waits for it, whatever becomes of the runtime.
#[derive(Debug)]
pub(crate) struct HangUp(OwnedFd);

impl HangUp {
    pub(crate) fn of(socket: &Socket) -> io::Result<Self> {
        socket.descriptor().try_clone_to_owned().map(Self)
    }

    /// Ends the socket in both directions, whoever else has a descriptor of it.
    pub(crate) fn end(&self) {
        // Fails if the other side is gone already.
        let _ = shutdown(&self.0, Shutdown::Both);
    }

    /// Blocks until the other side has closed its socket.
    pub(crate) fn wait(&self) {
        let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
        // No flags: an end in both directions is told all the same, and what there is to be read wakes nobody. But the kernel of
        // macOS looks at nothing then.
        let wanted = if cfg!(target_vendor = "apple") {
            PollFlags::IN | PollFlags::HUP
        } else {
            PollFlags::empty()
        };
        loop {
            let mut watched = [PollFd::new(&self.0, wanted)];
            match poll(&mut watched, None) {
                Ok(_) if watched[0].revents().intersects(gone) => return,
                Err(Errno::INTR) => {}
                // Something that nobody has read yet, or no memory.
                Ok(_) | Err(_) => pause(),
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the thread has nothing to wait for, and no runtime can be relied on"
)]
fn pause() {
    thread::sleep(Duration::from_millis(100));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hang_up_is_told_when_the_other_end_is_gone_and_not_when_it_writes() {
        use std::io::Write;
        use std::sync::mpsc::{RecvTimeoutError, channel};

        let (ours, theirs) = pair().unwrap();
        let socket = ours.into_socket_of(7).unwrap();
        assert_eq!(socket.peer().pid(), Some(7));
        let hang_up = HangUp::of(&socket).unwrap();
        let (told, tells) = channel();
        let thread = std::thread::spawn(move || {
            hang_up.wait();
            told.send(()).unwrap();
        });
        let mut theirs = StdStream::from(theirs);
        theirs.write_all(b"hello").unwrap();
        let quiet = tells.recv_timeout(Duration::from_millis(50));
        assert_eq!(quiet, Err(RecvTimeoutError::Timeout));
        drop(theirs);
        tells.recv_timeout(Duration::from_secs(10)).unwrap();
        thread.join().unwrap();
    }

    #[test]
    fn what_is_no_unix_stream_is_told_apart() {
        assert!(!is_unix_stream(File::open("/dev/null").unwrap()));
        let (one, _other) = std::os::unix::net::UnixDatagram::pair().unwrap();
        assert!(!is_unix_stream(one));
        let (one, _other) = StdStream::pair().unwrap();
        assert!(is_unix_stream(one));
    }
}
