//! Tenants, as the runner's configuration names them. The store keeps versions of what the configuration says, and every run
//! names the version under which it ran.

use sqlx::SqliteConnection;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;

use crate::error::StoreError;
use crate::keys::{PolicyKey, TenantKey};
use crate::store::Store;

/// What the configuration says of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantSetting {
    /// The name.
    pub name: TenantName,
    /// Everything in the configuration that can change a result, as JSON. The binary chooses its form; it holds no secret's value.
    pub policy: String,
}

/// A tenant of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRow {
    /// The key.
    pub key: TenantKey,
    /// The newest version.
    pub policy: PolicyKey,
    /// The name.
    pub name: TenantName,
    /// Whether the configuration names it.
    pub enabled: bool,
}

impl Store {
    /// Every tenant that the configuration names or has ever named, by name.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn tenants(&self) -> Result<Vec<(TenantKey, TenantName)>, StoreError> {
        let rows: Vec<(i64, String)> = sqlx::query_as("SELECT id, name FROM tenant ORDER BY name")
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql("reading the table tenant"))?;
        rows.into_iter().map(|(key, name)| Ok((TenantKey(key), tenant_name(key, &name)?))).collect()
    }

    /// Records what the configuration says: a new version for each tenant whose policy has changed, and one that disables each
    /// tenant that the configuration no longer names. Returns every tenant.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn configure_tenants(
        &self,
        tenants: Vec<TenantSetting>,
        now: UnixMillis,
    ) -> Result<Vec<TenantRow>, StoreError> {
        self.write(move |connection| Box::pin(configure(connection, tenants, now))).await
    }
}

async fn configure(
    connection: &mut SqliteConnection,
    tenants: Vec<TenantSetting>,
    now: UnixMillis,
) -> Result<Vec<TenantRow>, StoreError> {
    let what = StoreError::sql("recording the tenants of the configuration");
    for tenant in &tenants {
        sqlx::query("INSERT INTO tenant (name) VALUES (?) ON CONFLICT DO NOTHING")
            .bind(tenant.name.as_str())
            .execute(&mut *connection)
            .await
            .map_err(&what)?;
    }
    let known: Vec<(i64, String)> = sqlx::query_as("SELECT id, name FROM tenant ORDER BY name")
        .fetch_all(&mut *connection)
        .await
        .map_err(&what)?;
    let mut rows = Vec::new();
    for (key, name) in known {
        let setting = tenants.iter().find(|tenant| tenant.name.as_str() == name);
        let policy = version(connection, key, setting, now).await?;
        let name = tenant_name(key, &name)?;
        rows.push(TenantRow {
            key: TenantKey(key),
            policy: PolicyKey(policy),
            name,
            enabled: setting.is_some(),
        });
    }
    Ok(rows)
}

fn tenant_name(key: i64, name: &str) -> Result<TenantName, StoreError> {
    name.parse().map_err(|error: wayfarer_model::ids::NameError| StoreError::Corrupt {
        table: "tenant",
        row: key.to_string(),
        reason: error.to_string(),
    })
}

/// The version that says what the configuration says: the newest, or a new one.
async fn version(
    connection: &mut SqliteConnection,
    tenant: i64,
    setting: Option<&TenantSetting>,
    now: UnixMillis,
) -> Result<i64, StoreError> {
    let what = StoreError::sql("reading the table tenant_version");
    let newest: Option<(i64, bool, String)> = sqlx::query_as(
        "SELECT id, is_enabled, policy FROM tenant_version WHERE tenant = ? ORDER BY id DESC LIMIT 1",
    )
    .bind(tenant)
    .fetch_optional(&mut *connection)
    .await
    .map_err(what)?;
    let before = newest.as_ref().map_or("{}", |(_, _, policy)| policy.as_str());
    let policy = setting.map_or(before, |setting| setting.policy.as_str());
    let is_enabled = setting.is_some();
    if let Some((number, enabled, stored)) = &newest
        && (*enabled, stored.as_str()) == (is_enabled, policy)
    {
        return Ok(*number);
    }
    sqlx::query_scalar(
        "INSERT INTO tenant_version (tenant, valid_from_ms, is_enabled, policy) VALUES (?, ?, ?, ?) RETURNING id",
    )
    .bind(tenant)
    .bind(now.0 as i64)
    .bind(is_enabled)
    .bind(policy)
    .fetch_one(connection)
    .await
    .map_err(StoreError::sql("writing to the table tenant_version"))
}

/// The tenant of that name, if a name is given.
pub(crate) async fn tenant_if_named(
    connection: &mut SqliteConnection,
    name: Option<&TenantName>,
) -> Result<Option<i64>, StoreError> {
    match name {
        Some(name) => tenant_of(connection, name).await.map(Some),
        None => Ok(None),
    }
}

pub(crate) async fn tenant_of(
    connection: &mut SqliteConnection,
    name: &TenantName,
) -> Result<i64, StoreError> {
    sqlx::query_scalar("SELECT id FROM tenant WHERE name = ?")
        .bind(name.as_str())
        .fetch_optional(connection)
        .await
        .map_err(StoreError::sql("reading the table tenant"))?
        .ok_or_else(|| StoreError::NoTenant(name.to_string()))
}
