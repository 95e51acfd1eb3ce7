//! A program that was started and is not ready yet.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::process::ChildStdin;
use tokio::task::JoinSet;

use super::{Spec, TO_DIE, until};
#[cfg(target_os = "linux")]
use crate::auth::PeerPolicy;
use crate::clock;
use crate::connection::Connection;
use crate::error::RefusalReason;
use crate::event::{Events, RejectReason, ServerEvent};
use crate::identity::PeerIdentity;
use crate::plugin::attachment::Attachment;
use crate::plugin::command::{Command, Handoff};
use crate::plugin::error::LaunchError;
use crate::plugin::event::PluginExit;
#[cfg(target_os = "linux")]
use crate::plugin::gate::ATTACH_PREFIX;
#[cfg(unix)]
use crate::plugin::gate::INHERITED;
use crate::plugin::gate::{Gate, NAMED, Token, VARIABLE};
use crate::plugin::output::Output;
use crate::plugin::process::{self, Process};
use crate::server::{Server, ServerBuilder, ServerHandle};
use crate::service::Fit;
#[cfg(target_os = "linux")]
use crate::transport::local_socket::Socket;
use crate::transport::local_socket::SocketName;
#[cfg(unix)]
use crate::transport::{Io, local_socket::inherited};

/// How long a program that has given its channel up is given to end, since how it ends tells more.
const TO_SAY_WHY: Duration = Duration::from_secs(1);

/// Why it is not ready and will not be.
#[derive(Debug)]
pub(super) enum Failure {
    Timeout,
    Exited(Option<ExitStatus>),
    BadHandshake(String),
    /// Its channel could not be given to it.
    #[cfg(unix)]
    Io(&'static str, io::Error),
    /// Found out by this side, and not told yet if there is a connection.
    Mismatch(String, Option<Connection>),
}

pub(super) struct Starting {
    pub(super) process: Process,
    pub(super) output: Output,
    pub(super) handle: ServerHandle,
    pub(super) server: JoinSet<()>,
    events: Events<ServerEvent>,
    is_inherited: bool,
    gate: Arc<Gate>,
    opening: Option<Opening>,
}

/// What is still to be done for it to get at its channel.
enum Opening {
    #[cfg(unix)]
    Pair(inherited::Unidentified),
    Line(ChildStdin, String),
    /// It waits at this place, for whoever says this line, and until then at most for that.
    #[cfg(target_os = "linux")]
    Meeting(SocketName, String, Instant),
}

impl Starting {
    pub(super) async fn start(spec: &Spec) -> Result<Self, LaunchError> {
        match spec.command.handoff {
            Handoff::Inherited => Self::with_pair(spec).await,
            Handoff::PrivateName => Self::with_name(spec).await,
        }
    }

    #[cfg(unix)]
    async fn with_pair(spec: &Spec) -> Result<Self, LaunchError> {
        let command = &spec.command;
        let failed = |action| move |source| io_error(command, action, source);
        let gate = Gate::new(Arc::clone(&command.name), None);
        let (ours, theirs) = inherited::pair().map_err(failed("make a pair of sockets"))?;
        let server = serve(spec, &gate, Server::unnamed())?;
        let process = process::start(command, Stdio::from(theirs), (VARIABLE, INHERITED)).await?;
        gate.started(process.pid());
        let opening = Some(Opening::Pair(ours));
        Ok(Self::new(spec, (server, gate), process, opening))
    }

    #[cfg(not(unix))]
    async fn with_pair(spec: &Spec) -> Result<Self, LaunchError> {
        let unsupported = io::Error::new(
            io::ErrorKind::Unsupported,
            "this system has `Handoff::PrivateName` only",
        );
        Err(io_error(
            &spec.command,
            "let it inherit its channel",
            unsupported,
        ))
    }

    async fn with_name(spec: &Spec) -> Result<Self, LaunchError> {
        let command = &spec.command;
        let failed = |action| move |source| io_error(command, action, source);
        let token = Token::random().map_err(failed("make a token"))?;
        let gate = Gate::new(Arc::clone(&command.name), Some(token));
        let name = SocketName::unique();
        // Before the program is there.
        let server = serve(spec, &gate, Server::builder(&name))?;
        let mut process = process::start(command, Stdio::piped(), (VARIABLE, NAMED)).await?;
        gate.started(process.pid());
        let stdin = process.take_stdin();
        let opening = stdin.map(|stdin| Opening::Line(stdin, gate.line(&name)));
        Ok(Self::new(spec, (server, gate), process, opening))
    }

