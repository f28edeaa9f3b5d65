//! Lists of runs: the newest first, page by page, or the oldest first for followers.

use serde::Serialize;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Row as _};
use wayfarer_model::context::Lane;
use wayfarer_model::ids::{JourneyName, LocationName, RunId, RunPrefix, TenantName};
use wayfarer_model::provenance::Provenance;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};

use crate::deployments::provenance;
use crate::dictionary::Dictionary;
use crate::error::StoreError;
use crate::keys::MaintenanceKey;
use crate::store::{Store, instant};
use crate::voids::NewVoid;
use crate::writer::RunCursor;

/// Selects runs.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Any tenant if none.
    pub tenant: Option<TenantName>,
    /// Any journey if none.
    pub journey: Option<JourneyName>,
    /// Any verdict if empty.
    pub verdicts: Vec<Verdict>,
    /// Any lane if none.
    pub lane: Option<Lane>,
    /// Slots at or after this instant.
    pub since: Option<UnixMillis>,
    /// Slots before this instant.
    pub until: Option<UnixMillis>,
    /// Runs whose public id begins like this.
    pub prefix: Option<RunPrefix>,
    /// Runs with this annotation: its name and its value.
    pub annotation: Option<(String, String)>,
    /// Runs that were written before this one.
    pub before: Option<RunCursor>,
    /// Runs that were written after this one, the oldest first.
    pub after: Option<RunCursor>,
    /// The most runs to return.
    pub limit: u32,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunRow {
    /// For followers.
    #[serde(skip)]
    pub cursor: RunCursor,
    /// The public id.
    pub id: RunId,
    /// The tenant.
    pub tenant: TenantName,
    /// The journey.
    pub journey: JourneyName,
    /// The location.
    pub location: LocationName,
    /// The lane.
    pub lane: Lane,
    /// The slot, or the instant at which a person asked for the run.
    pub slot: UnixMillis,
    /// Distinguishes runs of one lane and instant.
    pub seq: u32,
    /// The number of the journey's version.
    pub version: u32,
    /// Where the version comes from.
    #[serde(skip)]
    pub provenance: Provenance,
    /// None for a slot without a run.
    pub started: Option<UnixMillis>,
    /// When the run ended, or when the slot was settled without a run.
    pub finished: UnixMillis,
    /// The last attempt's.
    pub duration: Option<Micros>,
    /// The verdict.
    pub verdict: Verdict,
    /// The first attempt's.
    pub first_verdict: Option<Verdict>,
    /// The reason of the verdict.
    pub reason: Reason,
    /// The number of attempts.
    pub attempts: u32,
    /// The maintenance window in which it was due.
    #[serde(skip)]
    pub maintenance: Option<MaintenanceKey>,
    /// None for a run that counts as its verdict says.
    #[serde(skip)]
    pub void: Option<NewVoid>,
    /// The message of the failure that decided the verdict.
    pub message: Option<String>,
    /// Equal for equal failures; none if nothing failed.
    pub fingerprint: Option<String>,
    /// The innermost step that failed.
    pub failed_step: Option<String>,
}

/// A run in flight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunningRow {
    /// The public id.
    pub id: RunId,
    /// The tenant.
    pub tenant: TenantName,
    /// The journey.
    pub journey: JourneyName,
    /// The lane.
    pub lane: Lane,
    /// The slot, or the instant at which a person asked for the run.
    pub slot: UnixMillis,
    /// When it started.
    pub started: UnixMillis,
}

/// The last attempt is the one with the greatest number.
pub(super) const RUNS: &str =
    "SELECT r.id, r.uid, t.name, j.name, l.name, r.lane, r.slot_ms, r.seq, v.number,
    r.started_ms, r.finished_ms, r.duration_us, r.verdict, r.first_verdict, r.reason, r.attempts,
    r.maintenance, (SELECT json_extract(a.detail, '$.f.message') FROM attempt a WHERE a.id = (r.id << 8) + r.attempts),
    (SELECT json_extract(a.detail, '$.g[0]') FROM attempt a WHERE a.id = (r.id << 8) + r.attempts),
    (SELECT json_extract(a.detail, '$.g[1]') FROM attempt a WHERE a.id = (r.id << 8) + r.attempts),
    void.voided_ms, void.voided_by, void.note, v.revision, v.labels
  FROM run r JOIN journey j ON j.id = r.journey JOIN tenant t ON t.id = j.tenant
    JOIN location l ON l.id = r.location JOIN journey_version v ON v.id = r.version
    LEFT JOIN run_void void ON void.id = r.void";

/// The annotations of the runs. The condition on the tenant makes the tenant a part of the index's range.
const ANNOTATED: &str = " JOIN annotation n ON n.run = r.id AND n.tenant = t.id";

