//! The families about exported traces.

use std::sync::atomic::AtomicU64;

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
    runs_behind: Gauge,
    seconds_behind: Gauge<f64, AtomicU64>,
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
            runs_behind: Gauge::default(),
            seconds_behind: Gauge::default(),
        }
    }
}

impl TraceMetrics {
    pub(super) fn spans(&self, result: SpanResult, count: u64) {
        self.spans.get_or_create(&result.labels()).inc_by(count);
    }

    pub(super) fn request_failed(&self) {
        self.failures.inc();
    }

    pub(super) fn behind(&self, backlog: TraceBacklog, now: UnixMillis) {
        self.runs_behind.set(i64::try_from(backlog.runs).unwrap_or(i64::MAX));
        let age = backlog.oldest.map_or(0, |oldest| now.0.saturating_sub(oldest.0));
        self.seconds_behind.set(age as f64 / 1e3);
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
