//! Removes contents that nothing refers to any more, in the transaction that removed what referred to them.

use sqlx::{AssertSqlSafe, SqliteConnection, SqliteExecutor};

use crate::error::StoreError;
use crate::numbers::list;
use crate::stored_bytes::{BytesByTenant, give_back_days};

/// The rows that are about to be removed, with their references to contents.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Referring<'a> {
    /// Those of all attempts of these runs.
    Runs(&'a [i64]),
    /// The artifacts of these attempts.
    Artifacts(&'a [i64]),
    /// The bodies of these attempts.
    Bodies(&'a [i64]),
}

/// What the transaction has removed; the files are still there.
#[derive(Debug, Default)]
pub(crate) struct Released {
    /// The bytes that each tenant's account gets back.
    pub(crate) given: BytesByTenant,
    /// To be removed once the transaction is committed.
    pub(crate) files: Vec<String>,
}

impl Referring<'_> {
    /// The contents that they refer to. Ask before the references go.
    pub(crate) async fn blobs(self, connection: &mut SqliteConnection) -> Result<Vec<i64>, StoreError> {
        let of_runs = |table: &str| {
            format!(
                "SELECT h.blob FROM json_each(?1) r JOIN {table} h ON h.attempt BETWEEN r.value << 8 AND (r.value << 8) + 255"
            )
        };
        let of_attempts = |table: &str| {
            format!("SELECT DISTINCT h.blob FROM json_each(?1) r JOIN {table} h ON h.attempt = r.value")
        };
        let (sql, numbers) = match self {
            Self::Runs(runs) => (format!("{} UNION {}", of_runs("artifact"), of_runs("body")), runs),
            Self::Artifacts(attempts) => (of_attempts("artifact"), attempts),
            Self::Bodies(attempts) => (of_attempts("body"), attempts),
        };
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(list(numbers))
            .fetch_all(connection)
            .await
            .map_err(StoreError::sql("reading what refers to contents"))
    }
}

/// What the contents take to which each of these runs refers, in bytes. One to which several refer counts for each.
pub(crate) async fn weights(
    runs: &[i64],
    executor: impl SqliteExecutor<'_>,
) -> Result<Vec<(i64, u64)>, StoreError> {
    let of = |table: &str| {
        format!(
            "SELECT r.value AS run, b.stored AS stored FROM json_each(?1) r
             JOIN {table} h ON h.attempt BETWEEN r.value << 8 AND (r.value << 8) + 255 JOIN blob b ON b.id = h.blob"
        )
    };
    let sql =
        format!("SELECT run, sum(stored) FROM ({} UNION ALL {}) GROUP BY run", of("artifact"), of("body"));
    let rows: Vec<(i64, i64)> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(list(runs))
        .fetch_all(executor)
        .await
        .map_err(StoreError::sql("weighing contents"))?;
    Ok(rows.into_iter().map(|(run, bytes)| (run, u64::try_from(bytes).unwrap_or(0))).collect())
}

/// Removes those of these contents that nothing refers to any more, and gives their bytes back.
pub(crate) async fn release(
    blobs: &[i64],
    connection: &mut SqliteConnection,
) -> Result<Released, StoreError> {
    if blobs.is_empty() {
        return Ok(Released::default());
    }
    let rows: Vec<(i64, String, i64, i64, Option<String>)> = sqlx::query_as(
        "DELETE FROM blob WHERE id IN (SELECT value FROM json_each(?1))
           AND NOT EXISTS (SELECT 1 FROM artifact a WHERE a.blob = blob.id) AND NOT EXISTS (SELECT 1 FROM body b WHERE b.blob = blob.id)
         RETURNING tenant, (SELECT t.name FROM tenant t WHERE t.id = blob.tenant), from_ms, stored, file",
    )
    .bind(list(blobs))
    .fetch_all(&mut *connection)
    .await
    .map_err(StoreError::sql("removing from the table blob"))?;
    let mut released = Released::default();
    let mut days = Vec::new();
    for (tenant, name, from, stored, file) in rows {
        days.push((tenant, name, from, stored));
        released.files.extend(file);
    }
    released.given = give_back_days(days, connection).await?;
    Ok(released)
}
