//! The tables' schema and its steps: forward only, each step in a transaction of its own.
//!
//! `application_id` says that a file is a Wayfarer database, `user_version` counts the steps that it has taken. A released
//! step never changes. So a step that needs Rust calls code that is frozen with it: [`delays`], [`words`], [`contents`]
//! and [`origins`] know the tables and the JSON of their time, and use no type of the model.

use std::path::Path;

use futures_util::future::BoxFuture;
use sqlx::{Connection as _, SqliteConnection};

use super::{contents, delays, origins, views, words};
use crate::error::StoreError;

/// `WAYF` in ASCII.
const APPLICATION_ID: i64 = 0x5741_5946;

/// The part of a step that SQL cannot express, in the transaction of that step.
type Rest = for<'c> fn(&'c mut SqliteConnection) -> BoxFuture<'c, Result<(), StoreError>>;

/// The name and the SQL of every step: the files of `migrations/`, in the order of their names.
const STEPS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/steps.rs"));

/// The rests, each with the name of its step.
const RESTS: &[(&str, Rest)] = &[
    ("20261127_000004_suspensions", delays::complete),
    ("20261129_000005_words", words::carry_over),
    ("20261130_000033_blobs", contents::carry_over),
    ("20261130_000034_fingerprints", origins::add),
];

/// The newest schema that this binary knows.
fn known() -> i64 {
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

/// How many steps a file has taken. Refuses a file of another application, and one with steps that this binary lacks.
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

/// SQLite reports "file is not a database" for a file of any other kind.
fn foreign(error: StoreError, path: &Path) -> StoreError {
    if error.code() == Some(26) { StoreError::Foreign(path.to_owned()) } else { error }
}

/// Takes the steps that are missing, then makes the views that differ from this binary's.
pub(crate) async fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let what = StoreError::sql("bringing the schema up to date");
    let version = found(connection, path).await?;
    for (number, (name, sql)) in (1_i64..).zip(STEPS).skip(usize::try_from(version).unwrap_or(0)) {
        let mut transaction = connection.begin().await.map_err(&what)?;
        sqlx::raw_sql(*sql).execute(&mut *transaction).await.map_err(&what)?;
        for (_, rest) in RESTS.iter().filter(|(step, _)| step == name) {
            rest(&mut transaction).await?;
        }
        let mark = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {number}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(mark)).execute(&mut *transaction).await.map_err(&what)?;
        transaction.commit().await.map_err(&what)?;
        tracing::info!(schema = number, "the database was brought up to date");
    }
    views::refresh(connection).await
}

/// Accepts exactly this binary's tables, for connections that only read. Nothing in this crate reads a view, so views of
/// another binary are no obstacle: the next server makes them anew.
pub(crate) async fn require(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let version = found(connection, path).await?;
    if version == known() {
        Ok(())
    } else {
        Err(StoreError::Older { path: path.to_owned(), found: version, known: known() })
    }
}
