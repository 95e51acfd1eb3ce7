//! What is to be started, and how.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::output::{OutputLine, Sink};
use super::restart::RestartPolicy;
use crate::config::{Config, WhileDown};
use crate::wire::MAX_DEADLINE;

/// A program that is to be launched as a plugin. As a rule no more than its path needs to be said.
///
/// The program is started as it is, by no shell; its process group is its own, so that a Ctrl-C at the terminal reaches the host
/// alone. Its standard input is the host's: see [`Handoff`]. What it prints is [logged](Self::output).
#[derive(Clone)]
pub struct Command {
    pub(super) program: PathBuf,
    pub(super) args: Vec<OsString>,
    /// `None`: is removed.
    pub(super) env: Vec<(OsString, Option<OsString>)>,
    pub(super) inherits_env: bool,
    pub(super) directory: Option<PathBuf>,
    pub(super) name: Arc<str>,
    pub(super) handoff: Handoff,
    pub(super) start_timeout: Duration,
    pub(super) grace: Duration,
    pub(super) restart: RestartPolicy,
    pub(super) health: Option<HealthCheck>,
    /// `None`: it is kept running.
    pub(super) idle: Option<Duration>,
    /// What the program's SHA-256 is to be.
    pub(super) checksum: Option<[u8; 32]>,
    /// `None`: whatever fits.
    pub(super) versions: Option<(Bound<u32>, Bound<u32>)>,
    pub(super) config: Config,
    pub(super) while_down: WhileDown,
    pub(super) sink: Sink,
}

/// How a plugin gets at the channel to its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Handoff {
    /// It inherits one that is connected already, as its standard input. It has no name, so nobody else can connect. The default
    /// on Unix; Windows does not have it: launching fails.
    Inherited,
    /// It connects by a name with 128 random bits, which is bound before the program is started and given back when the plugin
    /// has connected, and shows a token with 256 more, which it is told on the first line of its standard input. The token works
    /// once, for this process only, and until the start has timed out. The default on Windows.
    ///
    /// # Platform notes
    ///
    /// ## macOS
    ///
    /// The system does not tell whose process connects, so it is the token alone that counts.
    PrivateName,
}

impl Default for Handoff {
    fn default() -> Self {
        if cfg!(unix) {
            Self::Inherited
        } else {
            Self::PrivateName
        }
    }
}

/// When a plugin that still runs is taken for one that does not.
///
/// It is pinged: its connection answers, not its handlers, so one that works on something is healthy. One whose every thread is
/// blocked, or which is stopped, is not. After the first ping without an answer there is an
/// [event](super::PluginEvent::Unhealthy), after the second it is killed, and started again if the policy says so.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HealthCheck {
    /// From one ping to the next. Default: 10 s.
    pub interval: Duration,
    /// How long an answer may take. Too short takes a busy plugin for a dead one. Default: 10 s.
    pub timeout: Duration,
}

impl Default for HealthCheck {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(10),
            timeout: Duration::from_secs(10),
        }
    }
}

impl HealthCheck {
    /// A check with these two times.
    #[must_use]
    pub const fn new(interval: Duration, timeout: Duration) -> Self {
        Self { interval, timeout }
    }
}

/// The least time without work behind which a plugin is stopped.
const MIN_IDLE: Duration = Duration::from_millis(10);

impl Command {
    /// A plugin that is this program. A name without a slash is looked for in `PATH`.
    pub fn new(program: impl AsRef<Path>) -> Self {
        let program = program.as_ref().to_owned();
        let name = program.file_stem().unwrap_or(program.as_os_str());
        Self {
            name: name.to_string_lossy().into(),
            program,
            args: Vec::new(),
            env: Vec::new(),
            inherits_env: true,
            directory: None,
            handoff: Handoff::default(),
            start_timeout: Duration::from_secs(60),
            grace: Duration::from_secs(2),
            restart: RestartPolicy::default(),
            health: Some(HealthCheck::default()),
            idle: None,
            checksum: None,
            versions: None,
            config: Config::default(),
            while_down: WhileDown::default(),
            sink: Sink::default(),
        }
    }

