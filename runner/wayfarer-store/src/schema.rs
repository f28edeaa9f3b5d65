//! The schema and the way up to it: forward only, each step in a transaction of its own.
//!
//! `application_id` says that a file is ours, `user_version` counts the steps that it has taken. A step that
//! was released is never changed.

use std::path::Path;

use sqlx::{Connection as _, SqliteConnection};

use crate::deployments::complete_delays;
use crate::error::StoreError;

/// `WAYF` in ASCII.
pub(crate) const APPLICATION_ID: i64 = 0x5741_5946;

const STEPS: &[&str] = &[
    include_str!("../migrations/20261124_000001_results.sql"),
    include_str!("../migrations/20261124_000002_views.sql"),
    include_str!("../migrations/20261126_000003_retention.sql"),
    include_str!("../migrations/20261127_000004_suspensions.sql"),
];

/// The step that gives versions of journeys their delay, which SQL cannot compute.
const DELAYS: i64 = 4;

/// The newest schema that this binary knows.
pub(crate) fn known() -> i64 {
    STEPS.len() as i64
}

/// What a file says of itself: `application_id` and `user_version`.
async fn identity(connection: &mut SqliteConnection) -> Result<(i64, i64), StoreError> {
    let what = StoreError::sql("reading the schema's version");
    let application: i64 =
        sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await.map_err(&what)?;
    let version: i64 =
        sqlx::query_scalar("PRAGMA user_version").fetch_one(connection).await.map_err(&what)?;
    Ok((application, version))
}

/// Refuses what is not ours, or newer; says how far it is.
async fn found(connection: &mut SqliteConnection, path: &Path) -> Result<i64, StoreError> {
    let (application, version) = identity(connection).await.map_err(|error| foreign(error, path))?;
    match (application, version) {
        (0, 0) | (APPLICATION_ID, _) if version <= known() => Ok(version),
        (APPLICATION_ID, _) => {
            Err(StoreError::Newer { path: path.to_owned(), found: version, known: known() })
        }
        _ => Err(StoreError::Foreign(path.to_owned())),
    }
}

/// SQLite's own "file is not a database" is that the file is not ours.
fn foreign(error: StoreError, path: &Path) -> StoreError {
    if error.code() == Some(26) { StoreError::Foreign(path.to_owned()) } else { error }
}

/// Takes the steps that are missing.
pub(crate) async fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let what = StoreError::sql("bringing the schema up to date");
    let version = found(connection, path).await?;
    for (number, step) in (1..).zip(STEPS).skip(usize::try_from(version).unwrap_or(0)) {
        let mut transaction = connection.begin().await.map_err(&what)?;
        sqlx::raw_sql(*step).execute(&mut *transaction).await.map_err(&what)?;
        if number == DELAYS {
            complete_delays(&mut transaction).await?;
        }
        let mark = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {number}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(mark)).execute(&mut *transaction).await.map_err(&what)?;
        transaction.commit().await.map_err(&what)?;
        tracing::info!(schema = number, "the database was brought up to date");
    }
    Ok(())
}

/// For those who only read: exactly this schema.
pub(crate) async fn require(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let version = found(connection, path).await?;
    if version == known() {
        Ok(())
    } else {
        Err(StoreError::Older { path: path.to_owned(), found: version, known: known() })
    }
}
