//! A copy of the database takes the files in that stand beside the original: a backup and an export are one file each.

use std::path::Path;

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{BlobRow, release};
use crate::error::StoreError;

/// Puts the contents of files into the rows of a copy. `data_dir` is the original's. A content whose file is not there any more goes from the
/// copy too, with what refers to it: retention has removed it since the copy began, or `db check` names it.
///
/// # Errors
/// A file that is there and cannot be read: a copy that lacks what the original has would be found out when it is needed.
pub(crate) async fn take_files_in(copy: &mut SqliteConnection, data_dir: &Path) -> Result<(), StoreError> {
    let what = StoreError::sql("copying the files of contents");
    let files: Vec<i64> = sqlx::query_scalar("SELECT id FROM blob WHERE file IS NOT NULL")
        .fetch_all(&mut *copy)
        .await
        .map_err(&what)?;
    for id in files {
        // One after the other: each may be large.
        let sql = format!("SELECT {} FROM blob b WHERE b.id = ?", BlobRow::COLUMNS);
        let mut row: BlobRow =
            sqlx::query_as(AssertSqlSafe(sql)).bind(id).fetch_one(&mut *copy).await.map_err(&what)?;
        let unreadable = |error: std::io::Error| StoreError::Corrupt {
            table: "blob",
            row: id.to_string(),
            reason: format!("its file in the folder `blobs` cannot be read: {error}"),
        };
        if let Some(bytes) = row.stored(data_dir).map_err(unreadable)? {
            sqlx::query("UPDATE blob SET content = ?, file = NULL WHERE id = ?")
                .bind(bytes)
                .bind(id)
                .execute(&mut *copy)
                .await
                .map_err(&what)?;
            continue;
        }
        for sql in ["DELETE FROM artifact WHERE blob = ?", "DELETE FROM body WHERE blob = ?"] {
            sqlx::query(sql).bind(id).execute(&mut *copy).await.map_err(&what)?;
        }
        release(&[id], &mut *copy).await?;
    }
    Ok(())
}
