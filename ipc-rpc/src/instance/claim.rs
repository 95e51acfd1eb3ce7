//! Deciding who is the one instance, again and again until it is settled.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::io;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::launch::{Launch, decode};
use super::primary::{Primary, Seat};
use super::secondary::{Answer, Secondary};
use super::service::{Handover, NoAnswer, WireLaunch};
use super::{Instance, Scope, Start, name};
use crate::auth::PeerPolicy;
use crate::client::Connect;
use crate::clock;
use crate::codec::Codec;
use crate::context::{self, Context};
use crate::error::{
    BindError, CallError, ClaimError, ConnectError, ConnectionError, RefusalReason,
};
use crate::transport::local_socket::SocketName;
use crate::wire::MAX_DEADLINE;

/// How often the place may change hands, or be full, before it is given up.
const MAX_ROUNDS: u32 = 200;

/// The pauses between rounds, doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// How long connecting may take where there is no other bound.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A claim to be the one instance of an application: [`instance::claim`](super::claim) returns it.
///
/// [`start`](Self::start) is the way for most; `.await` only decides, and hands nothing over.
#[must_use = "nothing happens before it is awaited or started"]
pub struct Claim<P = (), R = ()> {
    id: String,
    version: Option<String>,
    scope: Scope,
    settings: Settings,
    types: PhantomData<fn(P) -> R>,
}

/// How it is decided.
#[derive(Clone)]
struct Settings {
    timeout: Option<Duration>,
    trust: Option<PeerPolicy>,
    repeats: bool,
}

impl<P, R> Claim<P, R> {
    pub(super) const fn new(id: String) -> Self {
        Self {
            id,
            version: None,
            scope: Scope::User,
            settings: Settings {
                timeout: Some(Duration::from_secs(30)),
                trust: None,
                repeats: false,
            },
            types: PhantomData,
        }
    }

    /// Tells apart versions of the application that cannot speak to each other: each may have an instance of its own.
    /// Default: none, which is another version than `""`.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// For whom there is one instance. Default: [`Scope::User`].
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// How long all of it may take, from here to the primary instance's answer; `None` for as long as it lives.
    /// It includes the time until that has a handler; to reach it takes 10 s at most in any case. Default: 30 s.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeout = timeout.into();
        self
    }

    /// To which primary instances a launch is handed over, by the kernel's word on who they are. Default:
    /// [`PeerPolicy::SameUser`], and [`PeerPolicy::AnyUser`] with [`Scope::System`].
    pub fn trust(mut self, policy: PeerPolicy) -> Self {
        self.settings.trust = Some(policy);
        self
    }

    /// Starts again with a launch whose primary instance was lost while it had it, which may have handled it in part.
    /// Default: that is [`ClaimError::Lost`].
    pub fn repeat_if_lost(mut self) -> Self {
        self.settings.repeats = true;
        self
    }

    /// The socket name that stands for this application, version and scope: a readable end of the id and a hash of all
    /// of it.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Id`], or [`ClaimError::Unsupported`] for [`Scope::System`] where there is no safe place for it.
    pub fn socket_name(&self) -> Result<SocketName, ClaimError> {
        name::socket_name(&self.id, self.version.as_deref(), self.scope)
    }

    fn contest(self) -> Result<Contest, ClaimError> {
        let name = self.socket_name()?;
        Ok(Contest {
            name,
            scope: self.scope,
            settings: self.settings,
        })
    }
}

impl<P, R> Claim<P, R>
where
    P: Serialize + DeserializeOwned + Send + 'static,
    R: Serialize + DeserializeOwned + Send + 'static,
{
    /// Becomes the one instance, with `launch` as the first of the launches that its handler gets; or else has the one that
    /// is there handle it, and waits for the answer.
    ///
    /// A primary instance that goes before it has begun with the launch loses nothing: this process tries again, and may
    /// itself be the next.
    ///
    /// # Errors
    ///
    /// Each way in which it can fail is a variant of [`ClaimError`]; none of them counts as being answered.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future takes the launch back as long as it waits at the primary instance.
    pub async fn start(self, launch: Launch<P>) -> Result<Start<P, R>, ClaimError> {
        let launch = launch.encode()?;
        let contest = self.contest()?;
        let time = Time::from_now(contest.settings.timeout);
        contest.start(launch, None, time).await?.typed()
    }

    /// The same; a process that was answered ends with the code that `code` makes of the answer, without running
    /// destructors, as [`std::process::exit`] does. What went wrong is returned, and never exits.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    ///
    /// # Cancel safety
    ///
    /// As [`start`](Self::start).
    pub async fn start_or_exit(
        self,
        launch: Launch<P>,
        code: impl FnOnce(R) -> i32,
    ) -> Result<Primary<P, R>, ClaimError> {
        match self.start(launch).await? {
            Start::Primary(primary) => Ok(primary),
            Start::Answered(answer) => {
                let (answer, _) = answer.into_parts();
                std::process::exit(code(answer))
            }
        }
    }
}

