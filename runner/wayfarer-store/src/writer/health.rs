//! The writer's counters and its last error, for `/metrics` and `/readyz`.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::batch::{Batch, Item};
use crate::error::StoreError;
use crate::locked;

/// Upper bounds of the buckets of [`WriterHealth::commit_buckets`], in microseconds.
pub const COMMIT_BOUNDS_US: [u64; 10] =
    [500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 500_000, u64::MAX];

/// What the writer has done since the process started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriterHealth {
    /// Committed transactions.
    pub commits: u64,
    /// Rows of runs that were written.
    pub runs: u64,
    /// Completed runs that wait for a commit.
    pub queued: usize,
    /// Time spent in transactions, in microseconds.
    pub commit_sum_us: u64,
    /// The longest transaction, in microseconds.
    pub commit_max_us: u64,
    /// Transactions by duration, not cumulative; see [`COMMIT_BOUNDS_US`].
    pub commit_buckets: [u64; COMMIT_BOUNDS_US.len()],
    /// Why the last transaction failed. None after one that was committed.
    pub last_error: Option<String>,
    /// Bytes of the WAL's file.
    pub wal_bytes: u64,
}

#[derive(Default)]
pub(crate) struct Meter {
    state: Mutex<WriterHealth>,
}

/// Measures a transaction.
#[derive(Clone, Copy)]
pub(crate) struct Timer(Instant);

impl Timer {
    #[expect(clippy::disallowed_methods, reason = "measures the store's own work, and decides nothing")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

impl Meter {
    pub(crate) fn committed(&self, timer: Timer, batch: &Batch) {
        let took =
            u64::try_from(timer.elapsed().max(Duration::from_micros(1)).as_micros()).unwrap_or(u64::MAX);
        let runs = batch.items.iter().filter(|item| matches!(item, Item::End(_))).count() as u64;
        let mut state = self.state.lock();
        state.commits += 1;
        state.runs += runs;
        state.commit_sum_us += took;
        state.commit_max_us = state.commit_max_us.max(took);
        let place = COMMIT_BOUNDS_US.iter().position(|bound| took <= *bound);
        if let Some(count) = place.and_then(|place| state.commit_buckets.get_mut(place)) {
            *count += 1;
        }
        drop(state);
        self.works();
    }

    /// A transaction could begin or was committed.
    pub(crate) fn works(&self) {
        if self.state.lock().last_error.take().is_some() {
            tracing::info!("the store takes results again; nothing was lost");
        }
    }

    pub(crate) fn failed(&self, error: &StoreError) {
        let mut state = self.state.lock();
        if state.last_error.is_none() {
            tracing::error!(%error, "the store does not take results now; they are kept and tried again");
            if error.is_locked() {
                locked::warn(error);
            }
        }
        state.last_error = Some(error.to_string());
    }

    pub(crate) fn read(&self, queued: usize, wal_bytes: u64) -> WriterHealth {
        WriterHealth { queued, wal_bytes, ..self.state.lock().clone() }
    }
}
