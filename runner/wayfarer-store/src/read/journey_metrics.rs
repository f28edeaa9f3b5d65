//! Figures that a journey recorded over a range of time: those of as many runs as a chart can show, chosen evenly.

use sqlx::Row as _;
use wayfarer_model::context::Lane;
use wayfarer_model::units::UnixMillis;

use crate::error::StoreError;
use crate::keys::JourneyKey;
use crate::store::{Store, instant};

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricPoint {
    /// The slot of its run.
    pub slot: UnixMillis,
    /// As the journey named it.
    pub name: String,
    /// May be empty.
    pub unit: String,
    /// JSON: a list of pairs of name and value; `[]` without any.
    pub labels: String,
    /// Finite.
    pub value: f64,
}

impl Store {
    /// The figures of the last attempts of scheduled runs, in the order of slots: of at most about `runs` runs. Their details
    /// are all that is read of recordings.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn journey_metrics(
        &self,
        journey: JourneyKey,
        (from, until): (UnixMillis, UnixMillis),
        runs: u32,
    ) -> Result<Vec<MetricPoint>, StoreError> {
        let what = StoreError::sql("reading the metrics of a journey");
        let rows = sqlx::query(
            "WITH chosen AS MATERIALIZED (
               SELECT id, attempts, slot_ms, row_number() OVER (ORDER BY slot_ms, id) AS place, count(*) OVER () AS runs
               FROM run WHERE journey = ?1 AND slot_ms >= ?2 AND slot_ms < ?3 AND lane = ?4)
             SELECT c.slot_ms, json_extract(m.value, '$[0]'), coalesce(json_extract(m.value, '$[4]'), ''),
               coalesce(json_extract(m.value, '$[5]'), '[]'), CAST(json_extract(m.value, '$[3]') AS REAL)
             FROM chosen c JOIN attempt a ON a.id = (c.id << 8) + c.attempts JOIN json_each(a.detail, '$.m') m
             WHERE c.place % max(1, c.runs / ?5) = 0
             ORDER BY c.place, m.key",
        )
        .bind(journey.0)
        .bind(from.0 as i64)
        .bind(until.0 as i64)
        .bind(self.dictionary().lane(Lane::Scheduled))
        .bind(runs.max(1))
        .fetch_all(self.readers())
        .await
        .map_err(&what)?;
        let point = |row: &sqlx::sqlite::SqliteRow| {
            Ok(MetricPoint {
                slot: instant(row, 0)?.unwrap_or_default(),
                name: row.try_get(1)?,
                unit: row.try_get(2)?,
                labels: row.try_get(3)?,
                value: row.try_get(4)?,
            })
        };
        rows.iter().map(point).collect::<Result<_, sqlx::Error>>().map_err(&what)
    }
}
