//! What can go wrong with the store. Each message says how to mend it.

use std::path::PathBuf;

use wayfarer_model::units::Bytes;

/// SQLite's code for a full disk.
const FULL: i64 = 13;
/// SQLite's code for a lock that another connection holds.
const BUSY: i64 = 5;

/// Why a call to the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the data directory's lock.
    #[error(
        "the data directory {} is in use by another server: stop that one, or give this one a directory of its own with `--data-dir`",
        .0.display()
    )]
    InUse(PathBuf),
    /// The process may not write the directory or a file in it.
    #[error("cannot write {}: {reason}; give the user that runs the server the right to write there, or name another directory with `--data-dir`", path.display())]
    Unwritable {
        /// The directory or the file.
        path: PathBuf,
        /// The system's error.
        reason: String,
    },
    /// Somebody else could change what the server writes, or read it elsewhere.
    #[error("{} is not safe for a server's data: {why}, or name another directory with `--data-dir`", path.display())]
    Unsafe {
        /// The directory or the file.
        path: PathBuf,
        /// What is wrong, and the mend.
        why: String,
    },
    /// There is no database.
    #[error("there is no {}: the first start of a server makes it; name that server's directory with `--data-dir`", .0.display())]
    NotThere(PathBuf),
    /// The file belongs to another application.
    #[error("{} is not a Wayfarer database: name the data directory of a server with `--data-dir`", .0.display())]
    Foreign(PathBuf),
    /// A newer version wrote the file.
    #[error(
        "{} was written by a newer version (schema {found}, this one knows {known}): run that version, or restore the backup made before the upgrade",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The file's schema.
        found: i64,
        /// The newest schema that this binary knows.
        known: i64,
    },
    /// An older version wrote the file, and the call may not change it.
    #[error(
        "{} was written by an older version (schema {found}, this one needs {known}): run `wayfarer db migrate`, or start a server on it",
        path.display()
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// The file's schema.
        found: i64,
        /// The schema that this binary needs.
        known: i64,
    },
    /// The target of a copy exists.
    #[error("{} exists already: name a new file", .0.display())]
    Occupied(PathBuf),
    /// The store has no tenant of this name.
    #[error("the store has no tenant `{0}`: add [tenants.{0}] to wayfarer.toml and restart the server")]
    NoTenant(String),
    /// A tenant's components would exceed its quota.
    #[error(
        "the component has {size}, and the tenant's others have {others} of the {most} that it may store: undeploy journeys \
         whose versions are no longer needed, or ask the operator to raise the tenant's `components` in wayfarer.toml"
    )]
    ComponentsFull {
        /// Of the component that was uploaded.
        size: Bytes,
        /// Of the tenant's other components.
        others: Bytes,
        /// The quota.
        most: Bytes,
    },
    /// A stored value is not what this binary expects.
    #[error("{table} {row} cannot be read back: {reason}; run `wayfarer db check`")]
    Corrupt {
        /// The table, as the database names it.
        table: &'static str,
        /// The row's key, in words.
        row: String,
        /// The rule that the value breaks.
        reason: String,
    },
    /// The file of a content is gone, and the content's row is there.
    #[error(
        "the file `blobs/{0}` that has this content is missing: restore the folder `blobs`, or the whole database, from a backup; \
         `wayfarer db check` tells how many are missing"
    )]
    FileMissing(String),
    /// SQLite failed.
    #[error("{what}: {source}")]
    Sql {
        /// What the store was doing; names the table.
        what: &'static str,
        /// SQLite's error.
        source: sqlx::Error,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// For `map_err`: adds what the store was doing.
    pub(crate) fn sql(what: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::Sql { what, source }
    }

    /// A number of a row stands for no word: the dictionary has lost it, or the row was written by others.
    pub(crate) fn unknown_word(table: &'static str, row: i64) -> Self {
        let reason = "a word of it is not in the dictionary".to_owned();
        Self::Corrupt { table, row: row.to_string(), reason }
    }

    /// Whether the disk is full.
    pub fn is_full(&self) -> bool {
        self.code() == Some(FULL)
    }

    /// Whether another connection held the lock. The call has then changed nothing.
    pub(crate) fn is_locked(&self) -> bool {
        self.code() == Some(BUSY)
    }

    /// SQLite's primary result code.
    pub(crate) fn code(&self) -> Option<i64> {
        let Self::Sql { source: sqlx::Error::Database(error), .. } = self else { return None };
        error.code()?.parse::<i64>().ok().map(|code| code & 0xff)
    }
}
