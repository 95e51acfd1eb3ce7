//! The two measured processes, as they are inside. Each takes words from its standard input and answers on its
//! standard output; when the input ends, so does the process: whoever started it is gone.

use std::ffi::OsString;
use std::io::{self, BufRead};
use std::process;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::contenders::{Entry, Result};
use crate::usage::{self, Usage};
use crate::workloads::Job;

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
/// The last argument of a process that is to be on one core.
pub(crate) const PINNED: &str = "pinned";

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
            let path = text()?.into();
            pin_if_told(text)?;
            answer_questions();
            entry.serve(path)?;
        }
        Some(DRIVE) => {
            let entry: &Entry = text()?.parse()?;
            let case = text()?.parse()?;
            let path = text()?.into();
            let measured = Duration::from_secs_f64(text()?.parse()?);
            pin_if_told(text)?;
            let job = Job {
                case,
                path,
                measured,
                gate: Gate::new(),
            };
            let measured = entry.drive(job)?;
            println!("{}", serde_json::to_string(&measured)?);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn pin_if_told(mut text: impl FnMut() -> Result<String>) -> Result<()> {
    if text().is_ok_and(|word| word == PINNED) {
        usage::pin()?;
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

/// Stands between warm-up and measurement, while the server is asked what the warm-up cost.
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
}
