//! What all suites share: places to meet at, a service that reports what happens to it, streams that break on
//! demand, and a watchdog.

mod breakable;
mod faucet;
mod journal;
mod lab;
mod place;
mod reports;
mod run;
#[cfg(unix)]
mod socket_file;
mod stage;
mod task;

pub use breakable::{Breakable, Breaker, breakable};
pub use faucet::{Dry, End, Even, Faucet, FaucetClient, Flow, Flows, Leave, Tap, Woven};
pub use journal::{FileJournal, Journal, JournalClient};
pub use lab::{ContextFacts, Lab, LabClient, LabError, LabServer, Parts, Rig, rig};
pub use place::{Place, Transport};
pub use reports::{HangingCall, Report, Reports};
pub use run::{Clock, promptly, run, watched, watched_for};
#[cfg(unix)]
pub use socket_file::SocketFile;
pub use stage::{Stage, assert_orderly};
pub use task::Task;
