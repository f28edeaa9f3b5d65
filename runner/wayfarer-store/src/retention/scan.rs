//! The walk over runs, by slot and over all tenants together. Rows of one time share pages, so a step that removes them changes
//! few pages. A walk by journey would change pages of its own for each run.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;

use super::Removal;
use crate::error::StoreError;
use crate::store::Store;

/// Runs that are read together.
pub(super) const LOOK: usize = 1_000;

/// The last run that was read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cursor {
    slot: i64,
    run: i64,
}

impl Cursor {
    /// Before every run of that slot.
    pub(super) fn at(slot: u64) -> Self {
        Self { slot: i64::try_from(slot).unwrap_or(i64::MAX), run: 0 }
    }
}

/// Whether the run `r` stays, however old it is, with its logs, bodies and artifacts: its journey's last failure at its location, and of the
/// journey's newest incident and each open one the first bad run, the last one, the run that opened it, the last good run before, and the
/// last good one before of which heads and bodies were kept.
pub(super) const IS_EVIDENCE: &str =
    "(EXISTS (SELECT 1 FROM last_failure f WHERE f.journey = r.journey AND f.location = r.location AND f.run = r.id)
      OR EXISTS (SELECT 1 FROM incident i WHERE i.journey = r.journey AND r.id IN (i.first_run, i.opening_run, i.last_bad_run, i.last_good_run, i.sample_run)
        AND (i.resolved_ms IS NULL OR i.id = (SELECT max(n.id) FROM incident n WHERE n.journey = r.journey))))";

/// A run that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) run: i64,
    pub(super) slot: i64,
    /// Its tenant. None if that tenant loses nothing.
    pub(super) tenant: Option<i64>,
    /// Whether people may still need it: see [`IS_EVIDENCE`].
    pub(super) is_evidence: bool,
}

impl Removal {
    /// Reads more runs, if none is left to consider.
    pub(super) async fn refill(&mut self) -> Result<(), StoreError> {
        if self.seen.is_empty() && !self.is_exhausted {
            let seen = self.look().await?;
            self.is_exhausted = seen.len() < LOOK;
            self.cursor = seen.last().map_or(self.cursor, |last| Cursor { slot: last.slot, run: last.run });
            self.seen = seen.into();
        }
        Ok(())
    }

    /// Whether the walk has considered every run.
    pub(super) fn is_through(&self) -> bool {
        self.is_exhausted && self.seen.is_empty()
    }

    /// The next runs. Fewer than [`LOOK`] are the last.
    async fn look(&self) -> Result<Vec<Seen>, StoreError> {
        let rows: Vec<(i64, i64, i64, bool)> = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT r.id, r.journey, r.slot_ms, {IS_EVIDENCE} FROM run r
             WHERE r.slot_ms >= ?1 AND r.slot_ms < ?2 AND (r.slot_ms > ?1 OR r.id > ?3) ORDER BY r.slot_ms, r.id LIMIT ?4"
        )))
        .bind(self.cursor.slot)
        .bind(i64::try_from(self.before.0).unwrap_or(i64::MAX))
        .bind(self.cursor.run)
        .bind(LOOK as i64)
        .fetch_all(self.store.readers())
        .await
        .map_err(StoreError::sql("reading the table run"))?;
        let seen = rows.into_iter().map(|(run, journey, slot, is_evidence)| {
            let tenant = self.owner(journey).filter(|tenant| self.is_left(*tenant, slot));
            Seen { run, slot, tenant, is_evidence }
        });
        Ok(seen.collect())
    }

    /// Whether the run may still have the kind. A run itself may be anywhere: some come late.
    fn is_left(&self, tenant: i64, slot: i64) -> bool {
        let floor = self.floors.get(&tenant).copied().unwrap_or(0);
        self.kind == super::RetentionKind::Runs || u64::try_from(slot).unwrap_or(0) >= floor
    }
}

/// The tenant of each journey. A journey that appears later has nothing to remove.
pub(super) async fn tenants(store: &Store) -> Result<HashMap<i64, i64>, StoreError> {
    let rows: Vec<(i64, i64)> = sqlx::query_as("SELECT id, tenant FROM journey")
        .fetch_all(store.readers())
        .await
        .map_err(StoreError::sql("reading the table journey"))?;
    Ok(rows.into_iter().collect())
}
