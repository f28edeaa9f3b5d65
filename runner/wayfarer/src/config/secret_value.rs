//! From the place that a secret's table names to its value. The value is handed on and kept nowhere here.

use std::path::{Path, PathBuf};

use super::SecretTable;

/// Why there is no value. Each side says it in its own words: the mend differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoValue {
    /// The table names no place.
    Nowhere,
    /// The variable is not set.
    Unset(String),
    /// The file cannot be read.
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
}

/// Reads the value. One line break at the end of a file is dropped.
pub(crate) fn secret_value(
    table: &SecretTable,
    path_of: impl Fn(&Path) -> PathBuf,
    variable_of: impl Fn(&str) -> Option<String>,
) -> Result<String, NoValue> {
    match (&table.env, &table.file) {
        (Some(variable), _) => variable_of(variable).ok_or_else(|| NoValue::Unset(variable.clone())),
        (None, Some(file)) => {
            let path = path_of(file);
            let text = std::fs::read_to_string(&path).map_err(|error| NoValue::Unreadable {
                path: path.display().to_string(),
                reason: error.to_string(),
            })?;
            let line = text.strip_suffix('\n').unwrap_or(&text);
            Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
        }
        (None, None) => Err(NoValue::Nowhere),
    }
}
