//! What holds of plugins, whatever they do.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails where something is not as it should be"
)]

mod api;
#[cfg(target_os = "linux")]
mod attach;
mod calls;
mod crowd;
mod ends;
mod idle;
mod meanwhile;
#[cfg(unix)]
mod orphans;
mod output;
mod stage;
mod start;
mod supervision;
mod tokens;
#[cfg(unix)]
mod trees;
mod versions;
