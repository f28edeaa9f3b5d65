//! The user's own settings: `~/.config/wayfarer/config.toml`, weaker than flags, environment and project.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use wayfarer_model::ids::TenantName;

use super::{ConfigError, parse};

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UserSettings {
    /// As `--color`.
    pub(crate) color: Option<ColorChoice>,
    /// As `-j`.
    pub(crate) jobs: Option<u32>,
    /// As `--reporter`.
    pub(crate) reporter: Vec<String>,
    /// As `--data-dir`.
    pub(crate) data_dir: Option<PathBuf>,
    /// As `--server`.
    pub(crate) server: Option<String>,
    /// As `--token-file`.
    pub(crate) token_file: Option<PathBuf>,
    /// As `--tenant`.
    pub(crate) tenant: Option<TenantName>,
}

impl UserSettings {
    /// Reads the file named, which must be there, or the usual one, which need not.
    pub(crate) fn read(named: Option<&Path>) -> Result<Self, ConfigError> {
        match named {
            Some(path) => parse::file(path),
            None => match home_folder("XDG_CONFIG_HOME", ".config").map(|dir| dir.join("config.toml")) {
                Some(path) if path.is_file() => parse::file(&path),
                _ => Ok(Self::default()),
            },
        }
    }
}

/// Our folder below one of the XDG base folders.
pub(crate) fn home_folder(variable: &str, below_home: &str) -> Option<PathBuf> {
    let given = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = given.or_else(|| std::env::home_dir().map(|home| home.join(below_home)))?;
    Some(base.join("wayfarer"))
}
