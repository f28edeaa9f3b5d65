//! Each journey's last failed run of the lane `scheduled` at each location: `last_failure`. Retention keeps that run, and a search for it
//! among all runs would hold the writer for too long.

use futures_util::future::BoxFuture;
use sqlx::SqliteConnection;
use wayfarer_model::context::Lane;
use wayfarer_model::verdict::Verdict;

use super::completed_run::CompletedRun;
use super::projection::Projection;
use crate::error::StoreError;
use crate::writer::statement::{ManyRows, Value};

pub(super) struct LastFailures(ManyRows);

impl LastFailures {
    pub(super) fn new() -> Self {
        Self(ManyRows::new(
            "writing to the table last_failure",
            "INSERT INTO last_failure (journey, location, run, slot_ms) VALUES",
            4,
            // Runs may end in another order than they were due in.
            "ON CONFLICT (journey, location) DO UPDATE SET run = excluded.run, slot_ms = excluded.slot_ms
             WHERE excluded.slot_ms >= last_failure.slot_ms",
        ))
    }
}

impl Projection for LastFailures {
    fn tables(&self) -> &'static [&'static str] {
        &["last_failure"]
    }

    fn apply<'a>(
        &'a mut self,
        runs: &'a [CompletedRun<'a>],
        connection: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut values: Vec<Value> = Vec::new();
            // Runs of periods that are not whole count too: a last failure outlives the other runs of its time.
            for run in runs {
                if run.lane == Lane::Scheduled && run.verdict == Verdict::Failed {
                    values.extend([
                        run.journey.0.into(),
                        run.location.0.into(),
                        run.number.into(),
                        run.slot.0.into(),
                    ]);
                }
            }
            self.0.execute(&values, connection).await.map(drop)
        })
    }

    /// Nothing is kept in memory.
    fn committed(&mut self) {}

    fn rolled_back(&mut self) {}

    fn forget(&mut self) {}
}
