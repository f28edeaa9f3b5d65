//! How upkeep opens a file to read it, and how a copy comes into being: whole or absent.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use sqlx::{ConnectOptions as _, SqliteConnection};

use crate::data_dir::{database, reading};
use crate::error::StoreError;
use crate::schema::require;

/// A connection that reads a file with this binary's schema.
pub(super) async fn open(data_dir: &Path) -> Result<SqliteConnection, StoreError> {
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

/// An empty file beside the target, in which a copy grows: the target itself is then whole or absent. It has the mode of the
/// database, since the same people may read it.
pub(super) fn growing(target: &Path) -> Result<std::path::PathBuf, StoreError> {
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
pub(super) fn finish(growing: &Path, target: &Path) -> Result<(), StoreError> {
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