    #[cfg(target_os = "linux")]
    pub(super) fn attach(
        spec: &Spec,
        attachment: &Attachment,
        deadline: Instant,
    ) -> Result<Self, LaunchError> {
        let command = &spec.command;
        let failed = |action| move |source| io_error(command, action, source);
        let name = || command.name.to_string();
        let pid = attachment.pid();
        let process = process::adopt(pid, attachment.started());
        let process = process.map_err(failed("look at its process"))?;
        let gone = || LaunchError::NotRunning { name: name(), pid };
        let process = process.ok_or_else(gone)?;
        // Not this host's to end before it is known to wait for it: another one may have attached to it by now.
        let file = process::program_file(command).map_err(failed("compare its program"))?;
        match process::is_program(pid, &file) {
            Ok(Some(true)) => {}
            Ok(None) => return Err(gone()),
            Ok(Some(false)) => {
                return Err(LaunchError::OtherProgram {
                    name: name(),
                    path: file,
                });
            }
            Err(source) => return Err(failed("compare its program")(source)),
        }
        let meeting = attachment.meeting();
        let place = SocketName::path(&meeting.path);
        let place = place.map_err(|error| failed("find its place")(io::Error::other(error)))?;
        let gate = Gate::new(Arc::clone(&command.name), None);
        gate.started(pid);
        let server = serve(spec, &gate, Server::unnamed())?;
        let line = format!("{ATTACH_PREFIX}{}\n", meeting.token);
        let opening = Some(Opening::Meeting(place, line, deadline));
        Ok(Self {
            is_inherited: true,
            ..Self::new(spec, (server, gate), process, opening)
        })
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn attach(spec: &Spec, _: &Attachment, _: Instant) -> Result<Self, LaunchError> {
        let unsupported = io::Error::new(
            io::ErrorKind::Unsupported,
            "this system cannot tell a process from a later one of the same id",
        );
        Err(io_error(&spec.command, "attach to it", unsupported))
    }

    fn new(
        spec: &Spec,
        (server, gate): (Server, Arc<Gate>),
        mut process: Process,
        opening: Option<Opening>,
    ) -> Self {
        let (stdout, stderr) = process.take_output();
        let (handle, events) = (server.handle(), server.events());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let _ = server.run().await;
        });
        Self {
            process,
            output: Output::read(&spec.command.name, stdout, stderr, &spec.command.sink),
            handle,
            server: tasks,
            events,
            is_inherited: spec.command.handoff == Handoff::Inherited,
            gate,
            opening,
        }
    }

    /// Lets it get at its channel.
    async fn open(&mut self) -> Result<(), Failure> {
        match self.opening.take() {
            #[cfg(unix)]
            Some(Opening::Pair(ours)) => {
                let ours = ours.into_socket_of(self.process.pid());
                let ours = ours.map_err(|error| Failure::Io("use a pair of sockets", error))?;
                self.handle.accept_io(Io::from(ours));
            }
            Some(Opening::Line(mut stdin, line)) => {
                // A program that has closed it already is one that ends, or does not come.
                let _ = stdin.write_all(line.as_bytes()).await;
            }
            #[cfg(target_os = "linux")]
            Some(Opening::Meeting(place, line, deadline)) => {
                let io = meet(&place, &line, self.process.pid(), deadline).await;
                let io = io.map_err(|error| Failure::Io("meet it where it waits", error))?;
                self.handle.accept_io(io);
            }
            None => {}
        }
        Ok(())
    }

    /// Waits for the plugin's connection and looks whether it fits.
    pub(super) async fn connection(&mut self, spec: &Spec) -> Result<Connection, Failure> {
        self.open().await?;
        loop {
            tokio::select! {
                // What it has said before it ended says more than that.
                biased;
                event = self.events.next() => match event {
                    Some(ServerEvent::Connected { id, .. }) => {
                        let Some(connection) = self.handle.connection(id) else {
                            return Err(self.has_left().await);
                        };
                        return match misfit(spec, &connection) {
                            None => Ok(connection),
                            Some(misfit) => Err(Failure::Mismatch(misfit, Some(connection))),
                        };
                    }
                    // One that shows its token twice is let through once, whichever is told first.
                    Some(ServerEvent::Rejected {
                        reason: RejectReason::Rejected(_),
                        ..
                    }) if self.gate.has_let_through() => {}
                    Some(ServerEvent::Rejected { peer, reason }) if self.is_it(&peer) =>
                    {
                        return Err(self.rejected(reason).await);
                    }
                    Some(_) => {}
                    None => return Err(self.has_left().await),
                },
                status = self.process.ended() => return Err(Failure::Exited(status)),
            }
        }
    }

    /// Whether somebody who was turned away is the plugin. Over a name somebody else may have come; where that cannot be told, who
    /// knows the name is taken for it.
    fn is_it(&self, peer: &PeerIdentity) -> bool {
        self.is_inherited || peer.pid().is_none_or(|pid| pid == self.process.pid())
    }

    async fn rejected(&mut self, reason: RejectReason) -> Failure {
        match reason {
            RejectReason::Vanished => self.has_left().await,
            RejectReason::Rejected(rejection) => Failure::BadHandshake(rejection.to_string()),
            RejectReason::Refused {
                reason:
                    RefusalReason::VersionMismatch
                    | RefusalReason::NoCommonCodec
                    | RefusalReason::UnknownService
                    | RefusalReason::ServiceMismatch
                    | RefusalReason::UnknownExtension,
                message,
            } => Failure::Mismatch(format!("the plugin is the client here: {message}"), None),
            RejectReason::Refused { reason, message } => {
                Failure::BadHandshake(format!("{reason}: {message}"))
            }
        }
    }

