//! The families about background tasks, and what a task reports into.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use parking_lot::Mutex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use wayfarer_model::units::UnixMillis;

use super::figures::TaskFigures;

/// Upper bounds of the buckets, in seconds.
const BOUNDS: [f64; 7] = [0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0];

/// How one pass of a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaskResult {
    Succeeded,
    Failed,
}

impl TaskResult {
    fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TaskLabels {
    task: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PassLabels {
    task: &'static str,
    result: &'static str,
}

/// All tasks together. Clones share their counts.
#[derive(Debug, Clone)]
pub(super) struct BackgroundMetrics {
    runs: Family<PassLabels, Counter>,
    last_success: Family<TaskLabels, Gauge<f64, AtomicU64>>,
    duration: Family<TaskLabels, Histogram>,
    figures: Arc<Mutex<BTreeMap<&'static str, TaskFigures>>>,
}

impl Default for BackgroundMetrics {
    fn default() -> Self {
        Self {
            runs: Family::default(),
            last_success: Family::default(),
            figures: Arc::default(),
            duration: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
        }
    }
}

impl BackgroundMetrics {
    pub(super) fn task(&self, task: &'static str) -> TaskMetrics {
        for result in [TaskResult::Succeeded, TaskResult::Failed] {
            // A count that starts at 0 shows the first failure to `rate()`.
            drop(self.runs.get_or_create(&PassLabels { task, result: result.as_str() }));
        }
        TaskMetrics { task, all: self.clone() }
    }

    /// Every task that has ended a pass, by name.
    pub(super) fn figures(&self) -> Vec<TaskFigures> {
        self.figures.lock().values().copied().collect()
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "wayfarer_background_runs",
            "Passes of a background task that have ended",
            self.runs.clone(),
        );
        registry.register(
            "wayfarer_background_last_success_timestamp_seconds",
            "Instant at which a background task last ended without an error",
            self.last_success.clone(),
        );
        registry.register(
            "wayfarer_background_duration_seconds",
            "Duration of one pass of a background task",
            self.duration.clone(),
        );
    }
}

/// What one background task reports into. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct TaskMetrics {
    task: &'static str,
    all: BackgroundMetrics,
}

impl TaskMetrics {
    /// Counts one pass, which ended at `at`.
    pub(crate) fn finished(&self, result: TaskResult, took: Duration, at: UnixMillis) {
        let task = self.task;
        let is_good = result == TaskResult::Succeeded;
        self.all.runs.get_or_create(&PassLabels { task, result: result.as_str() }).inc();
        self.all.duration.get_or_create(&TaskLabels { task }).observe(took.as_secs_f64());
        if is_good {
            self.all.last_success.get_or_create(&TaskLabels { task }).set(at.0 as f64 / 1e3);
        }
        let mut figures = self.all.figures.lock();
        let before = figures.remove(task).unwrap_or(TaskFigures {
            task,
            passes: 0,
            failures: 0,
            fails: false,
            last_success: None,
            took: Duration::ZERO,
        });
        let now = TaskFigures {
            passes: before.passes + 1,
            failures: before.failures + u64::from(!is_good),
            fails: !is_good,
            last_success: if is_good { Some(at) } else { before.last_success },
            took,
            ..before
        };
        figures.insert(task, now);
    }
}
