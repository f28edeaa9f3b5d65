//! The roll-ups of journeys, by hour and by day: `hourly` and `daily`.

use futures_util::future::BoxFuture;
use sqlx::SqliteConnection;
use wayfarer_model::rollup::RunFigures;

use super::completed_run::CompletedRun;
use super::figure_table::{FigureTable, PeriodKey};
use super::projection::Projection;
use crate::error::StoreError;
use crate::periods::{DAY_MS, HOUR_MS};

/// One of the two tables.
pub(super) struct RunPeriods {
    figures: FigureTable<PeriodKey, RunFigures>,
    length_ms: u64,
    tables: &'static [&'static str],
}

impl RunPeriods {
    pub(super) fn hourly() -> Self {
        let figures = FigureTable::new("rolling up into hourly", "hourly", "journey, location, from_ms");
        Self { figures, length_ms: HOUR_MS, tables: &["hourly"] }
    }

    pub(super) fn daily() -> Self {
        let figures = FigureTable::new("rolling up into daily", "daily", "journey, location, from_ms");
        Self { figures, length_ms: DAY_MS, tables: &["daily"] }
    }
}

impl Projection for RunPeriods {
    fn tables(&self) -> &'static [&'static str] {
        self.tables
    }

    fn apply<'a>(
        &'a mut self,
        runs: &'a [CompletedRun<'a>],
        connection: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let length = self.length_ms;
            let key = |run: &CompletedRun<'_>| (run.journey.0, run.location.0, run.period(length));
            let counted = || runs.iter().filter(|run| run.is_in_figures());
            self.figures.read(counted().map(key), &mut *connection).await?;
            for run in counted() {
                self.figures.change(key(run), |figures| {
                    if run.is_muted {
                        figures.mute();
                    } else {
                        figures.add(run.verdict, run.first_verdict, run.duration);
                    }
                });
            }
            self.figures.write(connection).await
        })
    }

    fn committed(&mut self) {
        self.figures.committed();
    }

    fn rolled_back(&mut self) {
        self.figures.rolled_back();
    }

    fn forget(&mut self) {
        self.figures.forget();
    }
}
