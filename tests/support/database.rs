//! A server's database as this process reads it: read-only, by the SQLite that is linked already.
//!
//! Each read opens the file anew, as files come and go with what is done to servers. Consumers use other versions of SQLite;
//! [`Runner::query_by_python`](super::Runner::query_by_python) reads by one of them.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

/// Every row of a query: columns by `|`, rows by line, NULL as nothing.
pub(super) fn rows(file: &Path, sql: &str) -> rusqlite::Result<String> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let lines = statement.query_map([], |row| line(row, columns))?;
    Ok(lines.collect::<rusqlite::Result<Vec<_>>>()?.join("\n").trim_end().to_owned())
}

fn line(row: &Row<'_>, columns: usize) -> rusqlite::Result<String> {
    let shown = (0..columns).map(|column| Ok(show(row.get_ref(column)?)));
    Ok(shown.collect::<rusqlite::Result<Vec<_>>>()?.join("|"))
}

fn show(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("{number:?}"),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => {
            let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            digits.concat()
        }
    }
}