impl Store {
    /// The runs that a filter selects.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn runs(&self, filter: &RunFilter) -> Result<Vec<RunRow>, StoreError> {
        let (sql, arguments) = query(filter, self.dictionary());
        let rows = sqlx::query_with(AssertSqlSafe(sql), arguments)
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql("reading the table run"))?;
        rows.iter().map(|row| run_row(row, self.dictionary())).collect()
    }

    /// Runs in flight, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn running(&self, tenant: Option<&TenantName>) -> Result<Vec<RunningRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT s.uid, t.name, j.name, s.lane, s.slot_ms, s.started_ms
             FROM started s JOIN journey j ON j.id = s.journey JOIN tenant t ON t.id = j.tenant
             WHERE ?1 IS NULL OR t.name = ?1 ORDER BY s.started_ms",
        )
        .bind(tenant.map(TenantName::as_str))
        .fetch_all(self.readers())
        .await
        .map_err(StoreError::sql("reading the table started"))?;
        rows.iter().map(|row| running_row(row, self.dictionary())).collect()
    }
}

fn query(filter: &RunFilter, dictionary: &Dictionary) -> (String, SqliteArguments) {
    let mut conditions = Vec::new();
    let mut arguments = SqliteArguments::default();
    // Encoding names and numbers cannot fail.
    if let Some(tenant) = &filter.tenant {
        conditions.push("t.name = ?".to_owned());
        let _ = arguments.add(tenant.as_str());
    }
    if let Some(journey) = &filter.journey {
        conditions.push("j.name = ?".to_owned());
        let _ = arguments.add(journey.as_str());
    }
    let numbers = [
        ("r.lane =", filter.lane.map(|lane| dictionary.lane(lane))),
        ("r.slot_ms >=", filter.since.map(|at| at.0 as i64)),
        ("r.slot_ms <", filter.until.map(|at| at.0 as i64)),
        ("r.id <", filter.before.map(|before| before.0)),
        ("r.id >", filter.after.map(|after| after.0)),
    ];
    for (condition, value) in numbers {
        if let Some(value) = value {
            conditions.push(format!("{condition} ?"));
            let _ = arguments.add(value);
        }
    }
    if let Some(prefix) = &filter.prefix {
        let (first, last) = prefix.range();
        // An id begins with the slot, which has an index.
        conditions.push("r.slot_ms BETWEEN ? AND ? AND r.uid BETWEEN ? AND ?".to_owned());
        let _ = arguments.add(first.slot().0 as i64);
        let _ = arguments.add(last.slot().0 as i64);
        let _ = arguments.add(first.into_bytes().to_vec());
        let _ = arguments.add(last.into_bytes().to_vec());
    }
    if !filter.verdicts.is_empty() {
        let verdicts: Vec<_> =
            filter.verdicts.iter().map(|word| dictionary.verdict(*word).to_string()).collect();
        conditions.push(format!("r.verdict IN ({})", verdicts.join(", ")));
    }
    if let Some((name, value)) = &filter.annotation {
        conditions.push("n.name = ? AND n.value = ?".to_owned());
        let _ = arguments.add(name.as_str());
        let _ = arguments.add(value.as_str());
    }
    let condition =
        if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    let order = if filter.after.is_some() { "ASC" } else { "DESC" };
    // In the order of the index, so that the limit ends the search. An attempt may note a value twice.
    let (annotated, order) = match filter.annotation {
        Some(_) => (ANNOTATED, format!("GROUP BY n.run ORDER BY n.run {order}")),
        None => ("", format!("ORDER BY r.id {order}")),
    };
    (format!("{RUNS}{annotated}{condition} {order} LIMIT {}", filter.limit), arguments)
}

/// From a row of [`RUNS`].
pub(super) fn run_row(row: &SqliteRow, dictionary: &Dictionary) -> Result<RunRow, StoreError> {
    let read = || -> Result<Option<RunRow>, sqlx::Error> {
        let parts = (
            id(row, 1)?,
            row.try_get::<String, _>(2)?.parse().ok(),
            row.try_get::<String, _>(3)?.parse().ok(),
            row.try_get::<String, _>(4)?.parse().ok(),
            dictionary.to_lane(row.try_get(5)?),
            dictionary.to_verdict(row.try_get(12)?),
            dictionary.to_reason(row.try_get(14)?),
        );
        let (Some(id), Some(tenant), Some(journey), Some(location), Some(lane), Some(verdict), Some(reason)) =
            parts
        else {
            return Ok(None);
        };
        Ok(Some(RunRow {
            cursor: RunCursor(row.try_get(0)?),
            id,
            tenant,
            journey,
            location,
            lane,
            slot: instant(row, 6)?.unwrap_or_default(),
            seq: count(row, 7)?,
            version: count(row, 8)?,
            provenance: provenance(row, 23)?,
            started: instant(row, 9)?,
            finished: instant(row, 10)?.unwrap_or_default(),
            duration: row.try_get::<Option<i64>, _>(11)?.and_then(|us| u64::try_from(us).ok()).map(Micros),
            verdict,
            first_verdict: row.try_get::<Option<i64>, _>(13)?.and_then(|word| dictionary.to_verdict(word)),
            reason,
            attempts: count(row, 15)?,
            maintenance: row.try_get::<Option<i64>, _>(16)?.map(MaintenanceKey),
            message: row.try_get(17)?,
            fingerprint: row.try_get(18)?,
            failed_step: row.try_get(19)?,
            void: match instant(row, 20)? {
                None => None,
                Some(at) => Some(NewVoid { at, by: row.try_get(21)?, note: row.try_get(22)? }),
            },
        }))
    };
    read().map_err(StoreError::sql("reading the table run"))?.ok_or_else(|| StoreError::Corrupt {
        table: "run",
        row: row.try_get::<i64, _>(0).map_or_else(|_| String::new(), |number| number.to_string()),
        reason: "a name, a verdict, a reason or a lane in it is none that this version knows".to_owned(),
    })
}

