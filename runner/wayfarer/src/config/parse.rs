//! TOML to a typed table, with errors that people can act on.
//!
//! The table's own field names are the list of known keys: serde names them when it refuses one, so that
//! there is no second list to keep.

use std::path::Path;

use serde::de::DeserializeOwned;
use wayfarer_model::nearest::nearest;

use super::ConfigError;

/// Reads a file.
pub(super) fn file<T: DeserializeOwned>(path: &Path) -> Result<T, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    parse(path, &text)
}

/// Reads text; `path` is for errors.
pub(super) fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| explain(path, text, &error))
}

fn explain(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let path = path.to_owned();
    let (line, column) = position(text, error.span().map_or(0, |span| span.start));
    match unknown_field(error.message()) {
        Some((key, known)) => {
            let nearest = nearest(&key, known.iter().map(String::as_str)).map(str::to_owned);
            ConfigError::UnknownKey { path, line, column, key, nearest, known }
        }
        None => ConfigError::Malformed { path, line, column, message: lower(error.message()) },
    }
}

/// Line and column, both from 1, of a place in a text.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
    (line, column)
}

/// What serde says of a key that a table does not have: the key, then every key that it has, each in
/// backticks.
fn unknown_field(message: &str) -> Option<(String, Vec<String>)> {
    let rest = message.strip_prefix("unknown field ")?;
    let mut quoted = rest.split('`').skip(1).step_by(2).map(str::to_owned);
    Some((quoted.next()?, quoted.collect()))
}

fn lower(message: &str) -> String {
    message.trim_end().replace('\n', ": ").replace("missing field", "missing key")
}
