//! The audit trail: who did what, and how it ended. Rows are written once, at the end of the trail, each chained to the one
//! before it ([`audit_chain`](crate::audit_chain)). Retention alone removes some, from the beginning, and keeps the hash at which
//! the rest begins.

use std::time::Duration;

use sqlx::{AssertSqlSafe, SqliteConnection};
use wayfarer_model::audit::{Actor, AuditAction, AuditOutcome};
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;

use crate::audit_chain::{AuditRow, COLUMNS};
use crate::error::StoreError;
use crate::retention::Removed;
use crate::store::Store;
use crate::writer::Then;

/// Events that one step of retention removes.
const STEP: i64 = 1_000;

/// An event to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// When it was done: for a request, when it arrived.
    pub occurred: UnixMillis,
    /// The tenant that it concerns; none for the whole runner.
    pub tenant: Option<TenantName>,
    /// Who did it.
    pub actor: Actor,
    /// What was done.
    pub action: AuditAction,
    /// What it was done to, in words such as `journey checkout`; may be empty.
    pub object: String,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// How many times, for events that are counted together.
    pub count: u64,
}

/// An event of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEventRow {
    /// Its number. Numbers have no gaps.
    pub number: i64,
    /// The event.
    pub event: AuditEvent,
    /// Its link of the chain.
    pub hash: [u8; 32],
}

/// Selects events.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Any tenant, and none, if none.
    pub tenant: Option<TenantName>,
    /// A token's number, the name of a token or a journey, or `server` or `nobody`; anybody if none.
    pub actor: Option<String>,
    /// Any action if none.
    pub action: Option<AuditAction>,
    /// Events at or after this instant.
    pub since: Option<UnixMillis>,
    /// Events before this instant.
    pub until: Option<UnixMillis>,
    /// Events with a smaller number.
    pub before: Option<i64>,
    /// The most events to return.
    pub limit: u32,
}

impl Store {
    /// Writes events at the end of the trail, all of them or none. Returns once they are durable.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn record_audit_events(&self, events: Vec<AuditEvent>) -> Result<(), StoreError> {
        let write = self.write_measured(Then::Keep, move |connection| Box::pin(append(connection, events)));
        write.await.map(drop)
    }

    /// The events that a filter selects, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn audit_events(&self, filter: &AuditFilter) -> Result<Vec<AuditEventRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM audit_event
             WHERE (?1 IS NULL OR tenant = ?1)
               AND (?2 IS NULL OR actor_name = ?2 OR actor_kind = ?2 OR CAST(actor_token AS TEXT) = ?2)
               AND (?3 IS NULL OR action = ?3) AND occurred_ms >= ?4 AND occurred_ms < ?5 AND id < ?6
             ORDER BY id DESC LIMIT ?7"
        );
        let ms = |at: Option<UnixMillis>, default| {
            at.map_or(default, |at| i64::try_from(at.0).unwrap_or(i64::MAX))
        };
        let rows: Vec<AuditRow> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(filter.tenant.as_ref().map(TenantName::as_str))
            .bind(filter.actor.as_deref())
            .bind(filter.action.map(AuditAction::as_str))
            .bind(ms(filter.since, 0))
            .bind(ms(filter.until, i64::MAX))
            .bind(filter.before.unwrap_or(i64::MAX))
            .bind(filter.limit)
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql("reading the table audit_event"))?;
        rows.iter().map(event).collect()
    }

    /// Removes events from the beginning of the trail up to the first one at or after `before`: one bounded step.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn remove_audit_events(&self, before: UnixMillis) -> Result<Removed, StoreError> {
        let oldest: Vec<(i64, i64)> =
            sqlx::query_as("SELECT id, occurred_ms FROM audit_event ORDER BY id LIMIT ?")
                .bind(STEP)
                .fetch_all(self.readers())
                .await
                .map_err(StoreError::sql("reading the table audit_event"))?;
        let is_old = |at: i64| u64::try_from(at).unwrap_or(0) < before.0;
        let going: Vec<i64> = oldest.iter().take_while(|(_, at)| is_old(*at)).map(|(id, _)| *id).collect();
        let is_done = going.len() < usize::try_from(STEP).unwrap_or(usize::MAX);
        let Some(last) = going.last().copied() else {
            return Ok(Removed { is_done: true, ..Removed::default() });
        };
        let write = self.write_measured(Then::Keep, move |connection| Box::pin(remove(connection, last)));
        let ((), held): ((), Duration) = write.await?;
        Ok(Removed { count: going.len() as u64, held, is_done })
    }

    /// The number, the name and the tenant of the token with this hash, also of one that is valid no more.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn former_token(
        &self,
        hash: [u8; 32],
    ) -> Result<Option<(i64, String, Option<TenantName>)>, StoreError> {
        let row: Option<(i64, String, Option<String>)> = sqlx::query_as(
            "SELECT k.id, k.name, t.name FROM token k LEFT JOIN tenant t ON t.id = k.tenant WHERE k.hash = ?",
        )
        .bind(hash.to_vec())
        .fetch_optional(self.readers())
        .await
        .map_err(StoreError::sql("reading the table token"))?;
        Ok(row.map(|(number, name, tenant)| (number, name, tenant.and_then(|name| name.parse().ok()))))
    }
}

