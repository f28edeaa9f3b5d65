//! What recordings take, in the table `stored_daily`: by tenant and day (UTC) of the slots, in bytes. The catalogue says which
//! columns of which tables these are. A content in `blob` counts once, on the day of the slot that brought it.
//!
//! The projection `stored_days` adds what a run brings, in the run's transaction. Whoever removes a
//! part of a run gives its bytes back in the transaction that removes it.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, SqliteConnection, SqliteExecutor};
use wayfarer_model::ids::TenantName;

use crate::error::StoreError;
use crate::numbers::list;
use crate::tables::bytes_of_run;

/// What runs take: each run's number, and the bytes of its recordings. Runs that take nothing may be missing.
pub(crate) async fn weigh(
    runs: &[i64],
    executor: impl SqliteExecutor<'_>,
) -> Result<Vec<(i64, u64)>, StoreError> {
    let sql = format!("SELECT r.value, {} FROM json_each(?1) r", bytes_of_run("r.value"));
    let rows: Vec<(i64, i64)> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(list(runs))
        .fetch_all(executor)
        .await
        .map_err(StoreError::sql("weighing recordings"))?;
    Ok(rows.into_iter().map(|(run, bytes)| (run, u64::try_from(bytes).unwrap_or(0))).collect())
}

/// Gives back what was freed of these runs, while their rows are still there. Returns what that is by tenant.
pub(crate) async fn give_back(
    freed: &[(i64, u64)],
    connection: &mut SqliteConnection,
) -> Result<BytesByTenant, StoreError> {
    let what = StoreError::sql("writing to the table stored_daily");
    let listed: Vec<String> =
        freed.iter().filter(|(_, bytes)| *bytes > 0).map(|(run, bytes)| format!("[{run},{bytes}]")).collect();
    if listed.is_empty() {
        return Ok(BytesByTenant::default());
    }
    let days: Vec<(i64, String, i64, i64)> = sqlx::query_as(
        "SELECT t.id, t.name, r.slot_ms - r.slot_ms % 86400000, sum(json_extract(l.value, '$[1]'))
         FROM json_each(?1) l JOIN run r ON r.id = json_extract(l.value, '$[0]')
         JOIN journey j ON j.id = r.journey JOIN tenant t ON t.id = j.tenant GROUP BY 1, 3",
    )
    .bind(format!("[{}]", listed.join(",")))
    .fetch_all(&mut *connection)
    .await
    .map_err(&what)?;
    give_back_days(days, connection).await
}

/// Gives bytes back: of tenants, by number and name, and of days. Returns what that is by tenant.
pub(crate) async fn give_back_days(
    days: Vec<(i64, String, i64, i64)>,
    connection: &mut SqliteConnection,
) -> Result<BytesByTenant, StoreError> {
    let what = StoreError::sql("writing to the table stored_daily");
    let mut given = BytesByTenant::default();
    for (tenant, name, from, bytes) in days {
        for sql in [
            "UPDATE stored_daily SET bytes = bytes - ?3 WHERE tenant = ?1 AND from_ms = ?2",
            "DELETE FROM stored_daily WHERE tenant = ?1 AND from_ms = ?2 AND bytes = 0 AND ?3 > 0",
        ] {
            let query = sqlx::query(sql).bind(tenant).bind(from).bind(bytes);
            query.execute(&mut *connection).await.map_err(&what)?;
        }
        if let Ok(name) = name.parse() {
            *given.0.entry(name).or_default() += u64::try_from(bytes).unwrap_or(0);
        }
    }
    Ok(given)
}

/// Adds what contents take: those of these numbers, or all there are.
pub(crate) async fn add_blobs(
    ids: Option<&[i64]>,
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO stored_daily (tenant, from_ms, bytes) SELECT tenant, from_ms, sum(stored) FROM blob
         WHERE ?1 IS NULL OR id IN (SELECT value FROM json_each(?1)) GROUP BY 1, 2 HAVING sum(stored) > 0
         ON CONFLICT (tenant, from_ms) DO UPDATE SET bytes = bytes + excluded.bytes",
    )
    .bind(ids.map(list))
    .execute(connection)
    .await
    .map(drop)
    .map_err(StoreError::sql("writing to the table stored_daily"))
}

/// Bytes that were given back, or that are there, by tenant.
#[derive(Debug, Default)]
pub(crate) struct BytesByTenant(pub(crate) BTreeMap<TenantName, u64>);

impl BytesByTenant {
    pub(crate) fn add(&mut self, other: Self) {
        for (tenant, bytes) in other.0 {
            *self.0.entry(tenant).or_default() += bytes;
        }
    }
}

/// What all recordings take, by tenant.
pub(crate) async fn totals(executor: impl SqliteExecutor<'_>) -> Result<BytesByTenant, StoreError> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT t.name, sum(s.bytes) FROM stored_daily s JOIN tenant t ON t.id = s.tenant GROUP BY t.id",
    )
    .fetch_all(executor)
    .await
    .map_err(StoreError::sql("reading the table stored_daily"))?;
    let known = |(name, bytes): (String, i64)| Some((name.parse().ok()?, u64::try_from(bytes).unwrap_or(0)));
    Ok(BytesByTenant(rows.into_iter().filter_map(known).collect()))
}
