//! Bodies, logs and artifacts: the parts of runs that stay.
//!
//! A tenant's floor moves once the walk has passed all runs before it. A removal that was cut short walks over these runs again
//! and finds nothing. The walk passes over a run that people may still need and notes it in `spared`; once nobody needs it, the
//! next removal begins with it.

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::kept::note;
use super::scan::IS_EVIDENCE;
use super::{Removal, Removed, RetentionKind};
use crate::blobs::{Referring, Released, release};
use crate::error::StoreError;
use crate::numbers::list;
use crate::pace::BYTES;
use crate::pack::{Part, strip};
use crate::stored_bytes::give_back;
use crate::writer::{ManyRows, Then, Value};

/// The changes of one step.
#[derive(Default)]
struct Changes {
    /// Attempts, each with its new detail.
    details: Vec<Value>,
    /// Attempts that lose their artifacts.
    artifacts: Vec<i64>,
    /// Attempts that lose their bodies.
    bodies: Vec<i64>,
    /// Runs that the step passes over,
    spared: Vec<i64>,
    /// and earlier ones that it has caught up with.
    caught_up: Vec<i64>,
    /// Of each run, the bytes that it takes no more.
    freed: Vec<(i64, u64)>,
    count: u64,
    rows: usize,
    bytes: u64,
    takes_bodies: bool,
}

/// What a run has of the kind.
#[derive(Default)]
struct Found {
    details: Vec<(i64, String)>,
    artifacts: Vec<i64>,
    count: u64,
    /// What has to be written or removed.
    bytes: u64,
    /// What is free afterwards.
    freed: u64,
}

impl Changes {
    fn of(kind: RetentionKind) -> Self {
        Self { takes_bodies: kind == RetentionKind::Bodies, ..Self::default() }
    }

    fn take(&mut self, run: i64, found: Found) {
        self.freed.push((run, found.freed));
        self.rows += found.details.len() + found.artifacts.len();
        self.bytes += found.bytes;
        self.count += found.count;
        if self.takes_bodies {
            self.bodies.extend(found.details.iter().map(|(attempt, _)| *attempt));
        }
        for (attempt, detail) in found.details {
            self.details.extend([attempt.into(), Value::Text(detail.into())]);
        }
        self.artifacts.extend(found.artifacts);
    }

    fn is_empty(&self) -> bool {
        self.rows == 0 && self.spared.is_empty() && self.caught_up.is_empty()
    }
}

impl Removal {
    /// One step over one of these kinds.
    pub(super) async fn details(&mut self) -> Result<Removed, StoreError> {
        let mut left = match self.superseded.take() {
            Some(left) => left,
            None => self.superseded().await?,
        };
        if !left.is_empty() {
            let changes = self.catch_up(&mut left).await?;
            self.superseded = Some(left);
            return self.change(changes, false).await;
        }
        self.superseded = Some(left);
        self.refill().await?;
        let mut changes = Changes::of(self.kind);
        while changes.rows < self.pace.next()
            && changes.bytes < BYTES
            && let Some(seen) = self.seen.pop_front()
        {
            if seen.tenant.is_none() {
                continue;
            }
            let found = self.find(seen.run).await?;
            match found.count {
                0 => {}
                _ if seen.is_evidence => changes.spared.push(seen.run),
                _ => changes.take(seen.run, found),
            }
        }
        self.change(changes, self.is_through()).await
    }

