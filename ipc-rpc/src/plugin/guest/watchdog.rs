//! Ends a plugin whose host is gone, whatever its threads do.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::{Signal, getpgrp, getpid, kill_process, kill_process_group};
use rustix::stdio::{dup2_stderr, dup2_stdout};
use tokio::signal::unix::{SignalKind, signal};

use crate::clock;
use crate::plugin::error::GuestError;
use crate::transport::local_socket::{Socket, inherited::HangUp};

/// How long a process whose host is gone may take to end in order.
const GRACE: Duration = Duration::from_secs(2);

/// A thread that waits for the end of the channel. The runtime may have no thread left to notice it.
///
/// Not by the death signal of Linux: that is sent when the thread ends which started the process, and threads of a runtime come and
/// go.
pub(super) struct Watchdog {
    rests: Arc<AtomicBool>,
    /// A descriptor of its own, with which the channel would stay open when the connection has ended.
    channel: Arc<HangUp>,
    is_lost: bool,
}

impl Watchdog {
    pub(super) fn start(socket: &Socket) -> Result<Self, GuestError> {
        let hang_up = HangUp::of(socket).map_err(failed)?;
        Self::over(hang_up)
    }

    /// The same for a channel of which there is a descriptor already.
    pub(super) fn over(hang_up: HangUp) -> Result<Self, GuestError> {
        let hang_up = Arc::new(hang_up);
        let rests = Arc::new(AtomicBool::new(false));
        let watchdog = Self {
            rests: Arc::clone(&rests),
            channel: Arc::clone(&hang_up),
            is_lost: false,
        };
        spawn(move || {
            hang_up.wait();
            drop(hang_up);
            sleep(GRACE);
            if !rests.load(Ordering::Relaxed) {
                end();
            }
        })
        .map_err(failed)?;
        Ok(watchdog)
    }

    /// The host is gone without a goodbye, and nobody else sees to it that this process ends.
    pub(super) fn lost(mut self) {
        self.is_lost = true;
    }
}

impl Drop for Watchdog {
    /// The connection has ended, and the host is to see it. If that has said goodbye, or whoever ran the plugin has given it up, the
    /// process ends in its own time.
    fn drop(&mut self) {
        self.rests.store(!self.is_lost, Ordering::Relaxed);
        self.channel.end();
    }
}

const fn failed(source: io::Error) -> GuestError {
    GuestError::Io {
        action: "watch the channel to the host",
        source,
    }
}

/// Ends this process, whatever its threads do, if it still waits for a host when its patience is over, and has not ended by itself a
/// while after. It has no host that would do so.
pub(super) struct Timekeeper {
    is_done: Arc<AtomicBool>,
    thread: thread::Thread,
}

impl Timekeeper {
    pub(super) fn start(patience: Duration) -> Result<Self, GuestError> {
        let is_done = Arc::new(AtomicBool::new(false));
        let done = Arc::clone(&is_done);
        let until = clock::now() + patience + GRACE;
        let thread = spawn(move || {
            while !done.load(Ordering::Acquire) {
                let left = until.saturating_duration_since(clock::now());
                if left.is_zero() {
                    end();
                }
                thread::park_timeout(left);
            }
        });
        Ok(Self {
            is_done,
            thread: thread.map_err(failed)?,
        })
    }

    /// There is a host again.
    pub(super) fn stop(self) {
        self.is_done.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Asks what this process has started to end, since the host that would have seen to it is gone.
pub(super) fn end_children() {
    if getpgrp() != getpid() {
        return;
    }
    // From here on the signal is not the end of this process itself, which has things to do.
    if signal(SignalKind::terminate()).is_ok() {
        let _ = kill_process_group(getpid(), Signal::TERM);
    }
}

/// Prints into nothing from now on: the host that has read it is gone, and whoever prints where nobody reads panics.
pub(super) fn fall_silent() {
    if let Ok(nothing) = File::options().write(true).open("/dev/null") {
        let _ = dup2_stdout(&nothing);
        let _ = dup2_stderr(&nothing);
    }
}

/// Takes what this process has started along, if it leads the group that its host has made. Behind a script that has not become the
/// plugin it does not, and ends alone.
fn end() {
    if getpgrp() == getpid() {
        let _ = kill_process_group(getpid(), Signal::KILL);
    }
    // No exit in order, which waits for one that is under way in another thread, maybe for ever.
    let _ = kill_process(getpid(), Signal::KILL);
}

fn spawn(watch: impl FnOnce() + Send + 'static) -> io::Result<thread::Thread> {
    let thread = thread::Builder::new().name("ipc-rpc-watchdog".to_owned());
    let thread = thread.stack_size(64 * 1024).spawn(watch)?;
    Ok(thread.thread().clone())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the thread waits for nothing else, and no runtime can be relied on"
)]
fn sleep(time: Duration) {
    thread::sleep(time);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::local_socket::inherited::pair;

    #[tokio::test]
    async fn a_watchdog_of_a_run_that_was_dropped_rests() {
        let (ours, _theirs) = pair().unwrap();
        let socket = ours.into_socket_of(7).unwrap();
        let watchdog = Watchdog::start(&socket).unwrap();
        let rests = Arc::clone(&watchdog.rests);
        drop(watchdog);
        assert!(rests.load(Ordering::Relaxed));
    }
}
