//! What operators do with a data directory, whether a server runs on it or not: only reading, never locking. All but
//! [`rebuild()`], which writes and therefore wants the directory for itself.

mod audit;
mod backup;
mod check;
mod export;
mod rebuild;

pub use audit::{AuditReport, AuditSlot, audit};
pub use backup::backup;
pub use check::{CheckReport, check};
pub use export::export;
pub use rebuild::{RebuildReport, rebuild};

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use sqlx::{ConnectOptions as _, SqliteConnection};

use crate::error::StoreError;
use crate::place::{database, reading};
use crate::schema::require;

/// A connection to a file that is there and has this binary's schema.
async fn open(data_dir: &Path) -> Result<SqliteConnection, StoreError> {
    let path = database(data_dir);
    if !path.is_file() {
        return Err(StoreError::NotThere(path));
    }
    let mut connection = reading(data_dir)
        .disable_statement_logging()
        .connect()
        .await
        .map_err(StoreError::sql("opening the database to read it"))?;
    require(&mut connection, &path).await?;
    Ok(connection)
}

/// An empty file beside the target in which a copy grows, so that the target is whole or not there. It has the mode of the
/// database: what is in it is for the same people.
fn growing(target: &Path) -> Result<std::path::PathBuf, StoreError> {
    if target.exists() {
        return Err(StoreError::Occupied(target.to_owned()));
    }
    let mut name = target.as_os_str().to_owned();
    name.push(".partial");
    let growing = std::path::PathBuf::from(name);
    match std::fs::remove_file(&growing) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(unwritable(&growing, &error));
        }
        _ => {}
    }
    match std::fs::File::options().create_new(true).write(true).mode(0o640).open(&growing) {
        Ok(_) => Ok(growing),
        Err(error) => Err(unwritable(&growing, &error)),
    }
}

/// Makes a copy durable and gives it its name.
fn finish(growing: &Path, target: &Path) -> Result<(), StoreError> {
    let done = || {
        std::fs::File::open(growing)?.sync_all()?;
        std::fs::rename(growing, target)?;
        let folder =
            target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::File::open(folder)?.sync_all()
    };
    done().map_err(|error: std::io::Error| unwritable(target, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unwritable { path: path.to_owned(), reason: error.to_string() }
}