    /// What the plugin is called in logs, errors and [`Caller`](super::Caller). Default: the program's name.
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// One more argument. No place for secrets: other users can read it.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let value = Some(value.as_ref().to_owned());
        self.env.push((key.as_ref().to_owned(), value));
        self
    }

    /// Removes a variable from what it inherits.
    #[must_use]
    pub fn env_remove(mut self, key: impl AsRef<OsStr>) -> Self {
        self.env.push((key.as_ref().to_owned(), None));
        self
    }

    /// Lets it inherit nothing of the host's environment. Default: it inherits all of it.
    ///
    /// # Platform notes
    ///
    /// ## Windows
    ///
    /// Few programs start without `SystemRoot`: set it.
    #[must_use]
    pub fn env_clear(mut self) -> Self {
        self.inherits_env = false;
        self.env.clear();
        self
    }

    /// The directory that it starts in. Default: the host's.
    #[must_use]
    pub fn current_dir(mut self, directory: impl AsRef<Path>) -> Self {
        self.directory = Some(directory.as_ref().to_owned());
        self
    }

    /// How it gets at its channel. Default: see [`Handoff`].
    #[must_use]
    pub fn handoff(mut self, handoff: Handoff) -> Self {
        self.handoff = handoff;
        self
    }

    /// How long it may take from being started to being ready; a year at most. Default: 60 s. A launch that has failed ends what was
    /// started before it says so, which may take up to 7.5 s more.
    #[must_use]
    pub fn start_timeout(mut self, timeout: Duration) -> Self {
        self.start_timeout = timeout.min(MAX_DEADLINE);
        self
    }

    /// How a [shutdown](super::Plugin::shutdown) proceeds: for so long calls in flight may finish and it may end by itself, then
    /// it is asked by a signal, and killed after as long again. A year at most; default: 2 s.
    #[must_use]
    pub fn shutdown_grace(mut self, grace: Duration) -> Self {
        self.grace = grace.min(MAX_DEADLINE);
        self
    }

    /// Whether, when and how often it is started again. Default: see [`RestartPolicy`].
    #[must_use]
    pub fn restart(mut self, policy: RestartPolicy) -> Self {
        self.restart = policy;
        self
    }

    /// When it is taken for one that hangs; `None` for never. Default: see [`HealthCheck`]. One that takes nothing of what it is sent
    /// loses its connection by [`Config::stall_timeout`] all the same, and is started again for that.
    #[must_use]
    pub fn health_check(mut self, check: impl Into<Option<HealthCheck>>) -> Self {
        self.health = check.into();
        self
    }

    /// Stops it when it has had nothing to do for so long: no call was in flight in either direction, no stream was open, and
    /// nobody [held](super::Plugin::hold) it. The next call starts it again and waits for that, whatever
    /// [`while_down`](Self::while_down) says. It is looked at eight times within that time, so it may run for an eighth longer.
    /// At least 10 ms, so that what it was started for reaches it, and at most a year. `None`, the default: it is kept running.
    #[must_use]
    pub fn idle_stop(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.idle = after
            .into()
            .map(|after| after.clamp(MIN_IDLE, MAX_DEADLINE));
        self
    }

    /// Starts the program only if its file has this SHA-256, at each start, restarts included. The program has to be named by a
    /// path. Default: it is not looked at.
    ///
    /// That protects from a file that was mixed up or spoilt. Of whoever may write to the file or its directory it does not, since
    /// that can be done between the look and the start.
    #[must_use]
    pub fn sha256(mut self, checksum: [u8; 32]) -> Self {
        self.checksum = Some(checksum);
        self
    }

    /// The versions of its service that the host can do with, as `#[ipc_service(version = …)]` gives them. Agreed on is the
    /// one that the plugin serves, or the nearest to it that [it can do with](super::Guest::versions) as well; a plugin that does not say can do with the version it has.
    /// Without any in common launching fails, and both sides are told both ranges. Default: all whose methods have the signatures
    /// that the host knows.
    #[must_use]
    pub fn versions(mut self, versions: impl RangeBounds<u32>) -> Self {
        self.versions = Some((
            versions.start_bound().cloned(),
            versions.end_bound().cloned(),
        ));
        self
    }

    /// What becomes of calls that are made while it is being started again. Default: they wait, [`WhileDown::Wait`].
    #[must_use]
    pub fn while_down(mut self, while_down: WhileDown) -> Self {
        self.while_down = while_down;
        self
    }

    /// Limits and times of its connection.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Gives what it prints to `sink`, line by line, instead of logging it.
    ///
    /// The default logs with `tracing`, under the target `ipc_rpc::plugin` and with the plugin's name: at the level that a line
    /// begins with, as those of common loggers do, else as information, and a panic as an error. A line is cut at 64 KiB.
    ///
    /// The sink runs on the runtime's threads. One that blocks makes the plugin wait when it prints on, and keeps a thread from
    /// everything else, calls included: on a runtime with one thread, all of them wait. Let it hand lines on instead.
    #[must_use]
    pub fn output(mut self, sink: impl Fn(OutputLine<'_>) + Send + Sync + 'static) -> Self {
        self.sink = Sink::new(sink);
        self
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the environment, which is where secrets are.
        f.debug_struct("Command")
            .field("name", &self.name)
            .field("program", &self.program)
            .field("args", &self.args)
            .field("handoff", &self.handoff)
            .finish_non_exhaustive()
    }
}
