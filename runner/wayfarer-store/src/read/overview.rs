//! What a page with many journeys shows of their results: the last slots of each, rates over a day, a week and a month, and how
//! long good runs take. A few statements answer for all journeys of the file, one row a journey; none of them reads a run's detail.
//!
//! Rates and durations come from the roll-ups. All locations count together.

use std::collections::HashMap;

use data_encoding::HEXUPPER;
use serde::Serialize;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use wayfarer_model::context::Lane;
use wayfarer_model::ids::RunId;
use wayfarer_model::rollup::Durations;
use wayfarer_model::sketch::DurationSketch;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;

use crate::error::StoreError;
use crate::keys::JourneyKey;
use crate::numbers::list;
use crate::periods::{DAY_MS, HOUR_MS};
use crate::store::Store;
use crate::writer::RunCursor;

/// A slot, as a strip of many slots shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentSlot {
    /// Its row.
    pub number: RunCursor,
    /// The public id, which begins with the slot.
    pub run: RunId,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether it was good, and its first attempt was not.
    pub is_flaky: bool,
    /// Whether it was due within a maintenance window.
    pub is_in_maintenance: bool,
    /// Whether a person has taken it out of the rates.
    pub is_void: bool,
}

/// How often a journey was good over a period, lane `scheduled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Rates {
    /// Slots that have their row.
    pub slots: u64,
    /// Runs that rates count.
    pub counted: u64,
    /// Good runs among them.
    pub good: u64,
    /// Runs among them whose first attempt was good.
    pub good_first_attempt: u64,
}

/// What a journey's roll-ups say of the last day, week and month.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JourneyFigures {
    /// The current hour and the 23 before.
    pub day: Rates,
    /// The current UTC day and the 6 before.
    pub week: Rates,
    /// The current UTC day and the 29 before.
    pub month: Rates,
    /// Of the durations of good runs in the last 24 hours.
    pub p95: Option<Micros>,
    /// The same a week earlier.
    pub p95_week_before: Option<Micros>,
    /// Each of the last 24 hours with a good run, the oldest first, and the 95th percentile in it: that of the slowest location.
    pub hours: Vec<(UnixMillis, Micros)>,
}

