//! Kill switches: periods in which a tenant, or the whole runner, starts no run. Their rows stay, so that an audit can tell a
//! skipped slot from a lost one.

use sqlx::Row as _;
use wayfarer_model::ids::{NameError, TenantName};
use wayfarer_model::units::UnixMillis;

use crate::configuration::Rows;
use crate::error::StoreError;
use crate::store::{Store, instant};
use crate::tenants::tenant_if_named;

/// A period in which a kill switch was on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KillSwitch {
    /// None for the whole runner.
    pub tenant: Option<TenantName>,
    /// No run starts at or after this instant,
    pub from: UnixMillis,
    /// up to this instant (excluded). None while the switch is on.
    pub until: Option<UnixMillis>,
    /// The person or the token that turned the switch on.
    pub by: String,
    /// That person's note; may be empty.
    pub note: String,
}

impl KillSwitch {
    /// Whether it stops this tenant: it is the tenant's own or the whole runner's.
    pub fn is_of(&self, tenant: &TenantName) -> bool {
        self.tenant.as_ref().is_none_or(|owner| owner == tenant)
    }

    /// Whether it was on at an instant.
    pub fn was_thrown(&self, at: UnixMillis) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

impl Store {
    /// Turns a tenant's switch on, or the whole runner's. Returns once that is durable. False if it was on already.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`], [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn stop_runs(
        &self,
        tenant: Option<&TenantName>,
        by: &str,
        note: &str,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let (tenant, by, note) = (tenant.cloned(), by.to_owned(), note.to_owned());
        self.write_configuration(Rows::Suspensions, move |connection| {
            Box::pin(async move {
                let tenant = tenant_if_named(connection, tenant.as_ref()).await?;
                let changed = sqlx::query(
                    "INSERT INTO kill_switch (tenant, from_ms, stopped_by, note) SELECT ?1, ?2, ?3, ?4
                     WHERE NOT EXISTS (SELECT 1 FROM kill_switch WHERE tenant IS ?1 AND until_ms IS NULL)",
                )
                .bind(tenant)
                .bind(now.0 as i64)
                .bind(by)
                .bind(note)
                .execute(connection)
                .await
                .map_err(StoreError::sql("writing to the table kill_switch"))?;
                Ok(changed.rows_affected() == 1)
            })
        })
        .await
    }

    /// Turns a switch off. False if it was not on.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`], [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn start_runs(
        &self,
        tenant: Option<&TenantName>,
        by: &str,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let (tenant, by) = (tenant.cloned(), by.to_owned());
        self.write_configuration(Rows::Suspensions, move |connection| {
            Box::pin(async move {
                let tenant = tenant_if_named(connection, tenant.as_ref()).await?;
                let changed = sqlx::query(
                    "UPDATE kill_switch SET until_ms = max(?, from_ms), started_by = ?
                     WHERE tenant IS ? AND until_ms IS NULL",
                )
                .bind(now.0 as i64)
                .bind(by)
                .bind(tenant)
                .execute(connection)
                .await
                .map_err(StoreError::sql("writing to the table kill_switch"))?;
                Ok(changed.rows_affected() > 0)
            })
        })
        .await
    }

    /// Every switch that is on at `from` or later, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn kill_switches_reaching(&self, from: UnixMillis) -> Result<Vec<KillSwitch>, StoreError> {
        let what = StoreError::sql("reading the table kill_switch");
        let rows = sqlx::query(
            "SELECT k.id, t.name, k.from_ms, k.until_ms, k.stopped_by, k.note
             FROM kill_switch k LEFT JOIN tenant t ON t.id = k.tenant
             WHERE k.until_ms IS NULL OR k.until_ms > ? ORDER BY k.id",
        )
        .bind(from.0 as i64)
        .fetch_all(self.readers())
        .await
        .map_err(&what)?;
        rows.iter()
            .map(|row| {
                let number: i64 = row.try_get(0).map_err(&what)?;
                let name: Option<String> = row.try_get(1).map_err(&what)?;
                let name = name.map(|name| name.parse()).transpose().map_err(|error: NameError| {
                    StoreError::Corrupt {
                        table: "kill_switch",
                        row: number.to_string(),
                        reason: error.to_string(),
                    }
                })?;
                Ok(KillSwitch {
                    tenant: name,
                    from: instant(row, 2).map_err(&what)?.unwrap_or_default(),
                    until: instant(row, 3).map_err(&what)?,
                    by: row.try_get(4).map_err(&what)?,
                    note: row.try_get(5).map_err(&what)?,
                })
            })
            .collect()
    }
}