async fn append(connection: &mut SqliteConnection, events: Vec<AuditEvent>) -> Result<(), StoreError> {
    let what = StoreError::sql("writing to the table audit_event");
    let (mut id, mut hash): (i64, Vec<u8>) = sqlx::query_as("SELECT newest_id, newest_hash FROM audit_chain")
        .fetch_one(&mut *connection)
        .await
        .map_err(StoreError::sql("reading the table audit_chain"))?;
    for event in events {
        id += 1;
        let row = row(id, event);
        hash = row.link(&hash).to_vec();
        sqlx::query(AssertSqlSafe(format!(
            "INSERT INTO audit_event ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )))
        .bind(row.id)
        .bind(row.occurred_ms)
        .bind(row.tenant)
        .bind(row.actor_kind)
        .bind(row.actor_token)
        .bind(row.actor_name)
        .bind(row.action)
        .bind(row.object)
        .bind(row.outcome)
        .bind(row.count)
        .bind(&hash)
        .execute(&mut *connection)
        .await
        .map_err(&what)?;
    }
    Ok(())
}

/// The triggers allow it in this order alone.
async fn remove(connection: &mut SqliteConnection, last: i64) -> Result<(), StoreError> {
    for sql in [
        "UPDATE audit_chain SET removed_id = ?1, removed_hash = (SELECT hash FROM audit_event WHERE id = ?1)",
        "DELETE FROM audit_event WHERE id <= ?1",
    ] {
        let done = sqlx::query(sql).bind(last).execute(&mut *connection).await;
        done.map_err(StoreError::sql("removing audit events"))?;
    }
    Ok(())
}

fn row(id: i64, event: AuditEvent) -> AuditRow {
    AuditRow {
        id,
        occurred_ms: i64::try_from(event.occurred.0).unwrap_or(i64::MAX),
        tenant: event.tenant.map(String::from),
        actor_kind: event.actor.kind().to_owned(),
        actor_token: event.actor.token(),
        actor_name: event.actor.name().map(str::to_owned),
        action: event.action.as_str().to_owned(),
        object: event.object,
        outcome: event.outcome.as_str().to_owned(),
        count: i64::try_from(event.count).unwrap_or(i64::MAX),
        hash: Vec::new(),
    }
}

fn event(row: &AuditRow) -> Result<AuditEventRow, StoreError> {
    let corrupt =
        |reason: String| StoreError::Corrupt { table: "audit_event", row: row.id.to_string(), reason };
    let actor = Actor::from_parts(&row.actor_kind, row.actor_token, row.actor_name.as_deref());
    let tenant = row.tenant.as_deref().map(str::parse::<TenantName>).transpose();
    let event = AuditEvent {
        occurred: UnixMillis(u64::try_from(row.occurred_ms).unwrap_or(0)),
        tenant: tenant.map_err(|error| corrupt(error.to_string()))?,
        actor: actor
            .ok_or_else(|| corrupt(format!("`{}` is not an actor with its parts", row.actor_kind)))?,
        action: row
            .action
            .parse()
            .map_err(|error: wayfarer_model::audit::AuditActionError| corrupt(error.to_string()))?,
        outcome: row
            .outcome
            .parse()
            .map_err(|error: wayfarer_model::audit::AuditOutcomeError| corrupt(error.to_string()))?,
        count: u64::try_from(row.count).unwrap_or(0),
        object: row.object.clone(),
    };
    let hash = row.hash.as_slice().try_into();
    let hash = hash.map_err(|_| corrupt("its hash does not have 32 bytes".to_owned()))?;
    Ok(AuditEventRow { number: row.id, event, hash })
}
