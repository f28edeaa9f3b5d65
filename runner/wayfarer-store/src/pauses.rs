//! Pauses: periods in which a journey's slots are skipped. Their rows stay, so that an audit can tell a skipped slot from a
//! lost one.

use sqlx::{Row as _, SqliteConnection};
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::units::UnixMillis;

use crate::configuration::Rows;
use crate::error::StoreError;
use crate::keys::JourneyKey;
use crate::store::{Store, instant};
use crate::tenants::tenant_of;

/// One pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// The journey.
    pub journey: JourneyKey,
    /// Slots at or after this instant are skipped,
    pub from: UnixMillis,
    /// up to this instant (excluded). None while the pause lasts.
    pub until: Option<UnixMillis>,
    /// The person or the token that paused the journey.
    pub by: String,
    /// That person's note; may be empty.
    pub note: String,
}

/// What a call to pause or to resume did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseChange {
    /// The call paused or resumed the journey.
    Changed,
    /// Nothing: the journey was paused, or running, already.
    Already,
    /// The tenant has no such journey.
    NoSuchJourney,
}

impl Store {
    /// Pauses a journey from `from` on. Returns once that is durable.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`], [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn pause(
        &self,
        tenant: &TenantName,
        journey: &JourneyName,
        by: &str,
        note: &str,
        from: UnixMillis,
    ) -> Result<PauseChange, StoreError> {
        let (tenant, journey, by, note) = (tenant.clone(), journey.clone(), by.to_owned(), note.to_owned());
        self.write_configuration(Rows::Journeys(tenant.clone()), move |connection| {
            Box::pin(async move {
                let Some(journey) = journey_of(connection, &tenant, &journey).await? else {
                    return Ok(PauseChange::NoSuchJourney);
                };
                let changed = sqlx::query(
                    "INSERT INTO pause (journey, from_ms, paused_by, note) SELECT ?1, ?2, ?3, ?4
                     WHERE NOT EXISTS (SELECT 1 FROM pause WHERE journey = ?1 AND until_ms IS NULL)",
                )
                .bind(journey)
                .bind(from.0 as i64)
                .bind(by)
                .bind(note)
                .execute(connection)
                .await
                .map_err(StoreError::sql("writing to the table pause"))?
                .rows_affected();
                Ok(if changed == 1 { PauseChange::Changed } else { PauseChange::Already })
            })
        })
        .await
    }

    /// Ends a pause at `until`. Returns once that is durable.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`], [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn resume(
        &self,
        tenant: &TenantName,
        journey: &JourneyName,
        by: &str,
        until: UnixMillis,
    ) -> Result<PauseChange, StoreError> {
        let (tenant, journey, by) = (tenant.clone(), journey.clone(), by.to_owned());
        self.write_configuration(Rows::Journeys(tenant.clone()), move |connection| {
            Box::pin(async move {
                let Some(journey) = journey_of(connection, &tenant, &journey).await? else {
                    return Ok(PauseChange::NoSuchJourney);
                };
                let changed = sqlx::query(
                    "UPDATE pause SET until_ms = max(?, from_ms), resumed_by = ? WHERE journey = ? AND until_ms IS NULL",
                )
                .bind(until.0 as i64)
                .bind(by)
                .bind(journey)
                .execute(connection)
                .await
                .map_err(StoreError::sql("writing to the table pause"))?
                .rows_affected();
                Ok(if changed > 0 { PauseChange::Changed } else { PauseChange::Already })
            })
        })
        .await
    }

    /// Every pause that lasts at `from` or later.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn pauses_reaching(&self, from: UnixMillis) -> Result<Vec<Pause>, StoreError> {
        let mut connection = self.readers().acquire().await.map_err(StoreError::sql("reading"))?;
        pauses_reaching(&mut connection, from).await
    }
}

/// See [`Store::pauses_reaching`].
pub(crate) async fn pauses_reaching(
    connection: &mut SqliteConnection,
    from: UnixMillis,
) -> Result<Vec<Pause>, StoreError> {
    let what = StoreError::sql("reading the table pause");
    let rows = sqlx::query(
        "SELECT journey, from_ms, until_ms, paused_by, note FROM pause
         WHERE until_ms IS NULL OR until_ms > ? ORDER BY journey, from_ms",
    )
    .bind(from.0 as i64)
    .fetch_all(connection)
    .await
    .map_err(&what)?;
    rows.iter()
        .map(|row| {
            Ok(Pause {
                journey: JourneyKey(row.try_get(0)?),
                from: instant(row, 1)?.unwrap_or_default(),
                until: instant(row, 2)?,
                by: row.try_get(3)?,
                note: row.try_get(4)?,
            })
        })
        .collect::<Result<_, sqlx::Error>>()
        .map_err(what)
}

async fn journey_of(
    connection: &mut SqliteConnection,
    tenant: &TenantName,
    journey: &JourneyName,
) -> Result<Option<i64>, StoreError> {
    let tenant = tenant_of(connection, tenant).await?;
    sqlx::query_scalar(
        "SELECT j.id FROM journey j JOIN journey_version v ON v.journey = j.id
         WHERE j.tenant = ? AND j.name = ? AND NOT v.is_removed
         AND v.number = (SELECT max(n.number) FROM journey_version n WHERE n.journey = j.id)",
    )
    .bind(tenant)
    .bind(journey.as_str())
    .fetch_optional(connection)
    .await
    .map_err(StoreError::sql("reading the table journey"))
}
