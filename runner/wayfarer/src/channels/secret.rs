//! Where a channel's secrets come from: the environment or a file, never the configuration itself.

use std::fmt;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::config::{NoSecret, SecretTable, secret_value};

/// `{ env = "VARIABLE" }` or `{ file = "PATH" }`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SecretSource {
    env: Option<String>,
    file: Option<PathBuf>,
}

impl SecretSource {
    /// The value as it is now. The error says what is wrong with that key.
    pub(crate) fn value(
        &self,
        key: &str,
        path_of: &dyn Fn(&Path) -> PathBuf,
        variable_of: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Sealed, String> {
        SecretReader::new(path_of, variable_of).read(key, self)
    }
}

/// The last part of a URL's path is a word that nobody guesses if it has so many bytes.
const WORD: usize = 8;

/// A value that is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Sealed(String);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed")
    }
}

impl Sealed {
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

/// Reads secrets, and remembers them so that errors can be kept clear of them.
pub(crate) struct SecretReader<'a> {
    /// A path of the file, from where the file lies.
    path_of: &'a dyn Fn(&Path) -> PathBuf,
    variable_of: &'a dyn Fn(&str) -> Option<String>,
    read: Vec<(String, String)>,
}

impl<'a> SecretReader<'a> {
    pub(crate) fn new(
        path_of: &'a dyn Fn(&Path) -> PathBuf,
        variable_of: &'a dyn Fn(&str) -> Option<String>,
    ) -> Self {
        Self { path_of, variable_of, read: Vec::new() }
    }

    /// Every value that was read, and what of it is a secret by itself, each with its key.
    pub(crate) fn values(self) -> Vec<(String, String)> {
        self.read
    }

    /// Reads the secret of a key. The error says what is wrong with that key.
    pub(super) fn read(&mut self, key: &str, source: &SecretSource) -> Result<Sealed, String> {
        let SecretSource { env, file } = source.clone();
        if env.is_some() == file.is_some() {
            return Err(format!("`{key}` needs either `env = \"VARIABLE\"` or `file = \"PATH\"`"));
        }
        let table = SecretTable { env, file, ..SecretTable::default() };
        let value = secret_value(&table, self.path_of, self.variable_of)
            .map_err(|why| format!("`{key}` {}", no_value(&why)))?;
        let value = value.trim().to_owned();
        if value.is_empty() {
            return Err(format!("`{key}` is empty"));
        }
        self.read.push((key.to_owned(), value.clone()));
        Ok(Sealed(value))
    }

    pub(super) fn read_if_there(
        &mut self,
        key: &str,
        source: Option<&SecretSource>,
    ) -> Result<Option<Sealed>, String> {
        source.map(|source| self.read(key, source)).transpose()
    }

    /// A URL that is a secret, because whoever knows it may write there.
    pub(super) fn read_url(&mut self, key: &str, source: &SecretSource) -> Result<Url, String> {
        let value = self.read(key, source)?;
        // The value is not shown: it is the secret.
        let url = Url::parse(value.reveal()).ok().filter(Url::has_host);
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or_else(|| format!("`{key}` has a value that is no http or https URL"))?;
        // Servers repeat the path of what they do not know, and not the whole URL.
        let target =
            url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let word = url.path().rsplit('/').next().filter(|word| word.len() >= WORD).map(str::to_owned);
        let parts = [Some(target), Some(url.path().to_owned()), word].into_iter().flatten();
        self.read.extend(parts.filter(|part| part.len() > 1).map(|part| (key.to_owned(), part)));
        Ok(url)
    }
}

fn no_value(why: &NoSecret) -> String {
    match why {
        NoSecret::Unset(variable) => {
            format!("takes its value from the environment variable `{variable}`, which is not set")
        }
        NoSecret::Unreadable { path, reason } => {
            format!("takes its value from the file {path}, which cannot be read: {reason}")
        }
        NoSecret::Empty => "is empty".to_owned(),
        NoSecret::TooLong => "is longer than 16 KiB".to_owned(),
        NoSecret::Unconfigured | NoSecret::Nowhere => {
            "needs either `env = \"VARIABLE\"` or `file = \"PATH\"`".to_owned()
        }
    }
}
