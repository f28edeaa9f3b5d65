//! Incidents that are over, with their time lines, and deliveries of notices that ended.
//!
//! Nothing open goes, and nothing of which somebody is still to be told. An incident goes with its events and deliveries in one transaction; it
//! stays while a delivery of another incident belongs to its conversation. Runs that it kept as evidence go with the next removal of runs.
//!
//! Unlike runs, an incident changes after it was written: what the readers found is looked at once more in the transaction that removes it.

use std::time::Duration;

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{Removal, Removed};
use crate::error::StoreError;
use crate::numbers::list;
use crate::writer::Then;

/// States of deliveries that are still to be sent.
const PENDING: &str = "('waiting', 'held', 'sending')";

/// What removes the rows that are listed in `?1`, a JSON array.
const INCIDENTS: &[&str] = &[
    "DELETE FROM delivery WHERE incident IN (SELECT value FROM json_each(?1))",
    "DELETE FROM incident_event WHERE incident IN (SELECT value FROM json_each(?1))",
    "DELETE FROM incident WHERE id IN (SELECT value FROM json_each(?1))",
];
const DELIVERIES: &[&str] = &["DELETE FROM delivery WHERE id IN (SELECT value FROM json_each(?1))"];

impl Removal {
    /// One step over incidents.
    pub(super) async fn incidents(&mut self) -> Result<Removed, StoreError> {
        let due = format!(
            "SELECT i.id FROM incident i WHERE i.resolved_ms < ?1 AND {}
               AND NOT EXISTS (SELECT 1 FROM incident_event e WHERE e.incident = i.id AND e.routed_ms IS NULL)
               AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.incident = i.id AND d.state IN {PENDING})
               AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.thread = i.id AND d.incident <> i.id)",
            self.is_mine("i.tenant")
        );
        self.over(due, "i.id", INCIDENTS).await
    }

    /// One step over deliveries: of incidents that are over, in conversations in which nothing goes on and nothing is to be sent.
    pub(super) async fn deliveries(&mut self) -> Result<Removed, StoreError> {
        let due = format!(
            "SELECT d.id FROM incident i JOIN delivery d ON d.incident = i.id JOIN incident t ON t.id = d.thread
             WHERE i.resolved_ms < ?1 AND t.resolved_ms < ?1 AND max(d.due_ms, coalesce(d.delivered_ms, 0)) < ?1 AND {}
               AND NOT EXISTS (SELECT 1 FROM delivery p JOIN incident o ON o.id = p.incident
                 WHERE p.thread = d.thread AND (o.resolved_ms IS NULL OR p.state IN {PENDING}))",
            self.is_mine("d.tenant")
        );
        self.over(due, "d.id", DELIVERIES).await
    }

    /// A condition for rows of the tenants that lose something; `?2` is a JSON array of them.
    fn is_mine(&self, tenant: &str) -> String {
        let platforms = if self.is_platforms { format!(" OR {tenant} IS NULL") } else { String::new() };
        format!("({tenant} IN (SELECT value FROM json_each(?2)){platforms})")
    }

    /// Removes some of the rows that `due` finds; `key` names them in it.
    async fn over(
        &self,
        due: String,
        key: &'static str,
        remove: &'static [&'static str],
    ) -> Result<Removed, StoreError> {
        let before = i64::try_from(self.before.0).unwrap_or(i64::MAX);
        let tenants = list(&self.floors.keys().copied().collect::<Vec<_>>());
        let most = self.pace.next();
        let found: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(format!("{due} ORDER BY {key} LIMIT {most}")))
            .bind(before)
            .bind(&tenants)
            .fetch_all(self.store.readers())
            .await
            .map_err(StoreError::sql("reading the table incident"))?;
        if found.is_empty() {
            return Ok(Removed { count: 0, held: Duration::ZERO, is_done: true });
        }
        let still = format!("{due} AND {key} IN (SELECT value FROM json_each(?3))");
        let write = self.store.write_measured(Then::Keep, move |connection| {
            Box::pin(async move {
                let going: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(still))
                    .bind(before)
                    .bind(tenants)
                    .bind(list(&found))
                    .fetch_all(&mut *connection)
                    .await
                    .map_err(StoreError::sql("reading the table incident"))?;
                take_out(&going, remove, connection).await?;
                Ok(going.len() as u64)
            })
        });
        let (count, held) = write.await?;
        // What goes may set free what began its conversation. What was found and stayed after all would be found again.
        Ok(Removed { count, held, is_done: count == 0 })
    }
}

async fn take_out(
    going: &[i64],
    remove: &[&'static str],
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    let listed = list(going);
    for &sql in remove {
        sqlx::query(sql)
            .bind(&listed)
            .execute(&mut *connection)
            .await
            .map_err(StoreError::sql("removing incidents"))?;
    }
    Ok(())
}