    async fn has_left(&mut self) -> Failure {
        match until(clock::now() + TO_SAY_WHY, self.process.ended()).await {
            Some(status) => Failure::Exited(status),
            None => Failure::BadHandshake("it closed its channel".to_owned()),
        }
    }

    /// Ends everything, and says why.
    pub(super) async fn give_up(mut self, spec: &Spec, failure: Failure) -> LaunchError {
        if let Failure::Mismatch(message, connection) = &failure {
            // Both sides are to know, and the plugin may say so in its own words.
            if let Some(connection) = connection {
                let told = connection.close(message.as_str());
                let _ = until(clock::now() + TO_SAY_WHY, told).await;
            }
            let _ = until(clock::now() + TO_SAY_WHY, self.process.ended()).await;
        }
        self.bury().await;
        let name = spec.command.name.to_string();
        let stderr_tail = self.output.stderr_tail();
        let stdout_tail = self.output.stdout_tail();
        match failure {
            Failure::Timeout => LaunchError::Timeout {
                name,
                after: spec.command.start_timeout,
                stderr_tail,
                stdout_tail,
            },
            Failure::Exited(status) => LaunchError::Exited {
                name,
                status,
                stderr_tail,
                stdout_tail,
            },
            Failure::BadHandshake(message) => LaunchError::BadHandshake {
                name,
                message,
                stderr_tail,
                stdout_tail,
            },
            #[cfg(unix)]
            Failure::Io(action, source) => LaunchError::Io {
                name,
                action,
                source,
            },
            Failure::Mismatch(message, _) => LaunchError::VersionMismatch { name, message },
        }
    }

    /// Ends everything, since nobody wants it any more.
    pub(super) async fn cancel(mut self) -> PluginExit {
        let status = self.bury().await;
        PluginExit {
            status,
            is_clean: false,
            stderr_tail: self.output.stderr_tail().into(),
        }
    }

    /// It is connected, and from now on this host's to end.
    pub(super) fn take_over(&self, spec: &Spec) -> Result<(), LaunchError> {
        #[cfg(target_os = "linux")]
        self.process
            .take_over()
            .map_err(|source| io_error(&spec.command, "watch its process", source))?;
        let _ = spec;
        Ok(())
    }

    async fn bury(&mut self) -> Option<ExitStatus> {
        if !self.process.is_ours() {
            return None;
        }
        self.process.tree().kill();
        let status = until(clock::now() + TO_DIE, self.process.ended()).await;
        self.output.finish().await;
        status.flatten()
    }
}

/// Goes where a plugin waits, and shows that it is for this host.
#[cfg(target_os = "linux")]
async fn meet(place: &SocketName, line: &str, pid: u32, deadline: Instant) -> io::Result<Io> {
    let socket = Socket::connect(place, deadline).await?;
    if !PeerPolicy::SameUser.admits(socket.peer()) || socket.peer().pid() != Some(pid) {
        let stranger = format!("{} is there instead of process {pid}", socket.peer());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, stranger));
    }
    let mut io = Io::from(socket);
    io.writer.write_all(line.as_bytes()).await?;
    io.writer.flush().await?;
    Ok(io)
}

/// Who shakes hands with the plugin: a server of its own, so that no plugin stands in another's way.
fn serve(spec: &Spec, gate: &Arc<Gate>, mut server: ServerBuilder) -> Result<Server, LaunchError> {
    let command = &spec.command;
    let mut config = command.config.clone();
    // It is this side that gives a start up.
    config.handshake_timeout = command.start_timeout.saturating_add(TO_DIE);
    if let Some(health) = command.health {
        config.ping_timeout = health.timeout;
    }
    server = spec.serve(server.config(config), Arc::clone(gate));
    if let Some(codec) = spec.codec {
        server = server.codec(codec);
    }
    Ok(server.bind()?)
}

/// What keeps the host from calling this plugin, in words.
pub(in crate::plugin) fn misfit(spec: &Spec, connection: &Connection) -> Option<String> {
    let (name, known) = (spec.wanted.name, spec.wanted.version);
    match Fit::of(connection, spec.wanted) {
        Fit::Same => match connection.agree_on(spec.wanted) {
            Ok(_) => None,
            Err(apart) => Some(apart.told("the host", "the plugin")),
        },
        Fit::Differs(difference) => Some(format!(
            "the host calls, the plugin is the server: {difference}"
        )),
        Fit::Missing => {
            let served = connection.peer_services();
            Some(format!(
                "the host calls service `{name}` (version {known}), the plugin serves {}",
                if served.is_empty() {
                    "none".to_owned()
                } else {
                    format!("{served:?}")
                }
            ))
        }
    }
}

fn io_error(command: &Command, action: &'static str, source: io::Error) -> LaunchError {
    LaunchError::Io {
        name: command.name.to_string(),
        action,
        source,
    }
}
