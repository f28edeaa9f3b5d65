//! The data directory: its lock, the mode of its file, and the ways to connect to the file.
//!
//! Invariants: nobody else can write in the directory, and nothing in it is a link; one server has a directory, by a lock that ends with the process, however the process ends. The database has mode
//! 0640, and SQLite gives the same mode to the WAL and its index, so that a group of consumers can read all three. A server
//! leaves the WAL and its index in place when it stops: without them a consumer who may not write could not open the file.

use std::fs::File;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Access, FlockOperation, OFlags, access, flock};
use sqlx::SqliteConnection;
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::error::StoreError;

/// Everything that a server keeps in its directory.
const FILES: [&str; 9] = [
    "lock",
    "wayfarer.db",
    "wayfarer.db-wal",
    "wayfarer.db-shm",
    "wayfarer.db-journal",
    "reserve",
    "admin.token",
    "components",
    "blobs",
];

pub(crate) fn database(data_dir: &Path) -> PathBuf {
    data_dir.join("wayfarer.db")
}

/// SQLite's WAL, beside the database.
pub(crate) fn wal(data_dir: &Path) -> PathBuf {
    data_dir.join("wayfarer.db-wal")
}

fn unwritable(path: &Path) -> impl Fn(std::io::Error) -> StoreError + use<'_> {
    |error| StoreError::Unwritable { path: path.to_owned(), reason: error.to_string() }
}

/// Makes the directory and the file if they are missing, and takes the lock.
pub(crate) fn claim(data_dir: &Path) -> Result<File, StoreError> {
    // Other users may pass through the directory to files that they may read.
    std::fs::DirBuilder::new().recursive(true).mode(0o751).create(data_dir).map_err(unwritable(data_dir))?;
    is_ours(data_dir)?;
    let path = data_dir.join("lock");
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits() as i32)
        .open(&path)
        .map_err(unwritable(&path))?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => return Err(StoreError::InUse(data_dir.to_owned())),
        Err(error) => return Err(unwritable(&path)(error.into())),
    }
    let file = database(data_dir);
    match File::options().create_new(true).write(true).mode(0o640).open(&file) {
        // An existing file is not opened here: closing it would drop the locks that this process has on it.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            access(&file, Access::WRITE_OK).map_err(|error| unwritable(&file)(error.into()))?;
        }
        made => drop(made.map_err(unwritable(&file))?),
    }
    Ok(lock)
}

/// Refuses a directory in which somebody else could put or change files, and files that lead elsewhere: results, components
/// and the operator's token are written there with the server's rights.
fn is_ours(data_dir: &Path) -> Result<(), StoreError> {
    let unsafe_one = |path: &Path, why: String| Err(StoreError::Unsafe { path: path.to_owned(), why });
    let folder = std::fs::metadata(data_dir).map_err(unwritable(data_dir))?;
    let (mode, owner, me) = (folder.mode() & 0o7777, folder.uid(), rustix::process::geteuid().as_raw());
    if owner != me && owner != 0 {
        return unsafe_one(data_dir, format!("it belongs to user {owner}, and the server runs as user {me}"));
    }
    if mode & 0o022 != 0 {
        return unsafe_one(data_dir, format!("others may write in it (mode {mode:04o}): `chmod go-w` it"));
    }
    for name in FILES {
        let path = data_dir.join(name);
        if std::fs::symlink_metadata(&path).is_ok_and(|file| file.is_symlink()) {
            return unsafe_one(&path, "it is a link: put the file itself there".to_owned());
        }
    }
    Ok(())
}

/// The writer's connection.
pub(crate) fn writing(data_dir: &Path) -> SqliteConnectOptions {
    let file = database(data_dir);
    let is_new = std::fs::metadata(&file).map_or(true, |file| file.len() == 0);
    let options = SqliteConnectOptions::new().filename(file);
    // SQLite would write this setting into an existing file too, even into one of another application.
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
        // A dedicated connection checkpoints the WAL, in pieces: see `checkpoint.rs`.
        .pragma("wal_autocheckpoint", "0")
        .pragma("journal_size_limit", "4194304")
        .thread_name(|_| "store-writer".to_owned())
}

/// Checkpoints the WAL and gives up a connection that wrote. The WAL's file stays, for those who only read.
pub(crate) async fn leave(mut connection: SqliteConnection) {
    let checkpointed = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await;
    if let Err(error) = checkpointed {
        tracing::warn!(%error, "the WAL was not checkpointed; the next start does that");
    }
    // Not closed: the last connection that closes removes the WAL and its index.
    std::mem::forget(connection);
}

/// A connection that only reads, beside a server or without one.
pub(crate) fn reading(data_dir: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(database(data_dir))
        .read_only(true)
        .busy_timeout(Duration::from_secs(10))
        .pragma("query_only", "on")
        .thread_name(|_| "store-reader".to_owned())
}

/// A connection that makes a copy. Without a WAL, so that the copy is one file.
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
