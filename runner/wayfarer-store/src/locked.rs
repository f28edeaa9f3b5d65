//! Another process holds the write lock: the store waits for it, however long that takes.
//!
//! SQLite itself waits for some seconds (`data_dir.rs`), then reports an error. Callers never see that error. A transaction
//! that could not begin has changed nothing, so the store begins it again. Once it has begun, nobody else can be in its way,
//! and its work is done once.

use std::time::Duration;

use sqlx::SqliteConnection;

use crate::error::StoreError;

/// Between two tries: SQLite may also report at once that another connection has the lock.
const PAUSE: Duration = Duration::from_millis(200);

/// Begins a transaction that writes. Calls `report` with the error of each try that failed.
pub(crate) async fn begin_writing(
    connection: &mut SqliteConnection,
    report: impl Fn(&StoreError),
) -> Result<(), StoreError> {
    let what = StoreError::sql("beginning a transaction");
    loop {
        match sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await.map_err(&what) {
            Err(error) if error.is_locked() => report(&error),
            begun => return begun.map(drop),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Logs the error, then pauses: for callers that have no `/readyz` to report it.
pub(crate) async fn wait(error: &StoreError) {
    warn(error);
    tokio::time::sleep(PAUSE).await;
}

/// Logs whom to look for.
pub(crate) fn warn(error: &StoreError) {
    tracing::warn!(%error, "another process holds the write lock of the database, and the store waits for it: find it with `fuser` on wayfarer.db");
}
