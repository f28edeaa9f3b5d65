//! Statements with many rows: each hand-over to SQLite's thread costs more than a row.
//!
//! A statement exists in a few sizes only, so that all of them stay prepared. Any number of rows is a sum of these.

use std::sync::Arc;

use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, AssertSqlSafe, SqliteConnection};

use crate::error::StoreError;

const SIZES: [usize; 5] = [256, 64, 16, 4, 1];

/// One value of a row.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

/// No count here reaches 2^63.
impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<Arc<str>> for Value {
    fn from(value: Arc<str>) -> Self {
        Self::Text(value)
    }
}

impl From<Arc<[u8]>> for Value {
    fn from(value: Arc<[u8]>) -> Self {
        Self::Bytes(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value.into())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One statement in its sizes.
pub(crate) struct ManyRows {
    what: &'static str,
    width: usize,
    texts: [Arc<str>; SIZES.len()],
}

impl ManyRows {
    /// `head`, then a group of `width` placeholders per row, then `tail`. Errors name `what`.
    pub(crate) fn new(what: &'static str, head: &str, width: usize, tail: &str) -> Self {
        let row = format!("({})", vec!["?"; width].join(","));
        let texts = SIZES.map(|size| format!("{head} {} {tail}", vec![row.as_str(); size].join(",")).into());
        Self { what, width, texts }
    }

    /// The statements for these rows, each with its values.
    pub(crate) fn statements<'v>(
        &self,
        values: &'v [Value],
    ) -> impl Iterator<Item = (AssertSqlSafe<Arc<str>>, SqliteArguments)> + use<'_, 'v> {
        let mut rest = values;
        std::iter::from_fn(move || {
            let rows = rest.len() / self.width;
            let (place, size) = SIZES.iter().enumerate().find(|(_, size)| **size <= rows)?;
            let (now, later) = rest.split_at_checked(size * self.width)?;
            rest = later;
            Some((AssertSqlSafe(Arc::clone(self.texts.get(place)?)), arguments(now)))
        })
    }

    /// Writes rows. Returns how many were changed.
    pub(crate) async fn execute(
        &self,
        values: &[Value],
        connection: &mut SqliteConnection,
    ) -> Result<u64, StoreError> {
        let mut changed = 0;
        for (text, arguments) in self.statements(values) {
            let done = sqlx::query_with(text, arguments).execute(&mut *connection).await;
            changed += done.map_err(StoreError::sql(self.what))?.rows_affected();
        }
        Ok(changed)
    }

    /// Reads the rows of these keys.
    pub(crate) async fn fetch(
        &self,
        values: &[Value],
        connection: &mut SqliteConnection,
    ) -> Result<Vec<sqlx::sqlite::SqliteRow>, StoreError> {
        let mut found = Vec::new();
        for (text, arguments) in self.statements(values) {
            let rows = sqlx::query_with(text, arguments).fetch_all(&mut *connection).await;
            found.extend(rows.map_err(StoreError::sql(self.what))?);
        }
        Ok(found)
    }
}

fn arguments(values: &[Value]) -> SqliteArguments {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        // Encoding these types cannot fail.
        let _ = match value {
            Value::Null => arguments.add(None::<i64>),
            Value::Integer(value) => arguments.add(*value),
            Value::Text(value) => arguments.add(Arc::clone(value)),
            Value::Bytes(value) => arguments.add(Arc::clone(value)),
        };
    }
    arguments
}
