//! How far the export of traces has come, and the runs that are next. The server's background task `trace-export` reads and writes it.
//!
//! Runs are numbered in the order of their commits, and a number is never used again. So one number says which runs were sent: the
//! position moves on after a receiver has taken them, and whatever ends in between, they are sent again.

use wayfarer_model::ids::{NameError, TenantName};
use wayfarer_model::units::UnixMillis;

use crate::error::StoreError;
use crate::read::RunDetail;
use crate::recover::newest_run;
use crate::store::Store;
use crate::writer::RunCursor;

/// What waits to be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TraceBacklog {
    /// Rows of runs and slots that were written since, and of them those that were removed meanwhile.
    pub runs: u64,
    /// When the oldest of them that is still there ended; none if nothing waits.
    pub oldest: Option<UnixMillis>,
}

/// A row that may have a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceCandidate {
    /// Its position.
    pub run: RunCursor,
    /// Whose it is.
    pub tenant: TenantName,
    /// Whether there was a run. A slot that was missed or skipped had none.
    pub is_run: bool,
    /// Whether its first attempt passed, so that the run has nothing to tell but that.
    pub passed_at_once: bool,
    /// Rows that came right before it and are there no more.
    pub removed_before: u64,
}

const READING: &str = "reading the table trace_export";
const WRITING: &str = "writing to the table trace_export";

impl Store {
    /// The newest run that needs not be sent. None before the first call of [`begin_trace_export`](Self::begin_trace_export).
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn trace_position(&self) -> Result<Option<RunCursor>, StoreError> {
        let run: Option<i64> = sqlx::query_scalar("SELECT run FROM trace_export")
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::sql(READING))?;
        Ok(run.map(RunCursor))
    }

    /// Begins with the runs that end from now on, unless the export has begun already.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn begin_trace_export(&self) -> Result<(), StoreError> {
        self.write(|connection| {
            Box::pin(async move {
                // Removed ones too: numbers go on after them.
                let newest = newest_run(connection).await?;
                sqlx::query("INSERT INTO trace_export (id, run) VALUES (1, ?) ON CONFLICT DO NOTHING")
                    .bind(newest)
                    .execute(connection)
                    .await
                    .map_err(StoreError::sql(WRITING))?;
                Ok(())
            })
        })
        .await
    }

    /// Notes that runs up to this one need not be sent any more.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn traces_exported(&self, newest: RunCursor) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query("UPDATE trace_export SET run = ?1 WHERE run < ?1")
                    .bind(newest.0)
                    .execute(connection)
                    .await
                    .map_err(StoreError::sql(WRITING))?;
                Ok(())
            })
        })
        .await
    }

    /// Forgets the position: an export that begins later begins with the runs of then.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn end_trace_export(&self) -> Result<(), StoreError> {
        self.write(|connection| {
            Box::pin(async move {
                sqlx::query("DELETE FROM trace_export")
                    .execute(connection)
                    .await
                    .map_err(StoreError::sql(WRITING))?;
                Ok(())
            })
        })
        .await
    }

    /// What waits behind a position.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn trace_backlog(&self, after: RunCursor) -> Result<TraceBacklog, StoreError> {
        let newest = self.committed().borrow().0;
        let oldest: Option<i64> =
            sqlx::query_scalar("SELECT finished_ms FROM run WHERE id > ? ORDER BY id LIMIT 1")
                .bind(after.0)
                .fetch_optional(self.readers())
                .await
                .map_err(StoreError::sql("reading the table run"))?;
        let Some(oldest) = oldest else { return Ok(TraceBacklog::default()) };
        let runs = u64::try_from(newest - after.0).unwrap_or(0);
        Ok(TraceBacklog { runs, oldest: Some(UnixMillis(u64::try_from(oldest).unwrap_or(0))) })
    }

    /// The next rows after a position, in the order of their numbers. Empty if there are none.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn next_traces(&self, after: RunCursor, limit: u32) -> Result<Vec<TraceCandidate>, StoreError> {
        let rows: Vec<(i64, String, bool, bool)> = sqlx::query_as(
            "SELECT r.id, t.name, r.started_ms IS NOT NULL,
               coalesce(r.first_verdict IN (SELECT id FROM dictionary WHERE kind = 'verdict' AND word = 'passed'), false)
             FROM run r JOIN journey j ON j.id = r.journey JOIN tenant t ON t.id = j.tenant
             WHERE r.id > ? ORDER BY r.id LIMIT ?",
        )
        .bind(after.0)
        .bind(limit)
        .fetch_all(self.readers())
        .await
        .map_err(StoreError::sql("reading the table run"))?;
        let mut last = after.0;
        let candidate = |(run, tenant, is_run, passed_at_once): (i64, String, bool, bool)| {
            let tenant = tenant.parse().map_err(|error: NameError| StoreError::Corrupt {
                table: "tenant",
                row: tenant.clone(),
                reason: error.to_string(),
            })?;
            // Numbers follow each other without a gap.
            let removed_before = u64::try_from(run - last - 1).unwrap_or(0);
            last = run;
            Ok(TraceCandidate { run: RunCursor(run), tenant, is_run, passed_at_once, removed_before })
        };
        rows.into_iter().map(candidate).collect()
    }

    /// A run to be exported, without bodies. None if retention has removed it meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn trace_of(&self, run: RunCursor) -> Result<Option<RunDetail>, StoreError> {
        self.run_without_bodies(run.0).await
    }
}
