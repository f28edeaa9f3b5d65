//! How one journey went over a range of time: its periods, its steps, its runs. All locations count together; a quantile is that of the
//! slowest location.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};
use wayfarer_model::context::Lane;
use wayfarer_model::ids::RunId;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;

use super::overview::Rates;
use super::run_list::{RUNS, RunRow, id, run_row};
use crate::error::StoreError;
use crate::keys::JourneyKey;
use crate::store::{Store, instant};
use crate::writer::RunCursor;

/// The length of the periods that are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodLength {
    /// From `hourly`.
    Hour,
    /// UTC days, from `daily`.
    Day,
}

/// An hour or a day of a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PeriodFigures {
    /// Its beginning.
    pub from: UnixMillis,
    /// How often it was good.
    pub rates: Rates,
    /// Of good runs' durations; none without one.
    pub p50: Option<Micros>,
    /// The same.
    pub p95: Option<Micros>,
    /// The same.
    pub p99: Option<Micros>,
}

/// A step over a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct StepFigures {
    /// How often it passed.
    pub passed: u64,
    /// How often it failed, or was open when its attempt ended.
    pub failed: u64,
    /// The sum of the durations of those that passed.
    pub sum: Micros,
    /// The greatest 95th percentile of its hours.
    pub p95: Option<Micros>,
}

/// A run in brief.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunMark {
    /// The public id, which begins with the slot.
    pub run: RunId,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether it was good, and its first attempt was not.
    pub is_flaky: bool,
    /// The last attempt's duration; none without one.
    pub duration: Option<Micros>,
}

/// Which runs of a journey are listed.
#[derive(Debug, Clone, Default)]
pub struct RunPage {
    /// Any verdict if empty.
    pub verdicts: Vec<Verdict>,
    /// Slots at or after this instant.
    pub from: UnixMillis,
    /// Slots before this instant.
    pub until: UnixMillis,
    /// Runs before this one in the list: its slot and its row.
    pub before: Option<(UnixMillis, RunCursor)>,
    /// The most runs to return.
    pub limit: u32,
}

