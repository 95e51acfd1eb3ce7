//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::case::Case;
use crate::contenders::Entry;

/// What the user asks for.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) rounds: usize,
    /// Measured time of a cell, without its warm-up.
    pub(crate) measured: Duration,
    pub(crate) cases: Vec<&'static Case>,
    pub(crate) contenders: Vec<&'static Entry>,
    pub(crate) svg: PathBuf,
    pub(crate) markdown: Option<PathBuf>,
    pub(crate) json: Option<PathBuf>,
}

/// What to do.
pub(crate) enum Command {
    Measure(Options),
    List,
    Help,
}

pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command, String> {
    let mut rounds = None;
    let mut seconds = None;
    let mut quick = false;
    let mut only = None;
    let mut options = Options {
        rounds: 0,
        measured: Duration::ZERO,
        cases: Vec::new(),
        contenders: Entry::all().iter().collect(),
        svg: "target/peers.svg".into(),
        markdown: None,
        json: None,
    };
    let mut arguments = arguments.map(|argument| {
        let text = argument.into_string();
        text.map_err(|argument| format!("{} is not text", argument.display()))
    });
    while let Some(option) = arguments.next().transpose()? {
        let mut value = || {
            let value = arguments.next().transpose()?;
            value.ok_or_else(|| format!("{option} needs a value"))
        };
        match option.as_str() {
            "--rounds" => rounds = Some(number::<usize>(&value()?)?.max(1)),
            "--seconds" => seconds = Some(number::<f64>(&value()?)?),
            "--only" => only = Some(cases(&value()?)?),
            "--contenders" => options.contenders = contenders(&value()?)?,
            "--svg" => options.svg = value()?.into(),
            "--markdown" => options.markdown = Some(value()?.into()),
            "--json" => options.json = Some(value()?.into()),
            "--quick" => quick = true,
            "--list" => return Ok(Command::List),
            "--help" | "-h" => return Ok(Command::Help),
            _ => return Err(format!("there is no option {option}; see --help")),
        }
    }
    let (default_rounds, default_seconds) = if quick { (1, 0.1) } else { (5, 0.8) };
    options.cases = only.unwrap_or_else(|| {
        let cases = Case::all().iter();
        cases.filter(|case| !quick || case.is_quick()).collect()
    });
    options.rounds = rounds.unwrap_or(default_rounds);
    let seconds = seconds.unwrap_or(default_seconds).max(MIN_SECONDS);
    options.measured = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    Ok(Command::Measure(options))
}

/// Less would measure nothing.
const MIN_SECONDS: f64 = 0.01;

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}

fn cases(names: &str) -> Result<Vec<&'static Case>, String> {
    select(names, Case::all(), Case::is_meant_by, "case")
}

/// The base is always among them: without it there are no ratios.
fn contenders(names: &str) -> Result<Vec<&'static Entry>, String> {
    let mut entries = select(names, Entry::all(), Entry::is_meant_by, "contender")?;
    if !entries.iter().any(|entry| entry.is_base()) {
        entries.extend(Entry::all().iter().filter(|entry| entry.is_base()));
    }
    Ok(entries)
}

/// Those that are named, in the order in which they are listed.
fn select<T>(
    names: &str,
    all: &'static [T],
    is_meant: impl Fn(&T, &str) -> bool,
    what: &str,
) -> Result<Vec<&'static T>, String> {
    let names: Vec<_> = names.split(',').map(str::trim).collect();
    let unknown = |name: &&&str| !all.iter().any(|item| is_meant(item, name));
    if let Some(name) = names.iter().find(unknown) {
        return Err(format!("there is no {what} `{name}`; see --list"));
    }
    let is_chosen = |item: &&T| names.iter().any(|name| is_meant(item, name));
    Ok(all.iter().filter(is_chosen).collect())
}

pub(crate) const HELP: &str = "\
Measures ipc-rpc beside bare sockets and, built with --features peers, beside other crates.

  --rounds N          how often everything is measured, in turn (5)
  --seconds S         measured time of each cell (0.8)
  --quick             one round of 0.1 s: does everything run?
  --only w1,w2-64     these workloads or cases
  --contenders a,b    these contenders or families of them; the base is always measured
  --svg FILE          where to put the chart (target/peers.svg)
  --markdown FILE     the tables, with what they were measured on
  --json FILE         the samples of every round
  --list              cases and contenders";
