//! Brings a file up to date without starting a server: the schema's steps, the views and the dictionary.

use std::path::Path;

use crate::at_rest::at_rest;
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
    at_rest(data_dir, |connection, path| {
        Box::pin(async move {
            schema::migrate(connection, path).await?;
            Dictionary::complete(connection).await
        })
    })
    .await
}
