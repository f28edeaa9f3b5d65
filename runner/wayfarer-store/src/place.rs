//! The data directory: its lock, its file's mode, and how a connection to the file is opened.
//!
//! Invariants: one server a directory, by a lock that ends with the process, however that ends. The database
//! is 0640, and SQLite gives the same mode to the log and the index beside it, so that a group of consumers can
//! read all three. A server leaves the log and the index in place when it stops: without them a consumer who
//! may not write here could not open the file.

use std::fs::File;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Access, FlockOperation, access, flock};
use sqlx::SqliteConnection;
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::error::StoreError;

/// The database in a data directory.
pub(crate) fn database(data_dir: &Path) -> PathBuf {
    data_dir.join("wayfarer.db")
}

/// The database's log, which SQLite keeps beside it.
pub(crate) fn log(data_dir: &Path) -> PathBuf {
    data_dir.join("wayfarer.db-wal")
}

fn unwritable(path: &Path) -> impl Fn(std::io::Error) -> StoreError + use<'_> {
    |error| StoreError::Unwritable { path: path.to_owned(), reason: error.to_string() }
}

/// Makes the directory and the file where they are missing, and takes the lock.
pub(crate) fn claim(data_dir: &Path) -> Result<File, StoreError> {
    // Others may pass through to what they were given the right to read.
    std::fs::DirBuilder::new().recursive(true).mode(0o751).create(data_dir).map_err(unwritable(data_dir))?;
    let path = data_dir.join("lock");
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(unwritable(&path))?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => return Err(StoreError::InUse(data_dir.to_owned())),
        Err(error) => return Err(unwritable(&path)(error.into())),
    }
    let file = database(data_dir);
    match File::options().create_new(true).write(true).mode(0o640).open(&file) {
        // One that is there is not even opened: to close it would take away the locks that this process may have on it.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            access(&file, Access::WRITE_OK).map_err(|error| unwritable(&file)(error.into()))?;
        }
        made => drop(made.map_err(unwritable(&file))?),
    }
    Ok(lock)
}

/// The writer's connection.
pub(crate) fn writing(data_dir: &Path) -> SqliteConnectOptions {
    let file = database(data_dir);
    let is_new = std::fs::metadata(&file).map_or(true, |file| file.len() == 0);
    let options = SqliteConnectOptions::new().filename(file);
    // Into a file that is there SQLite would write that anew, also into one that is not ours to write.
    let options = if is_new { options.auto_vacuum(SqliteAutoVacuum::Incremental) } else { options };
    options
        .page_size(8_192)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(256)
        .pragma("cache_size", "-65536")
        .pragma("temp_store", "memory")
        // The log is brought home from a connection of its own, in pieces: see `checkpoint.rs`.
        .pragma("wal_autocheckpoint", "0")
        .pragma("journal_size_limit", "4194304")
        .thread_name(|_| "store-writer".to_owned())
}

/// Brings the log home and lets go of a connection that wrote. The log's file stays, for those who only read.
pub(crate) async fn leave(mut connection: SqliteConnection) {
    let brought = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await;
    if let Err(error) = brought {
        tracing::warn!(%error, "the log was not brought home; the next start does it");
    }
    // Not closed: the last connection that closes would remove the log and its index.
    std::mem::forget(connection);
}

/// A connection that only reads, whoever holds the file.
pub(crate) fn reading(data_dir: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(database(data_dir))
        .read_only(true)
        .busy_timeout(Duration::from_secs(10))
        .pragma("query_only", "on")
        .thread_name(|_| "store-reader".to_owned())
}

/// The connection that makes a copy: no log beside it, so that it is one file.
pub(crate) fn exporting(target: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(target)
        .create_if_missing(true)
        .page_size(8_192)
        .journal_mode(SqliteJournalMode::Memory)
        .synchronous(SqliteSynchronous::Off)
        .foreign_keys(true)
        .thread_name(|_| "store-export".to_owned())
}
