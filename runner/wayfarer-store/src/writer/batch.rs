//! One transaction: runs that have started, runs that are over, what projections derive from these, and watermarks.
//!
//! Invariants: a run whose start and completion are in one batch is never written as started. A completion without a start is
//! refused. Nothing in memory changes unless the transaction is committed.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use sqlx::SqliteConnection;
use wayfarer_model::ids::RunId;
use wayfarer_model::run::Fence;
use wayfarer_model::units::UnixMillis;

use super::completion::{PackedAttempt, RunCompletion};
use super::projections::Projections;
use super::statement::{ManyRows, Value};
use crate::blobs::{BlobRows, BlobValues, NewBlobs, remove_files};
use crate::dictionary::Dictionary;
use crate::error::StoreError;
use crate::keys::LocationKey;
use crate::periods::DAY_MS;
use crate::records::{Identity, Started};
use crate::storage_quota::StorageQuotas;

/// The messages of one transaction, in order.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) items: Vec<Item>,
    pub(crate) planned: HashMap<LocationKey, UnixMillis>,
    /// Runs whose end was refused.
    pub(crate) refused: Vec<Identity>,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty() && self.planned.is_empty() && self.refused.is_empty()
    }
}

pub(crate) enum Item {
    Start(Started),
    End(Box<RunCompletion>),
}

pub(crate) struct Committed {
    /// The newest row of `run`. None if the batch wrote none.
    pub(crate) newest: Option<i64>,
    /// Completions that were refused, because the writer knows no start of theirs.
    pub(crate) refused: HashSet<RunId>,
}

/// Writes batches, and keeps what a transaction needs beside its own messages.
pub(crate) struct BatchWriter {
    dictionary: Dictionary,
    projections: Projections,
    in_flight: HashMap<RunId, Fence>,
    engines: HashMap<Arc<str>, i64>,
    newest: i64,
    quotas: Arc<StorageQuotas>,
    data_dir: PathBuf,
    start: ManyRows,
    end: ManyRows,
    run: ManyRows,
    attempt: ManyRows,
    blobs: BlobRows,
}

impl BatchWriter {
    pub(crate) fn new(
        dictionary: Dictionary,
        (newest, in_flight): (i64, HashMap<RunId, Fence>),
        (quotas, data_dir): (Arc<StorageQuotas>, PathBuf),
    ) -> Self {
        Self {
            dictionary,
            projections: Projections::new(),
            in_flight,
            engines: HashMap::new(),
            newest,
            quotas,
            data_dir,
            start: ManyRows::new(
                "writing to the table started",
                "INSERT INTO started (uid, journey, version, policy, location, slot_ms, lane, seq, started_ms, incarnation, fence, maintenance) VALUES",
                12,
                "",
            ),
            end: ManyRows::new(
                "removing from the table started",
                "DELETE FROM started WHERE (uid, incarnation, fence) IN (VALUES",
                3,
                ")",
            ),
            run: ManyRows::new(
                "writing to the table run",
                "INSERT INTO run (id, uid, journey, version, policy, location, slot_ms, lane, seq, started_ms, finished_ms, duration_us, verdict, first_verdict, reason, attempts, incarnation, maintenance) VALUES",
                18,
                "",
            ),
            attempt: ManyRows::new(
                "writing to the table attempt",
                "INSERT INTO attempt (id, started_ms, duration_us, cpu_us, stall_us, memory, engine, verdict, reason, detail) VALUES",
                10,
                "",
            ),
            blobs: BlobRows::new(),
        }
    }

    /// Writes a batch in one transaction.
    pub(crate) async fn commit(
        &mut self,
        batch: &Batch,
        connection: &mut SqliteConnection,
    ) -> Result<Committed, StoreError> {
        let sorted = self.sort(batch);
        let what = StoreError::sql("a transaction of results");
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await.map_err(&what)?;
        let mut written = self.write(batch, &sorted, connection).await;
        if written.is_ok()
            && let Err(error) = sqlx::query("COMMIT").execute(&mut *connection).await
        {
            written = Err(what(error));
        }
        let new = match written {
            Ok(new) => new,
            Err(error) => {
                // SQLite rolls back by itself on a full disk, and then reports that there is nothing to roll back. sqlx's own
                // transaction type would take that for a transaction that is still open, and never begin another.
                let _ = sqlx::query("ROLLBACK").execute(connection).await;
                self.projections.rolled_back();
                return Err(error);
            }
        };
        self.projections.committed();
        for started in &sorted.starts {
            self.in_flight.insert(started.identity.run, started.identity.fence);
        }
        for completion in &sorted.completions {
            self.in_flight.remove(&completion.run());
            if let Some(reservation) = &completion.reservation {
                reservation.stored();
            }
        }
        self.quotas.add_contents(&new.stored);
        self.remove(new.surplus.into_iter().chain(sorted.refused_files).collect());
        for identity in &batch.refused {
            self.in_flight.remove(&identity.run);
        }
        self.newest += sorted.completions.len() as i64;
        let newest = (!sorted.completions.is_empty()).then_some(self.newest);
        Ok(Committed { newest, refused: sorted.refused })
    }

