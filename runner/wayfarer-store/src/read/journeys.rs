//! Journeys as people ask for them: what is deployed, whether it is paused, and today's figures.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _};
use wayfarer_model::context::Lane;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;

use super::run_list::{RUNS, RunRow, run_row};
use crate::deployments::Version;
use crate::error::StoreError;
use crate::keys::TenantKey;
use crate::pauses::Pause;
use crate::periods::DAY_MS;
use crate::store::{Store, instant};

/// A journey's figures of one UTC day, lane `scheduled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct DayFigures {
    /// Slots that have their row.
    pub slots: u64,
    /// Runs that rates count.
    pub counted: u64,
    /// Good runs among them.
    pub good: u64,
    /// Runs among them whose first attempt was good.
    pub good_first_attempt: u64,
    /// Of the durations of good runs.
    pub p95: Option<Micros>,
}

/// The state of a journey.
#[derive(Debug, Clone, PartialEq)]
pub struct JourneyStatus {
    /// What is deployed.
    pub version: Version,
    /// Its pause, if it is paused.
    pub pause: Option<Pause>,
    /// The newest run of any lane.
    pub last: Option<RunRow>,
    /// The slot and the verdict of the newest scheduled run that rates count.
    pub last_counted: Option<(UnixMillis, Verdict)>,
    /// Since midnight UTC.
    pub today: DayFigures,
}

impl Store {
    /// Every journey that is deployed, by tenant and name.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn journey_status(
        &self,
        tenant: Option<&TenantName>,
        now: UnixMillis,
    ) -> Result<Vec<JourneyStatus>, StoreError> {
        let mut newest: HashMap<_, Version> = HashMap::new();
        for version in self.versions_reaching(now).await? {
            if tenant.is_none_or(|tenant| *tenant == version.tenant) {
                newest.insert(version.journey, version);
            }
        }
        let mut pauses: HashMap<_, Pause> = self
            .pauses_reaching(now)
            .await?
            .into_iter()
            .filter(|pause| pause.until.is_none())
            .map(|pause| (pause.journey, pause))
            .collect();
        let mut days = self.days(now).await?;
        let mut statuses = Vec::new();
        for (journey, version) in newest.into_iter().filter(|(_, version)| version.spec.is_some()) {
            let (pause, today) = (pauses.remove(&journey), days.remove(&journey.0).unwrap_or_default());
            let last = self.newest_run(journey.0).await?;
            let last_counted = self.newest_counted(journey.0).await?;
            statuses.push(JourneyStatus { version, pause, last, last_counted, today });
        }
        statuses
            .sort_by(|a, b| (&a.version.tenant, &a.version.name).cmp(&(&b.version.tenant, &b.version.name)));
        Ok(statuses)
    }

    async fn newest_run(&self, journey: i64) -> Result<Option<RunRow>, StoreError> {
        let sql = format!(
            "{RUNS} WHERE r.id = (SELECT n.id FROM run n WHERE n.journey = ?1 ORDER BY n.slot_ms DESC LIMIT 1)"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(journey)
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::sql("reading the table run"))?;
        row.as_ref().map(|row| run_row(row, self.dictionary())).transpose()
    }

    async fn newest_counted(&self, journey: i64) -> Result<Option<(UnixMillis, Verdict)>, StoreError> {
        let what = StoreError::sql("reading the table run");
        let counted = [Verdict::Passed, Verdict::Degraded, Verdict::Failed];
        let counted = counted.map(|verdict| self.dictionary().verdict(verdict).to_string()).join(", ");
        let sql = format!(
            "SELECT slot_ms, verdict FROM run WHERE journey = ? AND lane = ? AND maintenance IS NULL AND void IS NULL
             AND verdict IN ({counted}) ORDER BY slot_ms DESC LIMIT 1"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(journey)
            .bind(self.dictionary().lane(Lane::Scheduled))
            .fetch_optional(self.readers())
            .await
            .map_err(&what)?;
        let read = |row: &SqliteRow| -> Result<Option<(UnixMillis, Verdict)>, sqlx::Error> {
            let verdict = self.dictionary().to_verdict(row.try_get(1)?);
            Ok(instant(row, 0)?.zip(verdict))
        };
        Ok(row.as_ref().map(read).transpose().map_err(what)?.flatten())
    }

    /// By journey. Sums of all locations; the quantile is that of the worst location.
    async fn days(&self, now: UnixMillis) -> Result<HashMap<i64, DayFigures>, StoreError> {
        let what = StoreError::sql("reading the table daily");
        let rows = sqlx::query(
            "SELECT journey, sum(slots), sum(passed + degraded + failed), sum(passed + degraded), sum(good_first_attempt), max(p95_us)
             FROM daily WHERE from_ms = ? GROUP BY journey",
        )
        .bind((now.0 / DAY_MS * DAY_MS) as i64)
        .fetch_all(self.readers())
        .await
        .map_err(&what)?;
        rows.iter()
            .map(|row| {
                let number = |column: usize| -> Result<u64, sqlx::Error> {
                    Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or(0))
                };
                let p95: Option<i64> = row.try_get(5)?;
                let figures = DayFigures {
                    slots: number(1)?,
                    counted: number(2)?,
                    good: number(3)?,
                    good_first_attempt: number(4)?,
                    p95: p95.and_then(|us| u64::try_from(us).ok()).map(Micros),
                };
                Ok((row.try_get::<i64, _>(0)?, figures))
            })
            .collect::<Result<_, sqlx::Error>>()
            .map_err(what)
    }
}

impl Store {
    /// A tenant's runs of this UTC day: those that count for its quota, and confirmation runs.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn runs_today(&self, tenant: TenantKey, now: UnixMillis) -> Result<(u64, u64), StoreError> {
        let runs: Option<(i64, i64)> = sqlx::query_as(
            "SELECT runs - confirm_runs, confirm_runs FROM usage_daily WHERE tenant = ? AND from_ms = ?",
        )
        .bind(tenant.0)
        .bind((now.0 / DAY_MS * DAY_MS) as i64)
        .fetch_optional(self.readers())
        .await
        .map_err(StoreError::sql("reading the table usage_daily"))?;
        let count = |runs: i64| u64::try_from(runs).unwrap_or(0);
        Ok(runs.map_or((0, 0), |(runs, confirming)| (count(runs), count(confirming))))
    }
}