impl Store {
    /// The newest slots of each deployed journey, the oldest first. A journey without a schedule has the runs that people asked for.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn recent_slots(&self, most: u32) -> Result<HashMap<JourneyKey, Vec<RecentSlot>>, StoreError> {
        let what = StoreError::sql("reading the table run");
        // The inner query goes down the index of a journey's slots and stops after the newest ones.
        let rows = sqlx::query(
            "SELECT v.journey, (SELECT group_concat(n.cell, ';') FROM (
               SELECT r.id || ' ' || r.verdict || ' ' || ifnull(r.first_verdict, r.verdict) || ' ' || (r.maintenance IS NOT NULL) || ' ' ||
                   (r.void IS NOT NULL) || ' ' || hex(r.uid) AS cell
               FROM run r WHERE r.journey = v.journey AND r.lane = iif(v.schedule IS NULL, ?2, ?1) ORDER BY r.slot_ms DESC LIMIT ?3) n)
             FROM journey_version v
             WHERE NOT v.is_removed AND v.number = (SELECT max(n.number) FROM journey_version n WHERE n.journey = v.journey)",
        )
        .bind(self.dictionary().lane(Lane::Scheduled))
        .bind(self.dictionary().lane(Lane::Manual))
        .bind(most)
        .fetch_all(self.readers())
        .await
        .map_err(&what)?;
        let mut recent = HashMap::with_capacity(rows.len());
        for row in &rows {
            let journey: i64 = row.try_get(0).map_err(&what)?;
            let cells: Option<&str> = row.try_get(1).map_err(&what)?;
            let slots = cells.unwrap_or("").split(';').filter(|cell| !cell.is_empty());
            let slots: Option<Vec<_>> = slots.map(|cell| self.recent_slot(cell)).collect();
            let mut slots = slots.ok_or_else(|| StoreError::Corrupt {
                table: "run",
                row: format!("of journey {journey}"),
                reason: "an id or a verdict in it is none that this version knows".to_owned(),
            })?;
            slots.sort_by_key(|slot| (slot.run.slot(), slot.number.0));
            recent.insert(JourneyKey(journey), slots);
        }
        Ok(recent)
    }

    fn recent_slot(&self, cell: &str) -> Option<RecentSlot> {
        let mut parts = cell.split(' ');
        let number = RunCursor(parts.next()?.parse().ok()?);
        let mut verdict = || self.dictionary().to_verdict(parts.next()?.parse().ok()?);
        let (verdict, first) = (verdict()?, verdict()?);
        let (is_in_maintenance, is_void) = (parts.next()? == "1", parts.next()? == "1");
        let id = HEXUPPER.decode(parts.next()?.as_bytes()).ok()?;
        Some(RecentSlot {
            number,
            run: RunId::from_bytes(id.try_into().ok()?),
            verdict,
            is_flaky: verdict.is_good() && !first.is_good(),
            is_in_maintenance,
            is_void,
        })
    }

    /// The figures of each journey that has any.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn journey_figures(
        &self,
        now: UnixMillis,
    ) -> Result<HashMap<JourneyKey, JourneyFigures>, StoreError> {
        let mut figures = self.rates_by_day(now).await?;
        let next_hour = (now.0 / HOUR_MS + 1) * HOUR_MS;
        for (journey, hours) in self.hours(next_hour.saturating_sub(DAY_MS), next_hour).await? {
            let known = figures.entry(journey).or_default();
            known.day = hours.rates;
            known.p95 = hours.durations.quantiles().map(|quantiles| quantiles.p95);
            known.hours = hours.p95s;
        }
        let week_before = next_hour.saturating_sub(7 * DAY_MS);
        for (journey, hours) in self.hours(week_before.saturating_sub(DAY_MS), week_before).await? {
            let quantiles = hours.durations.quantiles();
            figures.entry(journey).or_default().p95_week_before = quantiles.map(|quantiles| quantiles.p95);
        }
        Ok(figures)
    }

    async fn rates_by_day(&self, now: UnixMillis) -> Result<HashMap<JourneyKey, JourneyFigures>, StoreError> {
        let what = StoreError::sql("reading the table daily");
        let today = now.0 / DAY_MS * DAY_MS;
        let rows = sqlx::query(
            "SELECT d.journey,
               sum(iif(d.is_of_week, d.slots, 0)), sum(iif(d.is_of_week, d.counted, 0)), sum(iif(d.is_of_week, d.good, 0)),
               sum(iif(d.is_of_week, min(d.good_first_attempt, d.counted), 0)),
               sum(d.slots), sum(d.counted), sum(d.good), sum(min(d.good_first_attempt, d.counted))
             FROM (SELECT journey, from_ms >= ?2 AS is_of_week, slots, passed + degraded + failed AS counted, passed + degraded AS good,
                 good_first_attempt FROM daily WHERE from_ms >= ?1) d
             GROUP BY d.journey",
        )
        .bind(today.saturating_sub(29 * DAY_MS) as i64)
        .bind(today.saturating_sub(6 * DAY_MS) as i64)
        .fetch_all(self.readers())
        .await
        .map_err(&what)?;
        let read = |row: &SqliteRow| {
            let (week, month) = (rates(row, 1)?, rates(row, 5)?);
            Ok((JourneyKey(row.try_get(0)?), JourneyFigures { week, month, ..JourneyFigures::default() }))
        };
        rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(what)
    }

    /// The hours from one instant (included) to another (excluded), together.
    async fn hours(&self, from_ms: u64, until_ms: u64) -> Result<Vec<(JourneyKey, Hours)>, StoreError> {
        let what = StoreError::sql("reading the table hourly");
        let rows = sqlx::query(
            "SELECT journey, sum(slots), sum(passed + degraded + failed), sum(passed + degraded),
               sum(min(good_first_attempt, passed + degraded + failed)), min(min_us), max(max_us),
               group_concat(from_ms || ' ' || p95_us || ' ' || hex(sketch), ';')
             FROM hourly WHERE from_ms >= ? AND from_ms < ? GROUP BY journey",
        )
        .bind(from_ms as i64)
        .bind(until_ms as i64)
        .fetch_all(self.readers())
        .await
        .map_err(&what)?;
        let mut all = Vec::with_capacity(rows.len());
        for row in &rows {
            let journey: i64 = row.try_get(0).map_err(&what)?;
            let hours = hours(row).map_err(&what)?;
            let hours = hours.ok_or_else(|| StoreError::Corrupt {
                table: "hourly",
                row: format!("of journey {journey}"),
                reason: "a sketch in it is none that this version knows".to_owned(),
            })?;
            all.push((JourneyKey(journey), hours));
        }
        Ok(all)
    }

    /// What failed in each of these runs; runs in which nothing failed are missing.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn failure_messages(
        &self,
        runs: &[RunCursor],
    ) -> Result<HashMap<RunCursor, String>, StoreError> {
        let numbers: Vec<i64> = runs.iter().map(|run| run.0).collect();
        let rows: Vec<(i64, Option<String>)> = sqlx::query_as(
            "SELECT r.id, json_extract(a.detail, '$.f.message') FROM json_each(?) k JOIN run r ON r.id = k.value
               JOIN attempt a ON a.id = (r.id << 8) + r.attempts",
        )
        .bind(list(&numbers))
        .fetch_all(self.readers())
        .await
        .map_err(StoreError::sql("reading the table attempt"))?;
        Ok(rows.into_iter().filter_map(|(number, message)| Some((RunCursor(number), message?))).collect())
    }
}

