//! Reads the value of a secret from the place that its table names. The value is handed on and kept nowhere here.

use std::path::{Path, PathBuf};

use super::SecretTable;

/// The longest value, in bytes.
const LONGEST: usize = 16 << 10;

/// Why a secret has no value. The sentence differs with the file that a person has to edit: see
/// [`Origin`](crate::runnable::Origin).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoSecret {
    /// It has no table.
    Unconfigured,
    /// Its table names no place.
    Nowhere,
    /// The environment variable is not set.
    Unset(String),
    Unreadable {
        path: String,
        reason: String,
    },
    /// The search for it in answers and results takes time and memory by its length.
    TooLong,
    /// Nobody can tell an empty value apart from everything else, so it can be neither replaced nor redacted.
    Empty,
}

/// Reads the value, which is never empty. One line break at the end of a file is dropped.
pub(crate) fn secret_value(
    table: &SecretTable,
    path_of: impl Fn(&Path) -> PathBuf,
    variable_of: impl Fn(&str) -> Option<String>,
) -> Result<String, NoSecret> {
    let value = match (&table.env, &table.file) {
        (Some(variable), _) => variable_of(variable).ok_or_else(|| NoSecret::Unset(variable.clone()))?,
        (None, Some(file)) => {
            let path = path_of(file);
            let text = std::fs::read_to_string(&path).map_err(|error| NoSecret::Unreadable {
                path: path.display().to_string(),
                reason: error.to_string(),
            })?;
            let line = text.strip_suffix('\n').unwrap_or(&text);
            line.strip_suffix('\r').unwrap_or(line).to_owned()
        }
        (None, None) => return Err(NoSecret::Nowhere),
    };
    match value.len() {
        0 => Err(NoSecret::Empty),
        length if length > LONGEST => Err(NoSecret::TooLong),
        _ => Ok(value),
    }
}
