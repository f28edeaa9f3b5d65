//! Incidents that nobody will ever say to be over: of journeys that are not deployed any more, and of matters of a location at which no server
//! works any more. Another location finds what is wrong there by itself.

use sqlx::SqliteConnection;
use wayfarer_model::units::UnixMillis;

use super::fold::milliseconds;
use super::people::begin_anew;
use crate::error::StoreError;
use crate::store::Store;

/// Those that are open at `?1`, each with the note of the event that ends it: the newest version of the journey is a removal that is in force, or the
/// location has no period that goes on.
const OPEN: &str = "SELECT i.id, i.journey, CASE WHEN i.journey IS NULL
      THEN 'the server does not work at the location ' || l.name || ' any more' ELSE 'the journey was removed' END
    FROM incident i JOIN location l ON l.id = i.location WHERE i.resolved_ms IS NULL AND CASE WHEN i.journey IS NULL
      THEN NOT EXISTS (SELECT 1 FROM location_period p WHERE p.location = i.location AND p.until_ms IS NULL)
      ELSE (SELECT v.is_removed AND v.valid_from_ms <= ?1 FROM journey_version v WHERE v.journey = i.journey ORDER BY v.number DESC LIMIT 1) END";

/// Number, journey and note of an incident.
type Abandoned = (i64, Option<i64>, String);

impl Store {
    /// Ends the incidents that nobody else will end, each with the reason. Returns how many.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn end_abandoned_incidents(&self, now: UnixMillis) -> Result<usize, StoreError> {
        let open: Vec<Abandoned> = sqlx::query_as(OPEN)
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
    let open: Vec<Abandoned> =
        sqlx::query_as(OPEN).bind(now_ms).fetch_all(&mut *connection).await.map_err(&what)?;
    for (incident, journey, note) in &open {
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
        .bind(note)
        .execute(&mut *connection)
        .await
        .map_err(&what)?;
        if let Some(journey) = journey {
            begin_anew(connection, *journey).await?;
        }
    }
    Ok(open.len())
}
