//! Reads the value of a secret from its environment variable or file. Nothing here keeps the value.

use std::path::{Path, PathBuf};

use super::SecretTable;

/// Why a secret has no value. The caller writes the message, because authors and operators mend it differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoValue {
    /// The table has neither `env` nor `file`.
    Nowhere,
    /// The environment variable is not set.
    Unset(String),
    Unreadable {
        path: String,
        reason: String,
    },
}

/// Drops one line break at the end of a file.
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