impl<P: 'static, R: 'static> IntoFuture for Claim<P, R> {
    type Output = Result<Instance<P, R>, ClaimError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let contest = self.contest();
        Box::pin(async move {
            let contest = contest?;
            let time = Time::from_now(contest.settings.timeout);
            Ok(
                match contest.decide(None, &mut Rounds::default(), time).await? {
                    Decided::Primary(seat) => Instance::Primary(Primary::new(seat)),
                    Decided::Secondary(handover) => {
                        Instance::Secondary(Secondary::new(contest, handover))
                    }
                },
            )
        })
    }
}

impl<P, R> fmt::Debug for Claim<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("id", &self.id)
            .field("version", &self.version)
            .field("scope", &self.scope)
            .field("timeout", &self.settings.timeout)
            .finish_non_exhaustive()
    }
}

/// Whose the place is at a moment.
enum Decided {
    Primary(Seat),
    Secondary(Handover),
}

/// How it ended.
pub(super) enum Settled {
    Primary(Seat),
    Answered(Bytes, Handover),
}

impl Settled {
    pub(super) fn typed<P, R: DeserializeOwned>(self) -> Result<Start<P, R>, ClaimError> {
        Ok(match self {
            Self::Primary(seat) => Start::Primary(Primary::new(seat)),
            Self::Answered(answer, handover) => {
                let answer = decode(&answer).map_err(ClaimError::Decode)?;
                Start::Answered(Answer::new(answer, handover))
            }
        })
    }
}

/// One place, and how it is fought for.
pub(super) struct Contest {
    name: SocketName,
    scope: Scope,
    settings: Settings,
}

impl Contest {
    pub(super) const fn timeout(&self) -> Option<Duration> {
        self.settings.timeout
    }

    /// Hands the launch over, at first to whoever is `known`, or takes the place. Without a place of its own a launch waits
    /// nowhere: what is lost with a primary instance that has not begun with it is handed to the next.
    pub(super) async fn start(
        &self,
        launch: WireLaunch,
        mut known: Option<Handover>,
        time: Time,
    ) -> Result<Settled, ClaimError> {
        let mut rounds = Rounds::default();
        loop {
            let decided = match known.take() {
                Some(handover) => Decided::Secondary(handover),
                None => self.decide(Some(&launch), &mut rounds, time).await?,
            };
            let handover = match decided {
                Decided::Primary(seat) => return Ok(Settled::Primary(seat)),
                Decided::Secondary(handover) => handover,
            };
            let unanswered = match handover.launch(time.context(), launch.clone()).await {
                Ok(Ok(answer)) => return Ok(Settled::Answered(answer, handover)),
                Ok(Err(no_answer)) => Unanswered::told(no_answer),
                Err(error) => Unanswered::lost(error, &handover, time),
            };
            match unanswered {
                Unanswered::NotBegun => {}
                Unanswered::Begun(_) if self.settings.repeats => {}
                Unanswered::Begun(error) | Unanswered::Final(error) => return Err(error),
            }
            rounds.next(time).await?;
        }
    }

    /// Takes the place or finds out who has it. The bind alone decides; whoever finds it taken and cannot reach the
    /// taker by its name any more has met the end of that one, and binds again.
    async fn decide(
        &self,
        own: Option<&WireLaunch>,
        rounds: &mut Rounds,
        time: Time,
    ) -> Result<Decided, ClaimError> {
        loop {
            match Seat::take(&self.name, self.scope == Scope::System, own) {
                Ok(seat) => return Ok(Decided::Primary(seat)),
                Err(BindError::AlreadyRunning { .. }) => {}
                Err(error) => return Err(ClaimError::Bind(error)),
            }
            match self.connect(time).await {
                Ok(handover) => return Ok(Decided::Secondary(handover)),
                Err(error) if is_passing(&error) => rounds.next(time).await?,
                Err(ConnectError::TimedOut { .. }) => return Err(time.timed_out(false)),
                Err(error) => return Err(ClaimError::Connect(error)),
            }
        }
    }

