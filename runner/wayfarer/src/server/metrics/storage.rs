//! The families about the database and the disk that it is on.

use std::fmt;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use wayfarer_store::{COMMIT_BOUNDS_US, DiskSpace, WriterHealth};

pub(super) fn register_store(registry: &mut Registry, store: &WriterHealth) {
    registry.register(
        "wayfarer_store_up",
        "1 if the last transaction was committed",
        ConstGauge::new(u32::from(store.last_error.is_none())),
    );
    registry.register(
        "wayfarer_store_queue_length",
        "Runs that have ended and wait for their commit",
        ConstGauge::new(store.queued as u64),
    );
    registry.register("wayfarer_store_rows", "Rows of runs written", ConstCounter::new(store.runs));
    registry.register(
        "wayfarer_store_wal_bytes",
        "Size of the database's WAL",
        ConstGauge::new(store.log_bytes),
    );
    registry.register(
        "wayfarer_store_commit_seconds",
        "Duration of transactions",
        CommitDurations {
            sum: store.commit_sum_us as f64 / 1e6,
            buckets: COMMIT_BOUNDS_US.into_iter().map(seconds).zip(store.commit_buckets).collect(),
        },
    );
}

pub(super) fn register_disk(registry: &mut Registry, disk: DiskSpace) {
    registry.register(
        "wayfarer_disk_free_bytes",
        "Free space on the disk of the data directory",
        ConstGauge::new(disk.free),
    );
    registry.register(
        "wayfarer_disk_reserved_bytes",
        "Space that is reserved for results of runs in flight and for cleanups",
        ConstGauge::new(disk.held),
    );
    registry.register(
        "wayfarer_disk_full",
        "1 if no new run starts because the disk is nearly full",
        ConstGauge::new(u32::from(!disk.is_enough)),
    );
}

/// An upper bound of a bucket; the store writes infinity as `u64::MAX`.
fn seconds(bound_us: u64) -> f64 {
    if bound_us == u64::MAX { f64::INFINITY } else { bound_us as f64 / 1e6 }
}

/// A histogram that the store has counted. It has classic buckets only: the single durations are gone.
#[derive(Debug)]
struct CommitDurations {
    /// In seconds.
    sum: f64,
    /// Upper bounds in seconds, and the count of each bucket alone.
    buckets: Vec<(f64, u64)>,
}

impl EncodeMetric for CommitDurations {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let count = self.buckets.iter().map(|(_, count)| count).sum();
        encoder.encode_histogram::<NoLabelSet>(self.sum, count, &self.buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}
