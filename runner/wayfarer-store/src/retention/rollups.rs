//! Rows of the roll-ups: of the tables that the catalogue gives to this kind.

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::AssertSqlSafe;

use super::kept::note;
use super::scan::LOOK;
use super::{Removal, Removed, RetentionKind};
use crate::error::StoreError;
use crate::tables::{Origin, TABLES, Table};
use crate::writer::Then;

/// The tables whose rows go.
fn tables() -> impl Iterator<Item = (&'static Table, [&'static str; 2])> {
    TABLES.iter().filter(|table| table.retention.contains(&RetentionKind::Rollups)).filter_map(|table| {
        let Origin::DerivedByPeriod { key } = table.origin else { return None };
        Some((table, key))
    })
}

/// A row's key.
type RowKey = (i64, i64, i64);

/// The position of a walk over all of them.
#[derive(Debug, Default)]
pub(super) struct Walk {
    table: usize,
    after: RowKey,
}

impl Removal {
    /// One step over roll-ups.
    pub(super) async fn rollups(&mut self) -> Result<Removed, StoreError> {
        let Some((table, keys)) = tables().nth(self.walk.table) else {
            return Ok(Removed { is_done: true, ..Removed::default() });
        };
        let seen = self.rows(table, keys).await?;
        let mut going: Vec<(RowKey, i64)> = Vec::new();
        let mut after = self.walk.after;
        let mut is_last = seen.len() < LOOK;
        for (key, owner) in seen {
            if going.len() >= self.pace.next() {
                is_last = false;
                break;
            }
            going.extend(Some((key, owner)).filter(|(_, tenant)| self.floors.contains_key(tenant)));
            after = key;
        }
        let count = going.len() as u64;
        let held =
            if going.is_empty() { Duration::ZERO } else { self.remove_rows(table, keys, going).await? };
        self.walk = if is_last {
            Walk { table: self.walk.table + 1, after: RowKey::default() }
        } else {
            Walk { table: self.walk.table, after }
        };
        Ok(Removed { count, held, is_done: self.walk.table >= tables().count() })
    }

    /// The next rows: their keys, and their tenants.
    async fn rows(
        &self,
        table: &Table,
        [first, second]: [&str; 2],
    ) -> Result<Vec<(RowKey, i64)>, StoreError> {
        let (name, owner) = (table.name, table.owner.tenant("h"));
        let sql = format!(
            "SELECT h.from_ms, h.{first}, h.{second}, {owner} FROM {name} h
             WHERE h.from_ms < ?1 AND (h.from_ms, h.{first}, h.{second}) > (?2, ?3, ?4)
             ORDER BY h.from_ms, h.{first}, h.{second} LIMIT ?5"
        );
        let (from_ms, first, second) = self.walk.after;
        let rows: Vec<(i64, i64, i64, i64)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(i64::try_from(self.before.0).unwrap_or(i64::MAX))
            .bind(from_ms)
            .bind(first)
            .bind(second)
            .bind(LOOK as i64)
            .fetch_all(self.store.readers())
            .await
            .map_err(StoreError::sql("reading a roll-up"))?;
        Ok(rows.into_iter().map(|(a, b, c, owner)| ((a, b, c), owner)).collect())
    }

    async fn remove_rows(
        &mut self,
        table: &Table,
        [first, second]: [&str; 2],
        going: Vec<(RowKey, i64)>,
    ) -> Result<Duration, StoreError> {
        let tenants: BTreeSet<i64> = going.iter().map(|(_, tenant)| *tenant).collect();
        let unnoted: Vec<i64> =
            tenants.iter().filter(|tenant| !self.noted.contains(tenant)).copied().collect();
        let keys: Vec<String> = going.iter().map(|((a, b, c), _)| format!("[{a},{b},{c}]")).collect();
        let keys = format!("[{}]", keys.join(","));
        let name = table.name;
        let sql = format!(
            "DELETE FROM {name} WHERE (from_ms, {first}, {second}) IN
               (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1))"
        );
        let before = self.before;
        // The writer may have some of these figures in memory, and would write them again with the next late run.
        let write = self.store.write_measured(Then::Forget, move |connection| {
            Box::pin(async move {
                if !unnoted.is_empty() {
                    note(RetentionKind::Rollups, &unnoted, before, connection).await?;
                }
                let removed = sqlx::query(AssertSqlSafe(sql)).bind(keys).execute(connection).await;
                removed.map(drop).map_err(StoreError::sql("removing roll-ups"))
            })
        });
        let ((), held) = write.await?;
        self.noted.extend(tenants);
        Ok(held)
    }
}
