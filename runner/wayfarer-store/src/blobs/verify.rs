//! Whether each content is there, and is what its digest says.

use std::path::Path;

use futures_util::TryStreamExt as _;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::BlobRow;
use super::read::Unreadable;
use crate::error::StoreError;
use crate::numbers::list;

/// What is wrong, a sentence each. Reads every content. One that retention takes while the check runs is not missing.
pub(crate) async fn verify(
    connection: &mut SqliteConnection,
    data_dir: &Path,
) -> Result<Vec<String>, StoreError> {
    let (mut missing, mut unreadable, mut damaged) = (Vec::new(), 0_u64, 0_u64);
    let sql = format!("SELECT {} FROM blob b", BlobRow::COLUMNS);
    let what = StoreError::sql("reading the table blob");
    let mut rows = sqlx::query_as::<_, BlobRow>(AssertSqlSafe(sql)).fetch(&mut *connection);
    while let Some(row) = rows.try_next().await.map_err(&what)? {
        let id = row.id;
        match row.read(data_dir) {
            Ok(_) => {}
            Err(Unreadable::NoFile) => missing.push(id),
            Err(Unreadable::Io(_)) => unreadable += 1,
            Err(Unreadable::Damaged) => damaged += 1,
        }
    }
    drop(rows);
    let still_there: i64 =
        sqlx::query_scalar("SELECT count(*) FROM blob WHERE id IN (SELECT value FROM json_each(?))")
            .bind(list(&missing))
            .fetch_one(connection)
            .await
            .map_err(what)?;
    let told = [
        (
            still_there.unsigned_abs(),
            "contents of artifacts and bodies whose file is missing: restore the folder `blobs` of a backup",
        ),
        (
            unreadable,
            "contents of artifacts and bodies whose file cannot be read: look at the rights and at the disk of the folder `blobs`",
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
