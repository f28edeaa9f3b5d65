//! The runs of a journey around one of them: those from which a person goes on, and the one to compare with.

use wayfarer_model::ids::RunId;
use wayfarer_model::verdict::Verdict;

use super::run_list::id;
use crate::error::StoreError;
use crate::store::Store;
use crate::writer::RunCursor;

/// The runs around a run, of the same journey and lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Neighbours {
    /// The one of the slot before.
    pub previous: Option<RunId>,
    /// The one of the slot after.
    pub next: Option<RunId>,
    /// The last good one before, of any lane.
    pub last_good: Option<RunId>,
}

/// Each is a range of the unique index that ends at its first row.
const NEIGHBOURS: &str = "SELECT
    (SELECT p.uid FROM run p WHERE p.journey = r.journey AND p.lane = r.lane AND p.slot_ms < r.slot_ms ORDER BY p.slot_ms DESC LIMIT 1),
    (SELECT n.uid FROM run n WHERE n.journey = r.journey AND n.lane = r.lane AND n.slot_ms > r.slot_ms ORDER BY n.slot_ms LIMIT 1),
    (SELECT g.uid FROM run g WHERE g.journey = r.journey AND g.slot_ms < r.slot_ms AND g.verdict IN (?2, ?3) ORDER BY g.slot_ms DESC LIMIT 1)
  FROM run r WHERE r.id = ?1";

impl Store {
    /// The runs around that one. None at all if there is no such run.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn neighbours(&self, run: RunCursor) -> Result<Neighbours, StoreError> {
        let what = StoreError::sql("reading the table run");
        let row = sqlx::query(NEIGHBOURS)
            .bind(run.0)
            .bind(self.dictionary().verdict(Verdict::Passed))
            .bind(self.dictionary().verdict(Verdict::Degraded))
            .fetch_optional(self.readers())
            .await
            .map_err(&what)?;
        let Some(row) = row else { return Ok(Neighbours::default()) };
        let read = |column| optional_id(&row, column);
        let found = || Ok(Neighbours { previous: read(0)?, next: read(1)?, last_good: read(2)? });
        found().map_err(what)
    }
}

fn optional_id(row: &sqlx::sqlite::SqliteRow, column: usize) -> Result<Option<RunId>, sqlx::Error> {
    use sqlx::{Row as _, ValueRef as _};
    if row.try_get_raw(column)?.is_null() { Ok(None) } else { id(row, column) }
}
