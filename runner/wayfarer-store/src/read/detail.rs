//! A run with everything that its attempts recorded.

use sqlx::{AssertSqlSafe, Row as _};
use wayfarer_model::context::AttemptContext;
use wayfarer_model::deployment::{Code, JourneySpec};
use wayfarer_model::ids::{ComponentDigest, RunId, TenantName};
use wayfarer_model::report::{AttemptReport, Disclosure};
use wayfarer_model::units::{Bytes, Micros};

use super::run_list::{RUNS, RunRow, run_row};
use crate::error::StoreError;
use crate::pack::unpack;
use crate::store::{Store, instant};
use crate::stored::StoredSpec;

/// A run with everything that its attempts recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct RunDetail {
    /// The run's own row.
    pub row: RunRow,
    /// The spec of its version.
    pub spec: JourneySpec,
    /// In order, with the bodies of exchanges; artifacts come without their content.
    pub attempts: Vec<AttemptReport>,
}

impl Store {
    /// A run by its public id. None if there is none, or if it belongs to another tenant.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn run(&self, tenant: Option<&TenantName>, id: RunId) -> Result<Option<RunDetail>, StoreError> {
        // The id begins with the slot, which has an index.
        let sql = format!("{RUNS} WHERE r.slot_ms = ? AND r.uid = ? AND (?3 IS NULL OR t.name = ?3)");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(id.slot().0 as i64)
            .bind(id.into_bytes().to_vec())
            .bind(tenant.map(TenantName::as_str))
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::sql("reading the table run"))?;
        let Some(row) = row else { return Ok(None) };
        let row = run_row(&row, self.dictionary())?;
        let spec = self.spec_of(&row).await?;
        let mut attempts = self.attempts_of(&row, &spec).await?;
        self.add_bodies(row.cursor.0, &mut attempts).await?;
        Ok(Some(RunDetail { row, spec, attempts }))
    }

    /// A run by its number. None if there is none.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn run_numbered(&self, number: i64) -> Result<Option<RunDetail>, StoreError> {
        let Some(mut detail) = self.run_without_bodies(number).await? else { return Ok(None) };
        self.add_bodies(number, &mut detail.attempts).await?;
        Ok(Some(detail))
    }

    /// A run by its number, with the heads of its exchanges and without the bodies. None if there is none.
    pub(crate) async fn run_without_bodies(&self, number: i64) -> Result<Option<RunDetail>, StoreError> {
        let row = sqlx::query(AssertSqlSafe(format!("{RUNS} WHERE r.id = ?")))
            .bind(number)
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::sql("reading the table run"))?;
        let Some(row) = row else { return Ok(None) };
        let row = run_row(&row, self.dictionary())?;
        let spec = self.spec_of(&row).await?;
        let attempts = self.attempts_of(&row, &spec).await?;
        Ok(Some(RunDetail { row, spec, attempts }))
    }

    async fn spec_of(&self, run: &RunRow) -> Result<JourneySpec, StoreError> {
        let spec: String = sqlx::query_scalar(
            "SELECT v.spec FROM run r JOIN journey_version v ON v.id = r.version WHERE r.id = ?",
        )
        .bind(run.cursor.0)
        .fetch_one(self.readers())
        .await
        .map_err(StoreError::sql("reading the table journey_version"))?;
        StoredSpec::read(&spec).map_err(|error| StoreError::Corrupt {
            table: "journey_version",
            row: format!("of run {}", run.id),
            reason: error.to_string(),
        })
    }

    async fn attempts_of(&self, run: &RunRow, spec: &JourneySpec) -> Result<Vec<AttemptReport>, StoreError> {
        let what = StoreError::sql("reading the table attempt");
        let rows = sqlx::query(
            "SELECT a.id & 255, a.started_ms, a.duration_us, a.cpu_us, a.memory, e.fingerprint, a.verdict, a.reason, a.detail, a.stall_us
             FROM attempt a JOIN engine e ON e.id = a.engine WHERE a.id >> 8 = ?1 AND a.id BETWEEN ?1 << 8 AND (?1 << 8) + 255
             ORDER BY a.id",
        )
        .bind(run.cursor.0)
        .fetch_all(self.readers())
        .await
        .map_err(&what)?;
        let component = match &spec.code {
            Code::Component(digest) => *digest,
            Code::HttpCheck(_) => ComponentDigest([0; 32]),
        };
        let corrupt = |reason: String| StoreError::Corrupt {
            table: "attempt",
            row: format!("of run {}", run.id),
            reason,
        };
        rows.iter()
            .map(|row| {
                let number = |column: usize| -> Result<u64, StoreError> {
                    Ok(u64::try_from(row.try_get::<i64, _>(column).map_err(&what)?).unwrap_or(0))
                };
                let detail: &str = row.try_get(8).map_err(&what)?;
                let (recording, failure) = unpack(detail).map_err(|error| corrupt(error.to_string()))?;
                let verdict = self.dictionary().to_verdict(row.try_get(6).map_err(&what)?);
                let reason = self.dictionary().to_reason(row.try_get(7).map_err(&what)?);
                Ok(AttemptReport {
                    context: AttemptContext {
                        run_id: run.id,
                        tenant: run.tenant.clone(),
                        journey: run.journey.clone(),
                        slot: run.slot,
                        number: number(0)? as u32,
                        location: run.location.clone(),
                        lane: run.lane,
                    },
                    component,
                    fingerprint: row.try_get(5).map_err(&what)?,
                    started_at: instant(row, 1).map_err(&what)?.unwrap_or_default(),
                    duration_us: Micros(number(2)?),
                    cpu_us: Micros(number(3)?),
                    stall_us: Micros(number(9)?),
                    memory_peak: Bytes(number(4)?),
                    verdict: verdict
                        .ok_or_else(|| corrupt("its verdict is not in the dictionary".to_owned()))?,
                    reason: reason
                        .ok_or_else(|| corrupt("its reason is not in the dictionary".to_owned()))?,
                    failure,
                    recording,
                    disclosure: Disclosure::default(),
                })
            })
            .collect()
    }
}
