//! The user's own check of a connecting client.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::codec::Codec;
use crate::error::Rejection;
use crate::identity::PeerIdentity;
use crate::wire::{AuthPayload, ConnectionId, Refusal, RefusalCode};

/// What the user's check granted: a value of the user's own type.
pub(crate) type Session = Arc<dyn Any + Send + Sync>;

/// A connecting client, as an [`Authenticator`] sees it.
///
/// `Debug` shows everything but the payload.
#[non_exhaustive]
pub struct AuthHello<T> {
    /// What the client gave to `.auth(..)`; `()` if it gave nothing.
    pub payload: T,
    /// What the kernel says of the client's process. Decide by this and by the payload, never by what the
    /// client says of itself.
    pub peer: PeerIdentity,
    /// The id that the connection will have if it is admitted.
    pub connection: ConnectionId,
    /// The name that the client [claims](crate::Connect::peer_name): its own word, so say here who may have which. Whether
    /// another client has it is looked at afterwards.
    pub name: Option<Arc<str>>,
}

impl<T> fmt::Debug for AuthHello<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthHello")
            .field("peer", &self.peer)
            .field("connection", &self.connection)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Decides whether a client may connect, and what it may be within.
///
/// Give a child process its token through its standard input or an inherited descriptor, not on its command line,
/// which other users can read.
///
/// Runs once for each connection, before any method can be called. A check that panics or takes longer than
/// [`Config::handshake_timeout`](crate::Config::handshake_timeout) rejects. A closure
/// `Fn(AuthHello<T>) -> impl Future<Output = Result<S, Rejection>>` does as well.
///
/// ```
/// use ipc_rpc::{Authenticator, AuthHello, Rejection};
///
/// struct Tokens;
///
/// impl Authenticator for Tokens {
///     type Payload = String;
///     type Session = u32;
///
///     async fn authenticate(&self, hello: AuthHello<String>) -> Result<u32, Rejection> {
///         match hello.payload.as_str() {
///             "open sesame" => Ok(7),
///             _ => Err(Rejection::new(1, "unknown token")),
///         }
///     }
/// }
/// ```
pub trait Authenticator: Send + Sync + 'static {
    /// What clients give to `.auth(..)`.
    type Payload: DeserializeOwned + Send + 'static;
    /// What handlers get from [`Context::session`](crate::Context::session).
    type Session: Send + Sync + 'static;

    /// Judges one client.
    ///
    /// # Errors
    ///
    /// The rejection that the client's `connect` returns.
    fn authenticate(
        &self,
        hello: AuthHello<Self::Payload>,
    ) -> impl Future<Output = Result<Self::Session, Rejection>> + Send;
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot authenticate clients",
    label = "needs `Fn(AuthHello<T>) -> impl Future<Output = Result<S, Rejection>> + Send`, or an `Authenticator`"
)]
/// What [`ServerBuilder::authenticate`](crate::ServerBuilder::authenticate) takes: an [`Authenticator`] or
/// a closure. `M` tells the two apart and is inferred.
pub trait IntoAuthenticator<M> {
    /// The authenticator it becomes.
    type Authenticator: Authenticator;

    /// Makes it an authenticator.
    fn into_authenticator(self) -> Self::Authenticator;
}

/// Marks an implementor of [`Authenticator`].
#[derive(Debug)]
#[expect(unnameable_types, reason = "inferred, and nobody's business")]
pub enum Implemented {}

impl<A: Authenticator> IntoAuthenticator<Implemented> for A {
    type Authenticator = A;

    fn into_authenticator(self) -> A {
        self
    }
}

impl<F, T, S, Fut> IntoAuthenticator<fn(AuthHello<T>) -> (Fut, S)> for F
where
    F: Fn(AuthHello<T>) -> Fut + Send + Sync + 'static,
    T: DeserializeOwned + Send + 'static,
    S: Send + Sync + 'static,
    Fut: Future<Output = Result<S, Rejection>> + Send + 'static,
{
    type Authenticator = Closure<F, T, S>;

    fn into_authenticator(self) -> Closure<F, T, S> {
        Closure {
            check: self,
            types: PhantomData,
        }
    }
}

