//! What can go wrong with the store, in words that say how to mend it.

use std::path::PathBuf;

/// SQLite's code for a disk without room.
const FULL: i64 = 13;
/// SQLite's code for a lock that another connection has.
const BUSY: i64 = 5;

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the data directory.
    #[error(
        "the data directory {} is in use by another server: stop that one, or give this one a directory of its own with `--data-dir`",
        .0.display()
    )]
    InUse(PathBuf),
    /// The directory or a file in it cannot be made or written.
    #[error("cannot write {}: {reason}; give the user that runs the server the right to write there, or name another place with `--data-dir`", path.display())]
    Unwritable {
        /// What.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// No database there.
    #[error("there is no {}: a server makes it when it first starts; name its directory with `--data-dir`", .0.display())]
    NotThere(PathBuf),
    /// A file that is not ours.
    #[error("{} is not a Wayfarer database: name the data directory of a server with `--data-dir`", .0.display())]
    Foreign(PathBuf),
    /// Made by a newer version.
    #[error(
        "{} was written by a newer version (schema {found}, this one knows {known}): run that version, or restore the backup made before the upgrade",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest that this binary knows.
        known: i64,
    },
    /// Made by an older version, and opened where nothing may be changed.
    #[error(
        "{} was written by an older version (schema {found}, this one needs {known}): start a server on it once, which brings it up to date",
        path.display()
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// What this binary needs.
        known: i64,
    },
    /// The target of a copy is there already.
    #[error("{} is there already: name a file that is not", .0.display())]
    Occupied(PathBuf),
    /// A name that is not in the store.
    #[error("no tenant `{0}` is in the store: add [tenants.{0}] to wayfarer.toml and restart the server")]
    NoTenant(String),
    /// A stored value that cannot be read back.
    #[error("{table} {row} cannot be read back: {reason}; run `wayfarer db check`")]
    Corrupt {
        /// Where.
        table: &'static str,
        /// Which.
        row: String,
        /// Why.
        reason: String,
    },
    /// SQLite refused.
    #[error("{what}: {source}")]
    Sql {
        /// What was being done, naming the table.
        what: &'static str,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// The writer has ended.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// For `map_err`: names what was being done.
    pub(crate) fn sql(what: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::Sql { what, source }
    }

    /// Whether the disk is full.
    pub fn is_full(&self) -> bool {
        self.code() == Some(FULL)
    }

    /// Whether another connection has the lock that this wanted; then nothing has happened.
    pub(crate) fn is_locked(&self) -> bool {
        self.code() == Some(BUSY)
    }

    /// SQLite's result code, the lowest byte of the extended one.
    pub(crate) fn code(&self) -> Option<i64> {
        let Self::Sql { source: sqlx::Error::Database(error), .. } = self else { return None };
        error.code()?.parse::<i64>().ok().map(|code| code & 0xff)
    }
}
