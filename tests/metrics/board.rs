//! A recorder for one test, and what it has heard.

use std::cell::RefCell;
use std::collections::BTreeMap;

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use support::{promptly, watched};
use tokio::runtime::Builder;

/// What was recorded so far, by names as Prometheus writes them.
pub(crate) struct Board {
    snapshotter: Snapshotter,
    figures: RefCell<BTreeMap<String, f64>>,
}

impl Board {
    /// The figure at this moment: a counter's sum, a gauge's value, how many values a histogram has got.
    pub(crate) fn figure(&self, name: &str) -> f64 {
        let mut figures = self.figures.borrow_mut();
        for (key, _, _, value) in self.snapshotter.snapshot().into_vec() {
            let key = key.key();
            let mut labels: Vec<_> = key
                .labels()
                .map(|label| format!("{}=\"{}\"", label.key(), label.value()))
                .collect();
            labels.sort();
            let name = match labels.is_empty() {
                true => key.name().to_owned(),
                false => format!("{}{{{}}}", key.name(), labels.join(",")),
            };
            let figure = figures.entry(name).or_default();
            // Each snapshot begins anew, from zero: gauges too, which are moved by steps only.
            *figure += match value {
                DebugValue::Counter(count) => count as f64,
                DebugValue::Histogram(values) => values.len() as f64,
                DebugValue::Gauge(value) => value.into_inner(),
            };
        }
        figures.get(name).copied().unwrap_or_default()
    }

    /// What was entered into this histogram since anything was asked.
    pub(crate) fn entries(&self, name: &str) -> Vec<f64> {
        let figures = self.snapshotter.snapshot().into_vec().into_iter();
        let entries = figures.filter_map(|(key, _, _, value)| match value {
            DebugValue::Histogram(values) if key.key().name() == name => Some(values),
            _ => None,
        });
        entries.flatten().map(|value| value.into_inner()).collect()
    }

    /// Waits until a figure is this.
    pub(crate) async fn reaches(&self, name: &str, value: f64) {
        promptly(async {
            while self.figure(name) != value {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// Everything that was recorded, for messages.
    pub(crate) fn all(&self) -> BTreeMap<String, f64> {
        self.figure("");
        self.figures.borrow().clone()
    }
}

/// Runs a test on one thread, which is where its recorder is.
pub(crate) fn test<F: Future<Output = ()>>(test: impl FnOnce(Board) -> F + Send + 'static) {
    watched(|| {
        let recorder = DebuggingRecorder::new();
        let board = Board {
            snapshotter: recorder.snapshotter(),
            figures: RefCell::default(),
        };
        metrics::with_local_recorder(&recorder, || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(test(board));
        });
    });
}
