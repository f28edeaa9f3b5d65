//! When each journey's last counted run ended.

use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::units::UnixMillis;

use crate::error::StoreError;
use crate::store::Store;

/// A tenant's journey, and an instant.
pub type LastCounted = ((TenantName, JourneyName), UnixMillis);

impl Store {
    /// When the last run of each journey ended at this process's location that rates count. Journeys without one are missing.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn last_counted(&self) -> Result<Vec<LastCounted>, StoreError> {
        let rows: Vec<(String, String, Option<i64>)> = sqlx::query_as(
            "SELECT t.name, j.name, (SELECT r.finished_ms FROM run r WHERE r.journey = j.id AND r.location = ?1 AND r.maintenance IS NULL AND r.void IS NULL
               AND r.lane = (SELECT id FROM dictionary WHERE kind = 'lane' AND word = 'scheduled')
               AND r.verdict IN (SELECT id FROM dictionary WHERE kind = 'verdict' AND word IN ('passed', 'degraded', 'failed'))
               ORDER BY r.slot_ms DESC LIMIT 1)
             FROM journey j JOIN tenant t ON t.id = j.tenant",
        )
        .bind(self.location().0)
        .fetch_all(self.readers())
        .await
        .map_err(StoreError::sql("reading the table run"))?;
        let known = |(tenant, journey, at): (String, String, Option<i64>)| {
            let at = UnixMillis(u64::try_from(at?).ok()?);
            Some(((tenant.parse().ok()?, journey.parse().ok()?), at))
        };
        Ok(rows.into_iter().filter_map(known).collect())
    }
}
