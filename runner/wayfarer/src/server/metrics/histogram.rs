//! A histogram that is counted into from anywhere, without a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::page::Page;

/// Upper bounds of the buckets, in microseconds; what lies beyond the last has a bucket of its own.
const BOUNDS_US: [u64; 12] =
    [250, 500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 1_000_000, 10_000_000];

/// Durations.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    counts: [AtomicU64; BOUNDS_US.len() + 1],
    sum_us: AtomicU64,
}

impl Histogram {
    /// Counts one.
    pub(super) fn observe(&self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let place = BOUNDS_US.iter().position(|bound| us <= *bound).unwrap_or(BOUNDS_US.len());
        if let Some(count) = self.counts.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    /// Renders it.
    pub(super) fn render(&self, page: &mut Page, name: &str, help: &str) {
        let counts: Vec<u64> = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let sum = self.sum_us.load(Ordering::Relaxed) as f64 / 1e6;
        page.histogram(name, help, &seconds(&BOUNDS_US), &counts, sum);
    }
}

/// Bounds in the unit of Prometheus.
pub(super) fn seconds(bounds_us: &[u64]) -> Vec<f64> {
    bounds_us.iter().map(|us| *us as f64 / 1e6).collect()
}
