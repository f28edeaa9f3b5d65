//! The runner's configuration: `wayfarer.toml`, named or beside where one stands, or what holds without it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use wayfarer_model::ids::{LocationName, NameError, TenantName};

use super::runner_toml::{RunnerToml, TenantTable};
use super::{ConfigError, FromText as _, Text, home_folder, parse};

/// The file's name.
const FILE_NAME: &str = "wayfarer.toml";

/// The tenant of a runner that has no other.
const ONLY_TENANT: &str = "local";

/// What that tenant's own layer allows: everything, so that a journey's `network.allow` alone decides.
pub(crate) const EVERY_HOST: [&str; 3] = ["*:*", "0.0.0.0/0", "::/0"];

/// A folder and what its file says; or what holds where there is none.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunnerFile {
    /// Paths in the file are relative to it.
    dir: PathBuf,
    /// The file itself.
    file: Option<PathBuf>,
    /// What it says.
    pub(crate) toml: RunnerToml,
}

impl RunnerFile {
    /// Reads the file that was named, which must be there, or the one in `here`, which need not.
    pub(crate) fn find(named: Option<&Path>, here: &Path) -> Result<Self, ConfigError> {
        let usual = here.join(FILE_NAME);
        match named {
            Some(file) => Self::read(file.to_owned()),
            None if usual.is_file() => Self::read(usual),
            None => Ok(Self { dir: here.to_owned(), ..Self::default() }),
        }
    }

    fn read(file: PathBuf) -> Result<Self, ConfigError> {
        let toml = parse::file(&file)?;
        let dir = file.parent().unwrap_or(Path::new("")).to_owned();
        let read = Self { dir, file: Some(file), toml };
        read.check()?;
        Ok(read)
    }

    /// The file that was read, if there is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// A path as written in the file.
    pub(crate) fn path(&self, written: &Path) -> PathBuf {
        self.dir.join(written)
    }

    /// Where everything is kept: by flag or variable, by this file, by the user's settings, or in the user's
    /// own folder for data.
    pub(crate) fn data_dir(&self, flag: Option<&Path>, user: Option<&Path>) -> PathBuf {
        let own = || self.toml.storage.data_dir.as_deref().map(|written| self.path(written));
        let usual = || {
            home_folder("XDG_DATA_HOME", ".local/share")
                .unwrap_or_else(|| self.path(Path::new("wayfarer-data")))
        };
        flag.map(Path::to_owned).or_else(own).or_else(|| user.map(Path::to_owned)).unwrap_or_else(usual)
    }

    /// Where runs happen.
    pub(crate) fn location(&self) -> Result<LocationName, NameError> {
        self.toml.server.location().map_or_else(|| ONLY_TENANT.parse(), |location| Ok(location.clone()))
    }

    /// Whether no tenant is written down, so that there is only `local`.
    pub(crate) fn has_only_tenant(&self) -> bool {
        self.toml.tenants.is_empty()
    }

    /// Every tenant, at least one.
    pub(crate) fn tenants(&self) -> Result<BTreeMap<TenantName, TenantTable>, ConfigError> {
        if !self.has_only_tenant() {
            return Ok(self.toml.tenants.clone());
        }
        let rule = |message: String| self.rule(message);
        let name = ONLY_TENANT.parse().map_err(|error: NameError| rule(error.to_string()))?;
        let mut table = TenantTable::default();
        for entry in EVERY_HOST {
            table
                .network
                .allow
                .push(Text(wayfarer_model::egress::HostPattern::from_text(entry).map_err(rule)?));
        }
        Ok([(name, table)].into())
    }

    /// An error of this file that concerns no single line.
    pub(crate) fn rule(&self, message: String) -> ConfigError {
        let path = self.file.clone().unwrap_or_else(|| self.dir.join(FILE_NAME));
        ConfigError::Rule { path, message }
    }

    /// What a single table cannot say about itself.
    fn check(&self) -> Result<(), ConfigError> {
        let mut wrong = Vec::new();
        for (tenant, table) in &self.toml.tenants {
            for (name, secret) in &table.secrets {
                if secret.env.is_some() == secret.file.is_some() {
                    wrong.push(format!(
                        "[tenants.{tenant}.secrets.{name}] needs either `env = \"VARIABLE\"` or `file = \"PATH\"`"
                    ));
                }
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(self.rule(wrong.join("; "))) }
    }
}
