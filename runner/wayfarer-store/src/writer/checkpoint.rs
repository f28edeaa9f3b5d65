//! Brings the log home into the database, from a connection of its own, so that nobody who waits for a commit
//! waits for that.
//!
//! A checkpoint beside a busy writer never gets to the log's end, and the log would grow for ever. So once it
//! is beyond [`LONG`], the writer itself brings home what is left between two transactions; the other
//! connection has just done the rest, so that is little. After that SQLite begins the log anew.
//!
//! All that ends where somebody reads the state of long ago in a transaction that goes on: SQLite keeps the log for that
//! one, and nobody here can end it. Writing goes on, the log grows, and beyond a bound the operator is told.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{ConnectOptions as _, Row as _, SqliteConnection};
use tokio::sync::Notify;

use crate::error::StoreError;
use crate::place::{log, writing};

/// Bytes of log at which bringing home begins.
const WORTHWHILE: u64 = 8 << 20;
/// Bytes of log at which the writer helps.
const LONG: u64 = 16 << 20;

/// Pages that the writer may bring home by itself: what a few large transactions leave behind.
const LITTLE: i64 = 2_048;

/// The writer's side.
pub(crate) struct Checkpoint {
    log: std::path::PathBuf,
    shared: Arc<Shared>,
    /// How many commits until the next look.
    until_look: u32,
    /// Bytes of log beyond which the operator is told, and whether that was done.
    alarming: u64,
    is_alarmed: bool,
}

struct Shared {
    wanted: Notify,
    has_caught_up: AtomicBool,
    is_over: AtomicBool,
}

/// Commits between two looks at the log's length.
const LOOK: u32 = 4;

impl Checkpoint {
    /// Opens the connection of its own.
    pub(crate) async fn start(data_dir: &Path, alarming: u64) -> Result<Self, StoreError> {
        let connection = writing(data_dir)
            .thread_name(|_| "store-checkpoint".to_owned())
            .connect()
            .await
            .map_err(StoreError::sql("opening the connection that brings the log home"))?;
        let shared = Arc::new(Shared {
            wanted: Notify::new(),
            has_caught_up: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        });
        tokio::spawn(bring_home(connection, Arc::clone(&shared)));
        Ok(Self { log: log(data_dir), shared, until_look: 0, alarming, is_alarmed: false })
    }

    /// Looks now and then whether the log has become long.
    pub(crate) async fn after_commit(&mut self, connection: &mut SqliteConnection) {
        self.until_look = self.until_look.saturating_sub(1);
        if self.until_look > 0 {
            return;
        }
        self.until_look = LOOK;
        let length = std::fs::metadata(&self.log).map_or(0, |log| log.len());
        self.tell(length);
        if length > LONG && self.shared.has_caught_up.swap(false, Ordering::AcqRel) {
            let _ = passive(connection).await;
        } else if length > WORTHWHILE {
            self.shared.wanted.notify_one();
        }
    }

    /// Once when the log has become too long, and once when it is no more.
    fn tell(&mut self, length: u64) {
        let was_alarmed = std::mem::replace(&mut self.is_alarmed, length > self.alarming);
        let (log, bytes) = (self.log.display(), length);
        if self.is_alarmed && !was_alarmed {
            tracing::warn!(
                %log, bytes,
                "the log grows and cannot be begun anew while a process holds a read open: find it with `fuser` on the database, \
                 and let it end its transaction",
            );
        } else if was_alarmed && !self.is_alarmed {
            tracing::warn!(%log, bytes, "the log was begun anew: nobody holds a read open any more");
        }
    }
}

impl Drop for Checkpoint {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Release);
        self.shared.wanted.notify_one();
    }
}

/// Pages in the log, and of these how many are home.
async fn passive(connection: &mut SqliteConnection) -> Option<(i64, i64)> {
    match sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(connection).await {
        Ok(row) => Some((row.try_get(1).ok()?, row.try_get(2).ok()?)),
        Err(error) => {
            tracing::warn!(%error, "the log was not brought home; it is tried again");
            None
        }
    }
}

async fn bring_home(mut connection: SqliteConnection, shared: Arc<Shared>) {
    loop {
        shared.wanted.notified().await;
        if shared.is_over.load(Ordering::Acquire) {
            // Not closed: the last connection that closes would remove the log.
            std::mem::forget(connection);
            return;
        }
        if passive(&mut connection).await.is_some_and(|(log, home)| log - home < LITTLE) {
            shared.has_caught_up.store(true, Ordering::Release);
        }
    }
}
