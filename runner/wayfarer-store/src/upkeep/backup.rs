//! A consistent copy of the whole file, also while a server writes.

use std::path::Path;

use super::files::{finish, growing, open};
use crate::error::StoreError;

/// Copies everything into `target`, which must not exist. The copy is durable, and whole or absent.
///
/// # Errors
/// [`StoreError::Occupied`], [`StoreError::NotThere`], [`StoreError::Unwritable`], [`StoreError::Sql`].
pub async fn backup(data_dir: &Path, target: &Path) -> Result<(), StoreError> {
    let mut connection = open(data_dir).await?;
    let growing = growing(target)?;
    let what = StoreError::sql("copying the database");
    sqlx::raw_sql("PRAGMA query_only = off").execute(&mut connection).await.map_err(&what)?;
    sqlx::query("VACUUM INTO ?")
        .bind(growing.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await
        .map_err(what)?;
    finish(&growing, target)
}
