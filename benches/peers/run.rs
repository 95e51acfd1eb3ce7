//! From the command line to the report: all contenders in turn, round after round.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use tokio::runtime::Builder;

use crate::case::Case;
use crate::cell::{Failure, Signals};
use crate::contenders::{Entry, Result};
use crate::options::{self, Command, HELP, Options};
use crate::report::{Record, Report, machine};
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
        Command::Help => print(HELP)?,
        Command::List => print(&list())?,
        Command::Measure(options) => {
            let report = Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(measure(&options))?;
            let markdown = report.markdown();
            write(&options.svg, &report.svg())?;
            if let Some(path) = &options.markdown {
                write(path, &markdown)?;
            }
            if let Some(path) = &options.json {
                write(path, &report.json()?)?;
            }
            print(&markdown)?;
        }
    }
    Ok(())
}

/// Also where there is no such directory yet.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(path, text)
}

/// Says so if nobody reads it, rather than to panic.
fn print(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}

fn list() -> String {
    let cases = Case::all().iter().map(|case| (case.id, case.title));
    let entries = Entry::all().iter().map(|entry| (entry.id, entry.title));
    let line = |(id, title): (&str, &str)| format!("{id:16} {title}\n");
    let (cases, entries): (String, String) =
        (cases.map(line).collect(), entries.map(line).collect());
    format!("{cases}\n{entries}")
}

/// A round measures every case, and in each case every contender, one after the other: so those that are compared
/// are measured within seconds of each other.
async fn measure(options: &Options) -> Result<Report> {
    let mut signals = Signals::new()?;
    let load = machine::load();
    let directory = tempfile::tempdir()?;
    let mut records = Vec::new();
    for round in 0..options.rounds {
        let cases = options.cases.iter();
        for case in cases.filter(|case| round == 0 || !case.is_measured_once()) {
            let those = options.contenders.iter();
            for entry in those.filter(|entry| entry.takes_part_in(case)) {
                let (number, rounds) = (round + 1, options.rounds);
                eprintln!("round {number} of {rounds}: {} {}", case.id, entry.id);
                let socket = directory.path().join(format!("{}.sock", records.len()));
                let sample = cell::measure(entry, case, &socket, options.measured, &mut signals);
                let sample = match sample.await {
                    Ok(sample) => Some(sample),
                    Err(Failure::Interrupted) => return Err("interrupted".into()),
                    Err(Failure::Cell(error)) => {
                        eprintln!("{} failed in {}: {error}", entry.id, case.id);
                        None
                    }
                };
                records.push(Record {
                    round,
                    case,
                    entry,
                    sample,
                });
            }
        }
    }
    Ok(Report { load, records })
}
