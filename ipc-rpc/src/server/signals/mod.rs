//! Signals of the operating system that stop a server.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as os;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as os;

use std::future::poll_fn;
use std::io;

/// A signal that may stop a server; see [`ServerBuilder::stop_on_signals`](crate::ServerBuilder::stop_on_signals).
///
/// One that the system does not have never arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum StopSignal {
    /// Ctrl-C at the terminal or the console: `SIGINT`, on Windows `CTRL_C_EVENT`.
    Interrupt,
    /// `SIGTERM`, by which service managers and `kill` end a process. Unix only.
    Terminate,
    /// `SIGHUP`: the terminal is gone. Unix only.
    Hangup,
    /// `CTRL_BREAK_EVENT`. Windows only.
    Break,
    /// `CTRL_CLOSE_EVENT`: the console is closed. Windows only, which ends the process some seconds later.
    Close,
    /// `CTRL_LOGOFF_EVENT`: some user logs off. Windows only, and for services only.
    Logoff,
    /// `CTRL_SHUTDOWN_EVENT`: the system goes down. Windows only.
    Shutdown,
}

impl StopSignal {
    /// What usually ends a process, on every system: all of them but [`Logoff`](Self::Logoff), which tells a service of any
    /// user.
    pub const USUAL: [Self; 6] = [
        Self::Interrupt,
        Self::Terminate,
        Self::Hangup,
        Self::Break,
        Self::Close,
        Self::Shutdown,
    ];
}

/// Signals that are listened for. Dropped, they do what they did before.
pub(super) struct Signals(Vec<os::Watch>);

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// The system refuses; then none is listened for.
    pub(super) fn watch(signals: &[StopSignal]) -> io::Result<Self> {
        let watches = signals.iter().map(|signal| os::watch(*signal));
        let watches = watches.collect::<io::Result<Vec<_>>>()?;
        Ok(Self(watches.into_iter().flatten().collect()))
    }

    /// Waits for the next signal, for ever if none is listened for.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no signal is lost.
    pub(super) async fn next(&mut self) -> StopSignal {
        poll_fn(|cx| {
            let arrived = |watch: &mut os::Watch| watch.poll(cx);
            match self.0.iter_mut().find_map(arrived) {
                Some(signal) => std::task::Poll::Ready(signal),
                None => std::task::Poll::Pending,
            }
        })
        .await
    }
}
