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
#[cfg(unix)]
use crate::transport::local_socket::inherited::HangUp;
use crate::transport::local_socket::{BindOptions, Listener, Socket, SocketName, is_transient};

/// How long a host that has connected may take to show its token, which it does at once. Others wait as long.
const TO_SHOW: Duration = Duration::from_secs(2);

/// A pause behind an error that does not pass at once.
const PAUSE: Duration = Duration::from_millis(100);

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

    /// For how long it waits.
    pub(super) const fn time(&self) -> Duration {
        self.time
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
            pid: std::process::id(),
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
                Ok(Err(error)) if is_transient(&error) => {}
                // Something is lacking, descriptors for instance, that comes free again.
                Ok(Err(_)) => pause().await,
                Err(_) => return None,
            }
        }
    }

    /// Somebody has connected. `None`: it is not the host.
    async fn admit(&self, socket: Socket) -> Option<Channel> {
        if !PeerPolicy::SameUser.admits(socket.peer()) {
            return None;
        }
        #[cfg(unix)]
        let channel = HangUp::of(&socket).ok()?;
        let mut io = Io::from(socket);
        let shown = read_line(&mut io);
        let deadline = clock::now() + TO_SHOW;
        let line = timeout_at(deadline, Timekeeper::Runtime, shown).await;
        let line = line.ok()?.ok()?;
        let shown = line.strip_prefix(ATTACH_PREFIX)?.trim();
        let shown = Token::from_hex(shown)?.into_credentials();
        if !self.token.is(&shown.token) {
            return None;
        }
        Some(Channel {
            io,
            // Only now: nobody else's end is that of this process.
            #[cfg(unix)]
            watchdog: Watchdog::over(channel).ok()?,
            credentials: Credentials { token: Vec::new() },
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "there is nothing to wait for")]
async fn pause() {
    tokio::time::sleep(PAUSE).await;
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
