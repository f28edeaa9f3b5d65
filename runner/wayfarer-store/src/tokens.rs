//! API tokens. The store has only their hashes.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use wayfarer_model::access::Role;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;

use crate::error::StoreError;
use crate::keys::TokenKey;
use crate::store::{Store, instant};
use crate::tenants::tenant_if_named;

/// A token to be stored.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// The name that people gave it.
    pub name: String,
    /// What the token allows.
    pub role: Role,
    /// The tenant that it is restricted to; none for every tenant.
    pub tenant: Option<TenantName>,
    /// Until when it is valid; none for ever.
    pub expires: Option<UnixMillis>,
}

/// A token of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// The key.
    pub key: TokenKey,
    /// The name that people gave it.
    pub name: String,
    /// What the token allows.
    pub role: Role,
    /// The tenant that it is restricted to; none for every tenant.
    pub tenant: Option<TenantName>,
    /// When it was added.
    pub created: UnixMillis,
    /// When a person revoked it; none while it is valid.
    pub revoked: Option<UnixMillis>,
    /// Until when it is valid; none for ever.
    pub expires: Option<UnixMillis>,
    /// When it was last used, to the minute.
    pub used: Option<UnixMillis>,
}

const TOKENS: &str =
    "SELECT k.id, k.name, k.role, t.name, k.created_ms, k.revoked_ms, k.expires_ms, k.used_ms
  FROM token k LEFT JOIN tenant t ON t.id = k.tenant";

impl Store {
    /// Stores a token. Returns once that is durable. None if a token of its tenant that is not revoked has its name.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`], [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn add_token(&self, token: NewToken, now: UnixMillis) -> Result<Option<TokenKey>, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let tenant = tenant_if_named(connection, token.tenant.as_ref()).await?;
                sqlx::query_scalar(
                    "INSERT INTO token (hash, name, role, tenant, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?)
                     ON CONFLICT (coalesce(tenant, 0), name) WHERE revoked_ms IS NULL DO NOTHING RETURNING id",
                )
                .bind(token.hash.to_vec())
                .bind(token.name)
                .bind(token.role.as_str())
                .bind(tenant)
                .bind(now.0 as i64)
                .bind(token.expires.map(|at| at.0 as i64))
                .fetch_optional(connection)
                .await
                .map(|key| key.map(TokenKey))
                .map_err(StoreError::sql("writing to the table token"))
            })
        })
        .await
    }

    /// The token of that hash. None if it has been revoked. Whether it has expired is up to the caller.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn token(&self, hash: [u8; 32]) -> Result<Option<TokenRow>, StoreError> {
        let sql = format!("{TOKENS} WHERE k.hash = ? AND k.revoked_ms IS NULL");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(hash.to_vec())
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::sql("reading the table token"))?;
        row.as_ref().map(token).transpose()
    }

    /// A token was used. The store keeps the newest minute.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn token_used(&self, key: TokenKey, at: UnixMillis) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let minute = at.0 as i64 / 60_000 * 60_000;
                sqlx::query("UPDATE token SET used_ms = ?1 WHERE id = ?2 AND coalesce(used_ms, 0) < ?1")
                    .bind(minute)
                    .bind(key.0)
                    .execute(connection)
                    .await
                    .map(drop)
                    .map_err(StoreError::sql("writing to the table token"))
            })
        })
        .await
    }

    /// Every token, revoked ones included.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{TOKENS} ORDER BY k.id")))
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql("reading the table token"))?;
        rows.iter().map(token).collect()
    }

    /// Tokens of that tenant, of any if none, with a greater number than `after`, revoked ones included; as many as `limit` says.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn tokens_page(
        &self,
        tenant: Option<&TenantName>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<TokenRow>, StoreError> {
        let sql = format!("{TOKENS} WHERE (?1 IS NULL OR t.name = ?1) AND k.id > ?2 ORDER BY k.id LIMIT ?3");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(tenant.map(TenantName::as_str))
            .bind(after)
            .bind(limit)
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql("reading the table token"))?;
        rows.iter().map(token).collect()
    }

    /// Revokes a token. False if there is none, or if it has been revoked before.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn revoke_token(&self, key: TokenKey, now: UnixMillis) -> Result<bool, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query("UPDATE token SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL")
                    .bind(now.0 as i64)
                    .bind(key.0)
                    .execute(connection)
                    .await
                    .map(|done| done.rows_affected() == 1)
                    .map_err(StoreError::sql("writing to the table token"))
            })
        })
        .await
    }
}

impl TokenKey {
    /// The number that people see.
    pub fn number(self) -> i64 {
        self.0
    }

    /// The token with the number that people see.
    pub fn from_number(number: i64) -> Self {
        Self(number)
    }
}

fn token(row: &SqliteRow) -> Result<TokenRow, StoreError> {
    let what = StoreError::sql("reading the table token");
    let key: i64 = row.try_get(0).map_err(&what)?;
    let corrupt = |reason: String| StoreError::Corrupt { table: "token", row: key.to_string(), reason };
    let role: String = row.try_get(2).map_err(&what)?;
    let tenant: Option<String> = row.try_get(3).map_err(&what)?;
    Ok(TokenRow {
        key: TokenKey(key),
        name: row.try_get(1).map_err(&what)?,
        role: role.parse().map_err(|error: wayfarer_model::access::RoleError| corrupt(error.to_string()))?,
        tenant: tenant
            .map(|name| name.parse())
            .transpose()
            .map_err(|error: wayfarer_model::ids::NameError| corrupt(error.to_string()))?,
        created: instant(row, 4).map_err(&what)?.unwrap_or_default(),
        revoked: instant(row, 5).map_err(&what)?,
        expires: instant(row, 6).map_err(&what)?,
        used: instant(row, 7).map_err(&what)?,
    })
}
