//! Finds a journey's last failure again, where the run that was it has gone or counts no more. The writer derives the table
//! `last_failure` as runs end (`writer/projections/last_failures.rs`); this gives the row that a rebuild would.

use sqlx::SqliteConnection;

use crate::error::StoreError;
use crate::keys::JourneyKey;

/// Derives the row of a journey at a location again. Without a failure there is none.
pub(crate) async fn renew_last_failure(
    journey: JourneyKey,
    location: i64,
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    let what = StoreError::sql("writing to the table last_failure");
    let statements = [
        "DELETE FROM last_failure WHERE journey = ?1 AND location = ?2",
        "INSERT INTO last_failure (journey, location, run, slot_ms)
         SELECT journey, location, id, slot_ms FROM run WHERE journey = ?1 AND location = ?2 AND void IS NULL
           AND lane = (SELECT id FROM dictionary WHERE kind = 'lane' AND word = 'scheduled')
           AND verdict = (SELECT id FROM dictionary WHERE kind = 'verdict' AND word = 'failed')
         ORDER BY slot_ms DESC LIMIT 1",
    ];
    for sql in statements {
        sqlx::query(sql).bind(journey.0).bind(location).execute(&mut *connection).await.map_err(&what)?;
    }
    Ok(())
}