/// A closure as an authenticator.
#[expect(unnameable_types, reason = "only its trait is anybody's business")]
pub struct Closure<F, T, S> {
    check: F,
    types: PhantomData<fn(T) -> S>,
}

impl<F, T, S> fmt::Debug for Closure<F, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closure")
    }
}

impl<F, T, S, Fut> Authenticator for Closure<F, T, S>
where
    F: Fn(AuthHello<T>) -> Fut + Send + Sync + 'static,
    T: DeserializeOwned + Send + 'static,
    S: Send + Sync + 'static,
    Fut: Future<Output = Result<S, Rejection>> + Send + 'static,
{
    type Payload = T;
    type Session = S;

    fn authenticate(
        &self,
        hello: AuthHello<T>,
    ) -> impl Future<Output = Result<S, Rejection>> + Send {
        (self.check)(hello)
    }
}

/// An authenticator whose types are no longer known: payload bytes in, session out.
pub(crate) trait ErasedAuthenticator: Send + Sync {
    fn authenticate(
        self: Arc<Self>,
        payload: Option<AuthPayload>,
        peer: PeerIdentity,
        connection: ConnectionId,
        name: Option<Arc<str>>,
    ) -> Pin<Box<dyn Future<Output = Result<Session, Refusal>> + Send>>;
}

impl<A: Authenticator> ErasedAuthenticator for A {
    fn authenticate(
        self: Arc<Self>,
        payload: Option<AuthPayload>,
        peer: PeerIdentity,
        connection: ConnectionId,
        name: Option<Arc<str>>,
    ) -> Pin<Box<dyn Future<Output = Result<Session, Refusal>> + Send>> {
        Box::pin(async move {
            let payload = decode_payload::<A::Payload>(payload)?;
            let hello = AuthHello {
                payload,
                peer,
                connection,
                name,
            };
            match Authenticator::authenticate(&*self, hello).await {
                Ok(session) => Ok(Arc::new(session) as Session),
                Err(rejection) => Err(Refusal::new(RefusalCode::Rejected, rejection.reason)
                    .with_detail(rejection.code)),
            }
        })
    }
}

/// The error says of which type a payload was expected and never what it held.
fn decode_payload<T: DeserializeOwned>(payload: Option<AuthPayload>) -> Result<T, Refusal> {
    let bad = |found: String| {
        Refusal::new(
            RefusalCode::BadAuthPayload,
            format!(
                "the server expects an auth payload of type `{}`; {found}",
                std::any::type_name::<T>()
            ),
        )
    };
    let Some(payload) = payload else {
        return Codec::Postcard
            .decode(&[])
            .map_err(|_| bad("the client sent none".to_owned()));
    };
    let codec = Codec::from_id(payload.codec).ok_or_else(|| {
        bad(format!(
            "the client's is in codec {}, which is not known here",
            payload.codec
        ))
    })?;
    codec
        .decode(&payload.bytes)
        .map_err(|_| bad("the client's is of another type".to_owned()))
}

/// Admits whoever the [`PeerPolicy`](super::PeerPolicy) lets through; the session is `()`.
///
/// A client that shows something is refused: somebody forgot to have it looked at.
#[derive(Debug)]
pub(crate) struct NoAuthenticator;

impl ErasedAuthenticator for NoAuthenticator {
    fn authenticate(
        self: Arc<Self>,
        payload: Option<AuthPayload>,
        _: PeerIdentity,
        _: ConnectionId,
        _: Option<Arc<str>>,
    ) -> Pin<Box<dyn Future<Output = Result<Session, Refusal>> + Send>> {
        Box::pin(std::future::ready(match payload {
            Some(payload) if !payload.bytes.is_empty() => Err(Refusal::new(
                RefusalCode::BadAuthPayload,
                "the client shows an auth payload, and the server has no authenticator",
            )),
            _ => Ok(Arc::new(()) as Session),
        }))
    }
}