fn running_row(row: &SqliteRow, dictionary: &Dictionary) -> Result<RunningRow, StoreError> {
    let read = || -> Result<Option<RunningRow>, sqlx::Error> {
        let parts = (
            id(row, 0)?,
            row.try_get::<String, _>(1)?.parse().ok(),
            row.try_get::<String, _>(2)?.parse().ok(),
            dictionary.to_lane(row.try_get(3)?),
        );
        let (Some(id), Some(tenant), Some(journey), Some(lane)) = parts else { return Ok(None) };
        let (slot, started) = (instant(row, 4)?.unwrap_or_default(), instant(row, 5)?.unwrap_or_default());
        Ok(Some(RunningRow { id, tenant, journey, lane, slot, started }))
    };
    read().map_err(StoreError::sql("reading the table started"))?.ok_or_else(|| StoreError::Corrupt {
        table: "started",
        row: String::new(),
        reason: "a name, a verdict, a reason or a lane in it is none that this version knows".to_owned(),
    })
}

pub(super) fn id(row: &SqliteRow, column: usize) -> Result<Option<RunId>, sqlx::Error> {
    let bytes: &[u8] = row.try_get(column)?;
    Ok(<[u8; 16]>::try_from(bytes).ok().map(RunId::from_bytes))
}

fn count(row: &SqliteRow, column: usize) -> Result<u32, sqlx::Error> {
    Ok(u32::try_from(row.try_get::<i64, _>(column)?).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sqlx::ConnectOptions as _;
    use sqlx::sqlite::SqliteConnectOptions;

    use super::*;
    use crate::schema::migrate;

    /// How SQLite goes about a question, a line for each table.
    async fn plan(filter: &RunFilter) -> Vec<String> {
        let mut connection = SqliteConnectOptions::new().in_memory(true).connect().await.unwrap();
        migrate(&mut connection, Path::new("memory")).await.unwrap();
        let dictionary = Dictionary::load(&mut connection).await.unwrap();
        let (sql, arguments) = query(filter, &dictionary);
        let rows = sqlx::query_with(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")), arguments)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        rows.iter().map(|row| row.get(3)).collect()
    }

    #[tokio::test]
    async fn a_tenants_runs_are_found_by_an_annotation_without_reading_others_and_without_sorting() {
        let annotated = RunFilter {
            tenant: Some("acme".parse().unwrap()),
            annotation: Some(("order".to_owned(), "o-1017".to_owned())),
            limit: 50,
            ..RunFilter::default()
        };
        let of_journey = RunFilter { journey: Some("checkout".parse().unwrap()), ..annotated.clone() };
        let followed = RunFilter { after: Some(RunCursor(7)), ..annotated.clone() };
        let paged = RunFilter { before: Some(RunCursor(7)), ..annotated.clone() };
        for (filter, range) in [
            (&annotated, "(name=? AND value=? AND tenant=?)"),
            (&of_journey, "(name=? AND value=? AND tenant=?)"),
            (&followed, "(name=? AND value=? AND tenant=? AND run>?)"),
            (&paged, "(name=? AND value=? AND tenant=? AND run<?)"),
        ] {
            let plan = plan(filter).await;
            let of_index: Vec<_> = plan.iter().filter(|line| line.contains("annotation_value")).collect();
            assert!(of_index.len() == 1 && of_index[0].ends_with(range), "{plan:#?}");
            let reads_all = plan.iter().any(|line| line.starts_with("SCAN") || line.contains("TEMP B-TREE"));
            assert!(!reads_all, "{plan:#?}");
        }
        let of_all = plan(&RunFilter { tenant: None, ..annotated }).await;
        assert!(!of_all.iter().any(|line| line.starts_with("SCAN")), "{of_all:#?}");
    }
}