    async fn connect(&self, time: Time) -> Result<Handover, ConnectError> {
        let trust = match (&self.settings.trust, self.scope) {
            (Some(policy), _) => policy.clone(),
            (None, Scope::User) => PeerPolicy::SameUser,
            (None, Scope::System) => PeerPolicy::AnyUser,
        };
        Connect::<Handover>::new(&self.name)
            .codec(Codec::MessagePack)
            .trust(trust)
            .connect_timeout(
                time.left()
                    .map_or(CONNECT_TIMEOUT, |left| left.max(FIRST_PAUSE)),
            )
            .await
    }
}

/// Why a launch that was handed over has no answer.
enum Unanswered {
    /// Nobody has begun with it.
    NotBegun,
    /// Whoever had begun with it is gone.
    Begun(ClaimError),
    Final(ClaimError),
}

impl Unanswered {
    fn told(no_answer: NoAnswer) -> Self {
        match no_answer {
            NoAnswer::Released => Self::NotBegun,
            NoAnswer::GivenUp => Self::Begun(no_answer.into_error()),
            _ => Self::Final(no_answer.into_error()),
        }
    }

    fn lost(error: CallError, handover: &Handover, time: Time) -> Self {
        match error {
            CallError::DeadlineExceeded { sent, .. } => Self::Final(time.timed_out(sent)),
            error if error.is_retryable() => Self::NotBegun,
            // A primary that goes in order has answered all that it has taken in. This one it has not read.
            CallError::Connection {
                source: ConnectionError::PeerClosed(close),
                ..
            } if close.shutting_down => Self::NotBegun,
            CallError::Cancelled => Self::Begun(ClaimError::GivenUp),
            CallError::Connection { .. } => Self::Begun(ClaimError::Lost {
                primary: handover.connection().peer_identity().clone(),
                source: error,
            }),
            error => Self::Final(ClaimError::Call(error)),
        }
    }
}

/// Whether the primary instance is one that comes or goes, so that the same is tried again.
fn is_passing(error: &ConnectError) -> bool {
    match error {
        ConnectError::NotRunning { .. } | ConnectError::Ended(_) => true,
        ConnectError::Io { source, .. } => matches!(
            source.kind(),
            io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
        ),
        ConnectError::Refused { reason, .. } => matches!(
            reason,
            RefusalReason::ShuttingDown
                | RefusalReason::ServerFull
                | RefusalReason::HandshakeTimeout
        ),
        _ => false,
    }
}

/// How long all of it may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    allowed: Option<Duration>,
    deadline: Option<Instant>,
}

impl Time {
    pub(super) fn from_now(allowed: Option<Duration>) -> Self {
        let allowed = allowed.map(|time| time.min(MAX_DEADLINE));
        Self {
            allowed,
            deadline: allowed.map(|time| clock::now() + time),
        }
    }

    fn left(self) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_duration_since(clock::now()))
    }

    fn context(self) -> Context {
        match self.left() {
            Some(left) => context::without_deadline().and_timeout(left),
            None => context::without_deadline(),
        }
    }

    fn timed_out(self, sent: bool) -> ClaimError {
        let after = self.allowed.unwrap_or(CONNECT_TIMEOUT);
        ClaimError::TimedOut { after, sent }
    }
}

/// Counts how often the place was found to change hands, and lets others go on in between.
#[derive(Debug)]
struct Rounds {
    count: u32,
    pause: Duration,
}

impl Default for Rounds {
    fn default() -> Self {
        Self {
            count: 0,
            pause: FIRST_PAUSE,
        }
    }
}

impl Rounds {
    async fn next(&mut self, time: Time) -> Result<(), ClaimError> {
        self.count += 1;
        if self.count == MAX_ROUNDS {
            return Err(ClaimError::Unsettled { rounds: self.count });
        }
        match time.left() {
            Some(left) if left.is_zero() => return Err(time.timed_out(false)),
            Some(left) => sleep(self.pause.min(left)).await,
            None => sleep(self.pause).await,
        }
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "nobody tells when a place changes hands: whoever wants it owns the pauses"
)]
async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}
