//! Runs, with the rows of every table that go with them; the catalogue says which.

use std::collections::{BTreeSet, HashMap};

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::kept::note;
use super::scan::Seen;
use super::{Removal, Removed, RetentionKind};
use crate::blobs::{self as contents, Referring, Released, release};
use crate::error::StoreError;
use crate::numbers::list;
use crate::pace::BYTES;
use crate::stored_bytes::{give_back, weigh};
use crate::tables::{TABLES, Table};
use crate::writer::Then;

impl Removal {
    /// One step over runs.
    pub(super) async fn runs(&mut self) -> Result<Removed, StoreError> {
        self.refill().await?;
        let mut going = Vec::new();
        while going.len() < self.pace.next()
            && let Some(seen) = self.seen.pop_front()
        {
            if seen.tenant.is_some() && !seen.is_evidence {
                going.push(seen);
            }
        }
        let (fitting, weights) = self.fitting(&going).await?;
        going.split_off(fitting).into_iter().rev().for_each(|seen| self.seen.push_front(seen));
        let held =
            if going.is_empty() { std::time::Duration::ZERO } else { self.remove(&going, weights).await? };
        self.noted.extend(going.iter().filter_map(|seen| seen.tenant));
        Ok(Removed { count: going.len() as u64, held, is_done: self.is_through() })
    }

    /// How many of these runs one step may remove, by their bytes: one at least. And what each takes.
    async fn fitting(&self, going: &[Seen]) -> Result<(usize, HashMap<i64, u64>), StoreError> {
        let runs: Vec<i64> = going.iter().map(|seen| seen.run).collect();
        let weights: HashMap<i64, u64> = weigh(&runs, self.store.readers()).await?.into_iter().collect();
        let of_contents: HashMap<i64, u64> =
            contents::weights(&runs, self.store.readers()).await?.into_iter().collect();
        let mut bytes = 0;
        let fits = runs.iter().take_while(|run| {
            let fits = bytes < BYTES;
            bytes += [&weights, &of_contents].iter().filter_map(|these| these.get(run)).sum::<u64>();
            fits
        });
        Ok((fits.count(), weights))
    }

    async fn remove(
        &self,
        going: &[Seen],
        weights: HashMap<i64, u64>,
    ) -> Result<std::time::Duration, StoreError> {
        let runs: Vec<i64> = going.iter().map(|seen| seen.run).collect();
        let freed: Vec<(i64, u64)> =
            runs.iter().filter_map(|run| Some((*run, weights.get(run).copied()?))).collect();
        let tenants: BTreeSet<i64> = going.iter().filter_map(|seen| seen.tenant).collect();
        let unnoted: Vec<i64> = tenants.difference(&self.noted.iter().copied().collect()).copied().collect();
        let before = self.before;
        let write = self.store.write_measured(Then::Keep, move |connection| {
            Box::pin(async move {
                if !unnoted.is_empty() {
                    note(RetentionKind::Runs, &unnoted, before, connection).await?;
                }
                let mut given = give_back(&freed, connection).await?;
                let released = remove(&runs, connection).await?;
                given.add(released.given);
                Ok((given, released.files))
            })
        });
        let ((given, files), held) = write.await?;
        self.store.quotas().give_back(&given);
        self.store.remove_files(files).await;
        Ok(held)
    }
}

async fn remove(runs: &[i64], connection: &mut SqliteConnection) -> Result<Released, StoreError> {
    let blobs = Referring::Runs(runs).blobs(connection).await?;
    let what = StoreError::sql("removing runs");
    let listed = list(runs);
    // Children first.
    for sql in TABLES.iter().rev().filter_map(Table::remove_with_runs) {
        sqlx::query(AssertSqlSafe(sql)).bind(&listed).execute(&mut *connection).await.map_err(&what)?;
    }
    sqlx::query("UPDATE removed_run SET newest = max(newest, ?)")
        .bind(runs.iter().copied().max().unwrap_or(0))
        .execute(&mut *connection)
        .await
        .map_err(what)?;
    release(&blobs, connection).await
}
