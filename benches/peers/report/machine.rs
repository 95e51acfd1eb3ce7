//! What was measured on.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::SystemTime;

/// What else ran at this moment, as the system's average over the last minute. Who shares the cores with others measures
/// them, too.
pub(crate) fn load() -> Option<f64> {
    let averages = fs::read_to_string("/proc/loadavg").ok()?;
    averages.split(' ').next()?.parse().ok()
}

/// One line: absolute figures mean nothing without it.
pub(super) fn describe(load: Option<f64>) -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let system = nix::sys::utsname::uname().map_or_else(
        |_| "unknown system".to_owned(),
        |system| {
            let (name, release) = (system.sysname(), system.release());
            format!("{} {}", name.display(), release.display())
        },
    );
    let (model, rustc, date) = (cpu_model(), rustc(), date());
    let load = load.map_or_else(String::new, |load| format!(" Load before the run: {load}."));
    format!("{model}, {cores} cores, {system}. {rustc}. {date}.{load}\n")
}

fn cpu_model() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == "model name").then(|| value.trim().to_owned())
    });
    model.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// The compiler that is found now; `cargo run` finds the one that it built with.
fn rustc() -> String {
    let output = Command::new("rustc").arg("--version").output();
    output
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown rustc".to_owned(), |text| text.trim().to_owned())
}

/// Today in UTC.
fn date() -> String {
    let seconds = SystemTime::UNIX_EPOCH
        .elapsed()
        .map_or(0, |elapsed| elapsed.as_secs());
    let (year, month, day) = civil(seconds / 86_400);
    format!("{year}-{month:02}-{day:02}")
}

/// Year, month and day of a day since 1970. Years begin in March here, so that a leap day is a year's last.
const fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + (month <= 2) as u64;
    (year, month, day)
}
