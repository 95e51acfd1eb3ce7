//! What a process has used, and where it may run.

use std::io;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};

/// What a process has used since it started.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// User and system time of all its threads.
    pub(crate) cpu_seconds: f64,
}

impl Usage {
    pub(crate) fn so_far() -> io::Result<Self> {
        let used = getrusage(UsageWho::RUSAGE_SELF)?;
        let micros = (used.user_time() + used.system_time()).num_microseconds();
        Ok(Self {
            cpu_seconds: micros as f64 / 1e6,
        })
    }

    /// What was used between `before` and this.
    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            cpu_seconds: self.cpu_seconds - before.cpu_seconds,
        }
    }
}

/// Keeps this process on the first core. To be called before other threads are started.
#[cfg(target_os = "linux")]
pub(crate) fn pin() -> io::Result<()> {
    use nix::sched::{CpuSet, sched_setaffinity};
    use nix::unistd::Pid;

    let mut cores = CpuSet::new();
    cores.set(0)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &cores)?)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn pin() -> io::Result<()> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this system does not pin processes to cores",
    ))
}