    /// Pairs starts with completions.
    fn sort<'b>(&self, batch: &'b Batch) -> Sorted<'b> {
        let mut sorted = Sorted::default();
        let mut fresh: HashMap<RunId, Fence> = HashMap::new();
        for item in &batch.items {
            match item {
                Item::Start(started) => {
                    fresh.insert(started.identity.run, started.identity.fence);
                }
                Item::End(completion) if !completion.was_started => sorted.completions.push(completion),
                Item::End(completion) => {
                    let (run, fence) = (completion.run(), completion.identity.fence);
                    if fresh.get(&run) == Some(&fence) {
                        fresh.remove(&run);
                        sorted.completions.push(completion);
                    } else if self.in_flight.get(&run) == Some(&fence) && !sorted.leaving.contains(&run) {
                        sorted.leaving.insert(run);
                        sorted.completions.push(completion);
                    } else {
                        sorted.refused.insert(run);
                        sorted.refused_files.extend(completion.files().cloned());
                    }
                }
            }
        }
        // In order, without those whose completion is in the batch.
        sorted.starts.extend(batch.items.iter().filter_map(|item| match item {
            Item::Start(started) if fresh.contains_key(&started.identity.run) => Some(started),
            _ => None,
        }));
        sorted
    }

    async fn write(
        &mut self,
        batch: &Batch,
        sorted: &Sorted<'_>,
        connection: &mut SqliteConnection,
    ) -> Result<NewBlobs, StoreError> {
        for completion in &sorted.completions {
            for attempt in &completion.attempts {
                self.learn_engine(&attempt.fingerprint, connection).await?;
            }
        }
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        for started in &sorted.starts {
            self.put_start(started, &mut starts);
        }
        for Identity { run, fence, .. } in &batch.refused {
            ends.extend([uid(*run), fence.incarnation.into(), fence.number.into()]);
        }
        for completion in
            sorted.completions.iter().filter(|completion| sorted.leaving.contains(&completion.run()))
        {
            let Identity { run, fence, .. } = completion.identity;
            ends.extend([uid(run), fence.incarnation.into(), fence.number.into()]);
        }
        let (mut runs, mut attempts, mut blobs) = (Vec::new(), Vec::new(), BlobValues::default());
        for (number, completion) in (self.newest + 1..).zip(&sorted.completions) {
            self.put_run(number, completion, &mut runs);
            for attempt in &completion.attempts {
                let id = self.put_attempt(number, attempt, &mut attempts);
                let identity = &completion.identity;
                let day = identity.slot.0 / DAY_MS * DAY_MS;
                blobs.put((identity.journey.0, day), id, &attempt.contents);
            }
        }
        self.start.execute(&starts, connection).await?;
        self.end.execute(&ends, connection).await?;
        self.run.execute(&runs, connection).await?;
        self.attempt.execute(&attempts, connection).await?;
        let new = self.blobs.write(&blobs, connection).await?;
        if !sorted.completions.is_empty() {
            let numbered = (self.newest + 1..).zip(&sorted.completions);
            let completed: Vec<_> =
                numbered.map(|(number, completion)| completion.completed(number)).collect();
            self.projections.apply(&completed, connection).await?;
        }
        for (location, until) in &batch.planned {
            plan(*location, *until, connection).await?;
        }
        Ok(new)
    }

    fn put_start(&self, started: &Started, values: &mut Vec<Value>) {
        let identity = &started.identity;
        values.extend([
            uid(identity.run),
            identity.journey.0.into(),
            identity.version.0.into(),
            identity.policy.0.into(),
            identity.location.0.into(),
            identity.slot.0.into(),
            self.dictionary.lane(identity.lane).into(),
            identity.seq.into(),
            started.at.0.into(),
            identity.fence.incarnation.into(),
            identity.fence.number.into(),
            maintenance(identity),
        ]);
    }

    fn put_run(&self, number: i64, completion: &RunCompletion, values: &mut Vec<Value>) {
        let identity = &completion.identity;
        values.extend([
            number.into(),
            uid(identity.run),
            identity.journey.0.into(),
            identity.version.0.into(),
            identity.policy.0.into(),
            identity.location.0.into(),
            identity.slot.0.into(),
            self.dictionary.lane(identity.lane).into(),
            identity.seq.into(),
            completion.started_at.map(|at| at.0).into(),
            completion.finished_at.0.into(),
            completion.duration().map(|duration| duration.0).into(),
            self.dictionary.verdict(completion.verdict).into(),
            completion.first_verdict().map(|verdict| self.dictionary.verdict(verdict)).into(),
            self.dictionary.reason(completion.reason).into(),
            (completion.attempts.len() as u64).into(),
            identity.fence.incarnation.into(),
            maintenance(identity),
        ]);
    }

    /// Returns the number of the attempt's row.
    fn put_attempt(&self, run: i64, attempt: &PackedAttempt, values: &mut Vec<Value>) -> i64 {
        let number = (run << 8) | i64::from(attempt.number.min(255));
        values.extend([
            number.into(),
            attempt.started_at.0.into(),
            attempt.duration.0.into(),
            attempt.cpu.0.into(),
            attempt.stall.0.into(),
            attempt.memory.into(),
            self.engines.get(&attempt.fingerprint).copied().unwrap_or(0).into(),
            self.dictionary.verdict(attempt.verdict).into(),
            self.dictionary.reason(attempt.reason).into(),
            Arc::clone(&attempt.detail).into(),
        ]);
        number
    }

    /// Called before each use: [`forget`](Self::forget) drops what a failed transaction may have made.
    async fn learn_engine(
        &mut self,
        fingerprint: &Arc<str>,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        if self.engines.contains_key(fingerprint) {
            return Ok(());
        }
        let what = StoreError::sql("writing to the table engine");
        sqlx::query("INSERT INTO engine (fingerprint) VALUES (?) ON CONFLICT DO NOTHING")
            .bind(Arc::clone(fingerprint))
            .execute(&mut *connection)
            .await
            .map_err(&what)?;
        let number: i64 = sqlx::query_scalar("SELECT id FROM engine WHERE fingerprint = ?")
            .bind(Arc::clone(fingerprint))
            .fetch_one(connection)
            .await
            .map_err(&what)?;
        self.engines.insert(Arc::clone(fingerprint), number);
        Ok(())
    }

    /// Removes files that no row names and none will: of contents that were there already, and of completions that were refused.
    pub(crate) fn remove(&self, files: Vec<Arc<str>>) {
        if !files.is_empty() {
            let data_dir = self.data_dir.clone();
            tokio::task::spawn_blocking(move || remove_files(&data_dir, files));
        }
    }

    /// After a failed transaction, or one of another caller: what is in memory may be stale.
    pub(crate) fn forget(&mut self) {
        self.projections.forget();
        self.engines.clear();
    }
}

#[derive(Default)]
struct Sorted<'b> {
    starts: Vec<&'b Started>,
    completions: Vec<&'b RunCompletion>,
    /// Runs whose row leaves `started`.
    leaving: HashSet<RunId>,
    refused: HashSet<RunId>,
    /// Those of refused completions.
    refused_files: Vec<Arc<str>>,
}

fn uid(run: RunId) -> Value {
    Value::Bytes(run.into_bytes().as_slice().into())
}

fn maintenance(identity: &Identity) -> Value {
    identity.maintenance.map(|window| window.0).into()
}

async fn plan(
    location: LocationKey,
    until: UnixMillis,
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE location SET planned_until_ms = ?2 WHERE id = ?1 AND coalesce(planned_until_ms, -1) < ?2",
    )
    .bind(location.0)
    .bind(i64::try_from(until.0).unwrap_or(i64::MAX))
    .execute(connection)
    .await
    .map_err(StoreError::sql("writing to the table location"))?;
    Ok(())
}
