//! Which slots have their row: for recovery and for the audit.

use std::collections::BTreeSet;

use sqlx::SqliteConnection;
use wayfarer_model::context::Lane;
use wayfarer_model::ids::{LocationName, NameError};
use wayfarer_model::units::UnixMillis;

use crate::error::StoreError;
use crate::keys::{JourneyKey, LocationKey};
use crate::store::{Store, instant};

/// SQLite's LIMIT for no limit.
const ALL: i64 = -1;

impl Store {
    /// Slots of the lane `scheduled` from `from` (included) to `to` (excluded) that have their row or a run in flight.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn slots_settled(
        &self,
        journey: JourneyKey,
        location: LocationKey,
        from: UnixMillis,
        to: UnixMillis,
    ) -> Result<BTreeSet<UnixMillis>, StoreError> {
        let mut connection = self.readers().acquire().await.map_err(StoreError::sql("reading"))?;
        let slots = settled(&mut connection, journey, location, (from, to), None).await?;
        Ok(slots.into_iter().collect())
    }

    /// The slots of the lane `scheduled` from an instant on that have their row or a run in flight at this location, of every journey.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn slots_settled_since(
        &self,
        from: UnixMillis,
    ) -> Result<Vec<(JourneyKey, UnixMillis)>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT journey, slot_ms FROM run WHERE slot_ms >= ?1 AND location = ?2 AND lane = ?3
             UNION ALL SELECT journey, slot_ms FROM started WHERE slot_ms >= ?1 AND location = ?2 AND lane = ?3",
        )
        .bind(i64::try_from(from.0).unwrap_or(i64::MAX))
        .bind(self.location().0)
        .bind(self.dictionary().lane(Lane::Scheduled))
        .fetch_all(self.readers())
        .await
        .map_err(StoreError::sql("reading the table run"))?;
        let slot = |(journey, slot)| (JourneyKey(journey), UnixMillis(u64::try_from(slot).unwrap_or(0)));
        Ok(rows.into_iter().map(slot).collect())
    }

    /// Every location that a server of this file was at, this one included.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn locations(&self) -> Result<BTreeSet<LocationName>, StoreError> {
        let names: Vec<String> = sqlx::query_scalar("SELECT name FROM location")
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql("reading the table location"))?;
        let read = |name: String| {
            name.parse().map_err(|error: NameError| StoreError::Corrupt {
                table: "location",
                row: name,
                reason: error.to_string(),
            })
        };
        names.into_iter().map(read).collect()
    }

    /// This location's watermark. None before its first server has planned.
    pub(crate) async fn watermark(&self) -> Result<Option<UnixMillis>, StoreError> {
        let what = StoreError::sql("reading the table location");
        let row = sqlx::query("SELECT planned_until_ms FROM location WHERE id = ?")
            .bind(self.location().0)
            .fetch_one(self.readers())
            .await
            .map_err(&what)?;
        instant(&row, 0).map_err(what)
    }
}

/// The same, sorted, one entry per row. The first `most`, or all.
pub(crate) async fn settled(
    connection: &mut SqliteConnection,
    journey: JourneyKey,
    location: LocationKey,
    (from, to): (UnixMillis, UnixMillis),
    most: Option<usize>,
) -> Result<Vec<UnixMillis>, StoreError> {
    let slots: Vec<i64> = sqlx::query_scalar(
        "SELECT slot_ms FROM run WHERE journey = ?1 AND location = ?2
           AND lane = (SELECT id FROM dictionary WHERE kind = 'lane' AND word = 'scheduled') AND slot_ms >= ?3 AND slot_ms < ?4
         UNION ALL
         SELECT slot_ms FROM started WHERE journey = ?1 AND location = ?2
           AND lane = (SELECT id FROM dictionary WHERE kind = 'lane' AND word = 'scheduled') AND slot_ms >= ?3 AND slot_ms < ?4
         ORDER BY slot_ms LIMIT ?5",
    )
    .bind(journey.0)
    .bind(location.0)
    .bind(i64::try_from(from.0).unwrap_or(i64::MAX))
    .bind(i64::try_from(to.0).unwrap_or(i64::MAX))
    .bind(most.map_or(ALL, |most| most as i64))
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql("reading the table run"))?;
    Ok(slots.into_iter().map(|slot| UnixMillis(u64::try_from(slot).unwrap_or(0))).collect())
}
