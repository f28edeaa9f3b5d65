//! Rows in a row that are bad in one way: without a statistic, because each of them is certain.

use serde::{Deserialize, Serialize};

use super::moves::{IncidentMove, Moved, Opening};
use super::row::WatchedRow;
use crate::incident::IncidentKind;
use crate::units::UnixMillis;

/// Rows in a row that are bad in one way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Streak {
    rows: u64,
    first_run: i64,
    began_at: UnixMillis,
    last_good: Option<i64>,
    pub(super) is_open: bool,
}

impl Streak {
    /// A further bad row. Opens an incident after `rows` of them that took `ms`.
    pub(super) fn bad(
        &mut self,
        row: &WatchedRow,
        kind: IncidentKind,
        (rows, ms): (u64, u64),
    ) -> Option<IncidentMove> {
        if self.rows == 0 {
            (self.first_run, self.began_at) = (row.number, row.ended_at);
        }
        self.rows += 1;
        let is_long = row.ended_at.0.saturating_sub(self.began_at.0) >= ms;
        if self.is_open || self.rows < rows || !is_long {
            return None;
        }
        self.is_open = true;
        let opening = Opening {
            first_run: self.first_run,
            opening_run: row.number,
            last_good_run: self.last_good,
            began_at: self.began_at,
            opened_at: row.ended_at,
            looks: self.rows,
            bad_looks: self.rows,
            statistic: self.rows as f64,
            bound: rows as f64,
        };
        Some(self.moved(row, kind, Moved::Opened(opening)))
    }

    /// A row that ends the streak.
    pub(super) fn good(&mut self, row: &WatchedRow, kind: IncidentKind) -> Option<IncidentMove> {
        let moved = self.is_open.then(|| self.moved(row, kind, Moved::Closed));
        *self = Self { last_good: Some(row.number), ..Self::default() };
        moved
    }

    fn moved(&self, row: &WatchedRow, kind: IncidentKind, what: Moved) -> IncidentMove {
        IncidentMove { kind, first_run: self.first_run, by: row.number, at: row.ended_at, what }
    }
}
