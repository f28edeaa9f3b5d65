//! What flakes: the failed attempts of runs that were good in the end, by step, check and reason.

use sqlx::Row as _;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::units::UnixMillis;

use crate::error::StoreError;
use crate::periods::HOUR_MS;
use crate::store::Store;

/// One thing that fails now and then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flake {
    /// The owner of the journey.
    pub tenant: TenantName,
    /// The journey that counts these runs.
    pub journey: JourneyName,
    /// The step that failed or was open at the end of the attempt; the innermost one. None outside of steps.
    pub step: Option<String>,
    /// The hard check that failed. None where none did.
    pub check: Option<String>,
    /// The word of the failed attempt's reason, such as `check`.
    pub reason: String,
    /// Counted runs with such an attempt.
    pub runs: u64,
    /// Runs of the journey that rates count, flaky or not.
    pub counted: u64,
    /// The slot of the newest such run.
    pub last: UnixMillis,
}

/// `?1` is the tenant or NULL, `?2` the first hour. The roll-up says which hours have a flaky run: no other runs are read.
const FLAKES: &str = "WITH flaky AS (
    SELECT r.id, r.journey, r.slot_ms, r.attempts
    FROM hourly h JOIN journey j ON j.id = h.journey JOIN tenant t ON t.id = j.tenant
    JOIN run r ON r.journey = h.journey AND r.location = h.location AND r.slot_ms >= h.from_ms AND r.slot_ms < h.from_ms + 3600000
    WHERE h.from_ms >= ?2 AND h.flaky > 0 AND (?1 IS NULL OR t.name = ?1) AND r.maintenance IS NULL AND r.void IS NULL
      AND r.lane = (SELECT id FROM dictionary WHERE kind = 'lane' AND word = 'scheduled')
      AND r.verdict IN (SELECT id FROM dictionary WHERE kind = 'verdict' AND word IN ('passed', 'degraded'))
      AND r.first_verdict NOT IN (SELECT id FROM dictionary WHERE kind = 'verdict' AND word IN ('passed', 'degraded'))
  ), flake AS (
    SELECT f.id, f.journey, f.slot_ms, a.reason,
      (SELECT json_extract(s.value, '$[0]') FROM json_each(a.detail, '$.s') s
       WHERE coalesce(json_extract(s.value, '$[3]'), 0) <> 0 ORDER BY s.key DESC LIMIT 1) AS step,
      (SELECT json_extract(c.value, '$[0]') FROM json_each(a.detail, '$.c') c
       WHERE coalesce(json_extract(c.value, '$[3]'), 0) & 3 = 2 ORDER BY c.key DESC LIMIT 1) AS check_name
    FROM flaky f CROSS JOIN attempt a ON a.id BETWEEN f.id << 8 AND (f.id << 8) + f.attempts - 1
  )
  SELECT t.name, j.name, f.step, f.check_name, reason.word, count(DISTINCT f.id), max(f.slot_ms),
    (SELECT sum(h.passed + h.degraded + h.failed) FROM hourly h WHERE h.journey = f.journey AND h.from_ms >= ?2)
  FROM flake f JOIN journey j ON j.id = f.journey JOIN tenant t ON t.id = j.tenant JOIN dictionary reason ON reason.id = f.reason
  GROUP BY f.journey, f.step, f.check_name, f.reason
  ORDER BY count(DISTINCT f.id) DESC, t.name, j.name, f.step, f.check_name LIMIT 1000";

impl Store {
    /// What flakes since the hour of an instant, the most frequent first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn flakes(
        &self,
        tenant: Option<&TenantName>,
        since: UnixMillis,
    ) -> Result<Vec<Flake>, StoreError> {
        let what = StoreError::sql("reading the table run");
        let rows = sqlx::query(FLAKES)
            .bind(tenant.map(TenantName::as_str))
            .bind((since.0 / HOUR_MS * HOUR_MS).cast_signed())
            .fetch_all(self.readers())
            .await
            .map_err(&what)?;
        let read = |row: &sqlx::sqlite::SqliteRow| -> Result<Option<Flake>, sqlx::Error> {
            let number = |column: usize| -> Result<u64, sqlx::Error> {
                Ok(u64::try_from(row.try_get::<Option<i64>, _>(column)?.unwrap_or(0)).unwrap_or(0))
            };
            let names = (row.try_get::<String, _>(0)?.parse(), row.try_get::<String, _>(1)?.parse());
            let (Ok(tenant), Ok(journey)) = names else { return Ok(None) };
            Ok(Some(Flake {
                tenant,
                journey,
                step: row.try_get(2)?,
                check: row.try_get(3)?,
                reason: row.try_get(4)?,
                runs: number(5)?,
                last: UnixMillis(number(6)?),
                counted: number(7)?,
            }))
        };
        rows.iter()
            .map(|row| {
                read(row).map_err(&what)?.ok_or_else(|| StoreError::Corrupt {
                    table: "journey",
                    row: row.try_get(1).unwrap_or_default(),
                    reason: "its name, or that of its tenant, is none that this version knows".to_owned(),
                })
            })
            .collect()
    }
}
