//! Unix signals.
//!
//! A handler, once installed, stays in this process: to take it out would be to take out whatever somebody else has
//! installed since. So it acts as the default does whenever nobody here listens.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::os::unix::net::UnixStream as StdStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{SigId, flag, low_level};
use tokio::net::UnixStream;

use super::StopSignal;

/// A signal that is listened for.
pub(super) struct Watch {
    signal: StopSignal,
    number: i32,
    /// A byte arrives with each signal.
    arrivals: UnixStream,
    registration: SigId,
}

/// Begins to listen. `None`: there is no such signal here, or this process was started so that it ignores it, as by
/// `nohup`.
pub(super) fn watch(signal: StopSignal) -> io::Result<Option<Watch>> {
    let number = match signal {
        StopSignal::Interrupt => SIGINT,
        StopSignal::Terminate => SIGTERM,
        StopSignal::Hangup => SIGHUP,
        _ => return Ok(None),
    };
    let mut handled = handled();
    // Asked before this process handles it.
    let before = match handled.get(&number) {
        Some(_) => Disposition::Handled,
        None => Disposition::of(number),
    };
    if before == Disposition::Ignored {
        return Ok(None);
    }
    let (arrivals, sender) = StdStream::pair()?;
    arrivals.set_nonblocking(true)?;
    let arrivals = UnixStream::from_std(arrivals)?;
    let registration = low_level::pipe::register(number, sender)?;
    let handler = handled.entry(number).or_default();
    if before == Disposition::Default {
        let is_idle = Arc::clone(&handler.is_idle);
        if let Err(error) = flag::register_conditional_default(number, is_idle) {
            low_level::unregister(registration);
            return Err(error);
        }
    }
    handler.watches += 1;
    handler.is_idle.store(false, Ordering::SeqCst);
    Ok(Some(Watch {
        signal,
        number,
        arrivals,
        registration,
    }))
}

impl Watch {
    /// The signal, if it has arrived.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Option<StopSignal> {
        match self.poll_arrival(cx) {
            Poll::Ready(Ok(())) => Some(self.signal),
            // Nothing can fail here but what would fail for ever.
            Poll::Ready(Err(_)) | Poll::Pending => None,
        }
    }

    fn poll_arrival(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.arrivals.poll_read_ready(cx))?;
            match self.arrivals.try_read(&mut [0]) {
                Ok(0) => return Poll::Ready(Err(ErrorKind::UnexpectedEof.into())),
                Ok(_) => return Poll::Ready(Ok(())),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut handled = handled();
        if let Some(handler) = handled.get_mut(&self.number) {
            handler.watches -= 1;
            // Before it is no longer listened for: else one that arrives in between would be lost.
            handler
                .is_idle
                .store(handler.watches == 0, Ordering::SeqCst);
        }
        low_level::unregister(self.registration);
    }
}

/// What this process does with a signal, once it was listened for.
#[derive(Default)]
struct Handler {
    /// Who listens.
    watches: usize,
    /// Whether nobody does. Then the signal does what it does by default, unless somebody else handled it before.
    is_idle: Arc<AtomicBool>,
}

/// The signals that were listened for in this process.
fn handled() -> MutexGuard<'static, BTreeMap<i32, Handler>> {
    static HANDLED: Mutex<BTreeMap<i32, Handler>> = Mutex::new(BTreeMap::new());
    HANDLED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a signal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Disposition {
    Default,
    Ignored,
    Handled,
}

impl Disposition {
    /// As the system tells it. Where it does not, a signal is taken to do what it does by default.
    fn of(signal: i32) -> Self {
        let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
            return Self::Default;
        };
        Self::told_by(&status, signal)
    }

    fn told_by(status: &str, signal: i32) -> Self {
        let has = |field: &str| {
            let mask = status.lines().find_map(|line| line.strip_prefix(field));
            let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
            mask.unwrap_or_default() & (1 << (signal - 1)) != 0
        };
        if has("SigIgn:") {
            Self::Ignored
        } else if has("SigCgt:") {
            Self::Handled
        } else {
            Self::Default
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_signal_does_is_told_by_the_masks_of_the_process() {
        let status = "Name:\tx\nSigBlk:\tffffffffffffffff\nSigIgn:\t0000000000000001\nSigCgt:\t0000000000000002\n";
        assert_eq!(Disposition::told_by(status, SIGHUP), Disposition::Ignored);
        assert_eq!(Disposition::told_by(status, SIGINT), Disposition::Handled);
        assert_eq!(Disposition::told_by(status, SIGTERM), Disposition::Default);
        assert_eq!(Disposition::told_by("", SIGTERM), Disposition::Default);
    }
}
