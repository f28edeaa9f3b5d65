//! Incidents of journeys that are not deployed any more: no run will ever say that they are over.

use sqlx::SqliteConnection;
use wayfarer_model::units::UnixMillis;

use super::fold::milliseconds;
use super::people::begin_anew;
use crate::error::StoreError;
use crate::store::Store;

/// Open incidents of journeys whose newest version is a removal that is in force at `?1`.
const OPEN: &str = "SELECT i.id, i.journey FROM incident i WHERE i.resolved_ms IS NULL
    AND (SELECT v.is_removed AND v.valid_from_ms <= ?1 FROM journey_version v WHERE v.journey = i.journey ORDER BY v.number DESC LIMIT 1)";

/// The note of the event that ends one.
const NOTE: &str = "the journey was removed";

impl Store {
    /// Ends the incidents of journeys that were removed. Returns how many.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn end_removed_incidents(&self, now: UnixMillis) -> Result<usize, StoreError> {
        let open: Vec<(i64, i64)> = sqlx::query_as(OPEN)
            .bind(milliseconds(now))
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql("reading the table incident"))?;
        // Hardly ever is there one, and then the writer is left alone.
        if open.is_empty() {
            return Ok(0);
        }
        self.write(move |connection| Box::pin(end(connection, now))).await
    }
}

async fn end(connection: &mut SqliteConnection, now: UnixMillis) -> Result<usize, StoreError> {
    let what = StoreError::sql("writing to the table incident");
    let now_ms = milliseconds(now);
    let open: Vec<(i64, i64)> =
        sqlx::query_as(OPEN).bind(now_ms).fetch_all(&mut *connection).await.map_err(&what)?;
    for (incident, journey) in &open {
        sqlx::query("UPDATE incident SET resolved_ms = max(?2, opened_ms) WHERE id = ?1")
            .bind(incident)
            .bind(now_ms)
            .execute(&mut *connection)
            .await
            .map_err(&what)?;
        sqlx::query(
            "INSERT INTO incident_event (incident, occurred_ms, kind, note) VALUES (?1, ?2, 'resolved', ?3)",
        )
        .bind(incident)
        .bind(now_ms)
        .bind(NOTE)
        .execute(&mut *connection)
        .await
        .map_err(&what)?;
        begin_anew(connection, *journey).await?;
    }
    Ok(open.len())
}
