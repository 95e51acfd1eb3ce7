//! What is made of the samples: medians over the rounds, and the form they are shown in.

mod chart;
pub(crate) mod machine;
mod markdown;

use serde::Serialize;

use crate::case::Case;
use crate::cell::Sample;
use crate::contenders::Entry;
use crate::metric::Metric;

/// All samples of a run.
pub(crate) struct Report {
    /// How busy the machine was before.
    pub(crate) load: Option<f64>,
    pub(crate) records: Vec<Record>,
}

/// One cell of one round.
pub(crate) struct Record {
    pub(crate) round: usize,
    pub(crate) case: &'static Case,
    pub(crate) entry: &'static Entry,
    /// `None`: it failed.
    pub(crate) sample: Option<Sample>,
}

impl Record {
    fn value(&self, metric: Metric) -> Option<f64> {
        let value = self.sample.as_ref()?.get(&metric)?;
        value.is_finite().then_some(*value)
    }
}

impl Report {
    /// The cases that were measured, in their order.
    fn cases(&self) -> Vec<&'static Case> {
        let measured = |case: &&Case| self.records.iter().any(|record| record.case.id == case.id);
        Case::all().iter().filter(measured).collect()
    }

    /// The contenders that were measured in a case, in their order.
    fn entries(&self, case: &Case) -> Vec<&'static Entry> {
        let measured = |entry: &&Entry| self.records_of(case, entry).next().is_some();
        Entry::all().iter().filter(measured).collect()
    }

    fn records_of(&self, case: &Case, entry: &Entry) -> impl Iterator<Item = &Record> {
        let (case, entry) = (case.id, entry.id);
        let records = self.records.iter();
        records.filter(move |record| record.case.id == case && record.entry.id == entry)
    }

    /// The median over all rounds.
    fn median(&self, case: &Case, entry: &Entry, metric: Metric) -> Option<f64> {
        median(
            self.records_of(case, entry)
                .filter_map(|record| record.value(metric)),
        )
    }

    /// How many times worse than the base.
    fn slowdown(&self, case: &Case, entry: &Entry, metric: Metric) -> Option<f64> {
        let base = Entry::all().iter().find(|entry| entry.is_base())?;
        self.ratio((case, entry), (case, base), metric)
    }

    /// How many times worse the first cell is than the second: the median of the ratios of each round.
    fn ratio(
        &self,
        (case, entry): (&Case, &Entry),
        (base_case, base_entry): (&Case, &Entry),
        metric: Metric,
    ) -> Option<f64> {
        let ratio = |record: &Record| {
            let mut bases = self.records_of(base_case, base_entry);
            let base = bases.find(|base| base.round == record.round)?;
            let (base, value) = (base.value(metric)?, record.value(metric)?);
            Some(if metric.is_rate() {
                base / value
            } else {
                value / base
            })
        };
        median(self.records_of(case, entry).filter_map(ratio))
    }

    /// Every sample, for other programs.
    pub(crate) fn json(&self) -> serde_json::Result<String> {
        #[derive(Serialize)]
        struct Row<'a> {
            round: usize,
            case: &'a str,
            contender: &'a str,
            sample: Option<&'a Sample>,
        }
        let rows = self.records.iter().map(|record| Row {
            round: record.round,
            case: record.case.id,
            contender: record.entry.id,
            sample: record.sample.as_ref(),
        });
        serde_json::to_string_pretty(&rows.collect::<Vec<_>>())
    }
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some((values[middle - 1] + upper) / 2.0)
}
