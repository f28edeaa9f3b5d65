//! Checkpoints the WAL from a dedicated connection, so that no caller who waits for a commit waits for that.
//!
//! A checkpoint beside a busy writer never reaches the WAL's end, and the WAL would grow for ever. Beyond [`LONG`] the writer
//! itself checkpoints the rest between two transactions. The other connection has just done most of it, so that is little.
//! SQLite then starts the WAL from its beginning.
//!
//! None of this works while a process holds an old read transaction open: SQLite keeps the WAL for it. Writing goes on, the WAL
//! grows, and beyond a bound the server logs a warning.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{ConnectOptions as _, Row as _, SqliteConnection};
use tokio::sync::Notify;

use crate::data_dir::{wal, writing};
use crate::error::StoreError;

/// Bytes of WAL at which the dedicated connection starts to checkpoint.
const WORTHWHILE: u64 = 8 << 20;
/// Bytes of WAL at which the writer helps.
const LONG: u64 = 16 << 20;

/// Pages that the writer may checkpoint itself: as many as a few large transactions leave.
const LITTLE: i64 = 2_048;

/// The writer's side of it.
pub(crate) struct Checkpoint {
    wal: std::path::PathBuf,
    state: Arc<CheckpointState>,
    /// Commits until the next measurement.
    until_measured: u32,
    /// Bytes of WAL beyond which the server warns, and whether it did.
    warning: u64,
    has_warned: bool,
}

struct CheckpointState {
    wanted: Notify,
    has_caught_up: AtomicBool,
    is_over: AtomicBool,
}

/// Commits between two measurements of the WAL's length.
const MEASURE_EVERY: u32 = 4;

impl Checkpoint {
    /// Opens the dedicated connection. `warning` is in bytes.
    pub(crate) async fn start(data_dir: &Path, warning: u64) -> Result<Self, StoreError> {
        let connection = writing(data_dir)
            .thread_name(|_| "store-checkpoint".to_owned())
            .connect()
            .await
            .map_err(StoreError::sql("opening the connection that checkpoints"))?;
        let state = Arc::new(CheckpointState {
            wanted: Notify::new(),
            has_caught_up: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        });
        tokio::spawn(checkpoint(connection, Arc::clone(&state)));
        Ok(Self { wal: wal(data_dir), state, until_measured: 0, warning, has_warned: false })
    }

    /// After some commits, measures the WAL and has it checkpointed if it is long.
    pub(crate) async fn after_commit(&mut self, connection: &mut SqliteConnection) {
        self.until_measured = self.until_measured.saturating_sub(1);
        if self.until_measured > 0 {
            return;
        }
        self.until_measured = MEASURE_EVERY;
        let length = std::fs::metadata(&self.wal).map_or(0, |wal| wal.len());
        self.warn(length);
        if length > LONG && self.state.has_caught_up.swap(false, Ordering::AcqRel) {
            let _ = passive(connection).await;
        } else if length > WORTHWHILE {
            self.state.wanted.notify_one();
        }
    }

    /// Logs once that the WAL has become too long, and once that it no longer is.
    fn warn(&mut self, length: u64) {
        let had_warned = std::mem::replace(&mut self.has_warned, length > self.warning);
        let (wal, bytes) = (self.wal.display(), length);
        if self.has_warned && !had_warned {
            tracing::warn!(
                %wal, bytes,
                "the WAL grows, because a process holds a read transaction open: find that process with `fuser` on the database, \
                 and end its transaction",
            );
        } else if had_warned && !self.has_warned {
            tracing::warn!(%wal, bytes, "the WAL has been checkpointed: no process holds an old read transaction open any more");
        }
    }
}

impl Drop for Checkpoint {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::Release);
        self.state.wanted.notify_one();
    }
}

/// Pages in the WAL, and how many of them are checkpointed.
async fn passive(connection: &mut SqliteConnection) -> Option<(i64, i64)> {
    match sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(connection).await {
        Ok(row) => Some((row.try_get(1).ok()?, row.try_get(2).ok()?)),
        Err(error) => {
            tracing::warn!(%error, "the WAL was not checkpointed; the store tries again");
            None
        }
    }
}

async fn checkpoint(mut connection: SqliteConnection, state: Arc<CheckpointState>) {
    loop {
        state.wanted.notified().await;
        if state.is_over.load(Ordering::Acquire) {
            // Not closed: the last connection that closes removes the WAL.
            std::mem::forget(connection);
            return;
        }
        if passive(&mut connection).await.is_some_and(|(pages, done)| pages - done < LITTLE) {
            state.has_caught_up.store(true, Ordering::Release);
        }
    }
}
