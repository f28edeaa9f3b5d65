//! From TOML to a typed table, with errors that say how to mend the file.
//!
//! The known keys are the field names of the table. Serde lists them when it refuses a key, so there is no second
//! list to maintain.

use std::path::Path;

use serde::de::DeserializeOwned;
use wayfarer_model::nearest::nearest;

use super::ConfigError;

pub(super) fn file<T: DeserializeOwned>(path: &Path) -> Result<T, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    parse(path, &text)
}

/// `path` is for errors only.
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

/// The keys of a table, as serde lists them when it refuses another.
#[cfg(test)]
pub(super) fn known_keys<T: DeserializeOwned>() -> Vec<String> {
    let refused = toml::from_str::<T>("\"no key\" = 1").err();
    refused.and_then(|error| unknown_field(error.message())).map_or_else(Vec::new, |(_, known)| known)
}

/// Line and column of a byte offset, both from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
    (line, column)
}

/// Reads serde's message about an unknown key: the key, then every known key, each in backticks.
fn unknown_field(message: &str) -> Option<(String, Vec<String>)> {
    let rest = message.strip_prefix("unknown field ")?;
    let mut quoted = rest.split('`').skip(1).step_by(2).map(str::to_owned);
    Some((quoted.next()?, quoted.collect()))
}

fn lower(message: &str) -> String {
    message.trim_end().replace('\n', ": ").replace("missing field", "missing key")
}
