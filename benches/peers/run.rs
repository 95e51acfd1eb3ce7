//! From the command line to the report: all contenders in turn, round after round.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use crate::case::Case;
use crate::contenders::{Entry, Result};
use crate::options::{self, Command, HELP, Options};
use crate::report::{Record, Report};
use crate::{cell, child};

pub(crate) fn main() -> ExitCode {
    let outcome = match child::run(std::env::args_os().skip(1)) {
        Ok(true) => return ExitCode::SUCCESS,
        Ok(false) => start(),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<()> {
    match options::parse(std::env::args_os().skip(1))? {
        Command::Help => println!("{HELP}"),
        Command::List => list(),
        Command::Measure(options) => {
            let report = Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(measure_unless_interrupted(&options))?;
            let markdown = report.markdown();
            println!("{markdown}");
            write(&options.svg, report.svg())?;
            if let Some(path) = &options.markdown {
                write(path, markdown)?;
            }
            if let Some(path) = &options.json {
                write(path, report.json()?)?;
            }
        }
    }
    Ok(())
}

/// Also where there is no such directory yet.
fn write(path: &Path, text: String) -> std::io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(path, text)
}

fn list() {
    for case in Case::all() {
        println!("{:16} {}", case.id, case.title);
    }
    println!();
    for entry in Entry::all() {
        println!("{:16} {}", entry.id, entry.title);
    }
}

/// A signal drops what is being measured, and with it the processes and the directory of the sockets.
async fn measure_unless_interrupted(options: &Options) -> Result<Report> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        report = measure(options) => report,
        _ = terminate.recv() => Err("terminated".into()),
        _ = interrupt.recv() => Err("interrupted".into()),
    }
}

/// A round measures every case, and in each case every contender, one after the other: so those that are compared
/// are measured within seconds of each other.
async fn measure(options: &Options) -> Result<Report> {
    let directory = tempfile::tempdir()?;
    let mut records = Vec::new();
    for round in 0..options.rounds {
        let cases = options.cases.iter();
        for case in cases.filter(|case| round == 0 || !case.is_measured_once()) {
            let those = options.contenders.iter();
            for entry in those.filter(|entry| entry.takes_part_in(case)) {
                let socket = directory.path().join(format!("{}.sock", records.len()));
                records.push(measure_one(options, round, entry, case, &socket).await);
            }
        }
    }
    Ok(Report { records })
}

async fn measure_one(
    options: &Options,
    round: usize,
    entry: &'static Entry,
    case: &'static Case,
    socket: &Path,
) -> Record {
    eprintln!(
        "round {} of {}: {} {}",
        round + 1,
        options.rounds,
        case.id,
        entry.id
    );
    let sample = cell::measure(entry, case, socket, options.measured).await;
    if let Err(error) = &sample {
        eprintln!("{} failed in {}: {error}", entry.id, case.id);
    }
    Record {
        round,
        case,
        entry,
        sample: sample.ok(),
    }
}
