//! The newest scheduled run of each journey that tells how its target is, for a process that has just begun.

use sqlx::AssertSqlSafe;
use wayfarer_model::context::Lane;
use wayfarer_model::verdict::{Reason, Verdict};

use super::detail::RunDetail;
use crate::error::StoreError;
use crate::store::Store;

/// Rows with these verdicts say nothing of the target: there was no run, or a person stopped it.
const SILENT: [Verdict; 3] = [Verdict::Missed, Verdict::Skipped, Verdict::Cancelled];

impl Store {
    /// The newest scheduled run of each journey at this process's location, without bodies. A journey is missing if its newest slot had no run
    /// for one of the reasons that are `blinding`. Slots without a run for another reason, runs under maintenance and void runs are passed over.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn newest_runs(&self, blinding: &[Reason]) -> Result<Vec<RunDetail>, StoreError> {
        let listed = |numbers: Vec<i64>| numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        let without = listed(SILENT.map(|verdict| self.dictionary().verdict(verdict)).to_vec());
        let blinding = listed(blinding.iter().map(|reason| self.dictionary().reason(*reason)).collect());
        // The inner query goes down the index of a journey's slots and stops at the first row that counts.
        let sql = format!(
            "SELECT r.id FROM journey j JOIN run r ON r.id = (SELECT n.id FROM run n WHERE n.journey = j.id AND n.location = ? AND n.lane = ?
               AND n.maintenance IS NULL AND n.void IS NULL AND (n.verdict NOT IN ({without}) OR n.reason IN ({blinding}))
               ORDER BY n.slot_ms DESC LIMIT 1)
             WHERE r.verdict NOT IN ({without})"
        );
        let numbers: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(self.location().0)
            .bind(self.dictionary().lane(Lane::Scheduled))
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql("reading the table run"))?;
        let mut newest = Vec::with_capacity(numbers.len());
        for number in numbers {
            newest.extend(self.run_without_bodies(number).await?);
        }
        Ok(newest)
    }
}
