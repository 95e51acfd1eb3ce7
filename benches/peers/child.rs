//! The two measured processes, as they are inside. Each takes words from its standard input and answers on its
//! standard output; when the input ends, so does the process: whoever started it is gone.

use std::ffi::OsString;
use std::io::{self, BufRead};
use std::process;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::allocations;
use crate::case::{Case, Workload};
use crate::contenders::{Entry, Result};
use crate::usage::{self, Usage};
use crate::workloads::{Job, Measured};

/// Said by a server to whom clients may connect.
pub(crate) const READY: &str = "ready";
/// Said by a client behind its warm-up.
pub(crate) const WARM: &str = "warm";
/// Asks a server what it has used so far.
pub(crate) const USAGE: &str = "usage";
/// Lets a client begin.
pub(crate) const GO: &str = "go";

/// The first argument of a process that serves.
pub(crate) const SERVE: &str = "serve";
/// The first argument of a process that calls.
pub(crate) const DRIVE: &str = "drive";

/// Does what this process was started for, if the program started it itself. A server never returns.
pub(crate) fn run(mut arguments: impl Iterator<Item = OsString>) -> Result<bool> {
    let role = arguments.next();
    let mut text = || -> Result<String> {
        let argument = arguments.next().ok_or("an argument is missing")?;
        Ok(argument.into_string().map_err(|_| "not text")?)
    };
    match role.as_ref().and_then(|role| role.to_str()) {
        Some(SERVE) => {
            let entry: &Entry = text()?.parse()?;
            prepare(text()?.parse()?)?;
            let path = text()?.into();
            answer_questions();
            entry.serve(path)?;
        }
        Some(DRIVE) => {
            let entry: &Entry = text()?.parse()?;
            let case = text()?.parse()?;
            prepare(case)?;
            let job = Job {
                case,
                path: text()?.into(),
                measured: Duration::from_secs_f64(text()?.parse()?),
                gate: Gate::new(),
            };
            entry.drive(job)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Makes this process what the case asks for, before it has threads.
fn prepare(case: &Case) -> Result<()> {
    if case.pinned {
        usage::pin()?;
    }
    if case.workload == Workload::Idle {
        usage::raise_descriptor_limit()?;
    }
    if case.workload == Workload::Allocations {
        allocations::count();
    }
    Ok(())
}

/// On a thread of its own, which sleeps while the server is measured.
fn answer_questions() {
    thread::spawn(|| {
        for line in io::stdin().lock().lines() {
            match line.as_deref() {
                Ok(USAGE) => {
                    let usage = Usage::so_far().map(|usage| serde_json::to_string(&usage));
                    let Ok(Ok(usage)) = usage else { break };
                    println!("{usage}");
                }
                _ => break,
            }
        }
        process::exit(0);
    });
}

/// Where a client waits while the server is asked what it has used: before the measurement and behind it.
pub(crate) struct Gate {
    opened: mpsc::UnboundedReceiver<()>,
}

impl Gate {
    fn new() -> Self {
        let (tx, opened) = mpsc::unbounded_channel();
        thread::spawn(move || {
            for line in io::stdin().lock().lines() {
                if line.is_ok_and(|line| line == GO) && tx.send(()).is_ok() {
                    continue;
                }
                break;
            }
            process::exit(1);
        });
        Self { opened }
    }

    /// Says that the warm-up is over, and waits for the word to begin.
    pub(crate) async fn open(&mut self) -> Result<()> {
        println!("{WARM}");
        self.opened
            .recv()
            .await
            .ok_or("nobody waits for the result")?;
        Ok(())
    }

    /// Says what was found, and waits for the end of this process: what its caller holds, the server must have
    /// when it is asked.
    pub(crate) async fn report(mut self, measured: &Measured) -> Result<()> {
        println!("{}", serde_json::to_string(measured)?);
        self.opened.recv().await;
        Ok(())
    }
}
