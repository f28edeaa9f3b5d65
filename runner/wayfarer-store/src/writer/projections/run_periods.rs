//! The roll-ups of journeys, by hour and by day: `hourly` and `daily`.

use std::collections::HashMap;

use futures_util::TryStreamExt as _;
use futures_util::future::BoxFuture;
use sqlx::{AssertSqlSafe, SqliteConnection};
use wayfarer_model::rollup::RunFigures;

use super::completed_run::{CompletedRun, Standing};
use super::figure_table::{FigureTable, Key as _, PeriodKey, Stored as _};
use super::projection::Projection;
use crate::error::StoreError;
use crate::periods::{DAY_MS, HOUR_MS, Span};

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

/// Derives `daily` again from `hourly`, for a span of whole days: the figures of parts are those of the whole. The caller has removed
/// the days. Hours before their journey's floor belong to days that stay.
pub(crate) async fn fold_days(
    span: Span,
    floors: &HashMap<i64, i64>,
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    let what = StoreError::sql("reading a roll-up");
    let mut days = RunPeriods::daily();
    let columns = RunFigures::columns();
    let sql = format!(
        "SELECT journey, location, from_ms, {columns} FROM hourly WHERE from_ms >= ?1{}",
        span.condition("from_ms")
    );
    let mut hours = sqlx::query(AssertSqlSafe(sql)).bind(span.from_ms).fetch(&mut *connection);
    while let Some(row) = hours.try_next().await.map_err(&what)? {
        let (journey, location, from) = PeriodKey::get(&row).map_err(&what)?;
        if from.cast_signed() >= floors.get(&journey).copied().unwrap_or(0) {
            let hour = RunFigures::get(&row, PeriodKey::WIDTH).map_err(&what)?;
            days.figures.change((journey, location, from / DAY_MS * DAY_MS), |day| day.merge(&hour));
        }
    }
    drop(hours);
    days.figures.write(connection).await
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
                self.figures.change(key(run), |figures| match run.standing {
                    Standing::Counted => figures.add(run.verdict, run.first_verdict, run.duration),
                    Standing::Muted => figures.mute(),
                    Standing::Voided => figures.void(),
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
