//! The user's settings, `~/.config/wayfarer/config.toml`. Flags, environment and project override them.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use wayfarer_model::ids::TenantName;

use super::{ConfigError, parse};

// `--help` shows the comments of the variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ColorChoice {
    /// Colour on a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Colour always
    Always,
    /// Never colour
    Never,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UserSettings {
    pub(crate) color: Option<ColorChoice>,
    /// The same as `-j`.
    pub(crate) jobs: Option<u32>,
    pub(crate) reporter: Vec<String>,
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) server: Option<String>,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) tenant: Option<TenantName>,
}

impl UserSettings {
    /// Reads the named file, which must exist, or the default file, if it exists.
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

/// The directory `wayfarer` below one of the XDG base directories.
pub(crate) fn home_folder(variable: &str, below_home: &str) -> Option<PathBuf> {
    let given = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = given.or_else(|| std::env::home_dir().map(|home| home.join(below_home)))?;
    Some(base.join("wayfarer"))
}
