//! A store of a million runs: a thousand journeys of ten tenants, each due every minute of a day's first 17 hours.
//!
//! Made through the store's own writer, once in a `make bench`, by the first contest that wants it. Every run is a slot of its
//! journey's schedule, so that an audit of it is clean.

use std::path::{Path, PathBuf};

use tokio::sync::OnceCell;
use wayfarer_model::deployment::Timing;

use crate::ingest::{Ingest, Shape};
use crate::storing::{AT_A_TIME, runs_before};

/// Slots of a minute; one run in ninety-seven fails.
pub(crate) const MINUTES: Shape =
    Shape { tenants: 10, journeys: 100, beat: 60_000, timing: every_minute, failing: 97 };

/// Half of the journeys by an interval, half by cron in timezones of their own; some of both with a spread.
fn every_minute(journey: usize) -> anyhow::Result<Timing> {
    const TIMEZONES: [&str; 4] = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"];
    let expression = if journey.is_multiple_of(2) { "every 1m" } else { "* * * * *" };
    let mut timing = Timing::of(expression.parse()?);
    timing.timezone = TIMEZONES.get(journey / 2 % TIMEZONES.len()).copied().unwrap_or("UTC").parse()?;
    if journey.is_multiple_of(3) {
        timing.spread = "60s".parse()?;
    }
    Ok(timing)
}

/// The store, made when it is first asked for.
pub(crate) struct Million {
    data: PathBuf,
    made: OnceCell<()>,
}

impl Million {
    /// In that folder of the bench.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { data: folder.join("million"), made: OnceCell::new() }
    }

    /// Its data directory.
    pub(crate) async fn data(&self) -> anyhow::Result<&Path> {
        self.made.get_or_try_init(|| self.make()).await?;
        Ok(&self.data)
    }

    async fn make(&self) -> anyhow::Result<()> {
        if self.data.exists() {
            std::fs::remove_dir_all(&self.data)?;
        }
        let ingest = Ingest::open(&self.data, MINUTES).await?;
        ingest.many(runs_before(), AT_A_TIME).await?;
        ingest.close().await
    }
}
