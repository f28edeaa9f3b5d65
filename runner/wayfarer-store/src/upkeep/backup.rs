//! A consistent copy of the whole file, also while a server writes. The files beside it are in the copy.

use std::path::Path;

use sqlx::{ConnectOptions as _, Connection as _};

use super::files::{finish, growing, open};
use crate::blobs::take_files_in;
use crate::data_dir::exporting;
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
        .map_err(&what)?;
    let mut copy = exporting(&growing).connect().await.map_err(&what)?;
    let taken = take_files_in(&mut copy, data_dir).await;
    copy.close().await.map_err(what)?;
    taken?;
    finish(&growing, target)
}
