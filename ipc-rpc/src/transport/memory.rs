//! Connections within one process, for tests and for services that live beside their callers.
//!
//! An [`Address`] stands wherever a socket name does. What runs above the bytes is the same code as over a
//! socket: handshake, limits, authentication, events.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::sync::{Notify, mpsc};

use super::local_socket::BindPolicy;
use crate::clock::{self, Timekeeper};
use crate::error::FindError;
use crate::wire::MAX_DEADLINE;

/// Bytes that either direction holds before its writer waits: what a Unix socket holds, about.
const CAPACITY: usize = 128 * 1024;

/// Connections that wait to be accepted: what a socket's backlog holds, about.
const BACKLOG: usize = 128;

/// Two connected ends of a stream within this process.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use ipc_rpc::transport::memory;
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// let (mut left, mut right) = memory::pair();
/// left.write_all(b"hello").await?;
/// let mut greeting = [0; 5];
/// right.read_exact(&mut greeting).await?;
/// assert_eq!(&greeting, b"hello");
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn pair() -> (MemoryStream, MemoryStream) {
    let (left, right) = tokio::io::duplex(CAPACITY);
    (MemoryStream(left), MemoryStream(right))
}

/// One end of a stream within this process.
pub struct MemoryStream(DuplexStream);

impl fmt::Debug for MemoryStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStream")
    }
}

impl AsyncRead for MemoryStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for MemoryStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// A place within this process where one server can be reached. Its clones are the same place.
///
/// ```
/// # use ipc_rpc::{ipc_service, Context, Server, context, transport::memory};
/// # #[ipc_service]
/// # pub trait Calculator { async fn add(&self, ctx: Context, a: i64, b: i64) -> i64; }
/// # struct Calc;
/// # impl Calculator for Calc { async fn add(&self, _: Context, a: i64, b: i64) -> i64 { a + b } }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let address = memory::Address::new();
/// let server = Server::builder(&address).service(Calc.serve()).bind()?;
/// let test = async {
///     let calculator = CalculatorClient::connect(&address).await?;
///     assert_eq!(calculator.add(context::current(), 2, 3).await?, 5);
///     Ok::<_, Box<dyn std::error::Error>>(())
/// };
/// tokio::select! {
///     ended = server.run() => Err("the server ended".into()),
///     tested = test => tested,
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct Address {
    place: Arc<Place>,
}

#[derive(Default)]
struct Place {
    /// There while a server accepts.
    server: Mutex<Option<Occupant>>,
    /// Tells those that wait for a server that one has come.
    bound: Notify,
}

/// The server that has the place.
struct Occupant {
    sender: mpsc::Sender<MemoryStream>,
    /// Tells it that another one has the place now.
    robbed: Arc<Notify>,
}