    /// Runs that were spared and that nobody needs any more.
    async fn superseded(&self) -> Result<Vec<i64>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT s.run, r.journey FROM spared s JOIN run r ON r.id = s.run WHERE s.kind = ? AND NOT {IS_EVIDENCE}"
        )))
        .bind(self.kind.as_str())
        .fetch_all(self.store.readers())
        .await
        .map_err(StoreError::sql("reading the table spared"))?;
        Ok(rows
            .into_iter()
            .filter(|(_, journey)| self.owner(*journey).is_some())
            .map(|(run, _)| run)
            .collect())
    }

    /// Removes the kind from some of these runs.
    async fn catch_up(&self, left: &mut Vec<i64>) -> Result<Changes, StoreError> {
        let mut changes = Changes::of(self.kind);
        while changes.rows < self.pace.next()
            && changes.bytes < BYTES
            && let Some(run) = left.pop()
        {
            changes.take(run, self.find(run).await?);
            changes.caught_up.push(run);
        }
        Ok(changes)
    }

    async fn find(&self, run: i64) -> Result<Found, StoreError> {
        let part = match self.kind {
            RetentionKind::Bodies => Part::Bodies,
            RetentionKind::Logs => Part::Logs,
            _ => return self.find_artifacts(run).await,
        };
        let rows: Vec<(i64, String)> =
            sqlx::query_as("SELECT id, detail FROM attempt WHERE id BETWEEN ?1 << 8 AND (?1 << 8) + 255")
                .bind(run)
                .fetch_all(self.store.readers())
                .await
                .map_err(StoreError::sql("reading the table attempt"))?;
        let mut found = Found::default();
        for (attempt, detail) in rows {
            if let Some((rest, count)) = strip(&detail, part) {
                found.bytes += detail.len() as u64;
                found.freed += (detail.len() - rest.len()) as u64;
                found.count += count;
                found.details.push((attempt, rest));
            }
        }
        Ok(found)
    }

    async fn find_artifacts(&self, run: i64) -> Result<Found, StoreError> {
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
            "SELECT f.attempt, count(*), sum(b.stored) FROM artifact f JOIN blob b ON b.id = f.blob
             WHERE f.attempt BETWEEN ?1 << 8 AND (?1 << 8) + 255 GROUP BY f.attempt",
        )
        .bind(run)
        .fetch_all(self.store.readers())
        .await
        .map_err(StoreError::sql("reading the table artifact"))?;
        let mut found = Found::default();
        for (attempt, count, bytes) in rows {
            found.count += u64::try_from(count).unwrap_or(0);
            found.bytes += u64::try_from(bytes).unwrap_or(0);
            found.artifacts.push(attempt);
        }
        // Contents give their bytes back themselves.
        Ok(found)
    }

    /// Writes the changes; after the last run also the tenants' new floor.
    async fn change(&self, changes: Changes, is_done: bool) -> Result<Removed, StoreError> {
        if changes.is_empty() && !is_done {
            return Ok(Removed::default());
        }
        let (kind, before, count) = (self.kind, self.before, changes.count);
        let tenants: Vec<i64> = if is_done { self.floors.keys().copied().collect() } else { Vec::new() };
        let write = self.store.write_measured(Then::Keep, move |connection| {
            Box::pin(async move {
                let Released { mut given, files } = write(kind, &changes, connection).await?;
                given.add(give_back(&changes.freed, connection).await?);
                if !tenants.is_empty() {
                    note(kind, &tenants, before, connection).await?;
                }
                Ok((given, files))
            })
        });
        let ((given, files), held) = write.await?;
        self.store.quotas().give_back(&given);
        self.store.remove_files(files).await;
        Ok(Removed { count, held, is_done })
    }
}

async fn write(
    kind: RetentionKind,
    changes: &Changes,
    connection: &mut SqliteConnection,
) -> Result<Released, StoreError> {
    let mut blobs = Referring::Artifacts(&changes.artifacts).blobs(connection).await?;
    blobs.extend(Referring::Bodies(&changes.bodies).blobs(connection).await?);
    ManyRows::new(
        "writing to the table attempt",
        "WITH changed (id, detail) AS (VALUES",
        2,
        ") UPDATE attempt SET detail = changed.detail FROM changed WHERE attempt.id = changed.id",
    )
    .execute(&changes.details, connection)
    .await?;
    let kind = kind.as_str();
    let statements = [
        ("DELETE FROM artifact WHERE attempt IN (SELECT value FROM json_each(?1))", &changes.artifacts, None),
        ("DELETE FROM body WHERE attempt IN (SELECT value FROM json_each(?1))", &changes.bodies, None),
        (
            "INSERT OR IGNORE INTO spared (run, kind) SELECT value, ?2 FROM json_each(?1)",
            &changes.spared,
            Some(kind),
        ),
        (
            "DELETE FROM spared WHERE run IN (SELECT value FROM json_each(?1)) AND kind = ?2",
            &changes.caught_up,
            Some(kind),
        ),
    ];
    for (sql, numbers, kind) in statements.into_iter().filter(|(_, numbers, _)| !numbers.is_empty()) {
        let query = sqlx::query(sql).bind(list(numbers));
        let query = if kind.is_some() { query.bind(kind) } else { query };
        query.execute(&mut *connection).await.map_err(StoreError::sql("removing details"))?;
    }
    release(&blobs, connection).await
}
