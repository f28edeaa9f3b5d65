//! Sessions of browsers. The store has only the hashes of their secrets.
//!
//! A session is over when somebody ended it, when its time is up, or when the token with which it began was revoked or has expired. So no
//! revocation of a token has to look for sessions. How long a session may be idle is its reader's affair.

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};
use wayfarer_model::access::{Role, RoleError};
use wayfarer_model::ids::{NameError, TenantName};
use wayfarer_model::units::UnixMillis;

use crate::error::StoreError;
use crate::keys::{SessionKey, TokenKey};
use crate::store::{Store, instant};
use crate::tenants::tenant_if_named;

/// The most sessions of one token or one person: the oldest ones give way.
const MOST_OF_ONE: i64 = 100;

/// How long a row stays after its session's time was up, in milliseconds.
const KEPT_MS: u64 = 30 * 86_400_000;

/// With what a session began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedInWith {
    /// A token, with which it also ends.
    Token(TokenKey),
    /// An identity provider's word for a person.
    Provider {
        /// The provider.
        issuer: String,
        /// The provider's own, lasting name for the person.
        subject: String,
    },
}

/// A session to be stored.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// SHA-256 of its secret.
    pub hash: [u8; 32],
    /// With what it began.
    pub with: SignedInWith,
    /// The token's or the person's name.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// The tenant that it is restricted to; none for every tenant.
    pub tenant: Option<TenantName>,
    /// Until when it lasts at most.
    pub expires: UnixMillis,
}

/// A session of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// The key.
    pub key: SessionKey,
    /// With what it began.
    pub with: SignedInWith,
    /// The token's or the person's name.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// The tenant that it is restricted to; none for every tenant.
    pub tenant: Option<TenantName>,
    /// When it began.
    pub created: UnixMillis,
    /// When it was last used, to the minute.
    pub used: UnixMillis,
    /// Until when it lasts at most: the token's own end included.
    pub expires: UnixMillis,
    /// When somebody ended it, or revoked its token; none while nobody has.
    pub ended: Option<UnixMillis>,
}

/// Selects sessions.
#[derive(Debug, Clone)]
pub struct SessionFilter {
    /// Any tenant, and none, if none.
    pub tenant: Option<TenantName>,
    /// Only sessions that last at this instant, last used at the other one or later; all if none.
    pub lasting: Option<(UnixMillis, UnixMillis)>,
    /// Sessions with a smaller number.
    pub before: Option<i64>,
    /// The most sessions to return.
    pub limit: u32,
}

const COLUMNS: &str = "s.id, s.token, s.issuer, s.subject, s.name, s.role, t.name, s.created_ms, s.used_ms,
  min(s.expires_ms, coalesce(k.expires_ms, s.expires_ms)), coalesce(s.ended_ms, k.revoked_ms)
  FROM session s LEFT JOIN tenant t ON t.id = s.tenant LEFT JOIN token k ON k.id = s.token";

impl Store {
    /// Stores a session, and removes rows that nobody needs any more. Returns once that is durable.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`], [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn begin_session(
        &self,
        session: NewSession,
        now: UnixMillis,
    ) -> Result<SessionKey, StoreError> {
        self.write(move |connection| Box::pin(insert(connection, session, now))).await
    }

    /// The session of that hash that nobody has ended. Whether its time is up is up to the caller.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn session(&self, hash: [u8; 32]) -> Result<Option<SessionRow>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} WHERE s.hash = ? AND s.ended_ms IS NULL AND k.revoked_ms IS NULL");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(hash.to_vec())
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::sql(READING))?;
        row.as_ref().map(session).transpose()
    }

    /// The sessions that a filter selects, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn sessions(&self, filter: &SessionFilter) -> Result<Vec<SessionRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} WHERE (?1 IS NULL OR t.name = ?1) AND s.id < ?2
               AND (?3 IS NULL OR s.ended_ms IS NULL AND k.revoked_ms IS NULL AND s.used_ms >= ?4
                 AND min(s.expires_ms, coalesce(k.expires_ms, s.expires_ms)) > ?3)
             ORDER BY s.id DESC LIMIT ?5"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(filter.tenant.as_ref().map(TenantName::as_str))
            .bind(filter.before.unwrap_or(i64::MAX))
            .bind(filter.lasting.map(|(at, _)| at.0 as i64))
            .bind(filter.lasting.map(|(_, used)| used.0 as i64))
            .bind(filter.limit)
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql(READING))?;
        rows.iter().map(session).collect()
    }

    /// A session was used. The store keeps the newest minute.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn session_used(&self, key: SessionKey, at: UnixMillis) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query("UPDATE session SET used_ms = ?1 WHERE id = ?2 AND used_ms < ?1")
                    .bind(minute(at))
                    .bind(key.0)
                    .execute(connection)
                    .await
                    .map(drop)
                    .map_err(StoreError::sql(WRITING))
            })
        })
        .await
    }

    /// Ends a session of that tenant; of any if none. False if there is none, or if it was ended before.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn end_session(
        &self,
        key: SessionKey,
        tenant: Option<TenantName>,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "UPDATE session SET ended_ms = ?1 WHERE id = ?2 AND ended_ms IS NULL
                       AND (?3 IS NULL OR tenant = (SELECT id FROM tenant WHERE name = ?3))",
                )
                .bind(now.0 as i64)
                .bind(key.0)
                .bind(tenant.map(|name| name.to_string()))
                .execute(connection)
                .await
                .map(|done| done.rows_affected() == 1)
                .map_err(StoreError::sql(WRITING))
            })
        })
        .await
    }
}

