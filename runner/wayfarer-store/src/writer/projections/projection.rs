//! The trait of what is derived, and the list that the writer and a rebuild drive.
//!
//! Invariants: a projection writes within the transaction that it is given, and nowhere else. What it keeps in memory changes
//! only in [`committed`](Projection::committed), so a transaction that fails leaves no trace. Its rows depend on the runs
//! alone and not on their order, so a rebuild gives the same rows.

use futures_util::future::BoxFuture;
use sqlx::SqliteConnection;

use super::annotations::annotations;
use super::completed_run::CompletedRun;
use super::last_failures::last_failures;
use super::run_periods::RunPeriods;
use super::step_hours::StepHours;
use super::stored_days::stored_days;
use super::usage_days::UsageDays;
use crate::error::StoreError;

/// Rows that follow from runs.
pub(super) trait Projection: Send {
    /// The tables that it writes: the catalogue declares the same.
    #[cfg_attr(not(test), expect(dead_code, reason = "what the catalogue is held against"))]
    fn tables(&self) -> &'static [&'static str];

    /// Works out what these runs change, and writes it.
    fn apply<'a>(
        &'a mut self,
        runs: &'a [CompletedRun<'a>],
        connection: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// The transaction was committed.
    fn committed(&mut self);

    /// The transaction was not committed.
    fn rolled_back(&mut self);

    /// Somebody else may have changed the rows: what is in memory may be stale.
    fn forget(&mut self);
}

/// Every projection.
pub(crate) struct Projections(Vec<Box<dyn Projection>>);

impl Projections {
    pub(crate) fn new() -> Self {
        Self(vec![
            Box::new(RunPeriods::hourly()),
            Box::new(RunPeriods::daily()),
            Box::new(StepHours::new()),
            Box::new(UsageDays::new()),
            Box::new(stored_days()),
            Box::new(last_failures()),
            Box::new(annotations()),
        ])
    }

    /// Those that derive the roll-ups by hour.
    pub(crate) fn by_hour() -> Self {
        Self(vec![Box::new(RunPeriods::hourly()), Box::new(StepHours::new())])
    }

    /// The one that derives what tenants used.
    pub(crate) fn of_usage() -> Self {
        Self(vec![Box::new(UsageDays::new())])
    }

    /// See [`Projection::apply`]. One of `committed` and `rolled_back` follows each call.
    pub(crate) async fn apply(
        &mut self,
        runs: &[CompletedRun<'_>],
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        for projection in &mut self.0 {
            projection.apply(runs, &mut *connection).await?;
        }
        Ok(())
    }

    pub(crate) fn committed(&mut self) {
        self.0.iter_mut().for_each(|projection| projection.committed());
    }

    pub(crate) fn rolled_back(&mut self) {
        self.0.iter_mut().for_each(|projection| projection.rolled_back());
    }

    pub(crate) fn forget(&mut self) {
        self.0.iter_mut().for_each(|projection| projection.forget());
    }

    /// Every table that one of them writes.
    #[cfg(test)]
    pub(crate) fn tables(&self) -> Vec<&'static str> {
        self.0.iter().flat_map(|projection| projection.tables()).copied().collect()
    }
}