/// Several hours of one journey.
struct Hours {
    rates: Rates,
    durations: Durations,
    p95s: Vec<(UnixMillis, Micros)>,
}

fn hours(row: &SqliteRow) -> Result<Option<Hours>, sqlx::Error> {
    let micros = |column: usize| -> Result<Option<Micros>, sqlx::Error> {
        let us: Option<i64> = row.try_get(column)?;
        Ok(us.and_then(|us| u64::try_from(us).ok()).map(Micros))
    };
    // A location without a good run in an hour has no quantile, so that its part is NULL and left out.
    let parts: Option<&str> = row.try_get(7)?;
    let mut durations = Durations { min: micros(5)?, max: micros(6)?, ..Durations::default() };
    let mut p95s: Vec<(UnixMillis, Micros)> = Vec::new();
    for part in parts.unwrap_or("").split(';').filter(|part| !part.is_empty()) {
        let Some((from, p95, sketch)) = hour(part) else { return Ok(None) };
        durations.sketch.merge(&sketch);
        p95s.push((from, p95));
    }
    p95s.sort_unstable_by_key(|(from, p95)| (*from, std::cmp::Reverse(*p95)));
    p95s.dedup_by_key(|(from, _)| *from);
    Ok(Some(Hours { rates: rates(row, 1)?, durations, p95s }))
}

fn hour(part: &str) -> Option<(UnixMillis, Micros, DurationSketch)> {
    let mut parts = part.split(' ');
    let (from, p95) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let sketch = HEXUPPER.decode(parts.next()?.as_bytes()).ok()?;
    Some((UnixMillis(from), Micros(p95), DurationSketch::from_bytes(&sketch).ok()?))
}

/// From four columns.
fn rates(row: &SqliteRow, at: usize) -> Result<Rates, sqlx::Error> {
    let number = |column: usize| -> Result<u64, sqlx::Error> {
        Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or(0))
    };
    Ok(Rates {
        slots: number(at)?,
        counted: number(at + 1)?,
        good: number(at + 2)?,
        good_first_attempt: number(at + 3)?,
    })
}
