//! The families about exported traces.

use std::sync::atomic::AtomicU64;

use parking_lot::Mutex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::TraceBacklog;

/// What became of spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpanResult {
    /// The receiver has them.
    Sent,
    /// It never takes them.
    Refused,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SpanLabels {
    result: &'static str,
}

#[derive(Debug)]
pub(super) struct TraceMetrics {
    spans: Family<SpanLabels, Counter>,
    failures: Counter,
    removed: Counter,
    /// What people are told; none while nothing is exported.
    told: Mutex<Option<TraceFigures>>,
    runs_behind: Gauge,
    seconds_behind: Gauge<f64, AtomicU64>,
}

/// How the export is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TraceFigures {
    /// Rows that it has not come to yet, and the age of the oldest.
    pub(crate) behind_runs: u64,
    pub(crate) behind_ms: u64,
    /// The receiver's host and why it took nothing the last time; none if it did.
    pub(crate) error: Option<String>,
}

impl SpanResult {
    fn labels(self) -> SpanLabels {
        SpanLabels {
            result: match self {
                Self::Sent => "sent",
                Self::Refused => "refused",
            },
        }
    }
}

impl Default for TraceMetrics {
    fn default() -> Self {
        let spans: Family<SpanLabels, Counter> = Family::default();
        for result in [SpanResult::Sent, SpanResult::Refused] {
            drop(spans.get_or_create(&result.labels()));
        }
        Self {
            spans,
            failures: Counter::default(),
            removed: Counter::default(),
            told: Mutex::default(),
            runs_behind: Gauge::default(),
            seconds_behind: Gauge::default(),
        }
    }
}

impl TraceMetrics {
    pub(super) fn spans(&self, result: SpanResult, count: u64) {
        self.spans.get_or_create(&result.labels()).inc_by(count);
    }

    pub(super) fn request_failed(&self, error: String) {
        self.failures.inc();
        self.told.lock().get_or_insert_default().error = Some(error);
    }

    pub(super) fn request_taken(&self) {
        self.told.lock().get_or_insert_default().error = None;
    }

    pub(super) fn removed(&self, rows: u64) {
        self.removed.inc_by(rows);
    }

    pub(super) fn behind(&self, backlog: TraceBacklog, now: UnixMillis) {
        self.runs_behind.set(i64::try_from(backlog.runs).unwrap_or(i64::MAX));
        let age_ms = backlog.oldest.map_or(0, |oldest| now.0.saturating_sub(oldest.0));
        self.seconds_behind.set(age_ms as f64 / 1e3);
        let mut told = self.told.lock();
        let told = told.get_or_insert_default();
        (told.behind_runs, told.behind_ms) = (backlog.runs, age_ms);
    }

    /// Nothing is exported.
    pub(super) fn off(&self) {
        self.runs_behind.set(0);
        self.seconds_behind.set(0.0);
        *self.told.lock() = None;
    }

    pub(super) fn figures(&self) -> Option<TraceFigures> {
        self.told.lock().clone()
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "wayfarer_otlp_spans",
            "Spans that the receiver of traces has taken (sent), or never takes (refused)",
            self.spans.clone(),
        );
        registry.register(
            "wayfarer_otlp_requests_failed",
            "Requests to the receiver of traces that are sent again",
            self.failures.clone(),
        );
        registry.register(
            "wayfarer_otlp_removed_runs",
            "Rows of runs and slots that were removed before the receiver of traces could have them",
            self.removed.clone(),
        );
        registry.register(
            "wayfarer_otlp_behind_runs",
            "Rows of runs and slots that the export of traces has not come to yet",
            self.runs_behind.clone(),
        );
        registry.register(
            "wayfarer_otlp_behind_seconds",
            "Time since the oldest of them ended; 0 without any",
            self.seconds_behind.clone(),
        );
    }
}