impl Place {
    fn server(&self) -> MutexGuard<'_, Option<Occupant>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Address {
    /// A new place, where nobody serves yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            place: Arc::default(),
        }
    }

    /// Whether a server is bound here, accepting or not.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        let server = self.place.server();
        server
            .as_ref()
            .is_some_and(|occupant| !occupant.sender.is_closed())
    }

    /// `None`: a server is there already, and is to be left alone.
    pub(crate) fn bind(&self, policy: BindPolicy) -> Option<MemoryListener> {
        let mut server = self.place.server();
        if let Some(occupant) = &*server
            && !occupant.sender.is_closed()
        {
            if policy != BindPolicy::TakeOver {
                return None;
            }
            occupant.robbed.notify_one();
        }
        let (sender, incoming) = mpsc::channel(BACKLOG);
        let robbed = Arc::default();
        let listener = MemoryListener {
            place: Arc::downgrade(&self.place),
            sender: sender.downgrade(),
            robbed: Arc::clone(&robbed),
            incoming: tokio::sync::Mutex::new(incoming),
        };
        *server = Some(Occupant { sender, robbed });
        drop(server);
        self.place.bound.notify_waiters();
        Some(listener)
    }

    pub(crate) async fn connect(&self) -> io::Result<MemoryStream> {
        let server = self
            .place
            .server()
            .as_ref()
            .map(|occupant| occupant.sender.clone());
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let (ours, theirs) = pair();
        server
            .ok_or_else(refused)?
            .send(theirs)
            .await
            .map_err(|_| refused())?;
        Ok(ours)
    }

    /// Waits until a server is bound here, at most as long as `timeout`, by the runtime's clock.
    ///
    /// # Errors
    ///
    /// [`FindError::TimedOut`], or [`FindError::NoRuntime`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn wait_for(&self, timeout: Duration) -> Result<(), FindError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(FindError::NoRuntime);
        }
        let timeout = timeout.min(MAX_DEADLINE);
        let deadline = clock::now() + timeout;
        clock::timeout_at(deadline, Timekeeper::Runtime, self.bound())
            .await
            .map_err(|_| FindError::TimedOut {
                name: self.to_string(),
                after: timeout,
                source: io::ErrorKind::ConnectionRefused.into(),
            })
    }

    async fn bound(&self) {
        loop {
            let bound = self.place.bound.notified();
            tokio::pin!(bound);
            // From here on a server that comes is told of, also one that comes before the look is over.
            bound.as_mut().enable();
            if self.is_bound() {
                return;
            }
            bound.await;
        }
    }

    /// The same as [`connect`](Self::connect) once a server is there.
    pub(crate) async fn connect_when_there(&self) -> io::Result<MemoryStream> {
        loop {
            self.bound().await;
            match self.connect().await {
                // It has gone in between.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                outcome => return outcome,
            }
        }
    }
}

impl Default for Address {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "memory:{:p}", Arc::as_ptr(&self.place))
    }
}

/// The server's side of an [`Address`]. The place is free again when it is dropped.
pub(crate) struct MemoryListener {
    place: std::sync::Weak<Place>,
    sender: mpsc::WeakSender<MemoryStream>,
    robbed: Arc<Notify>,
    incoming: tokio::sync::Mutex<mpsc::Receiver<MemoryStream>>,
}

impl MemoryListener {
    /// Cancel safe.
    pub(crate) async fn accept(&self) -> MemoryStream {
        match self.incoming.lock().await.recv().await {
            Some(stream) => stream,
            // The sender lives in the place, which may go, or go to another server, while this one stays.
            None => std::future::pending().await,
        }
    }

    /// `None`: there is none at this moment, or somebody waits for one.
    pub(crate) fn accept_now(&self) -> Option<MemoryStream> {
        self.incoming.try_lock().ok()?.try_recv().ok()
    }

    /// Resolves once another server has the place. For one that waits.
    pub(crate) async fn lost(&self) {
        self.robbed.notified().await;
    }
}

impl MemoryListener {
    /// Gives the place back. Returns the connections that wait to be accepted; nobody is turned away unheard.
    pub(crate) async fn close(self) -> Vec<MemoryStream> {
        self.leave();
        let mut incoming = self.incoming.lock().await;
        incoming.close();
        let mut waiting = Vec::new();
        while let Some(stream) = incoming.recv().await {
            waiting.push(stream);
        }
        waiting
    }

    /// A stream that is sent while the receiver goes stays in the channel until its last sender is gone, so the
    /// place must not keep one: the client would wait for a verdict that nobody gives.
    fn leave(&self) {
        let (Some(place), Some(ours)) = (self.place.upgrade(), self.sender.upgrade()) else {
            return;
        };
        let mut server = place.server();
        if server
            .as_ref()
            .is_some_and(|occupant| occupant.sender.same_channel(&ours))
        {
            *server = None;
        }
    }
}

impl fmt::Debug for MemoryListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryListener")
    }
}

impl Drop for MemoryListener {
    fn drop(&mut self) {
        self.leave();
    }
}
