//! A plugin's program and what it has started: one tree, which is ended as one.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::command::Command;
use super::error::LaunchError;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as os;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as os;

pub(super) use os::{Process, Tree};

/// Starts the program with this standard input and this variable. Dropped before that is done, it ends what is started then.
pub(super) async fn start(
    command: &Command,
    stdin: Stdio,
    (variable, value): (&str, &str),
) -> Result<Process, LaunchError> {
    let mut process = tokio::process::Command::new(&command.program);
    process.args(&command.args);
    if !command.inherits_env {
        process.env_clear();
    }
    for (key, value) in &command.env {
        match value {
            Some(value) => process.env(key, value),
            None => process.env_remove(key),
        };
    }
    process.env(variable, value);
    if let Some(directory) = &command.directory {
        process.current_dir(directory);
    }
    process
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // To make a process takes a millisecond, for which the runtime's thread would hold up whatever else it has to do: the calls to
    // other plugins. The description goes with this function, and with it this side's hold on the child's input.
    let starting = tokio::task::spawn_blocking(move || os::start(process));
    let started = starting.await;
    started
        .unwrap_or_else(|gone| Err(io::Error::other(gone)))
        .map_err(|error| diagnose(command, error))
}

/// Finds what another host has left running. `None`: it has ended.
#[cfg(target_os = "linux")]
pub(super) fn adopt(pid: u32, started: &str) -> io::Result<Option<Process>> {
    os::adopt(pid, started)
}

#[cfg(target_os = "linux")]
pub(super) use os::{is_program, started};

/// Says what is wrong with a program that did not start.
fn diagnose(command: &Command, source: io::Error) -> LaunchError {
    let path = command.program.clone();
    let io = |action, source| LaunchError::Io {
        name: command.name.to_string(),
        action,
        source,
    };
    // The same errors are for a directory that it is to start in, and for the interpreter that a script names.
    let directory = command.directory.as_deref();
    if directory.is_some_and(|directory| !is_open(directory)) {
        return io("enter the directory that it is to start in", source);
    }
    match source.kind() {
        io::ErrorKind::NotFound => {
            if is_path(&path) && path.exists() {
                return io("find the interpreter that it names", source);
            }
            LaunchError::NotFound { path, source }
        }
        io::ErrorKind::PermissionDenied => LaunchError::NotExecutable { path, source },
        _ if os::is_foreign(&source) => LaunchError::WrongArchitecture { path, source },
        _ => io("start its program", source),
    }
}

/// The file that is started, where that can be told without `PATH`. On Unix a path counts from where the program starts.
pub(super) fn program_file(command: &Command) -> io::Result<PathBuf> {
    let program = &command.program;
    if !is_path(program) {
        let problem = "the program has to be named by its path for that";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    Ok(match &command.directory {
        Some(directory) if cfg!(unix) => directory.join(program),
        _ => program.clone(),
    })
}

/// Whether it is a directory that may be entered.
fn is_open(directory: &Path) -> bool {
    directory.join(".").is_dir()
}

/// Whether a program is looked for at its place, and not in `PATH`.
fn is_path(program: &Path) -> bool {
    Some(program.as_os_str()) != program.file_name()
}
