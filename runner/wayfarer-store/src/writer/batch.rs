//! One transaction: what was started, what has ended, the roll-ups of it, and how far was planned.
//!
//! Invariants: a run whose start and end are in one batch is never written as started; an end without a
//! start is refused, not written; nothing in memory changes unless the transaction is through.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sqlx::SqliteConnection;
use wayfarer_model::ids::RunId;
use wayfarer_model::run::Fence;
use wayfarer_model::units::UnixMillis;

use super::failures::Failures;
use super::fold::Rollups;
use super::message::{Ending, PackedAttempt};
use super::statement::{ManyRows, Value};
use crate::error::StoreError;
use crate::keys::LocationKey;
use crate::records::{Identity, Started};
use crate::words::Words;

/// What goes into one transaction, in order.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) items: Vec<Item>,
    pub(crate) planned: HashMap<LocationKey, UnixMillis>,
}

/// A start or an end.
pub(crate) enum Item {
    Start(Started),
    End(Box<Ending>),
}

/// What a transaction did.
pub(crate) struct Done {
    /// The newest row of `run`, if any was written.
    pub(crate) newest: Option<i64>,
    /// Ends that were not written, because no start was there.
    pub(crate) refused: HashSet<RunId>,
}

/// Writes batches; holds what a transaction needs to know beside its own rows.
pub(crate) struct Writing {
    words: Words,
    rollups: Rollups,
    failures: Failures,
    under_way: HashMap<RunId, Fence>,
    engines: HashMap<Arc<str>, i64>,
    newest: i64,
    start: ManyRows,
    end: ManyRows,
    run: ManyRows,
    attempt: ManyRows,
    artifact: ManyRows,
}

