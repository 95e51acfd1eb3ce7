//! How a plugin waits for its next host.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;

use super::channel::Channel;
#[cfg(unix)]
use super::watchdog::Watchdog;
use crate::auth::PeerPolicy;
use crate::clock::{self, Timekeeper, timeout_at};
use crate::plugin::gate::{ATTACH_PREFIX, Credentials, MAX_LINE, Token};
use crate::plugin::parting::{Meeting, Stays};
use crate::transport::Io;
use crate::transport::local_socket::{BindOptions, Listener, Socket, SocketName};

/// How long a host that has connected may take to show its token.
const TO_SHOW: Duration = Duration::from_secs(10);

/// Whether, and where, a plugin waits for another host.
pub(super) struct Patience {
    time: Duration,
    place: Mutex<Option<Place>>,
}

/// Where it waits.
pub(super) struct Place {
    listener: Listener,
    token: Token,
}

impl Patience {
    pub(super) fn new(time: Duration) -> Arc<Self> {
        Arc::new(Self {
            time,
            place: Mutex::default(),
        })
    }

    /// Where the host has asked it to wait, if it has.
    pub(super) fn take(&self) -> Option<Place> {
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        place.take()
    }

    /// Until when it waits from now on.
    pub(super) fn deadline(&self) -> Instant {
        clock::now() + self.time
    }
}

impl Stays for Patience {
    fn stay(&self) -> Result<Meeting, String> {
        let token = Token::random().map_err(|error| error.to_string())?;
        // Before the host goes, so that the next one finds it.
        let listener = Listener::bind(&SocketName::unique(), &BindOptions::default());
        let listener = listener.map_err(|error| crate::plugin::supervisor::with_sources(&error))?;
        let located = listener.name().located();
        let path = located.ok_or("its place has no path")?.to_string();
        let meeting = Meeting {
            path,
            token: token.hex(),
        };
        let place = Place { listener, token };
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
        Ok(meeting)
    }
}

impl Place {
    /// Waits for a host that shows the token. `None`: none came in time.
    pub(super) async fn wait(self, deadline: Instant) -> Option<Channel> {
        loop {
            let accepting = self.listener.accept();
            match timeout_at(deadline, Timekeeper::Runtime, accepting).await {
                Ok(Ok(socket)) => {
                    if let Some(channel) = self.admit(socket).await {
                        return Some(channel);
                    }
                }
                Ok(Err(error)) if crate::transport::local_socket::is_transient(&error) => {}
                Ok(Err(_)) | Err(_) => return None,
            }
        }
    }

    /// Somebody has connected. `None`: it is not the host.
    async fn admit(&self, socket: Socket) -> Option<Channel> {
        if !PeerPolicy::SameUser.admits(socket.peer()) {
            return None;
        }
        #[cfg(unix)]
        let watchdog = Watchdog::start(&socket).ok()?;
        let mut io = Io::from(socket);
        let shown = read_line(&mut io);
        let deadline = clock::now() + TO_SHOW;
        let line = timeout_at(deadline, Timekeeper::Runtime, shown).await;
        let line = line.ok()?.ok()?;
        let shown = line.strip_prefix(ATTACH_PREFIX)?.trim();
        let shown = Token::from_hex(shown)?.into_credentials();
        self.token.is(&shown.token).then_some(Channel {
            io,
            #[cfg(unix)]
            watchdog,
            credentials: Credentials { token: Vec::new() },
        })
    }
}

/// A byte at a time: what follows is the handshake's.
async fn read_line(io: &mut Io) -> io::Result<String> {
    let mut line = Vec::new();
    while line.len() < MAX_LINE {
        match io.reader.read_u8().await? {
            b'\n' => return String::from_utf8(line).map_err(io::Error::other),
            byte => line.push(byte),
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}
