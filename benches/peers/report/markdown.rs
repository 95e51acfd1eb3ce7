//! The report as tables.

use super::{Report, machine};
use crate::case::Case;
use crate::contenders::Entry;
use crate::metric::{Metric, digits};

impl Report {
    /// A table for each case, with what it was measured on above them.
    pub(crate) fn markdown(&self) -> String {
        let mut text = machine::describe(self.load);
        text.push_str(READING);
        text.push_str(&self.summary());
        for case in self.cases() {
            text.push_str(&self.table(case));
        }
        text.push_str(&self.growth());
        text
    }

    /// The slowdown of every contender in every case; the base's own figures in its row.
    fn summary(&self) -> String {
        let cases: Vec<_> = self.cases();
        let with_slowdown = |case: &&&Case| self.has_slowdown(case, case.metrics[0]);
        let cases: Vec<_> = cases.iter().filter(with_slowdown).collect();
        let mut columns = vec![String::new()];
        columns.extend(cases.iter().map(|case| case.id.to_owned()));
        let mut text = format!("\n### All at a glance\n\n{}", head(&columns));
        for entry in Entry::all() {
            let mut figures = vec![entry.title.to_owned()];
            for case in &cases {
                let metric = case.metrics[0];
                figures.push(if entry.is_base() {
                    self.median(case, entry, metric)
                        .map_or_else(none, |value| metric.format(value))
                } else {
                    self.slowdown(case, entry, metric).map_or_else(none, digits)
                });
            }
            if figures[1..].iter().any(|figure| *figure != none()) {
                text.push_str(&row(&figures));
            }
        }
        text
    }

    fn table(&self, case: &Case) -> String {
        let mut columns = vec![String::new()];
        for metric in case.metrics {
            columns.push(metric.title().to_owned());
            if self.has_slowdown(case, *metric) {
                columns.push("×".to_owned());
            }
        }
        let mut text = format!("\n### {}\n\n{}", case.title, head(&columns));
        for entry in self.entries(case) {
            text.push_str(&row(&self.figures(case, entry)));
        }
        text
    }

    /// Whether there is something to compare with: bare sockets take no part in everything.
    fn has_slowdown(&self, case: &Case, metric: Metric) -> bool {
        metric.has_slowdown() && self.entries(case).iter().any(|entry| entry.is_base())
    }

    /// What a connection more costs those that are there.
    fn growth(&self) -> String {
        let cases = self.cases();
        let find = |id| cases.iter().find(|case| case.id == id);
        let (Some(one), Some(many)) = (find("w7-1"), find("w7-64")) else {
            return String::new();
        };
        let title = "W7: CPU per call at 64 connections, relative to one";
        let columns = ["".to_owned(), "×".to_owned()];
        let mut text = format!("\n### {title}\n\n{}", head(&columns));
        for entry in self.entries(many) {
            let growth = self.ratio((many, entry), (one, entry), Metric::CpuSecondsPerMillion);
            text.push_str(&row(&[
                entry.title.to_owned(),
                growth.map_or_else(none, digits),
            ]));
        }
        text
    }

    fn figures(&self, case: &Case, entry: &Entry) -> Vec<String> {
        let mut figures = vec![entry.title.to_owned()];
        for metric in case.metrics {
            let value = self.median(case, entry, *metric);
            figures.push(value.map_or_else(none, |value| metric.format(value)));
            if self.has_slowdown(case, *metric) {
                let slowdown = self.slowdown(case, entry, *metric);
                figures.push(slowdown.map_or_else(none, digits));
            }
        }
        figures
    }
}

fn head(cells: &[String]) -> String {
    format!("{}{}|\n", row(cells), "|---".repeat(cells.len()))
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn none() -> String {
    "–".to_owned()
}

const READING: &str = "
Medians over the rounds. × is how many times worse the figure before it is than that of bare tokio ct: the median of the
ratios of each round. ct: `current_thread` at both ends; mt: two workers at both ends. CPU: user and system time of both
processes. The bytes of an echo count once, although they travel twice.
";
