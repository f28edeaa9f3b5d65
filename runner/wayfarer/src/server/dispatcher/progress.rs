//! How far the dispatcher has come, and how the store learns of it.
//!
//! The report travels on the store's queue behind all rows that were sent before it, so that the durable watermark never
//! runs ahead of them.

use std::time::Duration;

use wayfarer_model::units::UnixMillis;
use wayfarer_store::{LocationKey, Store};

use super::watermark::Watermark;
use crate::clock::Stopwatch;

/// The shortest time between two reports.
const REPORT_EVERY: Duration = Duration::from_secs(1);

/// The watermark, and when it was reported last.
pub(super) struct Progress {
    pub(super) watermark: Watermark,
    store: Store,
    location: LocationKey,
    last_reported: Option<Stopwatch>,
}

impl Progress {
    /// Every slot that was due at or before `settled_until` has its row, but for the missed ranges.
    pub(super) fn new(store: Store, location: LocationKey, settled_until: UnixMillis) -> Self {
        Self { watermark: Watermark::new(settled_until), store, location, last_reported: None }
    }

    /// Reports the watermark if the last report is old enough.
    pub(super) fn report_if_due(&mut self) {
        if self.until_due().is_zero() {
            self.report();
        }
    }

    /// Reports the watermark if it has moved.
    pub(super) fn report(&mut self) {
        if let Some(value) = self.watermark.unreported() {
            self.store.planned_until(self.location, value);
            self.watermark.reported(value);
            self.last_reported = Some(Stopwatch::start());
        }
    }

    /// Until the next report is due; none while there is nothing to report.
    pub(super) fn pause(&self) -> Option<Duration> {
        self.watermark.unreported().map(|_| self.until_due())
    }

    fn until_due(&self) -> Duration {
        self.last_reported.map_or(Duration::ZERO, |last| REPORT_EVERY.saturating_sub(last.elapsed()))
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_store::StoreSettings;

    use super::*;
    use crate::server::dispatcher::fixture::{Fixture, minute};

    #[tokio::test]
    async fn only_news_is_reported_and_a_report_waits_for_its_turn() {
        let Fixture { dir, store, location, .. } = Fixture::new().await;
        let mut progress = Progress::new(store.clone(), location, minute(0));
        assert_eq!(progress.pause(), Some(Duration::ZERO), "the first one waits for nothing");
        progress.report_if_due();
        assert_eq!(progress.pause(), None);
        progress.watermark.planned(minute(2));
        progress.watermark.range(1, Some(minute(1)));
        progress.report();
        assert_eq!(progress.pause(), None);
        progress.watermark.range(1, None);
        assert!(progress.pause().is_some_and(|pause| pause <= REPORT_EVERY));
        store.close(minute(3)).await.unwrap();
        drop((progress, store));
        let settings = StoreSettings::new(dir.path().to_owned(), "local".parse().unwrap(), "0.0.0-test");
        let opened = Store::open(settings, minute(3)).await.unwrap();
        assert_eq!(opened.planned_until, Some(UnixMillis(minute(1).0 - 1)), "the last report");
    }
}
