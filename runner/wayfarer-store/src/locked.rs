//! Another process holds the lock that whoever writes has to take: that is waited for, however long it lasts.
//!
//! SQLite itself waits for some seconds (`place.rs`), then it gives up. Whoever asked the store for something does not
//! hear of that: a transaction that could not begin has changed nothing, so it is begun again. Once it has begun,
//! nobody else can be in its way, and what is done in it is done once.

use std::time::Duration;

use sqlx::SqliteConnection;

use crate::error::StoreError;

/// Between two tries: SQLite may also say at once that the lock is taken.
const PAUSE: Duration = Duration::from_millis(200);

/// Begins a transaction that writes; `tell` hears of each try that came to nothing.
pub(crate) async fn begin_writing(
    connection: &mut SqliteConnection,
    tell: impl Fn(&StoreError),
) -> Result<(), StoreError> {
    let what = StoreError::sql("beginning a transaction");
    loop {
        match sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await.map_err(&what) {
            Err(error) if error.is_locked() => tell(&error),
            begun => return begun.map(drop),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// For who has no `/readyz` to say it there. Then a pause.
pub(crate) async fn wait(error: &StoreError) {
    warn(error);
    tokio::time::sleep(PAUSE).await;
}

/// Says in the log whom to look for.
pub(crate) fn warn(error: &StoreError) {
    tracing::warn!(%error, "another process holds the lock of the database and is waited for: `fuser` on wayfarer.db finds it");
}