impl Store {
    /// The periods of a journey that begin within a range and have a row, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn journey_periods(
        &self,
        journey: JourneyKey,
        (from, until): (UnixMillis, UnixMillis),
        length: PeriodLength,
    ) -> Result<Vec<PeriodFigures>, StoreError> {
        let (table, what) = match length {
            PeriodLength::Hour => ("hourly", StoreError::sql("reading the table hourly")),
            PeriodLength::Day => ("daily", StoreError::sql("reading the table daily")),
        };
        let sql = format!(
            "SELECT from_ms, sum(slots), sum(passed + degraded + failed), sum(passed + degraded),
               sum(min(good_first_attempt, passed + degraded + failed)), max(p50_us), max(p95_us), max(p99_us)
             FROM {table} WHERE journey = ? AND from_ms >= ? AND from_ms < ? GROUP BY from_ms ORDER BY from_ms"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(journey.0)
            .bind(from.0 as i64)
            .bind(until.0 as i64)
            .fetch_all(self.readers())
            .await
            .map_err(&what)?;
        let read = |row: &SqliteRow| {
            Ok(PeriodFigures {
                from: instant(row, 0)?.unwrap_or_default(),
                rates: Rates {
                    slots: number(row, 1)?,
                    counted: number(row, 2)?,
                    good: number(row, 3)?,
                    good_first_attempt: number(row, 4)?,
                },
                p50: micros(row, 5)?,
                p95: micros(row, 6)?,
                p99: micros(row, 7)?,
            })
        };
        rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(what)
    }

    /// What each step of a journey came to over a range of whole hours, by its name.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn journey_steps(
        &self,
        journey: JourneyKey,
        (from, until): (UnixMillis, UnixMillis),
    ) -> Result<BTreeMap<String, StepFigures>, StoreError> {
        let what = StoreError::sql("reading the table step_hourly");
        let rows = sqlx::query(
            "SELECT s.name, sum(h.passed), sum(h.failed + h.open), sum(h.sum_us), max(h.p95_us)
             FROM step s JOIN step_hourly h ON h.step = s.id
             WHERE s.journey = ? AND h.from_ms >= ? AND h.from_ms < ? GROUP BY s.id",
        )
        .bind(journey.0)
        .bind(from.0 as i64)
        .bind(until.0 as i64)
        .fetch_all(self.readers())
        .await
        .map_err(&what)?;
        let read = |row: &SqliteRow| {
            let (passed, failed, sum) = (number(row, 1)?, number(row, 2)?, Micros(number(row, 3)?));
            Ok((row.try_get(0)?, StepFigures { passed, failed, sum, p95: micros(row, 4)? }))
        };
        rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(what)
    }

    /// The scheduled runs of a journey over a range in brief, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn run_marks(
        &self,
        journey: JourneyKey,
        (from, until): (UnixMillis, UnixMillis),
        most: u32,
    ) -> Result<Vec<RunMark>, StoreError> {
        let what = StoreError::sql("reading the table run");
        let rows = sqlx::query(
            "SELECT uid, verdict, first_verdict, duration_us FROM run
             WHERE journey = ? AND slot_ms >= ? AND slot_ms < ? AND lane = ? ORDER BY slot_ms DESC LIMIT ?",
        )
        .bind(journey.0)
        .bind(from.0 as i64)
        .bind(until.0 as i64)
        .bind(self.dictionary().lane(Lane::Scheduled))
        .bind(most)
        .fetch_all(self.readers())
        .await
        .map_err(&what)?;
        let read = |row: &SqliteRow| -> Result<Option<RunMark>, sqlx::Error> {
            let verdict = self.dictionary().to_verdict(row.try_get(1)?);
            let first = row.try_get::<Option<i64>, _>(2)?.and_then(|word| self.dictionary().to_verdict(word));
            let duration = micros(row, 3)?;
            let pair = id(row, 0)?.zip(verdict);
            Ok(pair.map(|(run, verdict)| {
                let is_flaky = verdict.is_good() && first.is_some_and(|first| !first.is_good());
                RunMark { run, verdict, is_flaky, duration }
            }))
        };
        let marks = rows.iter().map(read).collect::<Result<Option<Vec<_>>, _>>().map_err(what)?;
        marks.ok_or_else(|| StoreError::Corrupt {
            table: "run",
            row: format!("of journey {}", journey.0),
            reason: "an id or a verdict in it is none that this version knows".to_owned(),
        })
    }

    /// Runs of a journey of every lane, the newest slot first. A page goes on where the one before it ended.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn journey_runs(&self, journey: JourneyKey, page: &RunPage) -> Result<Vec<RunRow>, StoreError> {
        let mut query = QueryBuilder::new(RUNS);
        query.push(" WHERE r.journey = ").push_bind(journey.0);
        query.push(" AND r.slot_ms >= ").push_bind(page.from.0 as i64);
        query.push(" AND r.slot_ms < ").push_bind(page.until.0 as i64);
        if let Some((slot, number)) = page.before {
            query.push(" AND (r.slot_ms, r.id) < (").push_bind(slot.0 as i64);
            query.push(", ").push_bind(number.0).push(")");
        }
        if !page.verdicts.is_empty() {
            query.push(" AND r.verdict IN (");
            let mut words = query.separated(", ");
            for verdict in &page.verdicts {
                words.push_bind(self.dictionary().verdict(*verdict));
            }
            query.push(")");
        }
        query.push(" ORDER BY r.slot_ms DESC, r.id DESC LIMIT ").push_bind(page.limit);
        let rows = query
            .build()
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql("reading the table run"))?;
        rows.iter().map(|row| run_row(row, self.dictionary())).collect()
    }
}

fn number(row: &SqliteRow, column: usize) -> Result<u64, sqlx::Error> {
    Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or(0))
}

fn micros(row: &SqliteRow, column: usize) -> Result<Option<Micros>, sqlx::Error> {
    let us: Option<i64> = row.try_get(column)?;
    Ok(us.and_then(|us| u64::try_from(us).ok()).map(Micros))
}
