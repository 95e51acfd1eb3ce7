//! The report as a picture: a panel of bars for each figure that tells most.

use std::fmt::Write;

use super::Report;
use crate::case::Case;
use crate::contenders::Entry;
use crate::metric::Metric;

/// The figures that are drawn, if they were measured.
const PANELS: &[(&str, Metric, &str)] = &[
    (
        "w1-pinned",
        Metric::P50Micros,
        "One small call, both processes on one core, µs",
    ),
    (
        "w2-64",
        Metric::CpuSecondsPerMillion,
        "64 calls in flight, CPU seconds per million",
    ),
    ("w3-1m", Metric::BytesPerSecond, "Echoes of 1 MiB"),
    ("w3-64k", Metric::BytesPerSecond, "Echoes of 64 KiB"),
    (
        "w4-pinned",
        Metric::ConnectionsPerSecond,
        "Connect, call, close, on one core, per second",
    ),
    (
        "w5-1000",
        Metric::ServerKibPerConnection,
        "Idle connection, KiB at the server",
    ),
    (
        "w6-small",
        Metric::ItemsPerSecond,
        "A stream of small items, per second",
    ),
    (
        "w6b-64k",
        Metric::BytesPerSecond,
        "A stream of items of 64 KiB",
    ),
    (
        "beside-stream",
        Metric::P50Micros,
        "One small call beside a stream of 64 KiB items, µs",
    ),
    (
        "w7-64",
        Metric::CpuSecondsPerMillion,
        "64 connections, CPU seconds per million calls",
    ),
    (
        "alloc-1",
        Metric::AllocationsPerCall,
        "Allocations per call, both ends",
    ),
];

/// A bar, its name and its value.
struct Bar {
    title: String,
    value: f64,
    is_ours: bool,
}

impl Report {
    /// Horizontal bars, the best first, ours in colour.
    pub(crate) fn svg(&self) -> String {
        let mut columns = [MARGIN; 2];
        let mut body = String::new();
        for (id, metric, title) in PANELS {
            let Some(case) = self.cases().into_iter().find(|case| case.id == *id) else {
                continue;
            };
            // Into the column that is shorter.
            let index = usize::from(columns[1] < columns[0]);
            let left = MARGIN + index * (PANEL_WIDTH + MARGIN);
            let bars = self.bars(case, *metric);
            panel(&mut body, (left, columns[index]), title, *metric, &bars);
            columns[index] += HEAD_HEIGHT + bars.len() * ROW_HEIGHT + MARGIN;
        }
        let (width, height) = (2 * PANEL_WIDTH + 3 * MARGIN, columns[0].max(columns[1]));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\">\n{STYLE}<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n{body}</svg>\n"
        )
    }

    fn bars(&self, case: &Case, metric: Metric) -> Vec<Bar> {
        let bar = |entry: &Entry| {
            Some(Bar {
                title: entry.title.replace('`', ""),
                value: self.median(case, entry, metric)?,
                is_ours: entry.is_ours(),
            })
        };
        let mut bars: Vec<_> = self.entries(case).into_iter().filter_map(bar).collect();
        bars.sort_by(|one, other| match metric.is_rate() {
            true => other.value.total_cmp(&one.value),
            false => one.value.total_cmp(&other.value),
        });
        bars
    }
}

fn panel(
    body: &mut String,
    (left, top): (usize, usize),
    title: &str,
    metric: Metric,
    bars: &[Bar],
) {
    let scale = Scale::of(bars);
    let better = if metric.is_rate() { "more" } else { "less" };
    let note = if scale.is_logarithmic() {
        ", logarithmic"
    } else {
        ""
    };
    line(body, "head", (left, top + 16), title);
    line(
        body,
        "note",
        (left, top + 33),
        &format!("{better} is better{note}"),
    );
    for (index, bar) in bars.iter().enumerate() {
        let top = top + HEAD_HEIGHT + index * ROW_HEIGHT;
        let class = if bar.is_ours { "ours" } else { "theirs" };
        let width = scale.width(bar.value);
        line(body, class, (left, top + 13), &bar.title);
        // Writing into a string cannot fail.
        let _ = writeln!(
            body,
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{width:.1}\" height=\"12\" rx=\"2\"/>",
            left + LABEL_WIDTH,
            top + 3,
        );
        let end = left + LABEL_WIDTH + width as usize + 6;
        line(body, "value", (end, top + 13), &metric.format(bar.value));
    }
}

fn line(body: &mut String, class: &str, (x, y): (usize, usize), text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    // Writing into a string cannot fail.
    let _ = writeln!(
        body,
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>"
    );
}

/// How long a bar is for its value.
struct Scale {
    /// Where bars of a logarithmic scale begin.
    least: Option<f64>,
    most: f64,
}

impl Scale {
    /// Logarithmic where the longest bar would leave nothing to see of the shortest.
    fn of(bars: &[Bar]) -> Self {
        let values = || {
            bars.iter()
                .map(|bar| bar.value)
                .filter(|value| *value > 0.0)
        };
        let most = values().fold(f64::MIN_POSITIVE, f64::max);
        let least = values().fold(most, f64::min);
        let begin = 10_f64.powf((least / 2.0).log10().floor());
        let has_nothing = bars.iter().any(|bar| bar.value < 0.01);
        let is_logarithmic = most / least > 20.0 && !has_nothing;
        Self {
            least: is_logarithmic.then_some(begin),
            most,
        }
    }

    fn is_logarithmic(&self) -> bool {
        self.least.is_some()
    }

    fn width(&self, value: f64) -> f64 {
        let share = match self.least {
            Some(least) => (value / least).ln() / (self.most / least).ln(),
            None => value / self.most,
        };
        (share * BAR_WIDTH as f64).max(1.0)
    }
}

const MARGIN: usize = 20;
const PANEL_WIDTH: usize = 440;
const LABEL_WIDTH: usize = 150;
const BAR_WIDTH: usize = 210;
const HEAD_HEIGHT: usize = 40;
const ROW_HEIGHT: usize = 18;

/// Readable on light and on dark pages.
const STYLE: &str = "<style>
text { font: 12px system-ui, sans-serif; fill: #333; }
text.head { font-weight: 600; font-size: 13px; }
text.note { fill: #777; font-size: 11px; }
text.ours { font-weight: 600; }
rect.paper { fill: #fff; }
rect.theirs { fill: #b8c0cc; }
rect.ours { fill: #d9622b; }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd; }
  text.note { fill: #999; }
  rect.paper { fill: #16181d; }
  rect.theirs { fill: #525a68; }
}
</style>
";
