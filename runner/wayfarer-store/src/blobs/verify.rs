//! Whether each content is there, and is what its digest says.

use std::path::Path;

use futures_util::TryStreamExt as _;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::BlobRow;
use super::read::Unreadable;
use crate::error::StoreError;

/// What is wrong, a sentence each. Reads every content.
pub(crate) async fn verify(
    connection: &mut SqliteConnection,
    data_dir: &Path,
) -> Result<Vec<String>, StoreError> {
    let (mut missing, mut damaged) = (0_u64, 0_u64);
    let sql = format!("SELECT {} FROM blob b", BlobRow::COLUMNS);
    let mut rows = sqlx::query_as::<_, BlobRow>(AssertSqlSafe(sql)).fetch(connection);
    while let Some(row) = rows.try_next().await.map_err(StoreError::sql("reading the table blob"))? {
        match row.read(data_dir) {
            Ok(_) => {}
            Err(Unreadable::NoFile) => missing += 1,
            Err(Unreadable::Damaged) => damaged += 1,
        }
    }
    let told = [
        (
            missing,
            "contents of artifacts and bodies whose file is missing: restore the folder `blobs` of a backup",
        ),
        (
            damaged,
            "contents of artifacts and bodies that are not what their digests say: restore a backup, or do without them until retention removes them",
        ),
    ];
    Ok(told
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect())
}