const READING: &str = "reading the table session";
const WRITING: &str = "writing to the table session";

fn minute(at: UnixMillis) -> i64 {
    at.0 as i64 / 60_000 * 60_000
}

async fn insert(
    connection: &mut SqliteConnection,
    session: NewSession,
    now: UnixMillis,
) -> Result<SessionKey, StoreError> {
    let NewSession { hash, with, name, role, tenant, expires } = session;
    let tenant = tenant_if_named(connection, tenant.as_ref()).await?;
    let (token, issuer, subject) = match with {
        SignedInWith::Token(key) => (Some(key.0), None, None),
        SignedInWith::Provider { issuer, subject } => (None, Some(issuer), Some(subject)),
    };
    sqlx::query("DELETE FROM session WHERE expires_ms < ?")
        .bind(now.0.saturating_sub(KEPT_MS) as i64)
        .execute(&mut *connection)
        .await
        .map_err(StoreError::sql(WRITING))?;
    let key = sqlx::query_scalar(
        "INSERT INTO session (hash, token, issuer, subject, name, role, tenant, created_ms, used_ms, expires_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(hash.to_vec())
    .bind(token)
    .bind(issuer.as_deref())
    .bind(subject.as_deref())
    .bind(name)
    .bind(role.as_str())
    .bind(tenant)
    .bind(now.0 as i64)
    .bind(minute(now))
    .bind(expires.0 as i64)
    .fetch_one(&mut *connection)
    .await
    .map_err(StoreError::sql(WRITING))?;
    sqlx::query(
        "DELETE FROM session WHERE token IS ?1 AND issuer IS ?2 AND subject IS ?3 AND id NOT IN
           (SELECT id FROM session WHERE token IS ?1 AND issuer IS ?2 AND subject IS ?3 ORDER BY id DESC LIMIT ?4)",
    )
    .bind(token)
    .bind(issuer)
    .bind(subject)
    .bind(MOST_OF_ONE)
    .execute(connection)
    .await
    .map_err(StoreError::sql(WRITING))?;
    Ok(SessionKey(key))
}

impl SessionKey {
    /// The number that people see.
    pub fn number(self) -> i64 {
        self.0
    }

    /// The session with the number that people see.
    pub fn from_number(number: i64) -> Self {
        Self(number)
    }
}

fn session(row: &SqliteRow) -> Result<SessionRow, StoreError> {
    let what = StoreError::sql(READING);
    let key: i64 = row.try_get(0).map_err(&what)?;
    let corrupt = |reason: String| StoreError::Corrupt { table: "session", row: key.to_string(), reason };
    let (issuer, subject): (Option<String>, Option<String>) =
        (row.try_get(2).map_err(&what)?, row.try_get(3).map_err(&what)?);
    let with = match (row.try_get(1).map_err(&what)?, issuer, subject) {
        (Some(token), None, None) => SignedInWith::Token(TokenKey(token)),
        (None, Some(issuer), Some(subject)) => SignedInWith::Provider { issuer, subject },
        _ => return Err(corrupt("it began with neither a token nor a provider's subject".to_owned())),
    };
    let role: String = row.try_get(5).map_err(&what)?;
    let tenant: Option<String> = row.try_get(6).map_err(&what)?;
    let tenant = tenant.map(|name| name.parse()).transpose();
    Ok(SessionRow {
        key: SessionKey(key),
        with,
        name: row.try_get(4).map_err(&what)?,
        role: role.parse().map_err(|error: RoleError| corrupt(error.to_string()))?,
        tenant: tenant.map_err(|error: NameError| corrupt(error.to_string()))?,
        created: instant(row, 7).map_err(&what)?.unwrap_or_default(),
        used: instant(row, 8).map_err(&what)?.unwrap_or_default(),
        expires: instant(row, 9).map_err(&what)?.unwrap_or_default(),
        ended: instant(row, 10).map_err(&what)?,
    })
}
