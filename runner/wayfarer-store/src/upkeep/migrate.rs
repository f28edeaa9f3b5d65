//! Brings a file up to date without starting a server: the schema's steps, the views and the dictionary.

use std::path::Path;

use sqlx::ConnectOptions as _;

use crate::data_dir::{claim, database, leave, writing};
use crate::dictionary::Dictionary;
use crate::error::StoreError;
use crate::schema;

/// Takes the steps that the file lacks, and makes the views that differ from this binary's. No server may run on the directory
/// meanwhile. Doing it again changes nothing.
///
/// # Errors
/// [`StoreError::InUse`], [`StoreError::NotThere`], [`StoreError::Newer`], [`StoreError::Foreign`], [`StoreError::Corrupt`],
/// [`StoreError::Sql`].
pub async fn migrate(data_dir: &Path) -> Result<(), StoreError> {
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
    let done = match schema::migrate(&mut connection, &path).await {
        Ok(()) => Dictionary::complete(&mut connection).await,
        Err(error) => Err(error),
    };
    leave(connection).await;
    done
}
