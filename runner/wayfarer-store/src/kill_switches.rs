//! Kill switches: periods in which a tenant, or the whole runner, makes no runs at all. They are kept, so that a slot
//! that was not run can be told from one that was lost.

use sqlx::Row as _;
use wayfarer_model::ids::{NameError, TenantName};
use wayfarer_model::units::UnixMillis;

use crate::configuration::Rows;
use crate::error::StoreError;
use crate::store::{Store, instant};
use crate::tenants::tenant_if_named;

/// One switch that was thrown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KillSwitch {
    /// Whose; none is the whole runner's.
    pub tenant: Option<TenantName>,
    /// From here (included)
    pub from: UnixMillis,
    /// to here (excluded) nothing is run; none while it lasts.
    pub until: Option<UnixMillis>,
    /// Who stopped it.
    pub by: String,
    /// Why; may be empty.
    pub why: String,
}

impl KillSwitch {
    /// Whether it is a tenant's, its own or the whole runner's.
    pub fn is_of(&self, tenant: &TenantName) -> bool {
        self.tenant.as_ref().is_none_or(|owner| owner == tenant)
    }

    /// Whether it was thrown at an instant.
    pub fn was_thrown(&self, at: UnixMillis) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

impl Store {
    /// Throws a tenant's switch, or the whole runner's; durable when it answers. False where it was thrown already.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`], [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn stop_runs(
        &self,
        tenant: Option<&TenantName>,
        by: &str,
        why: &str,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let (tenant, by, why) = (tenant.cloned(), by.to_owned(), why.to_owned());
        self.write_configuration(Rows::Suspensions, move |connection| {
            Box::pin(async move {
                let tenant = tenant_if_named(connection, tenant.as_ref()).await?;
                let changed = sqlx::query(
                    "INSERT INTO kill_switch (tenant, from_ms, stopped_by, why) SELECT ?1, ?2, ?3, ?4
                     WHERE NOT EXISTS (SELECT 1 FROM kill_switch WHERE tenant IS ?1 AND until_ms IS NULL)",
                )
                .bind(tenant)
                .bind(now.0 as i64)
                .bind(by)
                .bind(why)
                .execute(connection)
                .await
                .map_err(StoreError::sql("writing to the table kill_switch"))?;
                Ok(changed.rows_affected() == 1)
            })
        })
        .await
    }

    /// Takes a switch back; false where it was not thrown.
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

    /// Every switch that is thrown at `from` or later, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn kill_switches_reaching(&self, from: UnixMillis) -> Result<Vec<KillSwitch>, StoreError> {
        let what = StoreError::sql("reading the table kill_switch");
        let rows = sqlx::query(
            "SELECT k.id, t.name, k.from_ms, k.until_ms, k.stopped_by, k.why
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
                    why: row.try_get(5).map_err(&what)?,
                })
            })
            .collect()
    }
}
