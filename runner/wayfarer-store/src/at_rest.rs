//! A database without a server: how a command that changes it opens it and gives it up.

use std::path::Path;

use futures_util::future::BoxFuture;
use sqlx::{ConnectOptions as _, SqliteConnection};

use crate::data_dir::{claim, database, leave, writing};
use crate::error::StoreError;
use crate::schema::require;
use crate::store::transaction;

/// Runs `work` on the connection that writes, and with the database's path, while nobody else has the directory.
///
/// # Errors
/// [`StoreError::NotThere`], [`StoreError::InUse`], [`StoreError::Unwritable`], [`StoreError::Unsafe`], [`StoreError::Sql`], and
/// those of `work`.
pub(crate) async fn at_rest<T, F>(data_dir: &Path, work: F) -> Result<T, StoreError>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection, &'c Path) -> BoxFuture<'c, Result<T, StoreError>>,
{
    let path = database(data_dir);
    if !path.is_file() {
        return Err(StoreError::NotThere(path));
    }
    let _lock = claim(data_dir)?;
    let mut connection = writing(data_dir)
        .disable_statement_logging()
        .connect()
        .await
        .map_err(StoreError::sql("opening the database"))?;
    let done = work(&mut connection, &path).await;
    leave(connection).await;
    done
}

/// The same in one transaction, on a database with this binary's schema.
///
/// # Errors
/// Those of [`at_rest`], and [`StoreError::Older`], [`StoreError::Newer`], [`StoreError::Foreign`]. An error changes nothing.
pub(crate) async fn change_at_rest<T, F>(data_dir: &Path, work: F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
{
    at_rest(data_dir, |connection, path| {
        Box::pin(async move {
            require(connection, path).await?;
            transaction(connection, work).await
        })
    })
    .await
}