impl Writing {
    pub(crate) fn new(words: Words, newest: i64, under_way: HashMap<RunId, Fence>) -> Self {
        Self {
            words,
            rollups: Rollups::new(),
            failures: Failures::new(),
            under_way,
            engines: HashMap::new(),
            newest,
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
                "INSERT INTO attempt (id, started_ms, duration_us, cpu_us, memory, engine, verdict, reason, detail) VALUES",
                9,
                "",
            ),
            artifact: ManyRows::new(
                "writing to the table artifact",
                "INSERT INTO artifact (attempt, number, content) VALUES",
                3,
                "",
            ),
        }
    }

    /// Writes a batch in one transaction.
    pub(crate) async fn commit(
        &mut self,
        batch: &Batch,
        connection: &mut SqliteConnection,
    ) -> Result<Done, StoreError> {
        let sorted = self.sort(batch);
        let what = StoreError::sql("a transaction of results");
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await.map_err(&what)?;
        let mut written = self.write(batch, &sorted, connection).await;
        if written.is_ok() {
            written = sqlx::query("COMMIT").execute(&mut *connection).await.map(drop).map_err(what);
        }
        if let Err(error) = written {
            // SQLite rolls back by itself where the disk is full, and then says that there is nothing to roll back.
            // (sqlx's own transactions take that for one that is still open, and begin no other: for ever.)
            let _ = sqlx::query("ROLLBACK").execute(connection).await;
            self.rollups.discard();
            return Err(error);
        }
        self.rollups.settle();
        for started in &sorted.starts {
            self.under_way.insert(started.identity.run, started.identity.fence);
        }
        for ending in &sorted.endings {
            self.under_way.remove(&ending.run());
        }
        self.newest += sorted.endings.len() as i64;
        let newest = (!sorted.endings.is_empty()).then_some(self.newest);
        Ok(Done { newest, refused: sorted.refused })
    }

    /// Which starts and ends there really are.
    fn sort<'b>(&self, batch: &'b Batch) -> Sorted<'b> {
        let mut sorted = Sorted::default();
        let mut fresh: HashMap<RunId, Fence> = HashMap::new();
        for item in &batch.items {
            match item {
                Item::Start(started) => {
                    fresh.insert(started.identity.run, started.identity.fence);
                }
                Item::End(ending) if !ending.was_started => sorted.endings.push(ending),
                Item::End(ending) => {
                    let (run, fence) = (ending.run(), ending.identity.fence);
                    if fresh.get(&run) == Some(&fence) {
                        fresh.remove(&run);
                        sorted.endings.push(ending);
                    } else if self.under_way.get(&run) == Some(&fence) && !sorted.leaving.contains(&run) {
                        sorted.leaving.insert(run);
                        sorted.endings.push(ending);
                    } else {
                        sorted.refused.insert(run);
                    }
                }
            }
        }
        // In the order in which they came, and without those whose end came, too.
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
    ) -> Result<(), StoreError> {
        for ending in &sorted.endings {
            for attempt in &ending.attempts {
                self.learn_engine(&attempt.fingerprint, connection).await?;
            }
        }
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        for started in &sorted.starts {
            self.put_start(started, &mut starts);
        }
        for ending in sorted.endings.iter().filter(|ending| sorted.leaving.contains(&ending.run())) {
            let Identity { run, fence, .. } = ending.identity;
            ends.extend([uid(run), fence.incarnation.into(), fence.number.into()]);
        }
        let (mut runs, mut attempts, mut artifacts) = (Vec::new(), Vec::new(), Vec::new());
        for (number, ending) in (self.newest + 1..).zip(&sorted.endings) {
            self.put_run(number, ending, &mut runs);
            for attempt in &ending.attempts {
                self.put_attempt(number, attempt, &mut attempts, &mut artifacts);
            }
        }
        self.start.execute(&starts, connection).await?;
        self.end.execute(&ends, connection).await?;
        self.run.execute(&runs, connection).await?;
        self.attempt.execute(&attempts, connection).await?;
        self.artifact.execute(&artifacts, connection).await?;
        if !sorted.endings.is_empty() {
            let counted: Vec<_> = sorted.endings.iter().map(|ending| ending.counted()).collect();
            self.rollups.fold(&counted, connection).await?;
            self.failures.write(self.newest + 1, &sorted.endings, connection).await?;
        }
        for (location, until) in &batch.planned {
            plan(*location, *until, connection).await?;
        }
        Ok(())
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
            self.words.lane(identity.lane).into(),
            identity.seq.into(),
            started.at.0.into(),
            identity.fence.incarnation.into(),
            identity.fence.number.into(),
            maintenance(identity),
        ]);
    }

    fn put_run(&self, number: i64, ending: &Ending, values: &mut Vec<Value>) {
        let identity = &ending.identity;
        values.extend([
            number.into(),
            uid(identity.run),
            identity.journey.0.into(),
            identity.version.0.into(),
            identity.policy.0.into(),
            identity.location.0.into(),
            identity.slot.0.into(),
            self.words.lane(identity.lane).into(),
            identity.seq.into(),
            ending.started_at.map(|at| at.0).into(),
            ending.finished_at.0.into(),
            ending.duration().map(|duration| duration.0).into(),
            self.words.verdict(ending.verdict).into(),
            ending.first_verdict().map(|verdict| self.words.verdict(verdict)).into(),
            self.words.reason(ending.reason).into(),
            (ending.attempts.len() as u64).into(),
            identity.fence.incarnation.into(),
            maintenance(identity),
        ]);
    }

    fn put_attempt(
        &self,
        run: i64,
        attempt: &PackedAttempt,
        values: &mut Vec<Value>,
        artifacts: &mut Vec<Value>,
    ) {
        let number = (run << 8) | i64::from(attempt.number.min(255));
        values.extend([
            number.into(),
            attempt.started_at.0.into(),
            attempt.duration.0.into(),
            attempt.cpu.0.into(),
            attempt.memory.into(),
            self.engines.get(&attempt.fingerprint).copied().unwrap_or(0).into(),
            self.words.verdict(attempt.verdict).into(),
            self.words.reason(attempt.reason).into(),
            Arc::clone(&attempt.detail).into(),
        ]);
        for (place, content) in (0_u32..).zip(&attempt.artifacts) {
            artifacts.extend([number.into(), place.into(), Arc::clone(content).into()]);
        }
    }

    /// A fingerprint stays known even where the transaction fails: the row is looked up again, and made again.
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

    /// After a transaction that failed, or one of somebody else's: what was read may be stale.
    pub(crate) fn forget(&mut self) {
        self.rollups.forget();
        self.engines.clear();
    }
}

#[derive(Default)]
struct Sorted<'b> {
    starts: Vec<&'b Started>,
    endings: Vec<&'b Ending>,
    /// Runs whose row leaves `started`.
    leaving: HashSet<RunId>,
    refused: HashSet<RunId>,
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
