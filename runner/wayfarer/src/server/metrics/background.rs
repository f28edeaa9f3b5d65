//! The families about background tasks, and what a task reports into.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use wayfarer_model::units::UnixMillis;

use super::page::{Kind, Page};

/// How one pass of a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaskResult {
    Succeeded,
    Failed,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    succeeded: u64,
    failed: u64,
    last_success: Option<UnixMillis>,
    took: Duration,
}

/// All tasks together. Clones share their counts.
#[derive(Debug, Clone, Default)]
pub(super) struct BackgroundMetrics(Arc<Mutex<BTreeMap<&'static str, Counts>>>);

impl BackgroundMetrics {
    pub(super) fn task(&self, task: &'static str) -> TaskMetrics {
        self.0.lock().entry(task).or_default();
        TaskMetrics { task, all: self.clone() }
    }

    pub(super) fn render(&self, page: &mut Page) {
        let all = self.0.lock();
        let name = "wayfarer_background_runs_total";
        page.family(name, Kind::Counter, "Passes of a background task that have ended.");
        for (task, counts) in &*all {
            page.sample(name, &[("task", task), ("result", "succeeded")], counts.succeeded as f64);
            page.sample(name, &[("task", task), ("result", "failed")], counts.failed as f64);
        }
        let name = "wayfarer_background_last_success_timestamp_seconds";
        page.family(name, Kind::Gauge, "Instant at which a background task last ended without an error.");
        for (task, counts) in &*all {
            if let Some(at) = counts.last_success {
                page.sample(name, &[("task", task)], at.0 as f64 / 1e3);
            }
        }
        let name = "wayfarer_background_duration_seconds_sum";
        page.family(name, Kind::Counter, "Time spent in passes of a background task.");
        for (task, counts) in &*all {
            page.sample(name, &[("task", task)], counts.took.as_secs_f64());
        }
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
        let mut all = self.all.0.lock();
        let counts = all.entry(self.task).or_default();
        counts.took += took;
        match result {
            TaskResult::Succeeded => {
                (counts.succeeded, counts.last_success) = (counts.succeeded + 1, Some(at))
            }
            TaskResult::Failed => counts.failed += 1,
        }
    }
}
