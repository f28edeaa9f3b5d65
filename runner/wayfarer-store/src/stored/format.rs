//! What stored types have in common: their format's number, and reading texts back into the model's types.

use std::str::FromStr;
use std::time::Duration;

/// The format that is written. A reader of this version knows no other: a step of the schema carries older ones over.
pub(super) const FORMAT: u32 = 2;

/// Why stored JSON is not what it should be. The caller adds table and row.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoredError {
    #[error("not the expected JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("format {0} is unknown: expected {FORMAT}")]
    Format(u32),
    #[error("{field} `{text}`: {reason}")]
    Field { field: &'static str, text: String, reason: String },
}

pub(super) fn format(found: u32) -> Result<(), StoredError> {
    if found == FORMAT { Ok(()) } else { Err(StoredError::Format(found)) }
}

pub(super) fn parsed<T>(field: &'static str, text: &str) -> Result<T, StoredError>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| StoredError::Field {
        field,
        text: text.to_owned(),
        reason: error.to_string(),
    })
}

pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
