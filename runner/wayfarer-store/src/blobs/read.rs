//! A content, read back.

use std::io;
use std::path::Path;

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _};

use super::files;
use super::packed::{digest_of, unpacked};
use crate::error::StoreError;

/// A row of `blob`.
#[derive(Debug)]
pub(crate) struct BlobRow {
    pub(crate) id: i64,
    digest: Vec<u8>,
    size: u64,
    compression: String,
    content: Option<Vec<u8>>,
    pub(super) file: Option<String>,
}

impl BlobRow {
    /// The columns to select, of the table `blob` under the name `b`, in the order in which [`FromRow`] finds them; others may follow.
    pub(crate) const COLUMNS: &'static str = "b.id, b.digest, b.size, b.compression, b.content, b.file";
}

impl<'r> FromRow<'r, SqliteRow> for BlobRow {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get(0)?,
            digest: row.try_get(1)?,
            size: u64::try_from(row.try_get::<i64, _>(2)?).unwrap_or(0),
            compression: row.try_get(3)?,
            content: row.try_get(4)?,
            file: row.try_get(5)?,
        })
    }
}

/// Why a content cannot be read.
#[derive(Debug)]
pub(super) enum Unreadable {
    NoFile,
    /// Its file may be sound.
    Io(io::Error),
    /// It is no content of that digest.
    Damaged,
}

impl BlobRow {
    /// The stored bytes: in the row, or in its file. None if that is not there. Blocks for a file.
    pub(super) fn stored(&mut self, data_dir: &Path) -> io::Result<Option<Vec<u8>>> {
        match (self.content.take(), &self.file) {
            (Some(content), _) => Ok(Some(content)),
            (None, Some(file)) => files::read(data_dir, file),
            (None, None) => Ok(None),
        }
    }

    /// The content. Blocks for a file.
    pub(super) fn read(mut self, data_dir: &Path) -> Result<Vec<u8>, Unreadable> {
        let bytes = self.stored(data_dir).map_err(Unreadable::Io)?.ok_or(Unreadable::NoFile)?;
        let content = unpacked(&self.compression, bytes, self.size).ok_or(Unreadable::Damaged)?;
        if digest_of(&content).as_slice() == self.digest { Ok(content) } else { Err(Unreadable::Damaged) }
    }
}

/// The content of a row.
///
/// # Errors
/// [`StoreError::FileMissing`] if its file is not there: retention may have removed both since the row was read. [`StoreError::Corrupt`] if
/// it cannot be read, or if it is not what its digest says.
pub(crate) async fn content(row: BlobRow, data_dir: &Path) -> Result<Vec<u8>, StoreError> {
    let (id, file, data_dir) = (row.id, row.file.clone(), data_dir.to_owned());
    let corrupt =
        |reason: &str| StoreError::Corrupt { table: "blob", row: id.to_string(), reason: reason.to_owned() };
    let read = tokio::task::spawn_blocking(move || row.read(&data_dir)).await;
    match read {
        Ok(Ok(content)) => Ok(content),
        Ok(Err(Unreadable::NoFile)) => Err(StoreError::FileMissing(file.unwrap_or_default())),
        Ok(Err(Unreadable::Io(error))) => Err(corrupt(&format!("its file cannot be read: {error}"))),
        Ok(Err(Unreadable::Damaged)) => Err(corrupt("its content is not what its digest says")),
        Err(error) => Err(corrupt(&error.to_string())),
    }
}
