//! What a process has used, and what it may use.

use std::{fs, io};

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};

use crate::allocations;

/// What a process has used since it started, or between two moments.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// User and system time of all its threads.
    pub(crate) cpu_seconds: f64,
    /// Resident memory, where the system tells; the difference of two may be less than nothing.
    pub(crate) resident_kib: Option<i64>,
    /// Zero if they were not counted.
    pub(crate) allocations: u64,
}

impl Usage {
    pub(crate) fn so_far() -> io::Result<Self> {
        let allocations = allocations::so_far();
        let used = getrusage(UsageWho::RUSAGE_SELF)?;
        let micros = (used.user_time() + used.system_time()).num_microseconds();
        Ok(Self {
            cpu_seconds: micros as f64 / 1e6,
            resident_kib: resident_kib(),
            allocations,
        })
    }

    /// What was used between `before` and this.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let resident = self.resident_kib.zip(before.resident_kib);
        Self {
            cpu_seconds: self.cpu_seconds - before.cpu_seconds,
            resident_kib: resident.map(|(now, then)| now - then),
            allocations: self.allocations - before.allocations,
        }
    }
}

/// On Linux; elsewhere there is no such file.
fn resident_kib() -> Option<i64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Allows as many open sockets as the system lets a process have.
pub(crate) fn raise_descriptor_limit() -> io::Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, most, most)?)
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
