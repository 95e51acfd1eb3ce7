//! Connecting to a listener.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Serialize;

use super::stream::{Facts, Stream, halves};
use super::terms::terms;
use crate::auth::PeerPolicy;
use crate::clock::{self, TimedOut, timeout_at};
use crate::codec::{Codec, CodecError};
use crate::config::Config;
use crate::connection::{handshake, reach};
use crate::error::{ConnectError, NameError};
use crate::proto::handshake::Terms;
use crate::transport::{Endpoint, IntoEndpoint, Io};
use crate::wire::{AuthPayload, MAX_DEADLINE, Mode};

/// Connects to the [`Listener`](super::Listener) of this name: `.await` it, or say more before.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use ipc_rpc::raw;
/// use tokio::io::AsyncWriteExt;
///
/// let mut stream = raw::connect("samples").auth("open sesame").await?;
/// stream.write_all(b"hello").await?;
/// # Ok(())
/// # }
/// ```
pub fn connect(name: impl IntoEndpoint) -> Connect {
    Connect {
        endpoint: name.into_endpoint(),
        auth: None,
        trust: PeerPolicy::SameUser,
        connect_timeout: Config::default().connect_timeout,
        patience: None,
    }
}

/// A raw stream that is about to be made; [`connect`] returns it, `.await` makes it.
///
/// # Errors
///
/// Each way in which connecting can fail is a variant of [`ConnectError`].
///
/// # Cancel safety
///
/// Dropping the future drops the attempt; a listener that had already admitted it hands out a stream that ends.
#[must_use = "nothing happens before it is awaited"]
pub struct Connect {
    endpoint: Result<Endpoint, NameError>,
    auth: Option<Result<Vec<u8>, CodecError>>,
    trust: PeerPolicy,
    connect_timeout: Duration,
    patience: Option<Duration>,
}

impl Connect {
    /// Shows `payload` to the listener's authenticator. Default: none, which is the same as `()`.
    ///
    /// It is sent in the first message, to a server that was checked before (see [`trust`](Self::trust)), and is neither
    /// logged nor part of an error.
    pub fn auth<T: Serialize + ?Sized>(mut self, payload: &T) -> Self {
        let mut bytes = Vec::new();
        let encoded = AUTH_CODEC.encode(payload, &mut bytes).map(|()| bytes);
        self.auth = Some(encoded);
        self
    }

    /// Which servers to talk to, by the kernel's word on who they are. Nothing is sent to another one.
    /// Default: [`PeerPolicy::SameUser`].
    pub fn trust(mut self, policy: PeerPolicy) -> Self {
        self.trust = policy;
        self
    }

    /// How long connecting may take in total. Default: 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout.min(MAX_DEADLINE);
        self
    }

    /// Waits for the server to be there, at most as long as `timeout`, before the time for connecting begins; see
    /// [`crate::Connect::wait_for_server`]. Default: a server that is not there is not waited for.
    pub fn wait_for_server(mut self, timeout: Duration) -> Self {
        self.patience = Some(timeout.min(MAX_DEADLINE));
        self
    }

    async fn connect(self) -> Result<Stream, ConnectError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(ConnectError::NoRuntime);
        }
        let endpoint = self.endpoint?;
        let auth = self.auth.transpose().map_err(ConnectError::AuthPayload)?;
        let auth = auth.map(|bytes| AuthPayload {
            codec: AUTH_CODEC.id(),
            bytes,
        });
        let terms = terms(&Config::default());
        let hello = handshake::hello(&terms, Mode::Raw, auth, None)?;
        let mut there = match self.patience {
            Some(patience) => Some(reach::wait(&endpoint, patience).await?),
            None => None,
        };
        let (after, by) = (self.connect_timeout, endpoint.timekeeper());
        let deadline = clock::now() + after;
        let reached = AtomicBool::new(there.is_some());
        let attempt = async {
            let io = reach::reach(&endpoint, &mut there, &self.trust, deadline, after).await?;
            reached.store(true, Ordering::Relaxed);
            shake_hands(io, &hello, &terms).await
        };
        match timeout_at(deadline, by, attempt).await {
            Ok(stream) => stream,
            Err(TimedOut) => Err(ConnectError::TimedOut {
                name: endpoint.to_string(),
                reached: reached.load(Ordering::Relaxed),
                after,
            }),
        }
    }
}

impl IntoFuture for Connect {
    type Output = Result<Stream, ConnectError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.connect())
    }
}

/// Without the auth payload.
impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("endpoint", &self.endpoint)
            .field("trust", &self.trust)
            .field("connect_timeout", &self.connect_timeout)
            .field("wait_for_server", &self.patience)
            .finish_non_exhaustive()
    }
}

async fn shake_hands(io: Io, hello: &[u8], terms: &Terms) -> Result<Stream, ConnectError> {
    let ((mut reader, mut writer), peer) = halves(io);
    let (agreement, read_ahead) =
        handshake::connect(&mut reader, &mut writer, hello, terms).await?;
    let facts = Facts {
        id: agreement.connection,
        peer,
        session: Arc::new(NoSession),
        _place: None,
    };
    Ok(Stream::new((reader, writer), read_ahead, facts))
}

/// What a client has in place of a session.
struct NoSession;

/// The payload says which codec it is in, so the listener has no say in that.
const AUTH_CODEC: Codec = Codec::Postcard;
